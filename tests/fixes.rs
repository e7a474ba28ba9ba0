//! `sbx check --fix`: the command, and what a fix may do to any manifest. The manifests with their
//! fixed forms are `tests/cases/fixes.rs`.

mod command;
mod faults;
