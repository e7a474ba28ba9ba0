//! How a diagnostic looks where the terminal is narrow, where there are colours, and to somebody
//! who has it read aloud.

use std::path::Path;

use sandbox_toml::diagnostic::render::{self, Style};
use sandbox_toml::host::System;
use sandbox_toml::pipeline;
use sandbox_toml::source::Source;

use crate::support::snapshot;

const MANIFEST: &str = r#"name = "api"
tags = ["v1", "v1"]

[from]
python = 3.12

[[steps]]
run = "curl -fsSL https://example.com/a-very-long-address/that-goes-on-and-on/install.sh -o x && export A_VARIABLE_THAT_NOBODY_SEES=1"
"#;

/// Every diagnostic of the manifest in that style, with escape sequences made visible.
fn drawn(style: Style) -> String {
    let source = Source::new(Path::new("sandbox.toml"), MANIFEST.to_owned());
    let analysis = pipeline::analyze_text(&System, source, None);
    let text: String = analysis
        .diagnostics
        .sorted()
        .iter()
        .map(|diagnostic| render::human(diagnostic, &analysis.sources, style) + "\n")
        .collect();
    text.replace('\u{1b}', "␛")
}

#[test]
fn a_narrow_terminal_wraps_what_is_said_and_loses_nothing() {
    let text = drawn(Style { width: 40, ..Style::default() });
    assert!(text.contains("A_VARIABLE_THAT_NOBODY_SEES"));
    snapshot("snapshots/forms", "narrow", &text);
}

#[test]
fn colours_mark_the_severity_and_the_place() {
    let text = drawn(Style { color: true, ..Style::default() });
    assert!(text.contains('␛'));
    snapshot("snapshots/forms", "colour", &text);
}

#[test]
fn a_screen_reader_gets_sentences_without_drawings() {
    let text = drawn(Style { narrated: true, ..Style::default() });
    let drawings = ['─', '│', '╭', '╰', '·', '×', '⚠', '␛'];
    assert!(!text.contains(drawings), "{text}");
    snapshot("snapshots/forms", "told", &text);
}
