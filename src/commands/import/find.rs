//! Finds what to import.

use std::path::{Path, PathBuf};

use crate::commands::{Exit, Failure};
use crate::host::{FileKind, Host, describe};

/// The kind of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Dockerfile,
    /// `e2b.toml` or `novita.toml`.
    Config,
    /// The JSON of an SDK's template.
    Template,
    Devcontainer,
    /// A program that makes a template with an SDK.
    Program,
}

impl Kind {
    /// The name of the kind in JSON.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Dockerfile => "dockerfile",
            Self::Config => "config",
            Self::Template => "template",
            Self::Devcontainer => "devcontainer",
            Self::Program => "program",
        }
    }
}

/// A source.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) kind: Kind,
    pub(super) path: PathBuf,
    /// The directory of the project: that of the manifest, and the build context.
    pub(super) project: PathBuf,
}

/// The names of sources in a directory, the most telling ones first.
const NAMES: &[&str] = &[
    "e2b.toml",
    "novita.toml",
    "e2b.Dockerfile",
    "novita.Dockerfile",
    "Dockerfile",
    "Containerfile",
    ".devcontainer/devcontainer.json",
    ".devcontainer.json",
    "template.json",
    "template.py",
    "template.ts",
    "template.js",
    "template.mjs",
];

/// The source at a path, which may be that of a directory.
pub(super) fn source(path: &Path, host: &dyn Host) -> Result<Found, Failure> {
    let found = host.metadata(path).map_err(|error| {
        let message = format!("cannot read `{}`: {}", path.display(), describe(&error));
        Failure::new(Exit::Usage, message)
            .help("`sbx import` takes a file, or a directory with a file that it knows")
    })?;
    if found.kind != FileKind::Directory {
        return Ok(file(path));
    }
    let is_file =
        |path: &PathBuf| host.metadata(path).is_ok_and(|found| found.kind == FileKind::File);
    let within = |name: &&str| -> PathBuf {
        if path == Path::new(".") { PathBuf::from(name) } else { path.join(name) }
    };
    match NAMES.iter().map(within).find(is_file) {
        Some(path) => Ok(file(&path)),
        None => Err(Failure::new(
            Exit::Usage,
            format!("there is nothing to import in `{}`", path.display()),
        )
        .help(
            "it has no Dockerfile, e2b.toml, novita.toml, devcontainer.json, template.json, \
             template.py or template.ts; name a file, or use `sbx init`",
        )),
    }
}

/// A file by its name.
fn file(path: &Path) -> Found {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase());
    let name = name.unwrap_or_default();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let kind = match ending {
        "toml" => Kind::Config,
        "json" | "jsonc" if name.contains("devcontainer") => Kind::Devcontainer,
        "json" => Kind::Template,
        "py" | "ts" | "mts" | "js" | "mjs" | "cjs" => Kind::Program,
        _ => Kind::Dockerfile,
    };
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = parent.unwrap_or(Path::new("."));
    // A dev container is about the directory around its own.
    let is_inner = kind == Kind::Devcontainer
        && directory.components().any(|part| part.as_os_str() == ".devcontainer");
    let project = if is_inner {
        let mut above = directory.ancestors().skip_while(|it| !it.ends_with(".devcontainer"));
        match above.nth(1) {
            Some(above) if !above.as_os_str().is_empty() => above.to_owned(),
            _ => PathBuf::from("."),
        }
    } else {
        directory.to_owned()
    };
    Found { kind, path: path.to_owned(), project }
}
