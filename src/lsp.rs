//! The language server: the analysis of the command line, for every version of an open manifest.
//!
//! One thread owns all state and answers messages in their order ([`server`]); [`worker`] threads
//! analyse. A new text of a manifest cancels the analysis of the one before, and a result that
//! comes late is dropped, so that an editor never shows the diagnostics of another text. Nothing
//! here writes a file, starts a build or uses a network.
//!
//! The files of an analysis are the open documents over the file system. Which files a copy selects
//! is kept from one analysis to the next until a file changes, so a keystroke walks no directory.
//!
//! A feature, such as hover, has a file of its own and is a function of an
//! [`Analysis`](crate::pipeline::Analysis), a position in the text, and what else it needs.

mod analyses;
mod capabilities;
mod client;
mod code_actions;
mod completion;
mod cursor;
mod dispatch;
mod document;
mod formatting;
mod hover;
mod language;
mod links;
mod manifest;
mod named;
mod outgoing;
mod place;
mod publish;
mod rename;
mod reports;
mod server;
mod session;
mod structure;
mod sync;
mod text;
mod transport;
mod watch;
mod worker;
mod workspace;

use std::io::{self, Read, Write};

use crate::host::FileSystem;
use crate::pipeline::{Analysis, Options};

/// What the server is given.
pub struct Config<'a> {
    /// The files below the open documents.
    pub files: &'a dyn FileSystem,
    /// The options of every analysis.
    pub options: Options,
    /// Whether the problems of every profile are reported, beside those of the options.
    pub every_profile: bool,
    /// Called with each analysis before anything of it is sent.
    pub analyzed: &'a (dyn Fn(&Analysis) + Sync),
    /// Notes for the log of the editor.
    pub log: &'a (dyn Fn(&str) + Sync),
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The client asked for the shutdown before the end.
    Orderly,
    /// The client ended, or closed its streams, without having asked for the shutdown.
    Abandoned,
}

/// Serves one client until it ends the session.
///
/// # Errors
/// No thread can be started.
pub fn serve(
    config: &Config<'_>,
    input: impl Read + Send + 'static,
    output: impl Write,
) -> io::Result<Ended> {
    server::run(config, input, output)
}
