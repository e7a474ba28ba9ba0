//! The files that a build reads: the context, the Dockerfile, and the secrets.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::commands::{Exit, Failure};
use crate::context::HashCache;
use crate::diagnostic::Diagnostics;
use crate::host::describe;
use crate::pipeline::Analysis;
use crate::template::ImageBuild;

/// The permissions of a secret.
const SECRET: u32 = 0o600;

/// The files of a build, which are removed when this is dropped.
pub(super) struct Work {
    directory: TempDir,
    /// In memory where the system has such a directory; `None` without secrets.
    _memory: Option<TempDir>,
    pub(super) build: ImageBuild,
    /// The reference that the image gets.
    pub(super) reference: String,
    /// The files of the secrets by the IDs of their mounts.
    pub(super) secrets: Vec<(String, PathBuf)>,
    /// Whether the image is pushed.
    pub(super) pushes: bool,
}

impl Work {
    pub(super) fn dockerfile(&self) -> PathBuf {
        self.directory.path().join("Dockerfile")
    }

    /// The engine's own patterns: `NAME.dockerignore` beside the Dockerfile goes before that of the
    /// context, whose patterns were applied already.
    pub(super) fn ignored(&self) -> PathBuf {
        self.directory.path().join("Dockerfile.dockerignore")
    }

    pub(super) fn context(&self) -> PathBuf {
        self.directory.path().join("context")
    }

    pub(super) fn metadata(&self) -> PathBuf {
        self.directory.path().join("metadata")
    }
}

/// Writes the files; the inner error is a file of the context that cannot be read.
pub(super) fn write(
    analysis: &Analysis,
    cache: &HashCache,
    secrets: &[(String, String)],
) -> Result<Result<Work, Diagnostics>, Failure> {
    let inputs = match analysis.image_inputs(cache) {
        Ok(Some(inputs)) => inputs,
        Ok(None) => return Ok(Err(Diagnostics::new())),
        Err(faults) => return Ok(Err(faults)),
    };
    let kept = keep(secrets).map_err(|error| unwritten(&error))?;
    let work = Work {
        directory: private(&std::env::temp_dir()).map_err(|error| unwritten(&error))?,
        _memory: kept.directory,
        build: inputs.build.clone(),
        reference: inputs.reference(),
        secrets: kept.files,
        pushes: !analysis.platform.is_local(),
    };
    fs::write(work.dockerfile(), &inputs.build.dockerfile)
        .and_then(|()| fs::write(work.ignored(), "# Everything here is part of the build.\n"))
        .and_then(|()| fs::create_dir(work.context()))
        .map_err(|error| unwritten(&error))?;
    if let Some((files, hash)) = &inputs.files
        && let Err(error) = files.write_to(&work.context(), &hash.archive)
    {
        return Ok(Err(Diagnostics::of(analysis.context_fault(&error))));
    }
    Ok(Ok(work))
}

/// A directory that its owner alone can enter.
fn private(parent: &Path) -> io::Result<TempDir> {
    let owner_only = Permissions::from_mode(0o700);
    tempfile::Builder::new().prefix("sbx-image-").permissions(owner_only).tempdir_in(parent)
}

/// The files of secrets by the IDs of their mounts, and their directory, if there are any.
#[derive(Default)]
struct Kept {
    directory: Option<TempDir>,
    files: Vec<(String, PathBuf)>,
}

/// Writes each secret to a file of its own.
fn keep(secrets: &[(String, String)]) -> io::Result<Kept> {
    if secrets.is_empty() {
        return Ok(Kept::default());
    }
    let directory = private(Path::new("/dev/shm")).or_else(|_| private(&std::env::temp_dir()))?;
    let mut files = Vec::new();
    for (number, (id, value)) in secrets.iter().enumerate() {
        let path = directory.path().join(number.to_string());
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(SECRET).open(&path)?;
        file.write_all(value.as_bytes())?;
        files.push((id.clone(), path));
    }
    Ok(Kept { directory: Some(directory), files })
}

fn unwritten(error: &io::Error) -> Failure {
    let message = format!("cannot write the files of the image's build: {}", describe(error));
    Failure::new(Exit::Platform, message).help("`TMPDIR` names another directory for them")
}
