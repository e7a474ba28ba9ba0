//! What `sbx export` prints.

use serde_json::{Value, json};

use crate::export::{Exported, Remark, Severity};
use crate::platform::Platform;
use crate::printer::Printer;
use crate::settings::Export;
use crate::source::SourceMap;

/// Prints the text, unless it went to a file, and what it does not say.
pub(super) fn human(
    exported: &Exported,
    settings: &Export,
    sources: &SourceMap,
    printer: &Printer,
) {
    let mut lines = Vec::new();
    for remark in &exported.remarks {
        lines.push(format!("{}: {}", name(remark.severity), placed(remark, sources)));
        lines.extend(remark.help.iter().map(|help| format!("  help: {help}")));
    }
    printer.notes(&lines);
    match &settings.output {
        None => printer.data(&exported.text),
        Some(path) => {
            printer.note(&format!("wrote {}", path.display()));
            if exported.ignore.is_some() {
                printer.note(&format!("wrote {}.dockerignore", path.display()));
            }
        }
    }
}

/// Prints one JSON object.
pub(super) fn json(
    exported: &Exported,
    settings: &Export,
    platform: Platform,
    sources: &SourceMap,
    printer: &Printer,
) {
    let remarks: Vec<_> =
        exported.remarks.iter().map(|remark| remark_as_json(remark, sources)).collect();
    let mut report = json!({
        "target": settings.target.name(),
        "platform": platform.name(),
        "remarks": remarks,
    });
    match &settings.output {
        None => report["text"] = Value::from(exported.text.as_str()),
        Some(path) => report["output"] = Value::from(path.display().to_string()),
    }
    printer.json(&report.to_string());
}

fn remark_as_json(remark: &Remark, sources: &SourceMap) -> Value {
    let mut value = json!({ "severity": name(remark.severity), "message": remark.message });
    if let Some(help) = &remark.help {
        value["help"] = Value::from(help.as_str());
    }
    if let Some(span) = remark.span {
        let source = sources.get(span.file);
        let position = source.position(span.start);
        value["file"] = Value::from(source.name());
        value["line"] = Value::from(position.line);
        value["column"] = Value::from(position.column);
    }
    value
}

/// The message of a remark behind its place.
pub(super) fn placed(remark: &Remark, sources: &SourceMap) -> String {
    let Some(span) = remark.span else { return remark.message.clone() };
    let source = sources.get(span.file);
    let position = source.position(span.start);
    format!("{}:{}:{}: {}", source.name(), position.line, position.column, remark.message)
}

const fn name(severity: Severity) -> &'static str {
    match severity {
        Severity::Lost => "lost",
        Severity::Note => "note",
    }
}
