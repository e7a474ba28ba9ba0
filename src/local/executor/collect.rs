//! Removes what the engine keeps for templates, builds and layers that are gone. Only what bears the
//! names of this data directory is touched.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use super::names::{BASES, Names, PREFIX};
use crate::engine::{Engine, EngineError};
use crate::local::app::App;
use crate::local::build::Job;
use crate::local::engine_use::EngineGuard;
use crate::local::store::{Build, State, Store, Template};
use crate::wire::local::Pruned;

/// Removes what no record wants: what builds have left whose process was killed, or that could not
/// remove it. No build uses the engine meanwhile.
pub(in crate::local) fn recover(engine: &Engine, app: &App) -> Result<(), EngineError> {
    let (names, wanted) = {
        let store = app.lock_store();
        (names(&store)?, wanted(&store))
    };
    let prefix = names.prefix();
    let containers = engine.containers(&prefix)?;
    let removed = containers.iter().map(|name| engine.remove_container(name));
    let removed = removed.fold(Ok(()), Result::and);
    let volumes = engine.volumes(&prefix)?;
    let removed = volumes.iter().map(|name| engine.remove_volume(name)).fold(removed, Result::and);
    let mut held = engine.images(&[&names.images()])?;
    held.retain(|image| !wanted.contains(image));
    removed.and(engine.remove_images(held.iter().map(String::as_str)))
}

/// Whether the engine may keep something for a template.
pub(in crate::local) fn is_in_engine(template: &Template) -> bool {
    !template.layers.is_empty() || template.builds.iter().any(|build| build.built().is_some())
}

/// Removes the images of a template that is no longer in the store, and the layers that no other
/// template uses.
pub(in crate::local) fn remove_template(app: &App, guard: &EngineGuard, template: &Template) {
    let images = {
        let store = app.store();
        let Ok(names) = names(&store) else { return };
        let built = template.builds.iter().filter_map(Build::built);
        let mut images: BTreeSet<String> = built.map(|built| built.image.clone()).collect();
        images.extend(forget_layers(&store, &template.layers));
        let wanted = wanted(&store);
        // The layers of steps that change no file have the image of an earlier one, which may be a
        // base that other data directories use.
        images.retain(|image| names.owns(image) && !wanted.contains(image));
        images
    };
    remove(guard, &images);
}

/// Removes what a build has made that has not become ready: its finished image and, if its template
/// was deleted, its layers.
pub(in crate::local) fn discard(app: &App, guard: &EngineGuard, job: &Job) {
    let images = {
        let store = app.store();
        let build = store.build(&job.template_id, &job.build_id);
        if build.is_some_and(|build| build.built().is_some()) {
            return;
        }
        let Ok(names) = names(&store) else { return };
        let mut images = BTreeSet::from([names.build(&job.template_id, &job.build_id)]);
        if store.get(&job.template_id).is_none() {
            let keys = store.layers().all().into_iter().map(|layer| layer.key).collect();
            images.extend(forget_layers(&store, &keys));
            let wanted = wanted(&store);
            images.retain(|image| names.owns(image) && !wanted.contains(image));
        }
        images
    };
    remove(guard, &images);
}

/// Removes the records of those layers that no template uses; their images.
fn forget_layers(store: &Store, keys: &BTreeSet<String>) -> Vec<String> {
    let layers = store.layers();
    let unused = keys.iter().filter(|key| !store.uses_layer(key));
    let unused = unused.filter_map(|key| {
        let layer = layers.get(key);
        layers.remove(key);
        layer.map(|layer| layer.image)
    });
    unused.collect()
}

/// Removes images. What a container still uses is collected later.
fn remove(guard: &EngineGuard, images: &BTreeSet<String>) {
    if guard.engine.remove_images(images.iter().map(String::as_str)).is_err() {
        guard.leave();
    }
}

/// Removes all cached layers, the images of builds that no call can reach any more, and the
/// provisioned bases, unless another data directory has containers: its builds use these.
pub(in crate::local) fn prune(app: &Arc<App>) -> Result<Pruned, EngineError> {
    let Ok(engine) = app.engine() else { return Ok(Pruned::default()) };
    let guard = app.use_engine(engine).map_err(|error| unreadable(&error))?;
    let names = {
        let store = app.store();
        let layers = store.layers();
        // Without its record a layer is not used, even if a build has just looked for it.
        layers.all().iter().for_each(|layer| layers.remove(&layer.key));
        names(&store)?
    };
    let ours = names.images();
    let is_alone = engine.containers(PREFIX)?.iter().all(|name| name.starts_with(&names.prefix()));
    let repositories = if is_alone { vec![ours.as_str(), BASES] } else { vec![ours.as_str()] };
    let mut images: Vec<String> = engine.images(&repositories)?.into_iter().collect();
    // Looked up after the images: what a build has made by then is its own until it has ended.
    let wanted = {
        let store = app.store();
        let running = store.builds_in(State::Building).into_iter();
        let running = running.map(|(template_id, build_id)| names.build(&template_id, &build_id));
        built(&store).into_iter().chain(running).collect::<BTreeSet<_>>()
    };
    images.retain(|image| !wanted.contains(image));
    let before = if images.is_empty() { Some(0) } else { stored_bytes(engine) };
    // A base or a layer that a container uses is refused, and left.
    if engine.remove_images(images.iter().map(String::as_str)).is_err() {
        guard.leave();
    }
    let left = engine.images(&repositories)?;
    images.retain(|image| !left.contains(image));
    let after = if images.is_empty() { before } else { stored_bytes(engine) };
    let bytes = before.zip(after).map(|(before, after)| before.saturating_sub(after));
    Ok(Pruned { images, bytes, reason: None })
}

/// The disk space of all images of the engine, if it says so.
fn stored_bytes(engine: &Engine) -> Option<u64> {
    let images = engine.stored_images().ok()?;
    Some(images.iter().map(|image| image.own_bytes).sum())
}

/// The names of this data directory.
pub(super) fn names(store: &Store) -> Result<Names, EngineError> {
    store.engine_id().map(Names::new).map_err(|error| unreadable(&error))
}

/// The data directory cannot be read or written.
fn unreadable(error: &io::Error) -> EngineError {
    EngineError { operation: "use the data directory".to_owned(), message: error.to_string() }
}

/// The images that builds and layers need.
fn wanted(store: &Store) -> BTreeSet<String> {
    let layers = store.layers().all().into_iter();
    let layers = layers.filter(|layer| store.uses_layer(&layer.key)).map(|layer| layer.image);
    layers.chain(built(store)).collect()
}

/// The images of ready builds.
fn built(store: &Store) -> BTreeSet<String> {
    let builds = store.templates().flat_map(Template::tagged_builds);
    builds.filter_map(Build::built).map(|built| built.image.clone()).collect()
}
