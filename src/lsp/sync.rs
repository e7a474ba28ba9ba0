//! What the client says about documents and files.

use gen_lsp_types::{
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, TextDocumentContentChangeEvent, Uri,
};

use super::document::Document;
use super::place;
use super::server::Server;

impl Server<'_> {
    pub(super) fn opened(&mut self, params: DidOpenTextDocumentParams) {
        let uri = params.text_document.uri.clone();
        let document = Document::new(params.text_document, self.config.files);
        let is_manifest = document.is_manifest(&uri);
        let is_file = document.path.is_some();
        self.documents.open(&uri, document);
        if is_manifest {
            self.manifests.entry(uri.0.clone()).or_default();
            self.analyze(&uri);
        }
        if is_file && !is_manifest {
            self.reread_files();
        }
    }

    pub(super) fn changed(&mut self, params: DidChangeTextDocumentParams) {
        let document = params.text_document;
        let uri = document.text_document_identifier.uri;
        // Each change is a whole text, so the last one counts.
        let Some(text) = params.content_changes.into_iter().last().and_then(whole) else {
            return self.log("a change that is not a whole text is ignored");
        };
        // Helix 25.01 sends changes out of order. Each is a whole text, so the newest one counts.
        if self.documents.get(&uri).is_some_and(|open| open.version > document.version) {
            return self.log("a change that is older than the text is ignored");
        }
        if !self.documents.change(&uri, document.version, text) {
            return self.log("a change of a document that is not open is ignored");
        }
        self.classify(&uri);
        if let Some(manifest) = self.manifests.get_mut(&uri.0) {
            // The client pulls by itself after a change of the text.
            manifest.pulled = None;
            self.analyze(&uri);
        } else {
            self.analyze_all();
        }
    }

    /// A TOML file becomes a manifest when its first line names the schema. It stays one.
    fn classify(&mut self, uri: &Uri) {
        let is_manifest = self.documents.get(uri).is_some_and(|it| it.is_manifest(uri));
        if is_manifest {
            self.manifests.entry(uri.0.clone()).or_default();
        }
    }

    pub(super) fn closed(&mut self, params: DidCloseTextDocumentParams) {
        let uri = params.text_document.uri;
        if !self.documents.close(&uri) {
            return;
        }
        if let Some(mut manifest) = self.manifests.remove(&uri.0) {
            self.forget(&uri, &mut manifest);
        } else {
            self.reread_files();
        }
    }

    pub(super) fn files_changed(&mut self, params: &DidChangeWatchedFilesParams) {
        // What is open counts, whatever is written to the disk; but the files that copies select
        // have changed with any of the others.
        let is_other =
            |uri: &Uri| self.documents.get(uri).is_none() && place::path_of(uri).is_some();
        if params.changes.iter().any(|change| is_other(&change.uri)) {
            self.reread_soon();
        }
    }
}

/// The text of a change without a range.
fn whole(change: TextDocumentContentChangeEvent) -> Option<String> {
    match change {
        TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => {
            Some(whole.text)
        }
        TextDocumentContentChangeEvent::TextDocumentContentChangePartial(_) => None,
    }
}
