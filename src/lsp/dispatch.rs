//! Which feature answers which request.

use std::collections::BTreeSet;
use std::sync::Arc;

use gen_lsp_types::{
    CodeAction, CodeActionKind, CodeActionParams, CodeActionTriggerKind, CompletionItem,
    DocumentFormattingParams, DocumentLink, DocumentLinkParams, DocumentSymbol,
    DocumentSymbolParams, FoldingRange, FoldingRangeParams, Hover, Location,
    TextDocumentPositionParams, TextEdit, Uri,
};
use lsp_server::ErrorCode;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::outgoing::Refusal;
use super::server::Server;
use super::{code_actions, completion, formatting, hover, links, structure, text};
use crate::pipeline::Analysis;

impl Server<'_> {
    /// Answers a request about a document.
    pub(super) fn dispatch(&mut self, method: &str, params: Value) -> Result<Value, Refusal> {
        Ok(match method {
            "textDocument/codeAction" => json!(self.code_actions(read(params)?)),
            "textDocument/completion" => json!(self.completion(&read(params)?)),
            "textDocument/definition" => json!(self.definition(&read(params)?)),
            "textDocument/documentLink" => json!(self.links(&read(params)?)),
            "textDocument/documentSymbol" => json!(self.symbols(&read(params)?)),
            "textDocument/foldingRange" => json!(self.folds(&read(params)?)),
            "textDocument/formatting" => json!(self.formatting(&read(params)?)),
            "textDocument/hover" => json!(self.hover(&read(params)?)),
            _ => {
                let message = format!("`{method}` is not supported");
                return Err(Refusal::new(ErrorCode::MethodNotFound, message));
            }
        })
    }

    /// The manifests with something to say about a document: itself, or those that name it.
    fn manifests_of(&self, uri: &Uri) -> Vec<Uri> {
        if self.manifests.contains_key(&uri.0) {
            return vec![uri.clone()];
        }
        self.manifests.keys().map(|manifest| Uri(manifest.clone())).collect()
    }

    /// The analysis of a manifest and the offset of a position in it.
    fn at(&mut self, place: &TextDocumentPositionParams) -> Option<(Arc<Analysis>, usize)> {
        let analysis = self.current(&place.text_document.uri)?;
        let source = analysis.sources.manifest();
        let offset = text::offset(source, place.position, self.client.encoding);
        Some((analysis, offset))
    }

    fn completion(&mut self, params: &TextDocumentPositionParams) -> Vec<CompletionItem> {
        let Some((analysis, offset)) = self.at(params) else { return Vec::new() };
        let uri = &params.text_document.uri;
        let is_file = self.documents.get(uri).is_some_and(|document| document.path.is_some());
        let directory = is_file.then(|| analysis.directory());
        let inputs = completion::Inputs {
            source: analysis.sources.manifest(),
            manifest: &analysis.manifest,
            directory: directory.as_deref(),
            files: self.config.files,
            templates: &self.templates(uri),
            encoding: self.client.encoding,
            snippets: self.client.snippets,
        };
        completion::items(&inputs, offset)
    }

    /// The names of the other open manifests.
    fn templates(&self, uri: &Uri) -> Vec<String> {
        let others = self.manifests.iter().filter(|(other, _)| **other != uri.0);
        let analyses = others.filter_map(|(_, manifest)| manifest.analysis.as_ref());
        let names = analyses.filter_map(|analysis| analysis.manifest.name.as_ref());
        let names: BTreeSet<_> = names.map(|name| name.value.clone()).collect();
        names.into_iter().collect()
    }

    fn definition(&mut self, params: &TextDocumentPositionParams) -> Option<Location> {
        let (analysis, offset) = self.at(params)?;
        let view = self.view(&analysis, &params.text_document.uri);
        links::definition(&view, offset, self.config.files)
    }

    fn hover(&mut self, params: &TextDocumentPositionParams) -> Option<Hover> {
        let (analysis, offset) = self.at(params)?;
        hover::hover(&self.view(&analysis, &params.text_document.uri), offset)
    }

    fn links(&mut self, params: &DocumentLinkParams) -> Vec<DocumentLink> {
        let uri = &params.text_document.uri;
        let Some(analysis) = self.current(uri) else { return Vec::new() };
        links::links(&self.view(&analysis, uri), self.config.files)
    }

    fn symbols(&mut self, params: &DocumentSymbolParams) -> Vec<DocumentSymbol> {
        let Some(analysis) = self.current(&params.text_document.uri) else { return Vec::new() };
        structure::symbols(analysis.sources.manifest(), self.client.encoding)
    }

    fn folds(&mut self, params: &FoldingRangeParams) -> Vec<FoldingRange> {
        let Some(analysis) = self.current(&params.text_document.uri) else { return Vec::new() };
        structure::folds(analysis.sources.manifest())
    }

    /// The edit that formats a manifest; none for a text with syntax errors.
    fn formatting(&self, params: &DocumentFormattingParams) -> Vec<TextEdit> {
        let uri = &params.text_document.uri;
        let document = self.documents.get(uri).filter(|_| self.manifests.contains_key(&uri.0));
        document
            .and_then(|document| formatting::edit(&document.text, self.client.encoding))
            .into_iter()
            .collect()
    }

    fn code_actions(&mut self, params: CodeActionParams) -> Vec<CodeAction> {
        let uri = params.text_document.uri;
        let only = params.context.only;
        let is_wanted = |kind: &CodeActionKind| {
            only.as_ref().is_none_or(|only| only.iter().any(|only| is_kind(kind, only)))
        };
        let mut actions: Vec<CodeAction> = Vec::new();
        for manifest in self.manifests_of(&uri) {
            let Some(analysis) = self.current(&manifest) else { continue };
            let view = self.view(&analysis, &manifest);
            let Some(file) = view.file(&uri) else { continue };
            if is_wanted(&CodeActionKind::QuickFix) {
                let source = analysis.sources.get(file);
                let offset = |position| text::offset(source, position, view.encoding);
                let range = offset(params.range.start)..offset(params.range.end);
                for action in code_actions::actions(&view, file, &range) {
                    if !actions.contains(&action) {
                        actions.push(action);
                    }
                }
            }
            // It takes several analyses, and an editor asks at each move of the cursor.
            let is_asked = only.is_some()
                || params.context.trigger_kind != Some(CodeActionTriggerKind::Automatic);
            if manifest == uri && is_asked && is_wanted(&CodeActionKind::SourceFixAll) {
                let fixed = self.fixed(&manifest);
                actions.extend(fixed.and_then(|fixed| code_actions::fix_all(&view, &fixed)));
            }
        }
        actions
    }
}

/// Whether a kind of action is the same as another one, or below it: kinds are dotted words.
fn is_kind(kind: &CodeActionKind, above: &CodeActionKind) -> bool {
    let (kind, above) = (kind.to_string(), above.to_string());
    let rest = kind.strip_prefix(&above);
    rest.is_some_and(|rest| above.is_empty() || rest.is_empty() || rest.starts_with('.'))
}

/// Reads the parameters of a request.
pub(super) fn read<T: DeserializeOwned>(params: Value) -> Result<T, Refusal> {
    serde_json::from_value(params)
        .map_err(|error| Refusal::new(ErrorCode::InvalidParams, error.to_string()))
}
