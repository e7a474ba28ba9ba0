//! The build history: the last build of each manifest on each platform.
//!
//! ```text
//! KEY.json    one record; KEY is derived from the manifest's canonical path, its profile and
//!             the platform
//! KEY.inputs  what the newest builds of that manifest were made of
//! consents    the secrets that a person let manifests send
//! ```
//!
//! A record is replaced atomically (written aside, synced, renamed), so that a killed process
//! leaves the old or the new one. Several processes may write at once: the build that was
//! registered last is recorded, and later updates about another build are ignored. Only the owner
//! can access the directory and the files. A record contains no secrets.

mod built;
mod consents;
mod digest;
mod record;
mod variant;

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use etcetera::BaseStrategy as _;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::host::Host;
use crate::platform::Platform;
use crate::scalar::hex;

pub use built::{Built, History};
pub use digest::Digest;
pub use record::{Record, Stage};
pub use variant::Variant;

/// The environment variable that sets another directory.
pub const DIRECTORY: &str = "SBX_STATE";

/// The largest accepted record in bytes: the digests of some ten thousand steps.
const MAX_BYTES: u64 = 4 << 20;

/// The age at which temporary files of killed processes are removed.
const LEFTOVER: Duration = Duration::from_hours(1);

/// The directory of records, which is created when the first one is written.
#[derive(Debug, Clone)]
pub struct Store {
    directory: PathBuf,
}

impl Store {
    /// The store in a directory.
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    /// The user's store: in `SBX_STATE`, else `sbx/builds` below the XDG state directory.
    ///
    /// # Errors
    /// There is no home directory.
    pub fn of_user(host: &dyn Host) -> io::Result<Self> {
        if let Some(directory) = host.variable(DIRECTORY) {
            return Ok(Self::at(directory));
        }
        let strategy = etcetera::choose_base_strategy().map_err(|_| {
            io::Error::new(io::ErrorKind::NotFound, "there is no home directory to keep it in")
        })?;
        let state = strategy.state_dir().unwrap_or_else(|| strategy.data_dir());
        Ok(Self::at(state.join("sbx").join("builds")))
    }

    /// Its directory, which may not exist yet.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Records a build as the last one of its manifest and platform.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub fn remember(&self, record: &Record) -> io::Result<()> {
        let path = self.path_of(&record.manifest, record.profile.as_deref(), &record.platform);
        self.replace(&path, &serde_json::to_vec_pretty(record)?)
    }

    /// Updates the stage of a build, if it is still the last one.
    ///
    /// # Errors
    /// The record cannot be read or written.
    pub fn advance(&self, record: &Record, stage: Stage, now: Timestamp) -> io::Result<()> {
        let path = self.path_of(&record.manifest, record.profile.as_deref(), &record.platform);
        match read(&path)? {
            Some(known) if known.is_of(&record.template_id, &record.build_id) => {
                self.remember(&Record { stage, updated_at: now, ..known })
            }
            _ => Ok(()),
        }
    }

    /// The last build of a manifest on a platform.
    ///
    /// # Errors
    /// The record exists but cannot be read.
    pub fn last<'a>(
        &self,
        variant: impl Into<Variant<'a>>,
        platform: Platform,
    ) -> io::Result<Option<Record>> {
        read(&self.path_of_variant(variant.into(), platform))
    }

    /// The record of a build. Unreadable records are skipped.
    #[must_use]
    pub fn find(&self, template_id: &str, build_id: &str) -> Option<Record> {
        let entries = fs::read_dir(&self.directory).ok()?;
        let paths = entries.flatten().map(|entry| entry.path());
        let mut records = paths
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .filter_map(|path| read(&path).ok().flatten());
        records.find(|record| record.is_of(template_id, build_id))
    }

    fn path_of_variant(&self, variant: Variant<'_>, platform: Platform) -> PathBuf {
        let manifest = canonical(variant.manifest);
        self.path_of(&manifest.to_string_lossy(), variant.profile, platform.name())
    }

    fn path_of(&self, manifest: &str, profile: Option<&str>, platform: &str) -> PathBuf {
        let mut hash = Sha256::new();
        hash.update(manifest);
        hash.update([0]);
        hash.update(platform);
        if let Some(profile) = profile {
            hash.update([0]);
            hash.update(profile);
        }
        self.directory.join(format!("{}.json", &hex(&hash.finalize())[..32]))
    }

    fn replace(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.directory)?;
        self.clear_leftovers();
        // The file is created with the mode 0600.
        let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(&self.directory)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|failure| failure.error)?;
        // Without syncing the directory, the rename may not survive a power failure.
        File::open(&self.directory)?.sync_all()
    }

    /// Removes temporary files of killed processes. If the clock jumps, this may remove the file
    /// of a running process, which then reports that it cannot record its build.
    fn clear_leftovers(&self) {
        let Ok(entries) = fs::read_dir(&self.directory) else { return };
        for entry in entries.flatten() {
            let is_new = entry.file_name().to_string_lossy().starts_with(".new-");
            let age = entry
                .metadata()
                .and_then(|metadata| metadata.modified())
                .map(|time| time.elapsed());
            if is_new && matches!(age, Ok(Ok(age)) if age > LEFTOVER) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// The canonical path of a manifest, which identifies it.
#[must_use]
pub fn canonical(manifest: &Path) -> PathBuf {
    let found = fs::canonicalize(manifest);
    found.or_else(|_| std::path::absolute(manifest)).unwrap_or_else(|_| manifest.to_owned())
}

fn read(path: &Path) -> io::Result<Option<Record>> {
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        metadata => metadata?,
    };
    let unreadable = |reason: String| {
        let reason = format!("`{}` is invalid: {reason}", path.display());
        io::Error::new(io::ErrorKind::InvalidData, reason)
    };
    if metadata.len() > MAX_BYTES {
        return Err(unreadable("it is too large".to_owned()));
    }
    let record = serde_json::from_slice(&fs::read(path)?);
    record.map(Some).map_err(|error| unreadable(error.to_string()))
}

#[cfg(test)]
mod tests;
