//! Code actions: the fixes of diagnostics, and edits that silence a warning.

use std::collections::HashMap;

use gen_lsp_types::{
    CodeAction, CodeActionKind, Diagnostic, OptionalVersionedTextDocumentIdentifier, Range,
    TextDocumentEdit, TextDocumentIdentifier, TextEdit, Uri, WorkspaceEdit,
};

use super::reports::{View, reported};
use super::text;
use crate::diagnostic::fix::Edit;
use crate::diagnostic::{self, Code, Severity};
use crate::pipeline::Variants;
use crate::silence::insert;
use crate::source::{FileId, Span};

/// The actions for the diagnostics of a manifest and its profiles that touch a range of a file.
pub(super) fn actions(
    variants: &Variants,
    views: &[View<'_>],
    uri: &Uri,
    range: Range,
) -> Vec<CodeAction> {
    let mut actions = Vec::new();
    for (view, shared) in reported(variants, views) {
        let Some(file) = view.file(uri) else { continue };
        let diagnostic = &shared.diagnostic;
        let Some(span) = diagnostic.span.filter(|span| span.file == file) else { continue };
        let offset = |at| text::offset(view.analysis.sources.get(file), at, view.encoding);
        if span.start > offset(range.end) || span.end < offset(range.start) {
            continue;
        }
        let (_, shown) = view.diagnostic(diagnostic, &shared.profiles);
        actions.extend(fix(view, diagnostic, &shown));
        actions.extend(silences(view, diagnostic, span, &shown));
    }
    actions
}

/// The fix of a diagnostic. One whose text holds a secret is left to the command line.
fn fix(
    view: &View<'_>,
    diagnostic: &diagnostic::Diagnostic,
    shown: &Diagnostic,
) -> Option<CodeAction> {
    let fix = diagnostic.fix.as_ref().filter(|fix| !fix.withheld)?;
    Some(CodeAction {
        title: fix.title.clone(),
        kind: Some(CodeActionKind::QuickFix),
        diagnostics: Some(vec![shown.clone()]),
        // One that may change the meaning is not the first choice.
        is_preferred: fix.safe.then_some(true),
        edit: Some(edit(view, &fix.edits)),
        ..CodeAction::default()
    })
}

/// The edits that silence a warning.
fn silences(
    view: &View<'_>,
    diagnostic: &diagnostic::Diagnostic,
    span: Span,
    shown: &Diagnostic,
) -> Vec<CodeAction> {
    let code = diagnostic.code;
    if code.severity() != Severity::Warning || code == Code::UnusedAllow {
        return Vec::new();
    }
    let text = |file| view.analysis.sources.get(file).text();
    let here = insert::here(code, span, text(span.file));
    let manifest = insert::in_manifest(code, text(FileId::MANIFEST));
    let titles = [format!("silence `{code}` here"), format!("silence `{code}` in the manifest")];
    let made = titles.into_iter().zip([here, manifest]);
    let made = made.filter_map(|(title, made)| Some((title, made?)));
    made.map(|(title, made)| CodeAction {
        title,
        kind: Some(CodeActionKind::QuickFix),
        diagnostics: Some(vec![shown.clone()]),
        edit: Some(edit(view, &[made])),
        ..CodeAction::default()
    })
    .collect()
}

/// The action that replaces the whole text of the manifest by one with all safe fixes.
pub(super) fn fix_all(view: &View<'_>, fixed: &str) -> Option<CodeAction> {
    let change = difference(view.analysis.sources.manifest().text(), fixed)?;
    Some(CodeAction {
        title: "apply all fixes that cannot change meaning".to_owned(),
        kind: Some(CodeActionKind::SourceFixAll),
        edit: Some(edit(view, &[change])),
        ..CodeAction::default()
    })
}

/// The part in which two texts differ; `None` if they are the same.
pub(super) fn difference(old: &str, new: &str) -> Option<Edit> {
    if old == new {
        return None;
    }
    let same = |(one, other): &(u8, u8)| one == other;
    let start = old.bytes().zip(new.bytes()).take_while(same).count();
    let start = old.floor_char_boundary(start);
    let (old_rest, new_rest) = (&old[start..], &new[start..]);
    let end = old_rest.bytes().rev().zip(new_rest.bytes().rev()).take_while(same).count();
    let end = old_rest.len() - old_rest.ceil_char_boundary(old_rest.len() - end);
    let text = new_rest[..new_rest.len() - end].to_owned();
    Some(Edit { span: Span::manifest(start, old.len() - end), text })
}

/// Edits in the client's terms.
pub(super) fn edit(view: &View<'_>, edits: &[Edit]) -> WorkspaceEdit {
    let mut files: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
    for edit in edits {
        let change = TextEdit { range: view.range(edit.span), new_text: edit.text.clone() };
        files.entry(view.uri(edit.span.file)).or_default().push(change);
    }
    if !view.versioned_edits {
        return WorkspaceEdit { changes: Some(files), ..WorkspaceEdit::default() };
    }
    let document = |(uri, edits): (Uri, Vec<TextEdit>)| {
        let version = view.version(&uri);
        let text_document = OptionalVersionedTextDocumentIdentifier {
            version,
            text_document_identifier: TextDocumentIdentifier { uri },
        };
        let edits = edits.into_iter().map(Into::into).collect();
        TextDocumentEdit { text_document, edits }.into()
    };
    let changes = files.into_iter().map(document).collect();
    WorkspaceEdit { document_changes: Some(changes), ..WorkspaceEdit::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_small_and_keeps_characters_whole() {
        let changed = |old: &str, new: &str| {
            let edit = difference(old, new)?;
            let (start, end) = (edit.span.start, edit.span.end);
            assert_eq!([&old[..start], &edit.text, &old[end..]].concat(), new);
            Some((start, end, edit.text))
        };
        assert_eq!(changed("abc", "abc"), None);
        assert_eq!(changed("abc", "axc"), Some((1, 2, "x".to_owned())));
        assert_eq!(changed("aa", "aaa"), Some((2, 2, "a".to_owned())));
        // Characters that share a byte at their beginnings or ends.
        assert_eq!(changed("ä", "ö"), Some((0, 2, "ö".to_owned())));
        assert_eq!(changed("\u{e4}", "\u{124}"), Some((0, 2, "\u{124}".to_owned())));
        assert_eq!(changed("", "x"), Some((0, 0, "x".to_owned())));
    }
}
