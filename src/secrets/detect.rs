//! Values that look like secrets: by their form, by the text around them, and by the name that
//! they are given to.
//!
//! A false alarm costs trust, so a value of an unknown form counts only under a name that promises
//! a secret, and only if it looks machine-generated; `shape` decides that.

mod forms;
mod marks;
mod npmrc;
mod services;
mod shape;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub use forms::is_password;
use marks::Marks;
pub use npmrc::in_npmrc;

/// One secret in one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Its range in the text, in bytes.
    pub range: Range<usize>,
    /// What it is, with its article.
    pub what: &'static str,
}

/// The secrets in the value of a variable. `is_literal` says that the value refers to no other
/// variable, so that it can be judged by the name.
#[must_use]
pub fn in_variable(name: &str, value: &str, is_literal: bool) -> Vec<Hit> {
    let mut hits = forms::hits(value, &Marks::of(value));
    if hits.is_empty() && is_literal && forms::named(name, value) {
        hits.push(Hit { range: 0..value.len(), what: "a secret" });
    }
    hits
}

/// Whether the name of a variable promises a secret, whatever its value is.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    forms::is_secret_name(name)
}

/// The secrets in a command; one may be found twice, by its form and by its name.
#[must_use]
pub fn in_command(text: &str) -> Vec<Hit> {
    let marks = Marks::of(text);
    let mut hits = forms::hits(text, &marks);
    hits.extend(forms::assigned(text, &marks));
    hits
}
