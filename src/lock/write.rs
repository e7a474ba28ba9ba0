//! Writes the text of a lock.

use std::fmt::Write as _;

use super::{Lock, LockedImage, VERSION};
use crate::outline;

/// What stands above everything.
const HEAD: &str = "\
# Written by `sbx lock`, to be committed. Run `sbx lock` to solve a merge conflict in it.
";

/// The text of a lock.
#[must_use]
pub fn write(lock: &Lock) -> String {
    let mut text = format!("{HEAD}version = {VERSION}\n");
    for (key, image) in &lock.images {
        header(&mut text, "image");
        let reference = match key.digest() {
            Some(_) => key.as_str().to_owned(),
            None => format!("{}@{}", key.as_str(), image.index),
        };
        fact(&mut text, "reference", &quoted(&reference));
        self::image(&mut text, image);
    }
    for (key, build) in &lock.templates {
        header(&mut text, "template");
        fact(&mut text, "reference", &quoted(&key.reference));
        fact(&mut text, "platform", &quoted(&key.platform));
        fact(&mut text, "build", &quoted(build));
    }
    for (inputs, reference) in &lock.builds {
        header(&mut text, "build");
        fact(&mut text, "inputs", &quoted(inputs));
        fact(&mut text, "reference", &quoted(reference));
    }
    for (step, resolved) in &lock.packages {
        header(&mut text, "package");
        fact(&mut text, "step", &quoted(step));
        packages(&mut text, resolved);
    }
    text
}

fn image(text: &mut String, image: &LockedImage) {
    fact(text, "amd64", &quoted(&image.amd64));
    for (name, value) in &image.env {
        fact(text, &format!("env.{name}"), &quoted(value));
    }
    for (key, value) in [("workdir", &image.workdir), ("user", &image.user)] {
        if let Some(value) = value {
            fact(text, key, &quoted(value));
        }
    }
    for (key, words) in [("entrypoint", &image.entrypoint), ("command", &image.command)] {
        if !words.is_empty() {
            let words: Vec<_> = words.iter().map(|word| quoted(word)).collect();
            fact(text, key, &format!("[{}]", words.join(", ")));
        }
    }
}

/// One package a line, so that an update of one changes one line.
fn packages(text: &mut String, resolved: &[String]) {
    let lines = resolved.iter().fold(String::new(), |mut lines, package| {
        let _ = writeln!(lines, "  {},", quoted(package));
        lines
    });
    fact(text, "resolved", &format!("[\n{lines}]"));
}

fn header(text: &mut String, name: &str) {
    // Writing to a string cannot fail.
    let _ = write!(text, "\n[[{name}]]\n");
}

fn fact(text: &mut String, key: &str, value: &str) {
    let _ = writeln!(text, "{key} = {value}");
}

/// A basic string of TOML, in one line.
fn quoted(value: &str) -> String {
    outline::quoted("", value)
}
