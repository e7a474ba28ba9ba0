//! The settings of `sbx lock`.

use std::path::PathBuf;

use super::destination::destination;
use super::reading::Reading;
use super::templates::Remote;
use super::trust::consent;
use super::{Format, UsageError, manifest_at};
use crate::cli;
use crate::host::FileSystem;

/// `sbx lock`
#[derive(Debug)]
pub struct Lock {
    /// The manifests.
    pub files: Vec<PathBuf>,
    /// What is looked up.
    pub mode: LockMode,
    /// The platform of parent templates.
    pub remote: Remote,
    /// How the manifests are read.
    pub reading: Reading,
    /// Whether the report is JSON.
    pub is_json: bool,
}

/// What is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockMode {
    /// Whatever the lock lacks; the rest stays.
    Missing,
    /// Everything.
    UpdateAll,
    /// Whatever the lock lacks, and what is named.
    Update(Vec<String>),
    /// Everything, but nothing is written.
    Check,
}

impl LockMode {
    /// The names of what is looked up although it is locked.
    #[must_use]
    pub fn names(&self) -> &[String] {
        match self {
            Self::Update(names) => names,
            Self::Missing | Self::UpdateAll | Self::Check => &[],
        }
    }
}

pub(super) fn lock(args: cli::Lock, files: &dyn FileSystem) -> Result<Lock, UsageError> {
    let is_json = args.format == cli::TableFormat::Json;
    let format = if is_json { Format::Json } else { Format::Human };
    Ok(Lock {
        files: args.files.iter().map(|file| manifest_at(file, files)).collect(),
        mode: match args.update {
            _ if args.check => LockMode::Check,
            None => LockMode::Missing,
            Some(names) if names.is_empty() => LockMode::UpdateAll,
            Some(names) => LockMode::Update(names),
        },
        remote: Remote {
            destination: destination(args.target)?,
            manifest: None,
            profile: None,
            format,
        },
        reading: Reading { trust: consent(args.trust, args.consent), ..Reading::default() },
        is_json,
    })
}
