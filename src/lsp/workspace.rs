//! The manifests of the workspace, also those that are not open.

use std::path::{Path, PathBuf};

use gen_lsp_types::{DidChangeWorkspaceFoldersParams, Location, Uri};
use serde_json::Value;

use super::document::is_manifest_name;
use super::place;
use super::server::Server;
use super::text;
use crate::host::{FileKind, NoFiles};
use crate::parse;
use crate::pipeline::{self, Depth};
use crate::source::{Encoding, Source, Span};

/// The most files and directories that are looked at.
const MOST_ENTRIES: usize = 20_000;

/// The deepest directories that are looked into.
const DEEPEST: usize = 8;

/// Directories of other tools, which may be large. Those with a leading dot are left out, too.
const FOREIGN: [&str; 3] = ["node_modules", "target", "venv"];

/// What other manifests need to know of one.
pub(super) struct OtherManifest {
    pub(super) uri: Uri,
    /// The name of its template.
    pub(super) name: Option<String>,
    /// The reference of its image.
    pub(super) image: Option<String>,
    name_span: Option<Span>,
    source: Source,
}

impl OtherManifest {
    fn read(uri: Uri, path: &Path, text: String) -> Self {
        let source = Source::new(path, text);
        let analysis = pipeline::analyze_text(&NoFiles, source.clone(), Depth::Syntax);
        let (name, from) = (analysis.manifest.name.as_ref(), analysis.manifest.from.as_ref());
        let image = from.and_then(|from| from.value.image.as_ref());
        Self {
            uri,
            name: name.map(|name| name.value.clone()),
            image: image.map(|image| image.value.clone()),
            name_span: name.map(|name| name.span),
            source,
        }
    }

    /// Whether its template has this name.
    pub(super) fn is_named(&self, name: &str) -> bool {
        // Platforms ignore case.
        self.name.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(name))
    }

    /// Where its name is.
    pub(super) fn name_location(&self, encoding: Encoding) -> Location {
        let span = self.name_span.unwrap_or(Span::manifest(0, 0));
        let range = text::range(&self.source, span.start, span.end, encoding);
        Location { uri: self.uri.clone(), range }
    }
}

impl Server<'_> {
    /// Takes the folders that the client has open.
    pub(super) fn open_folders(&mut self, params: &Value) {
        let folders = params.get("workspaceFolders").and_then(Value::as_array);
        let folders = folders.into_iter().flatten().filter_map(|folder| folder.get("uri"));
        // A client that knows no folders has one root.
        let uris = folders.chain(params.get("rootUri")).filter_map(Value::as_str);
        for uri in uris {
            self.add_folder(&Uri(uri.to_owned()));
        }
    }

    pub(super) fn folders_changed(&mut self, params: &DidChangeWorkspaceFoldersParams) {
        for folder in &params.event.removed {
            let path = place::path_of(&folder.uri);
            self.folders.retain(|known| Some(known) != path.as_ref());
        }
        for folder in &params.event.added {
            self.add_folder(&folder.uri);
        }
    }

    fn add_folder(&mut self, uri: &Uri) {
        let path = place::path_of(uri).filter(|path| !self.folders.contains(path));
        self.folders.extend(path);
    }

    /// The manifests that are open or in the folders of the workspace, without one of them, in the
    /// order of their URIs.
    pub(super) fn other_manifests(&self, without: &Uri) -> Vec<OtherManifest> {
        let mut others: Vec<_> = self
            .manifests
            .keys()
            .filter(|uri| **uri != without.0)
            .filter_map(|uri| {
                let uri = Uri(uri.clone());
                let document = self.documents.get(&uri)?;
                let path = document.path.clone().unwrap_or_else(|| place::name_of(&uri));
                Some(OtherManifest::read(uri, &path, document.text.to_string()))
            })
            .collect();
        let files = self.config.files;
        for path in self.manifests_on_disk(without) {
            let Some(uri) = self.documents.uri_of(&path, files) else { continue };
            let is_known = uri == *without || others.iter().any(|other| other.uri == uri);
            let read = || parse::decode(files.read(&path, parse::MAX_BYTES).ok()?).ok();
            if let (false, Some(text)) = (is_known, read()) {
                others.push(OtherManifest::read(uri, &path, text));
            }
        }
        others.sort_unstable_by(|one, other| one.uri.0.cmp(&other.uri.0));
        others
    }

    /// The files in the workspace that are called like a manifest. Without a workspace, they are
    /// looked for beside the manifest.
    fn manifests_on_disk(&self, manifest: &Uri) -> Vec<PathBuf> {
        let mut folders = self.folders.clone();
        if folders.is_empty() {
            let path = self.documents.get(manifest).and_then(|document| document.path.as_deref());
            folders.extend(path.and_then(Path::parent).map(Path::to_owned));
        }
        let mut found = Vec::new();
        let mut open: Vec<_> = folders.into_iter().rev().map(|folder| (folder, 0)).collect();
        let mut left = MOST_ENTRIES;
        while let Some((directory, depth)) = open.pop() {
            let Ok(entries) = self.config.files.read_dir(&directory) else { continue };
            for entry in entries.flatten() {
                left = left.saturating_sub(1);
                if left == 0 {
                    return found;
                }
                let Ok(name) = entry.file_name().into_string() else { continue };
                match entry.kind() {
                    Ok(FileKind::Directory)
                        if depth < DEEPEST
                            && !name.starts_with('.')
                            && !FOREIGN.contains(&name.as_str()) =>
                    {
                        open.push((directory.join(name), depth + 1));
                    }
                    Ok(FileKind::File) if is_manifest_name(&name) => {
                        found.push(directory.join(name));
                    }
                    _ => {}
                }
            }
        }
        found
    }
}
