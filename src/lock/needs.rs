//! What a template needs of a lock, and what a lock says about it.

use std::collections::BTreeMap;

use super::package::{self, Question};
use super::{ImageKey, Lock, TemplateKey};
use crate::images::Reference;
use crate::platform::Platform;
use crate::registry::RegistryKind;
use crate::template::{Base, BaseSource, ImageLookup, Pins, Resolution, Template};

/// The inputs of a template on a platform that a lock can pin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needs {
    /// The image.
    pub image: Option<ImageKey>,
    /// The template that it starts from.
    pub template: Option<TemplateKey>,
    /// The packages without a version.
    pub packages: Vec<Question>,
}

impl Needs {
    /// The inputs of a template.
    #[must_use]
    pub fn of(template: &Template, platform: Platform) -> Self {
        let base = &template.base;
        let parent = match &base.source {
            BaseSource::Template(reference) => Some(TemplateKey {
                reference: reference.trim().to_owned(),
                platform: platform.name().to_owned(),
            }),
            BaseSource::Image(_) | BaseSource::PlatformDefault => None,
        };
        let packages = package::questions(template);
        Self { image: image(base, platform), template: parent, packages }
    }
}

/// The image that was built for the template, by its digest.
fn built(base: &Base) -> Option<ImageKey> {
    let BaseSource::Image(reference) = &base.source else { return None };
    base.build.as_ref().and_then(|_| ImageKey::of(reference)).filter(|key| key.digest().is_some())
}

/// The image that is to be locked. One with a digest is pinned already, and the platform's own one is
/// the platform's business, unless what they declare is inherited. A registry that `sbx` cannot sign
/// in to reveals nothing.
fn image(base: &Base, platform: Platform) -> Option<ImageKey> {
    let is_reachable =
        base.auth.as_ref().is_none_or(|auth| auth.value.kind() == RegistryKind::Basic);
    // Its inputs are what is locked, and they are known only where the files are.
    if base.build.is_some() {
        return None;
    }
    let inherits = !base.inherit.is_empty();
    let key = match &base.source {
        BaseSource::Image(reference) => ImageKey::of(reference),
        BaseSource::PlatformDefault if inherits => ImageKey::of(platform.facts().base_image),
        BaseSource::PlatformDefault | BaseSource::Template(_) => None,
    };
    key.filter(|key| is_reachable && (inherits || key.digest().is_none()))
}

impl Lock {
    /// What is known about a template's inputs: what is known already, and what is locked.
    #[must_use]
    pub fn resolution(&self, base: &Base, platform: Platform, known: &Resolution) -> Resolution {
        let key = built(base).or_else(|| image(base, platform));
        let locked = key.and_then(|key| self.images.get(&key));
        let pinned = locked.and_then(|locked| match &base.source {
            BaseSource::Image(reference) if !reference.contains('@') => {
                Some(format!("{}@{}", Reference::split(reference).0, locked.index))
            }
            _ => None,
        });
        let image = match (&known.image, locked) {
            (ImageLookup::Unasked, Some(locked)) => ImageLookup::Known(Box::new(locked.config())),
            (known, _) => known.clone(),
        };
        let pins = Pins { image: pinned, templates: self.parents(base) };
        Resolution { image, pins, packages: self.packages.clone(), ..known.clone() }
    }

    /// The builds of the parent template by their tags, by the names of platforms.
    fn parents(&self, base: &Base) -> BTreeMap<String, String> {
        let BaseSource::Template(written) = &base.source else { return BTreeMap::new() };
        let written = written.trim();
        let name = written.split(':').next().unwrap_or(written);
        let builds = self.templates.iter().filter(|(key, _)| key.reference == written);
        builds.map(|(key, build)| (key.platform.clone(), format!("{name}:{build}"))).collect()
    }
}
