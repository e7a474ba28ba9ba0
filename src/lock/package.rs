//! Packages of `pip`, `npm` and `bun` steps: which words name no version, and what they are locked to.
//!
//! A lock has one entry for the words of a step, wherever the step stands. [`step_of`] spells the
//! words, [`questions`] asks for the versions that an entry needs, [`apply`] puts those of an entry
//! into the words. How versions are ordered and which release is taken is in [`release`] for Python;
//! an npm registry names the version of each tag itself. Nothing here reads files or networks.

mod apply;
mod change;
mod name;
mod npm;
mod options;
mod pin;
mod pip;
mod python;
mod question;
pub mod release;
mod step;
#[cfg(test)]
mod tests;
mod wheel;
mod word;

pub use apply::apply;
pub use change::changes;
pub use name::normalized;
pub use options::Setting;
pub use pin::Pin;
pub use python::Python;
pub use question::{Left, Question, View, Wanted, left, merge, questions};
pub use step::step_of;

/// What a lock of packages does not hold, in the words of people.
pub const NOTES: [&str; 3] = [
    "the dependencies of the packages are resolved by each build",
    "the packages of `run` steps and Dockerfiles are resolved by each build",
    "`apt` packages are resolved by each build: a release of a distribution keeps only the newest \
     version of each package, so a locked one would soon be missing",
];
