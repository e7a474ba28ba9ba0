//! A plan as calls of Declaw's SDK for Python.
//!
//! Code, and not the request: `sbx compile` prints that, and who leaves `sbx` needs what waits for
//! the build and shows its log, too.

use serde_json::Value as Json;

use super::places::Places;
use super::python;
use super::sdk::call::{Call, Value};
use super::{Exported, Input, Remark};
use crate::template::Origin;
use crate::wire::declaw::{BuildRequest, Parts, TemplateSpec};

/// Exports a template as code.
pub(super) fn export(input: &Input<'_>) -> Exported {
    let places = Places::new(input.sources);
    let mut remarks = Vec::new();
    let manifest = input.sources.manifest().path().file_name();
    let manifest = manifest.map(|name| name.to_string_lossy()).unwrap_or_default();
    let file = input.location.file.as_deref().unwrap_or("template.py");
    let header = [
        format!(
            "Written by `sbx export declaw` from {manifest}. The comments name the places there."
        ),
        format!(
            "Build it with `pip install declaw` and `python {file}`; `DECLAW_API_KEY` holds the key."
        ),
        "Templates are immutable: delete the old one before a build under the same name."
            .to_owned(),
    ];
    let header: Vec<_> = header.iter().map(|line| crate::scalar::visible_line(line)).collect();
    let mut text = python::header(&header);
    text.push_str("from declaw import Template, TemplateBase\n\n");
    let Ok(request) = serde_json::from_value::<BuildRequest>(input.plan.body()) else {
        remarks.push(Remark::lost(None, "the plan has no request"));
        return Exported { text, ignore: None, remarks };
    };
    let calls = match request.template {
        TemplateSpec::Dockerfile { dockerfile } => {
            vec![Call::new("from_dockerfile", vec![Value::Text(dockerfile)])]
        }
        TemplateSpec::Parts(parts) => calls(input, &places, parts),
    };
    text.push_str(&python::chain("TemplateBase", &[], &calls));
    text.push_str("\nif __name__ == \"__main__\":\n    ");
    let build = Call::new("build", vec![Value::Text(request.alias)])
        .maybe("cpu_count", request.cpu_count.map(Value::Number))
        .maybe("memory_mb", request.memory_mb.map(Value::Number))
        .maybe("disk_mb", request.disk_mb.map(Value::Number))
        .option("on_build_logs", Value::Name("print"));
    text.push_str(&python::build("Template.build", &build));
    text.push('\n');
    Exported { text, ignore: None, remarks }
}

/// The calls of a template in parts.
fn calls(input: &Input<'_>, places: &Places<'_>, parts: Parts) -> Vec<Call> {
    let comment = |origin: Origin| vec![places.comment(origin, None)];
    let base = Call::new("from_base_image", vec![Value::Text(parts.base_image)]);
    let base = Call { comments: comment(Origin::Written(input.template.base.span)), ..base };
    let mut calls = vec![base];
    if !parts.packages.is_empty() {
        let packages = parts.packages.into_iter().map(Value::Text).collect();
        calls.push(Call::new("apt_install", packages));
    }
    if !parts.envs.is_empty() {
        calls.push(Call::new("set_envs", vec![Value::Map(parts.envs.into_iter().collect())]));
    }
    for step in &input.plan.steps {
        let Json::String(line) = &step.request else { continue };
        let label = step.label.as_deref();
        let call = Call::new("run_cmd", vec![Value::List(vec![line.clone()])]);
        calls.push(Call { comments: vec![places.comment(step.origin, label)], ..call });
    }
    if let (Some(command), Some(start)) = (parts.start_cmd, &input.template.start) {
        let call = Call::new("set_start_cmd", vec![Value::Text(command)]);
        calls.push(Call { comments: comment(start.origin), ..call });
    }
    calls
}
