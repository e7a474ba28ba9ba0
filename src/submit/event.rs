//! What happens on the way to a build and while it runs, as an observer gets it.

use std::time::Duration;

use jiff::Timestamp;

use crate::lower::BuildStep;
use crate::scalar::LogLevel;

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// The platform gave the build its IDs.
    Registered {
        /// The template.
        template_id: String,
        /// The build.
        build_id: String,
    },
    /// An archive is on its way.
    Uploading {
        /// The archive's key.
        files_hash: String,
        /// The number of bytes sent; it decreases if the upload is restarted.
        sent: u64,
        /// The archive's size.
        bytes: u64,
    },
    /// An archive is where the platform needs it.
    Upload {
        /// The copy's source.
        source: String,
        /// The archive's key.
        files_hash: String,
        /// The archive's size; `None` if it was there already.
        bytes: Option<u64>,
    },
    /// A template that had the alias is gone, as it was asked for.
    Deleted {
        /// The template.
        template_id: String,
    },
    /// The build has started.
    Started,
    /// The build wrote a line.
    Log(LogLine),
    /// The build has said nothing for long.
    Silence {
        /// How long.
        quiet: Duration,
        /// Where the platform says the build stands.
        state: String,
    },
    /// How the build ended is known, but not the rest of its log.
    LogCut {
        /// Why.
        reason: String,
    },
    /// A request failed and is made again.
    Retry {
        /// The request, as `METHOD /path`.
        request: String,
        /// How long until it is.
        wait: Duration,
        /// What was wrong.
        reason: String,
    },
}

/// A line of a build's log, as far as the platform tells about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When it was written.
    pub timestamp: Option<Timestamp>,
    /// How much it matters.
    pub level: LogLevel,
    /// The line; may hold terminal escape sequences.
    pub message: String,
    /// The part of the build that wrote it, if the platform says.
    pub step: Option<BuildStep>,
}

/// Is told what happens.
pub type Observer<'a> = &'a (dyn Fn(Event) + Sync);
