//! Analyses on other threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use gen_lsp_types::Uri;

use super::Config;
use super::server::Event;
use crate::host::{NoFiles, Overlay};
use crate::pipeline::{self, Analysis, Depth, Options};
use crate::source::Source;

/// The open documents that are files, with their texts: each at the path of its URI and where that
/// leads, since an analysis asks for canonical paths.
pub(super) type OpenFiles = Arc<Vec<(PathBuf, Arc<str>)>>;

/// An analysis to make.
pub(super) struct Job {
    /// The manifest.
    pub(super) uri: Uri,
    /// Which text of it, counted by the server.
    pub(super) revision: u64,
    pub(super) request: Request,
}

/// What an analysis is made of.
pub(super) struct Request {
    /// The path of the manifest, or a name if it is no file.
    pub(super) path: PathBuf,
    pub(super) text: Arc<str>,
    /// The documents over the files; `None` for a manifest without a directory.
    pub(super) open: Option<OpenFiles>,
    pub(super) options: Options,
    /// How far it goes, if there are files to go to: that of the options, or less.
    pub(super) depth: Depth,
}

/// The result of a job.
pub(super) struct Outcome {
    pub(super) uri: Uri,
    pub(super) revision: u64,
    /// How far it went.
    pub(super) depth: Depth,
    /// `None` if the analysis panicked, which is a bug and has been logged.
    pub(super) analysis: Option<Analysis>,
}

/// Works on jobs until there are no more.
pub(super) fn work(config: &Config<'_>, jobs: &Mutex<Receiver<Job>>, events: &Sender<Event>) {
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { uri, revision, request }) = next else { return };
        if request.options.cancellation.is_cancelled() {
            continue;
        }
        let depth = request.depth;
        let analysis = catch_unwind(AssertUnwindSafe(|| analyze(config, request))).ok();
        if analysis.as_ref().is_some_and(Analysis::is_cancelled) {
            continue;
        }
        // After its end, the server listens to nothing.
        let _ = events.send(Event::Analyzed(Box::new(Outcome { uri, revision, depth, analysis })));
    }
}

/// Analyses a text.
pub(super) fn analyze(config: &Config<'_>, request: Request) -> Analysis {
    let Request { path, text, open, options, .. } = request;
    let source = Source::new(&path, text.to_string());
    let analysis = match open {
        Some(open) => {
            let mut files = Overlay::new(config.files);
            for (path, text) in open.iter() {
                files.insert(path, text.as_bytes().to_vec());
            }
            pipeline::analyze_text(&files, source, options)
        }
        None => pipeline::analyze_text(&NoFiles, source, options),
    };
    (config.analyzed)(&analysis);
    analysis
}
