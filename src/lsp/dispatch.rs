//! Which feature answers which request.

use std::sync::Arc;

use gen_lsp_types::{
    CodeAction, CodeActionKind, CodeActionParams, CodeActionTriggerKind, CompletionItem,
    DocumentFormattingParams, DocumentLink, DocumentLinkParams, DocumentSymbol,
    DocumentSymbolParams, FoldingRange, FoldingRangeParams, Hover, Location, PrepareRenameResult,
    RenameParams, TextDocumentPositionParams, TextEdit, Uri, WorkspaceEdit,
};
use lsp_server::ErrorCode;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::outgoing::Refusal;
use super::server::Server;
use super::{code_actions, completion, formatting, hover, links, rename, structure, text};
use crate::pipeline::Variants;

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
            "textDocument/prepareRename" => json!(self.prepare_rename(&read(params)?)?),
            "textDocument/rename" => json!(self.rename(&read(params)?)?),
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

    /// The analyses of a manifest and the offset of a position in it.
    fn at(&mut self, place: &TextDocumentPositionParams) -> Option<(Arc<Variants>, usize)> {
        let variants = self.current(&place.text_document.uri)?;
        let source = variants.first()?.sources.manifest();
        let offset = text::offset(source, place.position, self.client.encoding);
        Some((variants, offset))
    }

    fn completion(&mut self, params: &TextDocumentPositionParams) -> Vec<CompletionItem> {
        self.completions(params).unwrap_or_default()
    }

    fn completions(&mut self, params: &TextDocumentPositionParams) -> Option<Vec<CompletionItem>> {
        let (variants, offset) = self.at(params)?;
        let analysis = variants.first()?;
        let uri = &params.text_document.uri;
        let is_file = self.documents.get(uri).is_some_and(|document| document.path.is_some());
        let directory = is_file.then(|| analysis.directory());
        let inputs = completion::Inputs {
            source: analysis.sources.manifest(),
            manifest: &analysis.manifest,
            directory: directory.as_deref(),
            files: self.config.files,
            lock: analysis.lock(),
            others: &|| self.other_manifests(uri),
            encoding: self.client.encoding,
            snippets: self.client.snippets,
        };
        Some(completion::items(&inputs, offset))
    }

    fn definition(&mut self, params: &TextDocumentPositionParams) -> Option<Location> {
        let (variants, offset) = self.at(params)?;
        let uri = &params.text_document.uri;
        let view = self.view(variants.first()?, uri);
        if let Some(name) = links::template_at(view.analysis, offset) {
            let others = self.other_manifests(uri);
            let other = others.iter().find(|other| other.is_named(&name))?;
            return Some(other.name_location(self.client.encoding));
        }
        links::definition(&view, offset, self.config.files)
    }

    fn hover(&mut self, params: &TextDocumentPositionParams) -> Option<Hover> {
        let (variants, offset) = self.at(params)?;
        hover::hover(&self.view(variants.first()?, &params.text_document.uri), offset)
    }

    fn prepare_rename(
        &mut self,
        params: &TextDocumentPositionParams,
    ) -> Result<Option<PrepareRenameResult>, Refusal> {
        let Some((variants, offset)) = self.at(params) else { return Ok(None) };
        let Some(analysis) = variants.first() else { return Ok(None) };
        let view = self.view(analysis, &params.text_document.uri);
        rename::prepare(&view, offset)
    }

    fn rename(&mut self, params: &RenameParams) -> Result<Option<WorkspaceEdit>, Refusal> {
        let place = &params.text_document_position_params;
        let Some((variants, offset)) = self.at(place) else { return Ok(None) };
        let Some(analysis) = variants.first() else { return Ok(None) };
        let view = self.view(analysis, &place.text_document.uri);
        rename::rename(&view, offset, &params.new_name)
    }

    fn links(&mut self, params: &DocumentLinkParams) -> Vec<DocumentLink> {
        let uri = &params.text_document.uri;
        let Some(variants) = self.current(uri) else { return Vec::new() };
        let view = variants.first().map(|analysis| self.view(analysis, uri));
        view.map(|view| links::links(&view, self.config.files)).unwrap_or_default()
    }

    fn symbols(&mut self, params: &DocumentSymbolParams) -> Vec<DocumentSymbol> {
        let Some(variants) = self.current(&params.text_document.uri) else { return Vec::new() };
        let source = variants.first().map(|analysis| analysis.sources.manifest());
        source.map(|it| structure::symbols(it, self.client.encoding)).unwrap_or_default()
    }

    fn folds(&mut self, params: &FoldingRangeParams) -> Vec<FoldingRange> {
        let Some(variants) = self.current(&params.text_document.uri) else { return Vec::new() };
        let source = variants.first().map(|analysis| analysis.sources.manifest());
        source.map(structure::folds).unwrap_or_default()
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
            let Some(variants) = self.current(&manifest) else { continue };
            let views = variants.analyses().iter().map(|analysis| self.view(analysis, &manifest));
            let views: Vec<_> = views.collect();
            let Some(first) = views.first() else { continue };
            if is_wanted(&CodeActionKind::QuickFix) {
                for action in code_actions::actions(&variants, &views, &uri, params.range) {
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
                actions.extend(fixed.and_then(|fixed| code_actions::fix_all(first, &fixed)));
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
