//! Looks up what a lock lacks, or what is to be updated, and writes the lock.

use std::collections::BTreeSet;

use super::Job;
use super::change::{Known, between};
use super::report::Updated;
use super::subject::unwritten;
use super::write::replace;
use crate::commands::{Exit, Failure};
use crate::lock::package::normalized;
use crate::lock::{ImageKey, Lock, LockedImage, TemplateKey, write};
use crate::settings::LockMode;

impl Job<'_> {
    pub(super) fn update(&self) -> Result<Exit, Failure> {
        self.reject_unknown_names()?;
        let old = &self.subject.lock;
        let mut new = Lock::default();
        let known = self.update_images(&mut new)?;
        let unbuilt = self.update_builds(&mut new)?;
        self.update_parents(&mut new)?;
        let questions = self.subject.packages_on(&new.images, self.settings, self.host);
        let packages = self.resolve_packages(questions)?;
        new.packages = packages.resolved;
        let changes = between(old, &new, &known);
        let text = write(&new);
        let path = &self.subject.path;
        // A lock with conflicts has the entries of both sides, and still has to be written.
        let is_written = std::fs::read(path).is_ok_and(|bytes| bytes == text.as_bytes());
        let is_needless = is_written || new.is_empty() && !self.subject.exists;
        if !is_needless {
            replace(path, &text).map_err(|error| unwritten(path, &error))?;
        }
        let mut remarks = self.subject.remarks.clone();
        remarks.extend(packages.remarks);
        remarks.extend(unbuilt);
        let updated = Updated { changes, written: !is_needless, is_empty: new.is_empty(), remarks };
        self.report_update(&updated);
        Ok(Exit::Done)
    }

    /// Locks the images: those that are missing or to be updated by their tags. The others stay, but
    /// if something else has changed the digest of an entry, the rest of it follows.
    fn update_images(&self, new: &mut Lock) -> Result<Known, Failure> {
        let old = &self.subject.lock.images;
        let (kept, asked): (Vec<ImageKey>, Vec<_>) =
            self.subject.images.keys().cloned().partition(|key| {
                old.contains_key(key) && !self.is_updated(|name| key.is_named(name))
            });
        let mut now = self.look_up(asked)?;
        let mut before = self.look_up_locked(kept.iter())?;
        for key in kept {
            let locked = &old[&key];
            let entry = match before.remove(&key) {
                Some(config) if LockedImage::of(&config) != *locked => {
                    now.insert(key.clone(), config.clone());
                    LockedImage::of(&config)
                }
                _ => locked.clone(),
            };
            new.images.insert(key, entry);
        }
        let moved = now.iter().filter(|(key, config)| {
            old.get(key).is_some_and(|locked| locked.index != config.index)
        });
        let moved: Vec<_> = moved.map(|(key, _)| key.clone()).collect();
        let before = self.look_up_locked(moved.iter())?;
        for (key, config) in &now {
            new.images.insert(key.clone(), LockedImage::of(config));
        }
        Ok(Known { before, now })
    }

    fn update_parents(&self, new: &mut Lock) -> Result<(), Failure> {
        let old = &self.subject.lock.templates;
        for (key, platform) in &self.subject.parents {
            let is_updated = self.is_updated(|name| is_template(key, name));
            let build = match old.get(key) {
                Some(build) if !is_updated => build.clone(),
                _ => self.find_parent(key, *platform)?,
            };
            new.templates.insert(key.clone(), build);
        }
        Ok(())
    }

    /// Whether something is to be updated that has a name.
    pub(super) fn is_updated(&self, is_named: impl Fn(&str) -> bool) -> bool {
        self.settings.mode == LockMode::UpdateAll
            || self.settings.mode.names().iter().any(|name| is_named(name))
    }

    /// Refuses a name that is not the one of anything that is locked: it may be misspelled.
    fn reject_unknown_names(&self) -> Result<(), Failure> {
        let subject = self.subject;
        let wanted = subject.packages.iter().flat_map(|question| &question.wanted);
        let packages: BTreeSet<_> = wanted.map(|wanted| wanted.name.as_str()).collect();
        let is_known = |name: &str| {
            subject.images.keys().any(|key| key.is_named(name))
                || subject.builds.values().any(|build| build.repository == name)
                || subject.parents.keys().any(|key| is_template(key, name))
                || packages.contains(name)
                || packages.contains(normalized(name).as_str())
        };
        let unknown = self.settings.mode.names().iter().find(|name| !is_known(name));
        let Some(name) = unknown else { return Ok(()) };
        let message =
            format!("`{}` names nothing that is locked for `{}`", name, subject.file.display());
        Err(Failure::new(Exit::Usage, message).help(
            "name an image, a parent template or a package; manifests come before `--update`",
        ))
    }
}

/// Whether a person means a parent template by a name.
fn is_template(key: &TemplateKey, name: &str) -> bool {
    key.reference == name || key.reference.split(':').next() == Some(name)
}
