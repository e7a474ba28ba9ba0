//! The inputs of the newest builds of a manifest, which say what has changed since.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{MAX_BYTES, Store, Variant, canonical};
use crate::plan::Inputs;
use crate::platform::Platform;

/// The version of the file's form. A file of another version is ignored, and replaced.
const VERSION: u32 = 1;

/// How many builds are kept.
const MOST: usize = 5;

/// The extension of the files.
const EXTENSION: &str = "inputs";

/// A manifest, and the builds that were started for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct History {
    version: u32,
    /// The manifest's canonical path.
    pub manifest: String,
    /// Its profile, if one was selected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The platform's name.
    pub platform: String,
    /// The template's name.
    pub name: String,
    /// The builds, newest first.
    pub builds: Vec<Built>,
}

/// What a build was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Built {
    /// The template.
    pub template_id: String,
    /// The build.
    pub build_id: String,
    /// What decided its content.
    pub inputs: Inputs,
    /// The digest of the base image, if the registry was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The declared tags that it was given once it was ready, and had passed its tests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

impl Store {
    /// Keeps what a build was made of, beside some of those before it.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub fn remember_inputs<'a>(
        &self,
        variant: impl Into<Variant<'a>>,
        platform: Platform,
        name: &str,
        built: Built,
    ) -> io::Result<()> {
        let variant = variant.into();
        let before = self.history(variant, platform).map(|history| history.builds);
        let mut builds = before.unwrap_or_default();
        builds.retain(|older| older.build_id != built.build_id);
        builds.insert(0, built);
        builds.truncate(MOST);
        let mut history = History {
            version: VERSION,
            manifest: canonical(variant.manifest).to_string_lossy().into_owned(),
            profile: variant.profile.map(str::to_owned),
            platform: platform.name().to_owned(),
            name: name.to_owned(),
            builds,
        };
        let mut content = serde_json::to_vec(&history)?;
        while content.len() as u64 > MAX_BYTES && history.builds.len() > 1 {
            history.builds.pop();
            content = serde_json::to_vec(&history)?;
        }
        if content.len() as u64 > MAX_BYTES {
            for step in history.builds.iter_mut().flat_map(|built| &mut built.inputs.steps) {
                step.files = None;
            }
            content = serde_json::to_vec(&history)?;
        }
        self.replace(&self.inputs_of(variant, platform), &content)
    }

    /// Keeps that a build was given tags. Nothing changes if the build is not known.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub fn remember_tags<'a>(
        &self,
        variant: impl Into<Variant<'a>>,
        platform: Platform,
        build_id: &str,
        tags: &[String],
    ) -> io::Result<()> {
        let variant = variant.into();
        let Some(mut history) = self.history(variant, platform) else { return Ok(()) };
        let Some(built) = history.builds.iter_mut().find(|built| built.build_id == build_id) else {
            return Ok(());
        };
        if tags.iter().all(|tag| built.tags.contains(tag)) {
            return Ok(());
        }
        built.tags.extend(tags.iter().cloned());
        built.tags.sort_unstable();
        built.tags.dedup();
        self.replace(&self.inputs_of(variant, platform), &serde_json::to_vec(&history)?)
    }

    /// The newest builds of a manifest; `None` if none is known or the file cannot be read.
    #[must_use]
    pub fn history<'a>(
        &self,
        variant: impl Into<Variant<'a>>,
        platform: Platform,
    ) -> Option<History> {
        read(&self.inputs_of(variant.into(), platform))
    }

    /// The newest builds of all manifests that were applied on this machine.
    #[must_use]
    pub fn histories(&self) -> Vec<History> {
        let entries = std::fs::read_dir(&self.directory).into_iter().flatten().flatten();
        let paths = entries.map(|entry| entry.path());
        let files = paths.filter(|path| path.extension().is_some_and(|end| end == EXTENSION));
        let mut histories: Vec<_> = files.filter_map(|path| read(&path)).collect();
        histories.sort_by(|one, other| {
            (&one.manifest, &one.profile, &one.platform).cmp(&(
                &other.manifest,
                &other.profile,
                &other.platform,
            ))
        });
        histories
    }

    fn inputs_of(&self, variant: Variant<'_>, platform: Platform) -> std::path::PathBuf {
        self.path_of_variant(variant, platform).with_extension(EXTENSION)
    }
}

fn read(path: &Path) -> Option<History> {
    let metadata = std::fs::metadata(path).ok()?;
    if metadata.len() > MAX_BYTES {
        return None;
    }
    let history: History = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    (history.version == VERSION).then_some(history)
}
