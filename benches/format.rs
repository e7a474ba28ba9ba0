//! How long formatting a manifest takes inside the process, at doubling sizes up to 1 MiB, the largest
//! that is read.
//!
//! `cargo bench --bench format` prints a table: formatting a text in which most lines change, and one
//! that is formatted. `manifest FILE` writes the largest text, for those who measure from outside.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program for people who measure")]

mod texts;

use std::hint::black_box;
use std::time::{Duration, Instant};

use sandbox_toml::format::format;
use sandbox_toml::parse::MAX_BYTES;

const ROUNDS: usize = 21;

/// The number of lines of the largest text, which is a little shorter than 1 MiB in both forms.
const LINES: usize = 67_000;

/// A text that is not formatted: no space around `=`, no blank line above a header.
fn untidy(lines: usize) -> String {
    texts::mixture(lines).replace(" = ", "=").replace("\n\n", "\n")
}

fn fastest(text: &str) -> Duration {
    let once = |_| {
        let begun = Instant::now();
        black_box(format(black_box(text)).unwrap());
        begun.elapsed()
    };
    (0..ROUNDS).map(once).min().unwrap_or_default()
}

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if let [word, file] = arguments.as_slice()
        && word == "manifest"
    {
        std::fs::write(file, untidy(LINES)).unwrap();
        return;
    }
    println!("{:>10}{:>10}{:>16}{:>16}", "lines", "KiB", "untidy, ms", "formatted, ms");
    for shift in (0..6).rev() {
        let lines = LINES >> shift;
        let text = untidy(lines);
        let formatted = format(&text).unwrap();
        assert!(formatted.len() <= MAX_BYTES && formatted != text);
        let times = [fastest(&text), fastest(&formatted)].map(|time| time.as_secs_f64() * 1e3);
        println!("{lines:>10}{:>10}{:>16.1}{:>16.1}", formatted.len() >> 10, times[0], times[1]);
    }
}
