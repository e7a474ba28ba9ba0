//! What the server can do, for the client that asks.

use gen_lsp_types::{
    CodeActionKind, CodeActionOptions, CompletionOptions, DiagnosticOptions, DocumentLinkOptions,
    InitializeResult, PositionEncodingKind, RenameOptions, SaveOptions, ServerCapabilities,
    ServerInfo, TextDocumentSyncKind, TextDocumentSyncOptions, WorkspaceFoldersServerCapabilities,
    WorkspaceOptions,
};

use super::client::Client;
use crate::source::Encoding;

/// The answer to `initialize`.
pub(super) fn initialized(client: Client) -> InitializeResult {
    let info =
        ServerInfo { name: "sbx".to_owned(), version: Some(env!("CARGO_PKG_VERSION").to_owned()) };
    InitializeResult { capabilities: capabilities(client), server_info: Some(info) }
}

fn capabilities(client: Client) -> ServerCapabilities {
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        // A manifest is small: parts of it would save nothing, and can get out of step.
        change: Some(TextDocumentSyncKind::Full),
        save: Some(SaveOptions { include_text: Some(false) }.into()),
        ..TextDocumentSyncOptions::default()
    };
    ServerCapabilities {
        position_encoding: Some(match client.encoding {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
            Encoding::Chars => PositionEncodingKind::UTF32,
        }),
        text_document_sync: Some(sync.into()),
        code_action_provider: Some(code_actions().into()),
        completion_provider: Some(completions()),
        definition_provider: Some(true.into()),
        document_link_provider: Some(DocumentLinkOptions::default()),
        document_symbol_provider: Some(true.into()),
        document_formatting_provider: Some(true.into()),
        folding_range_provider: Some(true.into()),
        hover_provider: Some(true.into()),
        rename_provider: Some(
            RenameOptions { prepare_provider: Some(true), ..RenameOptions::default() }.into(),
        ),
        workspace: Some(workspace()),
        diagnostic_provider: client.pulls.then(|| pulled().into()),
        ..ServerCapabilities::default()
    }
}

fn workspace() -> WorkspaceOptions {
    let folders = WorkspaceFoldersServerCapabilities {
        supported: Some(true),
        change_notifications: Some(true.into()),
    };
    WorkspaceOptions { workspace_folders: Some(folders), ..WorkspaceOptions::default() }
}

fn code_actions() -> CodeActionOptions {
    CodeActionOptions {
        code_action_kinds: Some(vec![CodeActionKind::QuickFix, CodeActionKind::SourceFixAll]),
        ..CodeActionOptions::default()
    }
}

fn completions() -> CompletionOptions {
    let triggers = ["\"", "$", "{", "/", "[", "(", "=", " "];
    CompletionOptions {
        trigger_characters: Some(triggers.map(str::to_owned).to_vec()),
        ..CompletionOptions::default()
    }
}

fn pulled() -> DiagnosticOptions {
    DiagnosticOptions {
        identifier: Some("sbx".to_owned()),
        // A Dockerfile changes the diagnostics of the manifest that names it.
        inter_file_dependencies: true,
        workspace_diagnostics: false,
        ..DiagnosticOptions::default()
    }
}
