//! The layers that the logs of earlier builds show.

use std::collections::BTreeSet;

use super::base_text;
use crate::wire::e2b::{LayerLine, StartRequest, StepKind, layer_key};

/// What the text of the layer begins with that has the default user.
const DEFAULT_USER: &str = "DEFAULT USER ";

/// What the text of the layer begins with on which a script has run before the first boot.
const PRE_BOOT: &str = "PRE-BOOT ";

/// What is known of the platform's cache.
#[derive(Debug)]
pub(super) struct Known {
    /// The layers that each log announces, the newest log first.
    logs: Vec<Vec<LayerLine>>,
    /// The keys of the layers that were built or found.
    kept: BTreeSet<String>,
    /// Whether recomputing the keys of the newest log that has layers gives those that it shows.
    pub(super) is_confirmed: bool,
    /// The number of leading steps of the request whose text is that of the newest log's.
    pub(super) unchanged: Option<usize>,
}

impl Known {
    pub(super) fn read(logs: &[Vec<String>], request: &StartRequest) -> Self {
        let logs = logs.iter().map(|log| LayerLine::read(log.iter().map(String::as_str)));
        let logs: Vec<Vec<LayerLine>> = logs.filter(|layers| !layers.is_empty()).collect();
        let newest = logs.first();
        Self {
            kept: logs.iter().flat_map(|layers| kept(layers)).cloned().collect(),
            is_confirmed: newest.is_some_and(|layers| is_confirmed(layers, request)),
            unchanged: newest.map(|layers| unchanged(layers, request)),
            logs,
        }
    }

    /// Whether a layer is in the cache.
    pub(super) fn has(&self, key: &str) -> bool {
        self.kept.contains(key)
    }

    /// The key of the layer that the first step begins with, if a build had the same base.
    pub(super) fn base_of(&self, request: &StartRequest) -> Option<String> {
        let text = base_text(request)?;
        self.logs.iter().find_map(|layers| {
            let first = layers.first().filter(|layer| layer.text == text)?;
            let mut key = first.key.clone();
            if let Some(script) = &request.pre_boot_script {
                key = layer_key::of_pre_boot(&key, script);
            }
            let user = layers.iter().find_map(|layer| layer.text.strip_prefix(DEFAULT_USER));
            Some(user.map_or_else(|| key.clone(), |user| layer_key::of_user(&key, user)))
        })
    }
}

/// The keys of the layers that a build has left: those that it found, and those after which it went
/// on.
fn kept(layers: &[LayerLine]) -> impl Iterator<Item = &String> {
    let last = layers.len().saturating_sub(1);
    let kept = layers.iter().enumerate().filter(move |(at, layer)| layer.is_cached || *at < last);
    kept.map(|(_, layer)| &layer.key)
}

fn is_step(layer: &LayerLine) -> bool {
    layer.phase.starts_with("builder ")
}

/// The number of leading steps of a request whose text is that of a log's.
fn unchanged(layers: &[LayerLine], request: &StartRequest) -> usize {
    if layers.first().map(|layer| &layer.text) != base_text(request).as_ref() {
        return 0;
    }
    let steps = layers.iter().filter(|layer| is_step(layer)).zip(&request.steps);
    steps.take_while(|(layer, step)| layer.text == LayerLine::text_of(step)).count()
}

/// What recomputing a key says of the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Evidence {
    /// The log shows the same key.
    For,
    /// It shows another one.
    Against,
    /// The log does not have all that the key is made of.
    None,
}

/// Whether the platform computes keys as [`layer_key`] does: at least one of a log can be computed,
/// and each that can is the one which the log shows.
fn is_confirmed(layers: &[LayerLine], request: &StartRequest) -> bool {
    let is_whole = layers.first().is_some_and(|layer| layer.text.starts_with("FROM "));
    let evidence: Vec<Evidence> = layers
        .iter()
        .zip(layers.iter().skip(1))
        .map(|(before, layer)| evidence(&before.key, layer, request))
        .collect();
    is_whole && evidence.contains(&Evidence::For) && !evidence.contains(&Evidence::Against)
}

/// Compares the key of a layer with the computed one.
fn evidence(before: &str, layer: &LayerLine, request: &StartRequest) -> Evidence {
    let text = &layer.text;
    let computed = if let Some(user) = text.strip_prefix(DEFAULT_USER) {
        layer_key::of_user(before, user)
    } else if let Some(script) = text.strip_prefix(PRE_BOOT) {
        layer_key::of_pre_boot(before, script)
    } else if !is_step(layer) {
        // A base with a part that is not known here; or a phase after the steps.
        return if layer.phase == "base" { Evidence::Against } else { Evidence::None };
    } else if request.steps.iter().any(|step| layer_key::of_step(before, step) == layer.key) {
        return Evidence::For;
    } else if text.starts_with(StepKind::Copy.as_str()) || layer.is_shortened() {
        return Evidence::None;
    } else {
        layer_key::of_text(before, text)
    };
    if computed == layer.key { Evidence::For } else { Evidence::Against }
}
