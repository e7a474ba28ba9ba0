//! The recognized causes.
//!
//! Each entry names the tool that prints its message. `tests/failures` has a case for each entry,
//! which says whether it was recorded, and logs of successful steps, in which no entry may match.
//! `docs/codes/build-failed.md` lists the entries.

mod apt;
mod engine;
mod files;
mod git;
mod image;
mod machine;
mod node;
mod platform;
mod python;
mod shell;
mod start;

use super::cause::Cause;

/// Every cause, grouped by subject. If several match the same line, the first one wins.
pub fn causes() -> impl Iterator<Item = &'static Cause> {
    let groups: [&'static [Cause]; 11] = [
        image::CAUSES,
        platform::CAUSES,
        engine::CAUSES,
        start::CAUSES,
        machine::CAUSES,
        apt::CAUSES,
        python::CAUSES,
        node::CAUSES,
        git::CAUSES,
        shell::CAUSES,
        files::CAUSES,
    ];
    groups.into_iter().flatten()
}
