//! Random edits of damaged manifests, as keystrokes.

use std::fs;

use serde_json::Value;

use super::client::{Abilities, Client, uri};
use crate::support::{Workspace, files};

/// How many keystrokes are replayed; `.ci/nightly` sets more.
const KEYSTROKES: usize = 400;

/// How many of them there are between two comparisons.
const BETWEEN: usize = 40;

/// What is typed, beside parts of other manifests.
const TYPED: [&str; 24] = [
    "\"",
    "'",
    "[",
    "]",
    "{",
    "}",
    "=",
    ",",
    ".",
    "#",
    "\n",
    "\r\n",
    "\\",
    "$",
    "\u{0}",
    "ü",
    "😀",
    "\"\"\"",
    "[[steps]]\n",
    "copy = \"",
    "= [",
    "\u{feff}",
    "${",
    "x",
];

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        // The multiplier of Knuth's MMIX.
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % most.max(1)
    }
}

/// The resident memory of a process, in KiB.
fn memory(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[test]
fn random_keystrokes_leave_the_diagnostics_of_the_last_text() {
    let keystrokes = std::env::var("SBX_KEYSTROKES").ok().and_then(|count| count.parse().ok());
    let keystrokes = keystrokes.unwrap_or(KEYSTROKES);
    let cases = files("tests/ui", ".toml");
    let texts = cases.iter().map(|case| fs::read(case).expect("the case is read"));
    let texts: Vec<_> = texts.filter_map(|text| String::from_utf8(text).ok()).collect();
    let workspace = Workspace::fixture();
    let manifest = uri(&workspace.path().join("sandbox.toml"));
    let mut server = Client::start(&workspace, Abilities { utf8: true, ..Abilities::default() });
    let mut random = Random(7);
    let mut text = texts[0].clone();
    server.open(&manifest, "toml", &text);
    let mut early = 0;
    for at in 1..=keystrokes {
        edit(&mut text, &texts, &mut random);
        server.change(&manifest, &text);
        if at % BETWEEN == 0 {
            let pulled = server.settled(&manifest);
            assert_eq!(server.published[&manifest].0, at + 1, "the version of the last text");
            assert_eq!(server.shown(&manifest), pulled);
            assert_eq!(pulled, fresh(&workspace, &manifest, &text), "after {at}: {text:?}");
            text.clone_from(&texts[random.below(texts.len())]);
        }
        if at == keystrokes / 4 {
            early = memory(server.id());
        }
    }
    let late = memory(server.id());
    assert!(late <= early + 16 * 1024, "{early} KiB became {late} KiB");
    assert!(server.log.is_empty(), "{:?}", server.log);
    assert!(server.end().success());
}

/// Types, deletes, or inserts a part of another text.
fn edit(text: &mut String, texts: &[String], random: &mut Random) {
    let at = text.floor_char_boundary(random.below(text.len() + 1));
    match random.below(8) {
        0 => {
            let end = text.ceil_char_boundary((at + random.below(30)).min(text.len()));
            text.replace_range(at..end, "");
        }
        1 => {
            let other = &texts[random.below(texts.len())];
            let start = other.floor_char_boundary(random.below(other.len() + 1));
            let end = other.ceil_char_boundary((start + random.below(60)).min(other.len()));
            text.insert_str(at, &other[start..end]);
        }
        2 | 3 => {
            text.truncate(at);
        }
        _ => text.insert_str(at, TYPED[random.below(TYPED.len())]),
    }
}

/// What a server says that has seen no other text.
fn fresh(workspace: &Workspace, manifest: &str, text: &str) -> Vec<Value> {
    let mut server = Client::start(workspace, Abilities { utf8: true, ..Abilities::default() });
    server.open(manifest, "toml", text);
    let diagnostics = server.settled(manifest);
    assert!(server.end().success());
    diagnostics
}
