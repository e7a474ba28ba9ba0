//! Where a document is: its URI, as the client writes it, and its path if it is a file.

use std::path::{Component, Path, PathBuf};

use gen_lsp_types::Uri;
use url::Url;

use crate::host::FileSystem;

/// The path of a `file` URI; `None` for other schemes, other machines and what is no URI.
pub(super) fn path_of(uri: &Uri) -> Option<PathBuf> {
    let url = Url::parse(&uri.0).ok()?;
    if url.scheme() != "file" {
        return None;
    }
    url.to_file_path().ok()
}

/// The URI of an absolute path; `None` of another one.
pub(super) fn uri_of(path: &Path) -> Option<Uri> {
    Url::from_file_path(path).ok().map(|url| Uri(url.into()))
}

/// A path without links and dots, also of a file that is not there yet.
pub(super) fn canonical(path: &Path, files: &dyn FileSystem) -> PathBuf {
    files.canonicalize(path).unwrap_or_else(|_| match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => canonical(parent, files).join(name),
        _ => path.to_owned(),
    })
}

/// A path without dots, as if there were no links.
pub(super) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

/// The name of a document that has no path.
pub(super) fn name_of(uri: &Uri) -> PathBuf {
    let name = uri.0.rsplit(['/', ':', '\\']).find(|part| !part.is_empty());
    PathBuf::from(name.unwrap_or("sandbox.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_characters_survive_both_ways() {
        for path in ["/a b/%41/ü€😀/#?&;=+@:/sandbox.toml", "/a\\b/[c]{d}|^`/\"'<>"] {
            let uri = uri_of(Path::new(path)).expect("an absolute path has a URI");
            assert_eq!(path_of(&uri).as_deref(), Some(Path::new(path)), "{}", uri.0);
        }
    }

    #[test]
    fn other_spellings_of_a_uri_are_the_same_path() {
        let path = |uri: &str| path_of(&Uri(uri.to_owned()));
        for uri in ["file:///a%20b/c%3Ad", "file:///a b/c:d", "file://localhost/a%20b/c%3ad"] {
            assert_eq!(path(uri).as_deref(), Some(Path::new("/a b/c:d")), "{uri}");
        }
        let windows = path("file:///c%3A/Users/me/sandbox.toml");
        assert_eq!(windows.as_deref(), Some(Path::new("/c:/Users/me/sandbox.toml")));
        for uri in ["untitled:Untitled-1", "git:/a/sandbox.toml", "", "a/b", "file://host/a", "%"] {
            assert_eq!(path(uri), None, "{uri}");
        }
        assert_eq!(name_of(&Uri("untitled:Untitled-1".to_owned())), Path::new("Untitled-1"));
        assert_eq!(name_of(&Uri(String::new())), Path::new("sandbox.toml"));
    }
}
