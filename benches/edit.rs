//! What one keystroke in an editor costs: the time of analysing a manifest's text again, at each
//! depth.
//!
//! `cargo bench --bench edit` prints a table: a manifest of a thousand lines that copies 20,000
//! files, with another character typed before each analysis. The rows are measured in turns, by the
//! clock on the wall, because a walk uses several threads.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program for people who measure")]

mod texts;

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use sandbox_toml::host::System;
use sandbox_toml::pipeline::{self, Depth, Options};
use sandbox_toml::source::Source;

const LINES: usize = 1000;
const FILES: usize = 20_000;
const DIRECTORIES: usize = 400;
const ROUNDS: usize = 41;

/// The rows: a name, the depth, and whether what the last analysis selected is known.
const ROWS: [(&str, Depth, bool); 4] = [
    ("Syntax", Depth::Syntax, true),
    ("Manifest", Depth::Manifest, true),
    ("Files, not yet selected", Depth::Files, false),
    ("Files, selected before", Depth::Files, true),
];

/// A manifest that copies a directory; `typed` characters are in its last line.
fn manifest(typed: usize) -> String {
    let copy = "\n[[steps]]\ncopy = \"tree\"\nto = \"/srv/\" #";
    format!("{}{copy}{}\n", texts::mixture(LINES - 4), "x".repeat(typed))
}

fn tree(root: &Path) {
    for at in 0..FILES {
        let directory = root.join(format!("tree/{}/{}", at % 20, at % DIRECTORIES));
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join(format!("file-{at}")), "content").unwrap();
    }
}

fn main() {
    let root = tempfile::tempdir().unwrap();
    tree(root.path());
    let path = root.path().join("sandbox.toml");
    let known = Options::default();
    let mut times: [Vec<Duration>; ROWS.len()] = Default::default();
    for round in 0..ROUNDS {
        for ((_, depth, is_known), times) in ROWS.iter().zip(&mut times) {
            let source = Source::new(&path, manifest(round));
            let options = if *is_known { known.clone() } else { Options::default() };
            let begun = Instant::now();
            let analysis = pipeline::analyze_text(&System, source, options.depth(*depth));
            times.push(begun.elapsed());
            let copied: usize = analysis.files.values().map(|set| set.entries().len()).sum();
            let directories = DIRECTORIES + 20 + 1;
            let expected = if *depth == Depth::Files { FILES + directories } else { 0 };
            assert_eq!(black_box(copied), expected);
        }
    }
    println!("{:30}{:>12}{:>12}", "ms for one keystroke", "median", "fastest");
    for ((name, ..), times) in ROWS.iter().zip(&mut times) {
        // The first round makes what all share, and selects the files.
        times.remove(0);
        times.sort();
        let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
        let (median, fastest) = (times[times.len() / 2], times[0]);
        println!("{name:30}{:>12.2}{:>12.2}", milliseconds(median), milliseconds(fastest));
    }
}
