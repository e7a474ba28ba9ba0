//! The state before a step of a build, from which a failed step can be examined.

use super::create::{Source, recorded};
use super::sandbox::Origin;
use crate::local::api_error::ApiError;
use crate::local::app::App;
use crate::local::store::{Built, Layer, Page};
use crate::local::validate::parse_name;
use crate::local::version::Version;
use crate::scalar::counted;
use crate::wire::e2b::{DEFAULT_TAG, LayerLine, LogLevel};

/// Finds the cached layer on which a step of a build has run, or was to run. The build may have
/// failed.
pub(super) fn find(app: &App, reference: &str, step: &str) -> Result<Source, ApiError> {
    let step: usize = step
        .parse()
        .map_err(|_| ApiError::bad_request(format!("Invalid step: `{step}` is not a number")))?;
    let (identifier, tag) = parse_name(reference)
        .map_err(|why| ApiError::bad_request(format!("Invalid template reference: {why}")))?;
    let tag = tag.as_deref().unwrap_or(DEFAULT_TAG);
    let (origin, log) = {
        let mut store = app.store();
        let template = store.find(&identifier).ok_or_else(|| identifier.not_found())?;
        let build = template.ready(tag).or_else(|| template.build(tag)).ok_or_else(|| {
            ApiError::not_found(format!("'{tag}' is no build of template '{identifier}'"))
        })?;
        if build.is_recorded() {
            return Err(recorded(template, build));
        }
        let origin = Origin::of(template, build);
        let build_id = build.id.clone();
        (origin, store.logs().get(&build_id))
    };
    let lines = log.after(0, Page { level: &LogLevel::Debug, limit: usize::MAX })?;
    let messages: Vec<_> = lines.iter().map(|line| line.entry().message).collect();
    let messages = messages.iter().map(String::as_str);
    let layers = LayerLine::read(messages);
    let key =
        key_before(&layers, step).ok_or_else(|| ApiError::not_found(absent(&layers, step)))?;
    let layer = app.store().layers().get(&key).ok_or_else(|| {
        let message = format!("the state before step {step} is not kept any more: build again");
        ApiError::not_found(message)
    })?;
    let engine = super::create::engine(app)?.kind().program().to_owned();
    Ok(source(origin, layer, engine))
}

/// The key of the last layer that is announced before a step.
fn key_before(layers: &[LayerLine], step: usize) -> Option<String> {
    let at = layers.iter().position(|layer| progress(layer).is_some_and(|(at, _)| at == step))?;
    Some(layers.get(at.checked_sub(1)?)?.key.clone())
}

/// The number of the step that a layer is of, and how many steps there are.
fn progress(layer: &LayerLine) -> Option<(usize, usize)> {
    let (number, all) = layer.phase.strip_prefix("builder ")?.split_once('/')?;
    Some((number.parse().ok()?, all.parse().ok()?))
}

/// Why there is no state before a step.
fn absent(layers: &[LayerLine], step: usize) -> String {
    match layers.iter().filter_map(progress).max() {
        None => format!("the build came to no step, so there is no state before step {step}"),
        Some((_, all)) if step == 0 || step > all => {
            format!("the build has {}, and no step {step}", counted(all, "step", "steps"))
        }
        Some((last, _)) => format!("the build ended in step {last}, before step {step}"),
    }
}

/// A sandbox of a layer: what a command of the step gets, and nothing is started.
fn source(origin: Origin, layer: Layer, engine: String) -> Source {
    let Layer { image, context, .. } = layer;
    let variables = context.variables.clone();
    let built = Built { engine, image, context, start: None };
    Source { origin, built, version: Version::Latest, variables }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layer_before_a_step_is_the_last_one_announced_before_it() {
        let key = |digit: &str| digit.repeat(64);
        let lines = [
            format!("[base] FROM debian:12 [{}]", key("a")),
            format!("[base] DEFAULT USER user [{}]", key("b")),
            format!("CACHED [builder 1/2] RUN one [{}]", key("c")),
            "[builder 1/2] [stdout]: text".to_owned(),
            format!("[builder 2/2] RUN two [{}]", key("d")),
        ];
        let layers = || LayerLine::read(lines.iter().map(String::as_str));
        assert_eq!(key_before(&layers(), 1), Some(key("b")));
        assert_eq!(key_before(&layers(), 2), Some(key("c")));
        assert_eq!(key_before(&layers(), 3), None);
        assert_eq!(absent(&layers(), 3), "the build has 2 steps, and no step 3");
        assert_eq!(absent(&layers()[..3], 2), "the build ended in step 1, before step 2");
        assert_eq!(absent(&[], 1), "the build came to no step, so there is no state before step 1");
        assert_eq!(key_before(&layers(), 0), None);
    }
}
