//! Annotations for GitHub workflows: lines that the runner reads.

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::SourceMap;

/// One annotation, with a line break.
#[must_use]
pub fn annotation(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let severity = if diagnostic.denied { Severity::Error } else { diagnostic.severity() };
    let file = diagnostic.span.map_or_else(|| sources.manifest(), |span| sources.get(span.file));
    let mut properties = vec![("file", file.name().to_owned())];
    if let Some(span) = diagnostic.span {
        let (start, end) = (file.position(span.start), file.position(span.end));
        properties.push(("line", start.line.to_string()));
        properties.push(("endLine", end.line.to_string()));
        // The runner accepts columns only if start and end are on one line.
        if start.line == end.line {
            properties.push(("col", start.column.to_string()));
            properties.push(("endColumn", end.column.to_string()));
        }
    }
    properties.push(("title", diagnostic.code.name().to_owned()));
    let properties: Vec<_> =
        properties.iter().map(|(name, value)| format!("{name}={}", property(value))).collect();

    let label = Some(diagnostic.label.as_str()).filter(|label| !label.is_empty());
    let help = diagnostic.help.as_ref().map(|help| format!("help: {help}"));
    let lines = [Some(diagnostic.message.as_str()), label, help.as_deref()];
    let text = lines.into_iter().flatten().collect::<Vec<_>>().join("\n");
    format!("::{} {}::{}\n", severity.as_str(), properties.join(","), data(&text))
}

/// Escapes what the runner would interpret in the message of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property, which a comma or a colon would end.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
