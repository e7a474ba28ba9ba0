//! Which feature answers which request.

use gen_lsp_types::{CodeAction, CodeActionKind, CodeActionParams, CodeActionTriggerKind, Uri};
use lsp_server::ErrorCode;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::outgoing::Refusal;
use super::server::Server;
use super::{code_actions, text};

impl Server<'_> {
    /// Answers a request about a document.
    pub(super) fn dispatch(&mut self, method: &str, params: Value) -> Result<Value, Refusal> {
        if method == "textDocument/codeAction" {
            return Ok(json!(self.code_actions(read(params)?)));
        }
        let message = format!("`{method}` is not supported");
        Err(Refusal::new(ErrorCode::MethodNotFound, message))
    }

    /// The manifests with something to say about a document: itself, or those that name it.
    fn manifests_of(&self, uri: &Uri) -> Vec<Uri> {
        if self.manifests.contains_key(&uri.0) {
            return vec![uri.clone()];
        }
        self.manifests.keys().map(|manifest| Uri(manifest.clone())).collect()
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
