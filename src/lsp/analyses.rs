//! When manifests are analysed, and what is sent when an analysis ends.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gen_lsp_types::{
    Diagnostic, DocumentDiagnosticParams, FullDocumentDiagnosticReport,
    RelatedFullDocumentDiagnosticReport, Uri,
};
use lsp_server::{ErrorCode, RequestId};
use serde_json::{Value, json};

use super::manifest::Manifest;
use super::outgoing::Refusal;
use super::place;
use super::reports::{self, View};
use super::server::Server;
use super::worker::{self, Job, Outcome, Request};
use crate::cancellation::Cancellation;
use crate::diagnostic::Diagnostics;
use crate::pipeline::{self, Analysis, Depth, FixRound, Options, Variants};

/// How long an analysis of files may take before one without files is shown.
const PATIENCE: Duration = Duration::from_millis(60);

/// The same when the files of a manifest have not been found yet, which takes longest.
const FIRST_PATIENCE: Duration = Duration::from_millis(10);

/// How long files have to be quiet before they are read again.
const QUIET: Duration = Duration::from_millis(150);

/// How long after a change of the text the files are read again, for a client that watches none.
const PAUSE: Duration = Duration::from_secs(1);

impl Server<'_> {
    /// Analyses the current text of a manifest.
    pub(super) fn analyze(&mut self, uri: &Uri) {
        let Some(manifest) = self.manifests.get_mut(&uri.0) else { return };
        let now = Instant::now();
        let last = manifest.supersede();
        let patience = if manifest.has_files { PATIENCE } else { FIRST_PATIENCE };
        manifest.preview_at = Some(now + patience);
        if !self.client.watches {
            manifest.reread_at = Some(now + PAUSE);
        }
        self.ask(uri, Depth::Files);
        // To free a long one takes a while, in which the next one runs.
        drop(last);
    }

    /// Analyses all manifests: any of them may read a document that is none.
    pub(super) fn analyze_all(&mut self) {
        let all: Vec<_> = self.manifests.keys().cloned().collect();
        for uri in all {
            self.analyze(&Uri(uri));
        }
    }

    /// Reads all files again.
    pub(super) fn reread_files(&mut self) {
        let all: Vec<_> = self.manifests.keys().cloned().collect();
        for uri in all {
            self.reread(&Uri(uri));
        }
    }

    fn reread(&mut self, uri: &Uri) {
        if let Some(manifest) = self.manifests.get_mut(&uri.0) {
            manifest.cache.begin_revision();
        }
        self.analyze(uri);
        if let Some(manifest) = self.manifests.get_mut(&uri.0) {
            manifest.reread_at = None;
        }
    }

    /// Reads all files again when they are quiet: one command may change thousands.
    pub(super) fn reread_soon(&mut self) {
        for manifest in self.manifests.values_mut() {
            manifest.reread_at = Some(Instant::now() + QUIET);
        }
    }

    /// Does what is due.
    pub(super) fn wake(&mut self) {
        let now = Instant::now();
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        let due = self.manifests.iter().filter(|(_, manifest)| is_due(manifest.wakes_at()));
        let due: Vec<_> = due.map(|(uri, _)| Uri(uri.clone())).collect();
        for uri in due {
            let Some(manifest) = self.manifests.get_mut(&uri.0) else { continue };
            if is_due(manifest.reread_at) {
                self.reread(&uri);
            } else {
                manifest.preview_at = None;
                self.ask(&uri, Depth::Manifest);
            }
        }
    }

    /// Gives a job to a worker.
    fn ask(&self, uri: &Uri, depth: Depth) {
        let Some(manifest) = self.manifests.get(&uri.0) else { return };
        let Some(request) = self.prepare(uri, depth) else { return };
        // The workers live as long as the server.
        let _ = self.jobs.send(Job { uri: uri.clone(), revision: manifest.revision, request });
    }

    /// An analysis of the current text of a manifest.
    fn prepare(&self, uri: &Uri, depth: Depth) -> Option<Request> {
        let (manifest, document) = (self.manifests.get(&uri.0)?, self.documents.get(uri)?);
        let options = Options {
            depth,
            cache: manifest.cache.clone(),
            cancellation: manifest.cancellation.clone(),
            ..self.config.options.clone()
        };
        let text = document.text.clone();
        if let Some(path) = document.path.clone() {
            let open = Some(self.documents.files());
            return Some(Request { path, text, open, options, depth });
        }
        let options = options.depth(depth.min(Depth::Manifest));
        Some(Request { path: place::name_of(uri), text, open: None, options, depth })
    }

    /// Takes the result of a job.
    pub(super) fn analyzed(&mut self, outcome: Outcome) {
        let Outcome { uri, revision, depth, variants } = outcome;
        let Some(manifest) = self.manifests.get_mut(&uri.0) else { return };
        if manifest.revision != revision || (manifest.is_settled && depth < Depth::Files) {
            return;
        }
        let Some(variants) = variants else {
            manifest.preview_at = None;
            self.outgoing.log("sbx has a bug: an analysis panicked; the next change tries again");
            return self.answer_pulls(&uri, &[]);
        };
        let is_settled = depth == Depth::Files;
        manifest.is_settled = is_settled;
        if is_settled {
            manifest.preview_at = None;
            manifest.has_files = true;
        }
        self.report(&uri, &variants, is_settled);
        if let Some(manifest) = self.manifests.get_mut(&uri.0) {
            manifest.variants = Some(Arc::new(variants));
        }
    }

    /// Sends the diagnostics of a manifest and its profiles.
    fn report(&mut self, uri: &Uri, variants: &Variants, is_settled: bool) {
        let files = reports::diagnostics(variants, |analysis| self.view(analysis, uri));
        for (file, diagnostics) in self.ledger.replace(uri, files) {
            let is_pulled = self.client.pulls && self.manifests.contains_key(&file.0);
            if !is_pulled && file != *uri {
                let version = self.documents.get(&file).map(|document| document.version);
                self.outgoing.publish(file, version, diagnostics);
            }
        }
        let own = self.ledger.merged(&uri.0);
        if !self.client.pulls {
            // Even if they are the same: the client sees that they are those of its version.
            let version = self.documents.get(uri).map(|document| document.version);
            self.outgoing.publish(uri.clone(), version, own.clone());
        }
        if is_settled {
            self.answer_pulls(uri, &own);
            self.ask_to_pull(uri, &own);
        }
    }

    /// An analysis as the client sees it.
    pub(super) fn view<'b>(&'b self, analysis: &'b Analysis, uri: &Uri) -> View<'b> {
        View::new(analysis, uri, &self.documents, self.config.files, self.client)
    }

    /// The text of a manifest with all fixes that cannot change its meaning.
    pub(super) fn fixed(&self, uri: &Uri) -> Option<String> {
        let mut text = self.documents.get(uri)?.text.to_string();
        for round in self.rounds(uri)? {
            let check = |text: &str| match self.uncancelled(uri, Depth::Files) {
                Some(request) => {
                    let request = Request { text: text.into(), ..request };
                    worker::diagnostics(self.config, request, &round)
                }
                None => Diagnostics::new(),
            };
            text = pipeline::fixed(&text, check, |fix| fix.safe && !fix.withheld).0;
        }
        Some(text)
    }

    /// The rounds of fixes for the profiles that are reported.
    fn rounds(&self, uri: &Uri) -> Option<Vec<FixRound>> {
        if !self.config.every_profile {
            return Some(vec![FixRound::Profile(self.config.options.profile.clone())]);
        }
        let analysis = worker::analyze(self.config, self.uncancelled(uri, Depth::Syntax)?);
        Some(FixRound::of_all(&analysis.manifest))
    }

    /// An analysis that the next text does not cancel.
    fn uncancelled(&self, uri: &Uri, depth: Depth) -> Option<Request> {
        let request = self.prepare(uri, depth)?;
        let options = Options { cancellation: Cancellation::default(), ..request.options };
        Some(Request { options, ..request })
    }

    /// Answers a request for diagnostics, or keeps it until the analysis has ended.
    pub(super) fn pull(&mut self, id: &RequestId, params: Value) -> Result<Option<Value>, Refusal> {
        let params: DocumentDiagnosticParams = serde_json::from_value(params)
            .map_err(|error| Refusal::new(ErrorCode::InvalidParams, error.to_string()))?;
        let uri = params.text_document.uri;
        let Some(manifest) = self.manifests.get_mut(&uri.0) else {
            // The diagnostics of other files are pushed.
            return Ok(Some(report_of(Vec::new())));
        };
        if !manifest.is_settled {
            manifest.pulls.push(id.clone());
            return Ok(None);
        }
        let own = self.ledger.merged(&uri.0);
        manifest.pulled = Some(own.clone());
        Ok(Some(report_of(own)))
    }

    fn answer_pulls(&mut self, uri: &Uri, diagnostics: &[Diagnostic]) {
        let Some(manifest) = self.manifests.get_mut(&uri.0) else { return };
        for id in std::mem::take(&mut manifest.pulls) {
            manifest.pulled = Some(diagnostics.to_vec());
            self.outgoing.answer(id, Ok(report_of(diagnostics.to_vec())));
        }
    }

    /// Asks for a pull if the client has other diagnostics, because a file has changed.
    fn ask_to_pull(&mut self, uri: &Uri, diagnostics: &[Diagnostic]) {
        let Some(manifest) = self.manifests.get_mut(&uri.0) else { return };
        let is_old = manifest.pulled.as_ref().is_some_and(|pulled| *pulled != diagnostics);
        if is_old && self.client.pulls {
            manifest.pulled = None;
            self.outgoing.request("workspace/diagnostic/refresh", &Value::Null);
        }
    }

    /// Clears what a closed manifest said.
    pub(super) fn forget(&mut self, uri: &Uri, manifest: &mut Manifest) {
        manifest.supersede();
        for id in manifest.pulls.drain(..) {
            self.outgoing.answer(id, Ok(report_of(Vec::new())));
        }
        for (file, diagnostics) in self.ledger.remove(uri) {
            if !(self.client.pulls && file == *uri) {
                let version = self.documents.get(&file).map(|document| document.version);
                self.outgoing.publish(file, version, diagnostics);
            }
        }
    }

    /// The analysis of the current text of a manifest, made at once unless it is there.
    pub(super) fn current(&mut self, uri: &Uri) -> Option<Arc<Variants>> {
        let known = self.manifests.get(&uri.0)?.variants.clone();
        if known.is_some() {
            return known;
        }
        let mut request = self.prepare(uri, Depth::Manifest)?;
        request.options.cancellation = Cancellation::default();
        let analysis = worker::analyze(self.config, request);
        let variants = Arc::new(Variants::selected(vec![analysis]));
        self.manifests.get_mut(&uri.0)?.variants = Some(variants.clone());
        Some(variants)
    }
}

fn report_of(items: Vec<Diagnostic>) -> Value {
    json!(RelatedFullDocumentDiagnosticReport {
        related_documents: None,
        full_document_diagnostic_report: FullDocumentDiagnosticReport { result_id: None, items },
    })
}
