//! What people call a step.

use serde_json::Value;

use crate::lower::LoweredStep;

/// The arguments of a step; the line itself on a platform whose steps are lines.
pub(super) fn arguments(step: &LoweredStep) -> Vec<&str> {
    match &step.request {
        Value::String(line) => vec![line],
        request => {
            let args = request["args"].as_array();
            args.into_iter().flatten().filter_map(Value::as_str).collect()
        }
    }
}

/// A step in the manifest's words, on one line: its label, or what it does. Of variables it has the
/// names alone.
#[must_use]
pub fn title(step: &LoweredStep) -> String {
    if let Some(label) = &step.label {
        return label.clone();
    }
    let args = arguments(step);
    let first = args.first().copied().unwrap_or_default();
    match step.request["type"].as_str() {
        Some("COPY") => format!("copy {first} to {}", args.get(1).copied().unwrap_or_default()),
        Some("ENV") => {
            let names: Vec<_> = args.iter().step_by(2).copied().collect();
            format!("env {}", names.join(", "))
        }
        Some("USER") => format!("user {first}"),
        Some("WORKDIR") => format!("workdir {first}"),
        _ => {
            let mut lines = first.lines().map(str::trim).filter(|line| !line.is_empty());
            let line = lines.next().unwrap_or_default();
            let more = if lines.next().is_some() { " …" } else { "" };
            format!("run {line}{more}")
        }
    }
}
