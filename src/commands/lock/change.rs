//! What changes in a lock.

use std::collections::BTreeMap;

use crate::lock::package::changes;
use crate::lock::{ImageKey, Lock, TemplateKey, image_changes, short_digest};
use crate::template::ImageConfig;

/// What an entry locks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Image,
    Template,
    Build,
    Package,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Template => "template",
            Self::Build => "build",
            Self::Package => "package",
        }
    }
}

/// An entry that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) kind: Kind,
    /// The image, the template, or the step of the packages.
    pub(super) name: String,
    /// What was locked.
    pub(super) from: Option<String>,
    /// What is locked now.
    pub(super) to: Option<String>,
    /// What is another one, in words.
    pub(super) details: Vec<String>,
}

/// What is known of images beyond the two locks.
pub(super) struct Known {
    /// What registries have of the images that were locked before.
    pub(super) before: BTreeMap<ImageKey, ImageConfig>,
    /// What they said about those that are locked now.
    pub(super) now: BTreeMap<ImageKey, ImageConfig>,
}

/// The changes between two locks.
pub(super) fn between(old: &Lock, new: &Lock, known: &Known) -> Vec<Change> {
    let mut all = Vec::new();
    for (key, from, to) in differing(&old.images, &new.images) {
        let details = match (from, known.now.get(key)) {
            (Some(locked), Some(now)) => image_changes(locked, known.before.get(key), now),
            _ => Vec::new(),
        };
        let digest = |image: &crate::lock::LockedImage| image.index.clone();
        let (from, to) = (from.map(digest), to.map(digest));
        all.push(Change { kind: Kind::Image, name: key.to_string(), from, to, details });
    }
    for (key, from, to) in differing(&old.templates, &new.templates) {
        let name = shown(key);
        let (from, to) = (from.cloned(), to.cloned());
        all.push(Change { kind: Kind::Template, name, from, to, details: Vec::new() });
    }
    for (key, from, to) in differing(&old.builds, &new.builds) {
        let (from, to) = (from.cloned(), to.cloned());
        all.push(Change { kind: Kind::Build, name: key.clone(), from, to, details: Vec::new() });
    }
    for (step, from, to) in differing(&old.packages, &new.packages) {
        let details = match (from, to) {
            (Some(from), Some(to)) => changes(from, to),
            _ => Vec::new(),
        };
        let joined = |packages: &Vec<String>| packages.join(", ");
        let (from, to) = (from.map(joined), to.map(joined));
        all.push(Change { kind: Kind::Package, name: step.clone(), from, to, details });
    }
    all
}

/// A parent template on its platform.
pub(super) fn shown(key: &TemplateKey) -> String {
    format!("{} on {}", key.reference, key.platform)
}

type Difference<'a, K, V> = (&'a K, Option<&'a V>, Option<&'a V>);

fn differing<'a, K: Ord, V: PartialEq>(
    old: &'a BTreeMap<K, V>,
    new: &'a BTreeMap<K, V>,
) -> Vec<Difference<'a, K, V>> {
    let mut all: BTreeMap<&K, (Option<&V>, Option<&V>)> = BTreeMap::new();
    for (key, value) in old {
        all.entry(key).or_default().0 = Some(value);
    }
    for (key, value) in new {
        all.entry(key).or_default().1 = Some(value);
    }
    let differing = all.into_iter().filter(|(_, (from, to))| from != to);
    differing.map(|(key, (from, to))| (key, from, to)).collect()
}

impl Change {
    /// The change in one line.
    pub(super) fn line(&self) -> String {
        let Self { name, details, .. } = self;
        let short = |value: &Option<String>| {
            value.as_deref().map(|value| short_digest(value).to_owned()).unwrap_or_default()
        };
        match (&self.from, &self.to) {
            (None, _) if self.kind == Kind::Package => {
                format!("{name}: {}", self.to.as_deref().unwrap_or_default())
            }
            (None, _) => format!("{name}: {}", short(&self.to)),
            (_, None) => format!("{name}: removed, since nothing needs it"),
            (Some(_), Some(_)) if self.kind == Kind::Package => {
                format!("{name}: {}", details.join(", "))
            }
            (Some(from), Some(to)) if from == to => {
                format!("{name}: completed to what {} has", short_digest(to))
            }
            (Some(_), Some(_)) => {
                let digests = format!("{} → {}", short(&self.from), short(&self.to));
                let words = details.iter().cloned().chain([digests]).collect::<Vec<_>>();
                format!("{name}: {}", words.join(", "))
            }
        }
    }
}
