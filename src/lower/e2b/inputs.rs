//! What decides the content of a build of the E2B family.

use serde_json::{Value, json};

use super::super::{LoweredStep, Plan, Purpose};
use crate::context::ContentHash;

/// The fields of the requests that decide the content, by the names that they have there and here.
const FIELDS: [(Purpose, &str, &str); 8] = [
    (Purpose::Register, "cpuCount", "cpu"),
    (Purpose::Register, "memoryMB", "memory"),
    (Purpose::Register, "minFreeDiskMb", "disk"),
    (Purpose::Build, "fromImage", "image"),
    (Purpose::Build, "fromTemplate", "template"),
    (Purpose::Build, "startCmd", "start"),
    (Purpose::Build, "readyCmd", "ready"),
    (Purpose::Build, "preBootScript", "preBoot"),
];

/// The inputs of a plan. What a request leaves out is left out here.
pub(super) fn of(plan: &Plan) -> Value {
    let mut inputs = json!({
        "family": "e2b",
        "steps": plan.steps.iter().map(step).collect::<Vec<_>>(),
    });
    let register = plan.body_of(Purpose::Register);
    let build = plan.body_of(Purpose::Build);
    for (purpose, field, name) in FIELDS {
        let body = if purpose == Purpose::Register { &register } else { &build };
        if let Some(value) = body.get(field) {
            inputs[name] = value.clone();
        }
    }
    inputs
}

/// A step as `[type, args, content]`, without the key of its archive: that depends on the modes
/// which the umask of a clone gives its files.
fn step(step: &LoweredStep) -> Value {
    let content = step.content.as_ref().map(ContentHash::as_str);
    json!([step.request["type"], step.request["args"], content])
}
