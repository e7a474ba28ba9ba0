//! A SARIF 2.1.0 log for code-scanning services.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::diagnostic::{Code, Diagnostic, Fix, Severity};
use crate::platform::Platform;
use crate::source::{Source, SourceMap, Span};

/// The characters of a path that are percent-encoded in a URI.
const PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The log of all results. It describes the rules that occur in it: the pages of all of them are
/// larger than any usual report.
#[must_use]
pub fn log(mut results: Vec<Value>) -> Value {
    let mut codes: Vec<Code> = Vec::new();
    for result in &mut results {
        let Some(code) = result["ruleId"].as_str().and_then(Code::find) else { continue };
        let index = codes.iter().position(|known| *known == code).unwrap_or_else(|| {
            codes.push(code);
            codes.len() - 1
        });
        result["ruleIndex"] = json!(index);
    }
    let rules: Vec<_> = codes.into_iter().map(rule).collect();
    let driver = json!({
        "name": "sbx",
        "version": env!("CARGO_PKG_VERSION"),
        "informationUri": env!("CARGO_PKG_REPOSITORY"),
        "rules": rules,
    });
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn rule(code: Code) -> Value {
    json!({
        "id": code.name(),
        "shortDescription": { "text": code.summary() },
        "help": {
            "text": format!("`sbx explain {}` prints the page of this rule.", code.name()),
            "markdown": code.page(),
        },
        "helpUri": code.url(),
        "defaultConfiguration": { "level": level(code.severity()) },
    })
}

/// One diagnostic as a result of a [`log`]. `platforms` is present only if several were asked for.
#[must_use]
pub fn result(
    diagnostic: &Diagnostic,
    sources: &SourceMap,
    platforms: Option<&[Platform]>,
) -> Value {
    let text = [Some(diagnostic.message.as_str()), diagnostic.help.as_deref()];
    let text = text.into_iter().flatten().collect::<Vec<_>>().join("\n");
    let severity = if diagnostic.denied { Severity::Error } else { diagnostic.severity() };
    let place = match diagnostic.span {
        Some(span) => place(sources, span),
        None => json!({ "artifactLocation": artifact(sources.manifest()) }),
    };
    let mut result = json!({
        "ruleId": diagnostic.code.name(),
        "level": level(severity),
        "message": { "text": text },
        "locations": [{ "physicalLocation": place }],
    });
    let Some(members) = result.as_object_mut() else { return result };
    let own = diagnostic.span.filter(|_| !diagnostic.label.is_empty());
    let own = own.map(|span| (span, diagnostic.label.as_str()));
    let others = diagnostic.related.iter().map(|label| (label.span, label.message.as_str()));
    let related: Vec<_> = own
        .into_iter()
        .chain(others)
        .map(|(span, message)| {
            json!({ "physicalLocation": self::place(sources, span), "message": { "text": message } })
        })
        .collect();
    if !related.is_empty() {
        members.insert("relatedLocations".to_owned(), related.into());
    }
    if let Some(fix) = diagnostic.fix.as_ref().filter(|fix| !fix.withheld) {
        members.insert("fixes".to_owned(), json!([fixed(fix, sources)]));
    }
    if let Some(platforms) = platforms {
        let names: Vec<_> = platforms.iter().map(|platform| platform.name()).collect();
        members.insert("properties".to_owned(), json!({ "platforms": names }));
    }
    result
}

fn fixed(fix: &Fix, sources: &SourceMap) -> Value {
    let mut files: Vec<_> = fix.edits.iter().map(|edit| edit.span.file).collect();
    files.dedup();
    let changes = files.into_iter().map(|file| {
        let edits = fix.edits.iter().filter(|edit| edit.span.file == file);
        let replacements = edits.map(|edit| {
            json!({
                "deletedRegion": region(sources, edit.span),
                "insertedContent": { "text": edit.text },
            })
        });
        json!({
            "artifactLocation": artifact(sources.get(file)),
            "replacements": replacements.collect::<Vec<_>>(),
        })
    });
    json!({ "description": { "text": fix.title }, "artifactChanges": changes.collect::<Vec<_>>() })
}

fn place(sources: &SourceMap, span: Span) -> Value {
    let artifact = artifact(sources.get(span.file));
    json!({ "artifactLocation": artifact, "region": region(sources, span) })
}

fn region(sources: &SourceMap, span: Span) -> Value {
    let source = sources.get(span.file);
    let (start, end) = (source.position(span.start), source.position(span.end));
    json!({
        "startLine": start.line, "startColumn": start.column,
        "endLine": end.line, "endColumn": end.column,
        "byteOffset": span.start, "byteLength": span.end - span.start,
    })
}

/// The location of a file: relative to the root of the sources, or absolute.
fn artifact(source: &Source) -> Value {
    let name = source.name().replace('\\', "/");
    let encoded = utf8_percent_encode(name.trim_start_matches("./"), PATH);
    if name.starts_with('/') {
        json!({ "uri": format!("file://{encoded}") })
    } else {
        json!({ "uri": encoded.to_string(), "uriBaseId": "%SRCROOT%" })
    }
}
