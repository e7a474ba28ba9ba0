//! Any bytes as a path, a line break, and an ignore file that is held against it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sandbox_toml::context::{IgnoreRule, IgnoreRules};
use sandbox_toml::platform::Platform;
use sandbox_toml_fuzz::{Texts, manifest};

const MANIFEST: &str = "name = \"x\"\nfrom = \"debian:12\"\nignore = [\"!src/a\"]\n\
    steps = [{ copy = [\".\", \"src/*\", \"**/*.txt\"], to = \"/\" }]\n";

fuzz_target!(|data: &[u8]| {
    let at = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (path, file) = data.split_at(at);
    let file = file.get(1..).unwrap_or_default();
    manifest(&Texts::default().with(".dockerignore", file).host(), MANIFEST, &[Platform::E2b]);
    let (Ok(path), Ok(text)) = (str::from_utf8(path), str::from_utf8(file)) else { return };
    let rules = || {
        let rules = text.split('\n').filter_map(|line| IgnoreRule::parse(line, None).ok()?);
        IgnoreRules::new(rules.collect())
    };
    let decided = |rules: &IgnoreRules| {
        let ignored = rules.ignoring(path).map(|rule| rule.written.clone());
        (ignored, rules.may_take_back_below(path))
    };
    assert_eq!(decided(&rules()), decided(&rules()));
});
