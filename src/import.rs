//! What other tools describe a sandbox with → a manifest.
//!
//! A source becomes a [`Draft`] and the [`Note`]s about what was decided and what was lost, each at
//! its place in the source; [`Draft::text`] writes the manifest. Nothing here reads a file: a
//! Dockerfile comes in as the template that `from.dockerfile` makes of it, so that the steps of the
//! manifest are those that the platform would get for the Dockerfile. Where a step of the language
//! is used that sends another command, a note says so.

mod config;
mod convert;
mod devcontainer;
mod dockerfile;
mod draft;
mod head;
mod jsonc;
mod native;
mod note;
mod ready;
mod sdk;
mod split;
mod words;
mod write;

pub use config::{Config, config};
pub use devcontainer::{Build, Devcontainer};
pub use dockerfile::dockerfile;
pub use draft::{Draft, From, Ready, Step, Value, Variable};
pub use note::{Effect, Note};
pub use sdk::template;

/// A manifest that was made of another file.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The manifest.
    pub draft: Draft,
    /// What was decided, in the order of the source.
    pub notes: Vec<Note>,
}
