//! The lock: what a template's parts outside of the manifest were resolved to.

pub mod package;
