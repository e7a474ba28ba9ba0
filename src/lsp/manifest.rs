//! What the server keeps of one open manifest.

use std::sync::Arc;
use std::time::Instant;

use gen_lsp_types::Diagnostic;
use lsp_server::RequestId;

use crate::cancellation::Cancellation;
use crate::context::FileCache;
use crate::pipeline::Variants;

/// An open manifest.
#[derive(Default)]
pub(super) struct Manifest {
    /// Counts the analyses that were asked for: results of earlier ones are dropped.
    pub(super) revision: u64,
    /// Stops the analysis under way.
    pub(super) cancellation: Cancellation,
    /// What its copies select.
    pub(super) cache: FileCache,
    /// The analysis of the current text in the profile of the session, and then in all others that
    /// are reported, as far as it has come.
    pub(super) variants: Option<Arc<Variants>>,
    /// Whether that analysis has read the files, so that nothing follows.
    pub(super) is_settled: bool,
    /// Whether an analysis has read the files before.
    pub(super) has_files: bool,
    /// When an analysis without files is asked for, if none has ended until then.
    pub(super) preview_at: Option<Instant>,
    /// When the files are read again, since nothing else says whether they have changed.
    pub(super) reread_at: Option<Instant>,
    /// The requests for diagnostics that wait for the analysis.
    pub(super) pulls: Vec<RequestId>,
    /// The diagnostics that the last pull was answered with.
    pub(super) pulled: Option<Vec<Diagnostic>>,
}

impl Manifest {
    /// Cancels the analysis under way, and returns the last one that ended.
    pub(super) fn supersede(&mut self) -> Option<Arc<Variants>> {
        self.cancellation.cancel();
        self.cancellation = Cancellation::default();
        self.revision += 1;
        self.is_settled = false;
        self.variants.take()
    }

    /// When the server has to look after it, unless something happens before.
    pub(super) fn wakes_at(&self) -> Option<Instant> {
        [self.preview_at, self.reread_at].into_iter().flatten().min()
    }
}
