//! Steps of each kind, for tests.

use super::{ActionKind, COMMON_KEYS};

impl ActionKind {
    /// The smallest valid step, as an inline table.
    pub(crate) fn smallest_step(self) -> String {
        self.step_with(&[])
    }

    /// A step with every key that goes with the action.
    pub(crate) fn largest_step(self) -> String {
        self.step_with(&[self.takes(), COMMON_KEYS].concat())
    }

    /// The smallest valid step with more keys.
    pub(crate) fn step_with(self, more: &[&str]) -> String {
        let keys = [&[self.key()], self.needs(), more].concat();
        let pairs: Vec<_> = keys.iter().map(|key| format!("{key} = {}", value(key))).collect();
        format!("{{ {} }}", pairs.join(", "))
    }
}

/// A manifest with these steps on a base that every kind of step works on.
pub(crate) fn manifest_of(steps: &[String]) -> String {
    format!("name = \"x\"\nfrom = \"ubuntu:24.04\"\nsteps = [\n{}\n]\n", steps.join(",\n"))
}

/// A value that the key takes.
fn value(key: &str) -> &'static str {
    match key {
        "env" => "{ A = \"1\" }",
        "mode" => "0o755",
        "depth" => "1",
        "follow_symlinks" | "force_upload" | "recommends" | "fix_missing" | "global" | "dev"
        | "recursive" | "sudo" | "force" | "no_cache" => "true",
        _ => "\"x\"",
    }
}
