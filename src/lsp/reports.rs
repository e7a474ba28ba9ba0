//! The diagnostics of a manifest in the terms of the protocol, each in its own file.

use std::collections::BTreeMap;
use std::path::Path;
use std::ptr;

use gen_lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag,
    Location, Range, Uri,
};
use serde_json::{Value, json};

use super::client::Client;
use super::document::Documents;
use super::text;
use crate::diagnostic::{self, Code, Quota, Severity};
use crate::host::FileSystem;
use crate::pipeline::{Analysis, Shared, Variants};
use crate::source::{Encoding, FileId, Source, Span};

/// The diagnostics of one manifest, by the URI of the file that they are in.
pub(super) type ByFile = BTreeMap<String, Vec<Diagnostic>>;

/// The diagnostics of a manifest and its profiles, each once and in the order of the command line;
/// the manifest is always among the files.
pub(super) fn diagnostics<'a>(
    variants: &'a Variants,
    view: impl Fn(&'a Analysis) -> View<'a>,
) -> ByFile {
    let views: Vec<_> = variants.analyses().iter().map(view).collect();
    let manifest = views.first().map(|view| (view.uri(FileId::MANIFEST).0, Vec::new()));
    let mut files: ByFile = manifest.into_iter().collect();
    for (view, shared) in reported(variants, &views) {
        let (uri, diagnostic) = view.diagnostic(&shared.diagnostic, &shared.profiles);
        files.entry(uri.0).or_default().push(diagnostic);
    }
    files
}

/// The problems that are shown, each with the view of an analysis that has it, in the order of the
/// command line.
pub(super) fn reported<'v, 'a>(
    variants: &'a Variants,
    views: &'v [View<'a>],
) -> Vec<(&'v View<'a>, Shared<'a>)> {
    let mut quota = Quota::default();
    let shown = variants.diagnostics().into_iter().filter_map(|shared| {
        let view = views.iter().find(|view| ptr::eq(view.analysis, shared.analysis))?;
        view.admits(&shared.diagnostic, &mut quota).then_some((view, shared))
    });
    shown.collect()
}

/// An analysis as the client sees it.
pub(super) struct View<'a> {
    pub(super) analysis: &'a Analysis,
    pub(super) encoding: Encoding,
    /// Whether the client takes edits of documents with their versions.
    pub(super) versioned_edits: bool,
    documents: &'a Documents,
    /// The URIs of the analysed texts.
    uris: BTreeMap<FileId, Uri>,
    /// Whether the manifest is a file.
    is_file: bool,
}

impl<'a> View<'a> {
    /// The analysis of the manifest that the client calls `uri`.
    pub(super) fn new(
        analysis: &'a Analysis,
        uri: &Uri,
        documents: &'a Documents,
        files: &dyn FileSystem,
        client: Client,
    ) -> Self {
        let uri_of = |file, source: &Source| match file {
            FileId::MANIFEST => uri.clone(),
            _ => documents.uri_of(source.path(), files).unwrap_or_else(|| uri.clone()),
        };
        let uris = analysis.sources.iter().map(|(file, source)| (file, uri_of(file, source)));
        let is_file = documents.get(uri).is_some_and(|document| document.path.is_some());
        Self {
            analysis,
            encoding: client.encoding,
            versioned_edits: client.versioned_edits,
            documents,
            uris: uris.collect(),
            is_file,
        }
    }

    /// Whether a diagnostic is shown.
    fn admits(&self, diagnostic: &diagnostic::Diagnostic, quota: &mut Quota) -> bool {
        let is_of_files = matches!(diagnostic.code, Code::UnreadableFile | Code::OutsideProject);
        // A manifest that is not saved yet has no files beside it.
        (self.is_file || !is_of_files) && quota.admits(diagnostic)
    }

    /// The text that the client calls `uri`.
    pub(super) fn file(&self, uri: &Uri) -> Option<FileId> {
        self.uris.iter().find(|(_, known)| *known == uri).map(|(file, _)| *file)
    }

    /// The version of an open document.
    pub(super) fn version(&self, uri: &Uri) -> Option<i32> {
        self.documents.get(uri).map(|document| document.version)
    }

    /// The URI of one of the texts.
    pub(super) fn uri(&self, file: FileId) -> Uri {
        let manifest = || self.uris.get(&FileId::MANIFEST);
        self.uris.get(&file).or_else(manifest).cloned().unwrap_or_else(|| Uri(String::new()))
    }

    /// The URI of a path, as the client writes it if the file is open.
    pub(super) fn uri_of(&self, path: &Path, files: &dyn FileSystem) -> Option<Uri> {
        self.documents.uri_of(path, files)
    }

    /// A span in the client's terms.
    pub(super) fn location(&self, span: Span) -> Location {
        Location { uri: self.uri(span.file), range: self.range(span) }
    }

    /// The range of a span in its file.
    pub(super) fn range(&self, span: Span) -> Range {
        let source = self.analysis.sources.get(span.file);
        text::range(source, span.start, span.end, self.encoding)
    }

    /// A diagnostic of these profiles in the client's terms, and its file.
    pub(super) fn diagnostic(
        &self,
        diagnostic: &diagnostic::Diagnostic,
        profiles: &[&str],
    ) -> (Uri, Diagnostic) {
        let location = match diagnostic.span {
            Some(span) => self.location(span),
            None => Location { uri: self.uri(FileId::MANIFEST), range: Range::default() },
        };
        let related = diagnostic.related.iter().map(|label| DiagnosticRelatedInformation {
            location: self.location(label.span),
            message: label.message.clone(),
        });
        let related: Vec<_> = related.collect();
        let reported = Diagnostic {
            range: location.range,
            severity: Some(match diagnostic.severity() {
                Severity::Error => DiagnosticSeverity::Error,
                Severity::Warning => DiagnosticSeverity::Warning,
            }),
            code: Some(diagnostic.code.name().into()),
            code_description: Some(CodeDescription { href: Uri(diagnostic.code.url().to_owned()) }),
            source: Some("sbx".to_owned()),
            message: message(diagnostic).into(),
            tags: tags(diagnostic.code),
            related_information: (!related.is_empty()).then_some(related),
            data: data(diagnostic, profiles),
        };
        (location.uri, reported)
    }
}

/// What is wrong, why, and what to do: the protocol has one text for all three.
fn message(diagnostic: &diagnostic::Diagnostic) -> String {
    let mut text = diagnostic.message.clone();
    if !diagnostic.label.is_empty() {
        text.extend(["\n", &diagnostic.label]);
    }
    if let Some(help) = &diagnostic.help {
        text.extend(["\nhelp: ", help]);
    }
    text
}

/// Text without an effect is faded out.
fn tags(code: Code) -> Option<Vec<DiagnosticTag>> {
    let is_unnecessary = matches!(code, Code::UnusedAllow | Code::DuplicateTag);
    is_unnecessary.then(|| vec![DiagnosticTag::Unnecessary])
}

/// What the severity does not say, the fix and the profiles, for clients that list them.
fn data(diagnostic: &diagnostic::Diagnostic, profiles: &[&str]) -> Option<Value> {
    let mut data = serde_json::Map::new();
    if diagnostic.denied {
        data.insert("denied".to_owned(), json!(true));
    }
    if let Some(fix) = diagnostic.fix.as_ref().filter(|fix| !fix.withheld) {
        data.insert("fix".to_owned(), json!({ "title": fix.title, "safe": fix.safe }));
    }
    if !profiles.is_empty() {
        data.insert("profiles".to_owned(), json!(profiles));
    }
    (!data.is_empty()).then_some(Value::Object(data))
}
