//! Compares a lock with what manifests need and with what registries and platforms have.

use super::Job;
use super::change::{Kind, shown};
use super::report::{Difference, State};
use crate::commands::{Exit, Failure};
use crate::lock::package::Question;
use crate::lock::{ImageKey, LockedImage, short_digest};

impl Job<'_> {
    pub(super) fn check(&self) -> Result<Exit, Failure> {
        let mut all = self.check_images()?;
        all.extend(self.check_builds());
        all.extend(self.check_parents()?);
        all.extend(self.check_packages());
        all.extend(self.unused());
        self.report_check(&all);
        Ok(if all.is_empty() { Exit::Done } else { Exit::Wrong })
    }

    fn check_images(&self) -> Result<Vec<Difference>, Failure> {
        let locked = &self.subject.lock.images;
        let mut all = Vec::new();
        let missing = self.subject.images.keys().filter(|key| !locked.contains_key(key));
        for key in missing {
            all.push(Difference::new(Kind::Image, key, State::Stale, "not locked"));
        }
        let known = self.subject.images.keys().filter(|key| locked.contains_key(key));
        for (key, now) in self.look_up(known.cloned())? {
            let entry = &locked[&key];
            if entry.index != now.index {
                let words = format!(
                    "{} is locked, and its tag names {} now",
                    short_digest(&entry.index),
                    short_digest(&now.index)
                );
                all.push(Difference::new(Kind::Image, &key, State::Moved, &words));
            } else if *entry != LockedImage::of(&now) {
                let words = "the entry is not what its digest names";
                all.push(Difference::new(Kind::Image, &key, State::Stale, words));
            }
        }
        Ok(all)
    }

    fn check_parents(&self) -> Result<Vec<Difference>, Failure> {
        let mut all = Vec::new();
        for (key, platform) in &self.subject.parents {
            let name = shown(key);
            let Some(locked) = self.subject.lock.templates.get(key) else {
                all.push(Difference::new(Kind::Template, &name, State::Stale, "not locked"));
                continue;
            };
            let now = self.find_parent(key, *platform)?;
            if now != *locked {
                let words = format!("{locked} is locked, and its tag names {now} now");
                all.push(Difference::new(Kind::Template, &name, State::Moved, &words));
            }
        }
        Ok(all)
    }

    fn check_packages(&self) -> Vec<Difference> {
        let locked = &self.subject.lock.packages;
        let differences = self.subject.packages.iter().filter_map(|question: &Question| {
            let resolved = locked.get(&question.step).map_or(&[][..], Vec::as_slice);
            let names = question.unanswered(resolved);
            let words = format!("no version is locked of {}", names.join(", "));
            let difference =
                || Difference::new(Kind::Package, &question.step, State::Stale, &words);
            (!names.is_empty()).then(difference)
        });
        differences.collect()
    }

    /// The entries that nothing needs.
    fn unused(&self) -> Vec<Difference> {
        let (lock, subject) = (&self.subject.lock, self.subject);
        let mut all = Vec::new();
        let mut unused = |kind, name: &dyn std::fmt::Display| {
            all.push(Difference::new(kind, name, State::Unused, "nothing needs it"));
        };
        let built = self.built_images();
        let is_image = |key: &ImageKey| subject.images.contains_key(key) || built.contains(key);
        for key in lock.images.keys().filter(|key| !is_image(key)) {
            unused(Kind::Image, key);
        }
        for tag in lock.builds.keys().filter(|tag| !subject.builds.contains_key(*tag)) {
            unused(Kind::Build, tag);
        }
        for key in lock.templates.keys().filter(|key| !subject.parents.contains_key(key)) {
            unused(Kind::Template, &shown(key));
        }
        let is_needed = |step: &String| subject.packages.iter().any(|it| it.step == *step);
        for step in lock.packages.keys().filter(|step| !is_needed(step)) {
            unused(Kind::Package, step);
        }
        all
    }
}
