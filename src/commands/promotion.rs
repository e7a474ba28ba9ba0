//! Profiles of one manifest that build the same under different names.

use super::remember::Memory;
use crate::manifest::Manifest;
use crate::platform::Platform;
use crate::settings::ManifestChoice;
use crate::state::Stage;

/// A template that is planned or built.
pub(super) struct Subject<'a> {
    pub(super) choice: &'a ManifestChoice,
    pub(super) platform: Platform,
    pub(super) name: &'a str,
    pub(super) digest: &'a str,
}

impl Subject<'_> {
    /// Whether a profile builds the same on the same platform under another name.
    fn is_elsewhere(&self, other: &Subject<'_>) -> bool {
        other.choice.file == self.choice.file
            && other.choice.profile != self.choice.profile
            && other.platform == self.platform
            && other.digest == self.digest
            && other.name != self.name
    }
}

/// What to say of a new build if another profile of its manifest has the same digest under another
/// name, in the same run or as its last build: a platform cannot move it.
pub(super) fn note(
    own: &Subject<'_>,
    run: &[Subject<'_>],
    manifest: &Manifest,
    memory: &Memory<'_>,
) -> Option<String> {
    let mut selected = run.iter().filter(|other| own.is_elsewhere(other));
    let selected = selected.next().map(|it| (it.choice.profile.clone(), it.name.to_owned()));
    let profiles = std::iter::once(None).chain(manifest.profile_names().map(Some));
    let mut recorded = profiles.filter_map(|profile| {
        let file = own.choice.file.clone();
        let choice = ManifestChoice { file, profile: profile.map(str::to_owned) };
        let record = memory.last(&choice, own.platform)?;
        let digest = record.digest.as_deref().filter(|_| record.stage == Stage::Ready)?;
        let (platform, name) = (own.platform, record.name.as_str());
        let is_elsewhere = own.is_elsewhere(&Subject { choice: &choice, platform, name, digest });
        is_elsewhere.then(|| (choice.profile.clone(), record.name.clone()))
    });
    let (profile, name) = selected.or_else(|| recorded.next())?;
    let holder = match profile {
        Some(profile) => format!("the profile `{profile}`"),
        None => "the manifest without a profile".to_owned(),
    };
    Some(format!(
        "{holder} builds the same as `{name}`: a build cannot move to another name, so `{}` gets a \
         build of its own",
        own.name
    ))
}
