//! Which steps of a build the platform would take from its cache.
//!
//! A layer's key depends on the layer before it, on the step's type and arguments, and on the hash of
//! the files that it copies. Only the platform knows the key of a base, which depends on its
//! provisioning; the logs of earlier builds have it. From there on, the keys of all steps can be
//! computed. A key that a log has is that of a layer which a build has left in the cache.
//!
//! What this cannot know: a layer that was left by a build whose log is not given, perhaps that of
//! another template, and one that the platform has removed. CPU, memory, the start command and the
//! readiness check are in no step's key.

mod known;

use crate::wire::e2b::{LayerLine, StartRequest, layer_key};
use known::Known;

/// What a forecast is made of.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    /// The request that would start the build.
    pub request: &'a StartRequest,
    /// The logs of known builds, the newest first: each the messages as they were sent. A build may
    /// have failed, which leaves the layers before the step that failed.
    pub logs: &'a [Vec<String>],
    /// What is known of the base since the newest of these builds.
    pub base: BaseState,
    /// The number of leading steps that are known to be those of the last build. It decides where
    /// the keys cannot be computed.
    pub unchanged: Option<usize>,
}

/// What is known of the image or template that a build is based on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BaseState {
    /// It is what it was.
    Same,
    /// It may be another one under the same name.
    Unknown,
    /// It is another one.
    Changed,
}

/// Which steps are taken from the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// The steps in their order.
    pub steps: Vec<StepForecast>,
    /// Whether keys were computed as the platform does, which its log confirms. Otherwise the steps
    /// were compared with those of the last build, which is a guess.
    pub exact: bool,
}

/// What will become of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepForecast {
    /// Whether it is taken from the cache.
    pub cached: bool,
    /// Whether that is certain: a known build has left the layer, or the cache is ignored. A step
    /// whose layer no known build has left is expected to run, which is not certain.
    pub certain: bool,
}

/// The forecast of a build; `None` if nothing is known that could tell.
#[must_use]
pub fn forecast(query: &Query<'_>) -> Option<Forecast> {
    let known = Known::read(query.logs, query.request);
    let unchanged = query.unchanged.or(known.unchanged);
    let (cached, exact): (Vec<bool>, bool) = if known.is_confirmed {
        (by_key(query, &known), true)
    } else {
        let unchanged = unchanged?;
        ((0..query.request.steps.len()).map(|at| at < unchanged).collect(), false)
    };
    let mut is_forced = query.request.force;
    let steps = query.request.steps.iter().zip(cached).map(|(step, cached)| {
        is_forced |= step.force;
        let cached = cached && !is_forced && query.base != BaseState::Changed;
        let certain = is_forced || (cached && exact && query.base == BaseState::Same);
        StepForecast { cached, certain }
    });
    Some(Forecast { steps: steps.collect(), exact })
}

/// Whether a known build has left the layer of each step.
fn by_key(query: &Query<'_>, known: &Known) -> Vec<bool> {
    let request = query.request;
    let Some(mut key) = known.base_of(request) else { return vec![false; request.steps.len()] };
    let steps = request.steps.iter().map(|step| {
        key = layer_key::of_step(&key, step);
        known.has(&key)
    });
    steps.collect()
}

/// The text of a request's base in a log; `None` if that is an image that was pushed before.
fn base_text(request: &StartRequest) -> Option<String> {
    match (&request.from_template, &request.from_image) {
        (Some(template), _) => Some(LayerLine::text_of_template(template)),
        (None, Some(image)) => Some(LayerLine::text_of_image(image)),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests;
