//! Analyses on other threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use gen_lsp_types::Uri;

use super::Config;
use super::server::Event;
use crate::diagnostic::Diagnostics;
use crate::host::{FileSystem, NoFiles, Overlay};
use crate::parse;
use crate::pipeline::{self, Analysis, Depth, FixRound, Options, Variants};
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

impl Request {
    /// The files that it may read.
    fn files<'a>(&self, config: &Config<'a>) -> Box<dyn FileSystem + 'a> {
        let Some(open) = &self.open else { return Box::new(NoFiles) };
        let mut files = Overlay::new(config.files);
        for (path, text) in open.iter() {
            files.insert(path, text.clone());
        }
        Box::new(files)
    }

    fn analyze(self, files: &dyn FileSystem) -> Analysis {
        if self.text.len() > parse::MAX_BYTES {
            // As a file, it is refused before it is read as a manifest.
            let file = Overlay::new(&NoFiles).with(&self.path, self.text.as_bytes());
            return pipeline::analyze(&file, &self.path, self.options);
        }
        let source = Source::new(&self.path, self.text.to_string());
        pipeline::analyze_text(files, source, self.options)
    }
}

/// The result of a job.
pub(super) struct Outcome {
    pub(super) uri: Uri,
    pub(super) revision: u64,
    /// How far it went.
    pub(super) depth: Depth,
    /// `None` if an analysis panicked, which is a bug and has been logged.
    pub(super) variants: Option<Variants>,
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
        let variants = catch_unwind(AssertUnwindSafe(|| analyze_variants(config, request))).ok();
        if variants.as_ref().is_some_and(Variants::is_cancelled) {
            continue;
        }
        // After its end, the server listens to nothing.
        let _ = events.send(Event::Analyzed(Box::new(Outcome { uri, revision, depth, variants })));
    }
}

/// Analyses a text, and each of its profiles unless the session has selected one.
fn analyze_variants(config: &Config<'_>, request: Request) -> Variants {
    let files = request.files(config);
    let analysis = request.analyze(&*files);
    let variants = if config.every_profile {
        Variants::of(analysis, &*files)
    } else {
        Variants::selected(vec![analysis])
    };
    variants.analyses().iter().for_each(config.analyzed);
    variants
}

/// Analyses a text in the profile of the session only.
pub(super) fn analyze(config: &Config<'_>, request: Request) -> Analysis {
    let files = request.files(config);
    let analysis = request.analyze(&*files);
    (config.analyzed)(&analysis);
    analysis
}

/// The diagnostics of a text that one round of fixes is about.
pub(super) fn diagnostics(config: &Config<'_>, request: Request, round: &FixRound) -> Diagnostics {
    let files = request.files(config);
    round.diagnostics(&*files, |profile| {
        let options = Options { profile, ..request.options };
        let analysis = Request { options, ..request }.analyze(&*files);
        (config.analyzed)(&analysis);
        analysis
    })
}
