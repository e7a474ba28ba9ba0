//! The causes that are recognised.
//!
//! Each row names who prints its words. `tests/failures` has a case of every row, which says
//! whether it was recorded, and logs of steps that went on, in which no row may be seen.
//! `docs/codes/build-failed.md` lists them for people.

mod apt;
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

/// Every cause, by subject. Where one line shows two, the first is meant.
pub fn causes() -> impl Iterator<Item = &'static Cause> {
    let groups: [&'static [Cause]; 10] = [
        image::CAUSES,
        platform::CAUSES,
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
