//! No fix leads to another kind of error, whatever the manifest.

use std::collections::BTreeSet;

use sandbox_toml::diagnostic::{Code, Diagnostics, Severity, fix};
use sandbox_toml::host::System;
use sandbox_toml::pipeline::analyze_text;
use sandbox_toml::source::{FileId, Source};

use crate::support::{Workspace, files, root};

/// The manifests of the cases, of the examples and of the pages.
fn manifests() -> Vec<String> {
    let paths = ["tests/ui", "tests/fixes", "examples"].map(|directory| files(directory, ".toml"));
    let read = |path| std::fs::read(path).expect("the manifest is read");
    let texts = paths.into_iter().flatten().map(read).filter_map(|it| String::from_utf8(it).ok());
    let blocks = Code::ALL.iter().flat_map(|code| code.page().split("```toml\n").skip(1));
    let blocks = blocks.map(|block| block.split("```").next().unwrap_or_default().to_owned());
    texts.chain(blocks).filter(|text| text.len() < 8000).collect()
}

/// A text with one line less, one line twice, or one line after its successor.
fn mutations(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let joined = |lines: Vec<&str>| lines.join("\n") + "\n";
    let mut all = vec![text.to_owned()];
    for at in 0..lines.len() {
        let mut less = lines.clone();
        less.remove(at);
        let mut twice = lines.clone();
        twice.insert(at, lines[at]);
        let mut swapped = lines.clone();
        swapped.swap(at, (at + 1) % lines.len());
        all.extend([less, twice, swapped].map(joined));
    }
    all
}

fn check(text: &str) -> Diagnostics {
    let path = root().join("tests/ui/context/sandbox.toml");
    analyze_text(&System, Source::new(&path, text.to_owned()), None).diagnostics
}

fn errors(diagnostics: &Diagnostics) -> BTreeSet<Code> {
    let errors = diagnostics.iter().filter(|it| it.severity() == Severity::Error);
    errors.map(|diagnostic| diagnostic.code).collect()
}

/// Whether a fix alone leads to an error that the text does not have, such as one that it uncovers.
fn uncovers(text: &str, found: &Diagnostics, before: &BTreeSet<Code>) -> bool {
    let fixes = found.iter().filter_map(|diagnostic| diagnostic.fix.as_ref());
    fixes.filter(|it| it.is_of(FileId::MANIFEST)).any(|proposed| {
        let (after, _) = fix::apply(text, [proposed]);
        !errors(&check(&after)).is_subset(before)
    })
}

#[test]
fn no_fix_leads_to_another_error() {
    let mut texts = BTreeSet::new();
    for text in manifests() {
        for (at, mutated) in mutations(&text).into_iter().enumerate() {
            let found = check(&mutated);
            let before = errors(&found);
            // An error of syntax hides others, which may come to light.
            if before.contains(&Code::TomlSyntax) {
                continue;
            }
            let fixable = found.iter().any(|diagnostic| diagnostic.fix.is_some());
            // Of the mutations, those whose fixes are doubtful.
            if fixable && (at == 0 || uncovers(&mutated, &found, &before)) {
                texts.insert(mutated);
            }
        }
    }
    assert!(texts.len() > 100, "{} manifests have fixes", texts.len());
    let workspace = Workspace::fixture();
    for arguments in [&["--fix"][..], &["--fix", "--unsafe-fixes"]] {
        for text in &texts {
            workspace.write("sandbox.toml", text);
            let (_, after) = workspace.check_json(arguments);
            let (before, errors) = (errors(&check(text)), errors(&check(&after)));
            let new: Vec<_> = errors.difference(&before).collect();
            assert!(new.is_empty(), "{new:?}\n{text}\nbecame\n{after}");
        }
    }
}

#[test]
fn a_fix_on_the_way_to_a_valid_name_is_applied() {
    let workspace = Workspace::fixture();
    workspace.write("sandbox.toml", "name = \"Eight:v1\"\nfrom = \"python:3.12\"\n");
    let (_, after) = workspace.check_json(&["--fix"]);
    assert_eq!(after, "name = \"eight\"\ntags = [\"v1\"]\nfrom = \"python:3.12\"\n");
}
