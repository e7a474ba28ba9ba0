//! Asks registries about images.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use super::Job;
use crate::commands::serve::runtime;
use crate::commands::{Exit, Failure};
use crate::lock::ImageKey;
use crate::submit::registry::{LookupLimit, look_up};
use crate::template::{ImageConfig, ImageFault, ImageLookup, ImageQuery};

impl Job<'_> {
    /// What registries say about the images with these keys.
    pub(super) fn look_up(
        &self,
        keys: impl IntoIterator<Item = ImageKey>,
    ) -> Result<BTreeMap<ImageKey, ImageConfig>, Failure> {
        let queries = keys.into_iter().filter_map(|key| {
            let query = self.subject.images.get(&key)?.clone();
            Some((key, query))
        });
        self.ask(queries.collect())?
            .into_iter()
            .map(|(key, lookup)| match lookup {
                ImageLookup::Known(config) => Ok((key, *config)),
                ImageLookup::Fault(fault) => Err(failure(&key, &fault)),
                ImageLookup::Unasked => Err(failure(&key, &ImageFault::Unknown(String::new()))),
            })
            .collect()
    }

    /// What registries say about the images that are locked now, by their digests; those that are
    /// gone are left out, and so are those whose registry does not answer.
    pub(super) fn look_up_locked<'k>(
        &self,
        keys: impl IntoIterator<Item = &'k ImageKey>,
    ) -> Result<BTreeMap<ImageKey, ImageConfig>, Failure> {
        let queries = keys.into_iter().filter_map(|key| {
            let locked = self.subject.lock.images.get(key)?;
            let query = self.subject.images.get(key)?;
            let reference = format!("{}@{}", key.repository(), locked.index);
            Some((key.clone(), ImageQuery { reference, ..query.clone() }))
        });
        let found = self.ask(queries.collect())?.into_iter();
        let known = found.filter_map(|(key, lookup)| match lookup {
            ImageLookup::Known(config) => Some((key, *config)),
            ImageLookup::Fault(_) | ImageLookup::Unasked => None,
        });
        Ok(known.collect())
    }

    fn ask(
        &self,
        queries: Vec<(ImageKey, ImageQuery)>,
    ) -> Result<Vec<(ImageKey, ImageLookup)>, Failure> {
        if queries.is_empty() {
            return Ok(Vec::new());
        }
        let asked = queries.into_iter().map(async |(key, query)| {
            self.printer.detail(&format!("querying the registry about `{}`", query.reference));
            let found = look_up(&query, LookupLimit::LONG).await;
            (key, found)
        });
        Ok(runtime()?.block_on(join_all(asked)))
    }
}

/// The failure of an image that cannot be locked.
fn failure(key: &ImageKey, fault: &ImageFault) -> Failure {
    let (exit, message, help) = match fault {
        ImageFault::Absent(reason) => (
            Exit::Wrong,
            format!("the registry does not have `{key}`: {reason}"),
            "check the repository and the tag; a private image needs `auth`",
        ),
        ImageFault::WithoutAmd64(offered) => (
            Exit::Wrong,
            format!("`{key}` has no variant for linux/amd64: it is for {}", offered.join(", ")),
            "use another tag, or build the image with `--platform linux/amd64`",
        ),
        ImageFault::SignInRefused => (
            Exit::Wrong,
            format!("the registry of `{key}` rejects the user name and password"),
            "check the secrets of `auth`",
        ),
        ImageFault::Unknown(reason) => (
            Exit::Platform,
            format!("cannot look up `{key}`: {reason}"),
            "nothing was written: try again",
        ),
    };
    Failure::new(exit, message).help(help)
}
