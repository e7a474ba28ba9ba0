//! What one keystroke in an editor costs: the time of analysing a manifest's text again, at each
//! depth.
//!
//! `cargo bench --bench edit` prints a table: a manifest of a thousand lines that copies 20,000
//! files, with another character typed before each analysis. With the beginning of a row's name, only
//! that row runs. `project DIRECTORY` writes the files for those who measure from outside. The rows are measured in turns: the
//! processor's time of all threads, which other work on the machine hardly changes, and the time on
//! the wall.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program for people who measure")]

mod texts;

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
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

/// The time that the processors have spent on this process.
fn processor() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap()
}

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if let [word, directory] = arguments.as_slice()
        && word == "project"
    {
        tree(Path::new(directory));
        fs::write(Path::new(directory).join("sandbox.toml"), manifest(0)).unwrap();
        return;
    }
    let root = tempfile::tempdir().unwrap();
    tree(root.path());
    let path = root.path().join("sandbox.toml");
    let known = Options::default();
    let mut times: [(Vec<Duration>, Vec<Duration>); ROWS.len()] = Default::default();
    for round in 0..ROUNDS {
        for ((name, depth, is_known), times) in ROWS.iter().zip(&mut times) {
            if arguments.iter().any(|row| row != "--bench" && !name.starts_with(row.as_str())) {
                continue;
            }
            let source = Source::new(&path, manifest(round));
            let options = if *is_known { known.clone() } else { Options::default() };
            let (begun, spent) = (Instant::now(), processor());
            let analysis = pipeline::analyze_text(&System, source, options.depth(*depth));
            // The first round makes what all share, and selects the files.
            if round > 0 {
                times.0.push(processor().saturating_sub(spent));
                times.1.push(begun.elapsed());
            }
            let copied: usize = analysis.files.values().map(|set| set.entries().len()).sum();
            let directories = DIRECTORIES + 20 + 1;
            let expected = if *depth == Depth::Files { FILES + directories } else { 0 };
            assert_eq!(black_box(copied), expected);
        }
    }
    println!("{:30}{:>18}{:>18}", "ms for one keystroke", "processor, median", "wall, fastest");
    for ((name, ..), (processor, wall)) in ROWS.iter().zip(&mut times) {
        if wall.is_empty() {
            continue;
        }
        processor.sort();
        wall.sort();
        let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
        let (median, fastest) = (processor[processor.len() / 2], wall[0]);
        println!("{name:30}{:>18.2}{:>18.2}", milliseconds(median), milliseconds(fastest));
    }
}
