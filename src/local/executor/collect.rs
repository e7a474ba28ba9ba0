//! Removes what the engine keeps for templates, builds and layers that are gone. Only what bears the
//! names of this data directory is touched.

use std::collections::BTreeSet;

use super::names::{BASES, Names};
use crate::engine::{Engine, EngineError};
use crate::local::app::App;
use crate::local::store::{Build, Store, Template};

/// Removes what builds have left whose process was killed. No build of this process has used the
/// engine yet.
pub(in crate::local) fn recover(engine: &Engine, store: &Store) -> Result<(), EngineError> {
    let names = names(store)?;
    let prefix = names.prefix();
    for name in engine.containers(&prefix)? {
        engine.remove_container(&name)?;
    }
    for name in engine.volumes(&prefix)? {
        engine.remove_volume(&name)?;
    }
    let wanted = wanted(store);
    let mut held = engine.images(&[&names.images()])?;
    held.retain(|image| !wanted.contains(image));
    engine.remove_images(held.iter().map(String::as_str))
}

/// Removes the images of a template that is no longer in the store, and the layers that no other
/// template uses.
pub(in crate::local) fn remove_template(app: &App, template: &Template) {
    let is_empty =
        template.layers.is_empty() && template.builds.iter().all(|build| build.built().is_none());
    if is_empty {
        return;
    }
    let Ok(engine) = app.engine() else { return };
    let images = {
        let store = app.store();
        let layers = store.layers();
        let mut images: BTreeSet<String> = template
            .builds
            .iter()
            .filter_map(Build::built)
            .map(|built| built.image.clone())
            .collect();
        for key in template.layers.iter().filter(|key| !store.uses_layer(key)) {
            images.extend(layers.get(key).map(|layer| layer.image));
            layers.remove(key);
        }
        let Ok(names) = names(&store) else { return };
        let wanted = wanted(&store);
        // The layers of steps that change no file have the image of an earlier one, which may be a
        // base that other data directories use.
        images.retain(|image| names.owns(image) && !wanted.contains(image));
        images
    };
    // What a sandbox or a build still uses is removed by `sbx prune`.
    let _ = engine.remove_images(images.iter().map(String::as_str));
}

/// Removes all cached layers, the provisioned bases, and the images of builds that no call can
/// reach any more; the names of what was removed.
pub(in crate::local) fn prune(app: &App) -> Result<Vec<String>, EngineError> {
    let Ok(engine) = app.engine() else { return Ok(Vec::new()) };
    let (names, wanted) = {
        let store = app.store();
        let layers = store.layers();
        // Without its record a layer is not used, even if a build has just looked for it.
        layers.all().iter().for_each(|layer| layers.remove(&layer.key));
        (names(&store)?, built(&store))
    };
    let held = engine.images(&[&names.images(), BASES])?;
    let mut images: Vec<String> = held.into_iter().collect();
    images.retain(|image| !wanted.contains(image));
    // A base or a layer that a container uses is refused, and left.
    let _ = engine.remove_images(images.iter().map(String::as_str));
    let left = engine.images(&[&names.images(), BASES])?;
    images.retain(|image| !left.contains(image));
    Ok(images)
}

fn names(store: &Store) -> Result<Names, EngineError> {
    let id = store.engine_id().map_err(|error| EngineError {
        operation: "read engine-id".to_owned(),
        message: error.to_string(),
    })?;
    Ok(Names::new(id))
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
