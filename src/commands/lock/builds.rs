//! Looks up the images that are built from Dockerfiles. Nothing is built: an image that is in no
//! registry is not locked.

use std::collections::BTreeSet;

use super::Job;
use super::change::Kind;
use super::report::{Difference, State};
use super::subject::Build;
use crate::commands::serve::runtime;
use crate::commands::{Exit, Failure};
use crate::lock::{ImageKey, Lock, LockedImage};
use crate::submit::registry::{LookupLimit, look_up};
use crate::template::{ImageConfig, ImageFault, ImageLookup, ImageQuery};

impl Job<'_> {
    /// Locks the images of the manifests' Dockerfiles; for people, which are not, and why.
    pub(super) fn update_builds(&self, new: &mut Lock) -> Result<Vec<String>, Failure> {
        let old = &self.subject.lock;
        let mut remarks = Vec::new();
        for (tag, build) in &self.subject.builds {
            let is_updated = self.is_updated(|name| name == build.repository);
            let known = old.builds.get(tag).filter(|_| !is_updated).and_then(|reference| {
                let key = ImageKey::of(reference)?;
                Some((reference.clone(), old.images.get(&key)?.clone()))
            });
            let (reference, image) = match known {
                Some(known) => known,
                None => match self.find_build(tag, build)? {
                    Ok(config) => {
                        let reference = format!("{}@{}", build.repository, config.index);
                        (reference, LockedImage::of(&config))
                    }
                    Err(remark) => {
                        remarks.push(remark);
                        continue;
                    }
                },
            };
            if let Some(key) = ImageKey::of(&reference) {
                new.images.insert(key, image);
            }
            new.builds.insert(tag.clone(), reference);
        }
        Ok(remarks)
    }

    /// What the registry says of an image; a sentence about it if there is none.
    fn find_build(&self, tag: &str, build: &Build) -> Result<Result<ImageConfig, String>, Failure> {
        let image = format!("{}:{tag}", build.repository);
        let Some(query) = &build.query else {
            return Ok(Err(format!("`{image}` is not locked: sbx cannot sign in to its registry")));
        };
        let query = ImageQuery { reference: image.clone(), ..query.clone() };
        self.printer.detail(&format!("querying the registry about `{image}`"));
        let found = runtime()?.block_on(look_up(&query, LookupLimit::LONG));
        Ok(match found {
            ImageLookup::Known(config) => Ok(*config),
            ImageLookup::Fault(ImageFault::Unknown(reason)) => {
                let message = format!("cannot look up `{image}`: {reason}");
                return Err(
                    Failure::new(Exit::Platform, message).help("nothing was written: try again")
                );
            }
            ImageLookup::Fault(ImageFault::Absent(reason)) => Err(format!(
                "`{image}` is not locked, because it is not in its registry: {reason}; `sbx apply` \
                 builds and pushes it"
            )),
            ImageLookup::Fault(ImageFault::SignInRefused) => Err(format!(
                "`{image}` is not locked, because its registry rejects the user name and password"
            )),
            ImageLookup::Fault(ImageFault::WithoutAmd64(_)) | ImageLookup::Unasked => {
                Err(format!("`{image}` is not locked: it is not for linux/amd64"))
            }
        })
    }

    /// The images that are needed and not locked.
    pub(super) fn check_builds(&self) -> Vec<Difference> {
        let locked = &self.subject.lock.builds;
        let missing = self.subject.builds.iter().filter(|(tag, _)| !locked.contains_key(*tag));
        let difference = |(tag, build): (&String, &Build)| {
            let name = format!("{}:{tag}", build.repository);
            Difference::new(Kind::Build, &name, State::Stale, "not locked")
        };
        missing.map(difference).collect()
    }

    /// The images that are locked as those of the manifests' Dockerfiles.
    pub(super) fn built_images(&self) -> BTreeSet<ImageKey> {
        let needed = self.subject.builds.keys();
        let references = needed.filter_map(|tag| self.subject.lock.builds.get(tag));
        references.filter_map(|reference| ImageKey::of(reference)).collect()
    }
}
