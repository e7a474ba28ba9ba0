//! The open documents.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gen_lsp_types::{TextDocumentItem, Uri};

use super::place;
use super::worker::OpenFiles;
use crate::host::FileSystem;

/// The languages that editors can be told a manifest has.
const LANGUAGES: [&str; 2] = ["sandbox-toml", "sandbox.toml"];

/// The name of a manifest.
const NAME: &str = "sandbox.toml";

/// How the first line of a TOML file names its schema.
const SCHEMA: &str = "#:schema";

/// An open document.
#[derive(Debug, Clone)]
pub(super) struct Document {
    /// The path, if it is a file.
    pub(super) path: Option<PathBuf>,
    /// The same without links and dots.
    canonical: Option<PathBuf>,
    pub(super) language: String,
    pub(super) version: i32,
    pub(super) text: Arc<str>,
}

impl Document {
    pub(super) fn new(item: TextDocumentItem, files: &dyn FileSystem) -> Self {
        let path = place::path_of(&item.uri);
        Self {
            canonical: path.as_deref().map(|path| place::canonical(path, files)),
            path,
            language: item.language_id.into(),
            version: item.version,
            text: item.text.into(),
        }
    }

    /// Whether it is a manifest: by its language, its name, or the schema that it names. An editor
    /// may send every TOML file.
    pub(super) fn is_manifest(&self, uri: &Uri) -> bool {
        let name = uri.0.rsplit('/').next().unwrap_or_default();
        LANGUAGES.contains(&self.language.as_str())
            || is_manifest_name(name)
            || (self.language == "toml" && names_schema(&self.text))
    }
}

/// Whether a file is a manifest by its name.
pub(super) fn is_manifest_name(name: &str) -> bool {
    name == NAME || name.strip_suffix(NAME).is_some_and(|before| before.ends_with('.'))
}

/// Whether one of the comments above the first key names the schema of manifests.
fn names_schema(text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let comments = text.lines().take_while(|line| line.is_empty() || line.starts_with('#'));
    comments
        .filter_map(|line| line.strip_prefix(SCHEMA))
        .any(|schema| schema.trim_end().ends_with("sandbox.schema.json"))
}

/// All open documents.
#[derive(Debug, Default)]
pub(super) struct Documents(BTreeMap<String, Document>);

impl Documents {
    pub(super) fn get(&self, uri: &Uri) -> Option<&Document> {
        self.0.get(&uri.0)
    }

    pub(super) fn open(&mut self, uri: &Uri, document: Document) {
        self.0.insert(uri.0.clone(), document);
    }

    /// Replaces the text; `false` if the document is not open.
    pub(super) fn change(&mut self, uri: &Uri, version: i32, text: String) -> bool {
        let Some(document) = self.0.get_mut(&uri.0) else { return false };
        (document.version, document.text) = (version, text.into());
        true
    }

    pub(super) fn close(&mut self, uri: &Uri) -> bool {
        self.0.remove(&uri.0).is_some()
    }

    /// The URI of a file: as the client writes it, if it is open.
    pub(super) fn uri_of(&self, path: &Path, files: &dyn FileSystem) -> Option<Uri> {
        let canonical = place::canonical(path, files);
        let is_it = |document: &Document| document.canonical.as_deref() == Some(&canonical);
        let open = self.0.iter().find(|(_, document)| is_it(document));
        open.map(|(uri, _)| Uri(uri.clone())).or_else(|| {
            // Without dots, but behind the links that the manifest is behind, if that is the same.
            let plain = place::plain(path);
            let is_same = place::canonical(&plain, files) == canonical;
            place::uri_of(if is_same { &plain } else { &canonical })
        })
    }

    /// The documents that are files.
    pub(super) fn files(&self) -> OpenFiles {
        let mut files = Vec::new();
        for document in self.0.values() {
            let paths: BTreeSet<_> = document.path.iter().chain(&document.canonical).collect();
            files.extend(paths.into_iter().map(|path| (path.clone(), document.text.clone())));
        }
        Arc::new(files)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_are_known_by_language_name_or_schema() {
        let is_manifest = |uri: &str, language: &str, text: &str| {
            let document = Document {
                path: None,
                canonical: None,
                language: language.to_owned(),
                version: 0,
                text: text.into(),
            };
            document.is_manifest(&Uri(uri.to_owned()))
        };
        assert!(is_manifest("file:///a/sandbox.toml", "toml", ""));
        assert!(is_manifest("file:///a/web.sandbox.toml", "plaintext", ""));
        assert!(is_manifest("untitled:Untitled-1", "sandbox-toml", ""));
        let schema = "# A template\n#:schema ./schema/sandbox.schema.json\nname = \"x\"\n";
        assert!(is_manifest("file:///a/base.toml", "toml", schema));
        assert!(!is_manifest("file:///a/Cargo.toml", "toml", "[package]\n"));
        assert!(!is_manifest("file:///a/notsandbox.toml", "toml", ""));
        let late = "name = \"x\"\n#:schema sandbox.schema.json\n";
        assert!(!is_manifest("file:///a/base.toml", "toml", late));
        assert!(!is_manifest("file:///a/sandbox.toml/Dockerfile", "dockerfile", ""));
    }
}
