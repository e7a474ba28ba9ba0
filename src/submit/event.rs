//! The events of a submission and of the build, as an observer receives them.

use std::time::Duration;

use jiff::Timestamp;

use crate::lower::{BuildStep, Plan};
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
    /// Archives go to a store of another machine without encryption. It is reported once.
    Unencrypted {
        /// The store.
        host: String,
    },
    /// An archive was uploaded, or the platform has it already.
    Upload {
        /// The copy's source.
        source: String,
        /// The archive's key.
        files_hash: String,
        /// The archive's size; `None` if it was there already.
        bytes: Option<u64>,
    },
    /// The template that had the alias was deleted, as requested with `--replace`.
    Deleted {
        /// The template.
        template_id: String,
    },
    /// The build has started.
    Started,
    /// The build wrote lines, which were read together.
    Log(Vec<LogLine>),
    /// The build has not written to its log for a long time.
    Silence {
        /// How long.
        quiet: Duration,
        /// The status of the build that the platform reports.
        state: String,
    },
    /// The build has ended, and the rest of its log cannot be read.
    LogCut {
        /// Why.
        reason: String,
    },
    /// A request failed and is made again.
    Retry {
        /// The request, as `METHOD /path`.
        request: String,
        /// The delay before that.
        wait: Duration,
        /// What was wrong.
        reason: String,
    },
}

/// A line of a build's log.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LogLine {
    /// When it was written.
    pub timestamp: Option<Timestamp>,
    /// Its level.
    pub level: LogLevel,
    /// The line; may hold terminal escape sequences.
    pub message: String,
    /// The part of the build that wrote it, if the platform says.
    pub step: Option<BuildStep>,
}

impl LogLine {
    /// The line with labels in place of the scripts that `sbx` made, which the platform echoes.
    #[must_use]
    pub fn with_labels(&self, plan: &Plan) -> Self {
        Self { message: plan.with_labels(&self.message).into_owned(), ..self.clone() }
    }
}

/// Receives each event as it happens.
pub type Observer<'a> = &'a (dyn Fn(Event) + Sync);
