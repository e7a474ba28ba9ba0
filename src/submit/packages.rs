//! Package indexes: the versions that a lock of packages needs.
//!
//! Which indexes are asked follows the tools: pip's and npm's own configuration of the person who
//! runs `sbx`, and above it what the step itself says. Each index is asked once for each package.
//! Credentials come from the person's configuration and go to the index that it names them for; see
//! [`credentials`]. All answers arrive or there is an error: a lock with gaps is of no use.

mod bun;
mod credentials;
mod error;
mod fetch;
mod files;
mod ini;
mod npm;
mod page;
mod pip;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::event::Observer;
use super::retry::RetryPolicy;
use crate::host::Host;
use crate::lock::package::release::Releases;
use crate::lock::package::{Pin, Question, View, Wanted};
use crate::secrets::Redaction;
use crate::template::Installer;

pub use error::PackageError;

use fetch::{Fetcher, Index};
use page::{Kind, Page};

/// How many pages are fetched at the same time.
const AT_ONCE: usize = 8;

/// The tag of a package without one.
const LATEST: &str = "latest";

/// The indexes of this machine, as its tools are configured.
pub struct Indexes {
    pip: pip::Config,
    npm: npm::Config,
    bun: bun::Config,
    redaction: Redaction,
}

/// The entry for a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The words of the step.
    pub step: String,
    /// The packages with their versions.
    pub resolved: Vec<String>,
}

impl Indexes {
    /// Reads the configuration of the tools, and that of the project in `directory`.
    ///
    /// # Errors
    /// A file of the configuration cannot be read, or names something that is no index.
    pub fn read(host: &dyn Host, directory: &Path) -> Result<Self, PackageError> {
        let redaction = Redaction::default();
        let files = files::Files::new(host, &redaction);
        let pip = pip::Config::read(&files)?;
        let npm = npm::Config::read(&files, directory)?;
        let bun = bun::Config::read(&files, directory)?;
        Ok(Self { pip, npm, bun, redaction })
    }

    /// What of the configuration is not followed, in words.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        [self.npm.remarks(), self.bun.remarks()].concat()
    }

    /// The places to ask for a package, as a step sees them.
    fn sources(
        &self,
        question: &Question,
        view: &View,
        wanted: &Wanted,
    ) -> Result<Vec<Index>, PackageError> {
        match question.installer {
            Installer::Pip => self.pip.sources(&question.settings, view),
            Installer::Npm => {
                Ok(vec![self.npm.source(&question.settings, view, &wanted.name, None)?])
            }
            Installer::Bun => {
                let own = Some(&self.bun);
                Ok(vec![self.npm.source(&question.settings, view, &wanted.name, own)?])
            }
        }
    }
}

/// The entries for these questions, in their order.
///
/// # Errors
/// An index cannot be asked, or has no version that fits.
pub async fn answers(
    questions: &[Question],
    indexes: &Indexes,
    retry_policy: RetryPolicy,
    observer: Observer<'_>,
) -> Result<Vec<Answer>, PackageError> {
    let mut lookup = Lookup { indexes, pages: BTreeMap::new() };
    let mut requests = BTreeSet::new();
    for question in questions {
        for (view, wanted) in pairs(question) {
            let kind = Kind::of(question.installer);
            for index in indexes.sources(question, view, wanted)? {
                requests.insert((index, kind, wanted.name.clone()));
            }
        }
    }
    let fetcher = Fetcher::new(&indexes.redaction, retry_policy, observer);
    let fetcher = &fetcher;
    let pages = stream::iter(requests).map(|request| async move {
        let (index, kind, name) = &request;
        let page = fetcher.page(index, *kind, name).await?;
        Ok::<_, PackageError>((request, page))
    });
    lookup.pages = pages.buffer_unordered(AT_ONCE).try_collect().await?;
    questions.iter().map(|question| lookup.answer(question)).collect()
}

/// What a question asks of each of its views.
fn pairs(question: &Question) -> impl Iterator<Item = (&View, &Wanted)> {
    question.views.iter().flat_map(|view| question.asked().map(move |wanted| (view, wanted)))
}

/// The pages that were fetched.
struct Lookup<'a> {
    indexes: &'a Indexes,
    pages: BTreeMap<(Index, Kind, String), Page>,
}

impl Lookup<'_> {
    fn answer(&self, question: &Question) -> Result<Answer, PackageError> {
        let mut found = BTreeMap::new();
        for wanted in question.asked() {
            let version = match question.installer {
                Installer::Pip => self.release(question, wanted)?,
                Installer::Npm | Installer::Bun => self.tagged(question, wanted)?,
            };
            found.insert(wanted.name.clone(), version);
        }
        Ok(Answer { step: question.step.clone(), resolved: question.answered(&found) })
    }

    /// The newest release that fits each view.
    fn release(&self, question: &Question, wanted: &Wanted) -> Result<String, PackageError> {
        let mut fitting: Option<Releases> = None;
        let (mut asked, mut is_known, mut with_previews) = (BTreeSet::new(), false, true);
        for view in &question.views {
            let mut files = Vec::new();
            for index in self.indexes.sources(question, view, wanted)? {
                asked.insert(index.host());
                let key = (index, Kind::Python, wanted.name.clone());
                if let Some(Page::Files(listed)) = self.pages.get(&key) {
                    is_known = true;
                    files.extend(listed);
                }
            }
            let releases = Releases::of(&wanted.name, files, view.python.as_ref());
            with_previews &= self.indexes.pip.with_previews(&question.settings, view);
            fitting = Some(match fitting {
                Some(others) => others.common(&releases),
                None => releases,
            });
        }
        let newest = fitting.and_then(|releases| releases.newest(with_previews));
        newest.ok_or_else(|| {
            let pythons = question.views.iter().filter_map(|view| view.python.as_ref());
            let pythons = pythons.map(ToString::to_string).collect();
            PackageError::absent(&wanted.name, &asked, is_known, &pythons)
        })
    }

    /// The version that the registry of each view has for the tag.
    fn tagged(&self, question: &Question, wanted: &Wanted) -> Result<String, PackageError> {
        let tag = question.settings.iter().rfind(|setting| setting.name == "tag");
        let tag = tag.map_or(LATEST, |setting| setting.value.as_str());
        let tag = wanted.tag.as_deref().unwrap_or(tag);
        let (mut versions, mut asked, mut is_known) = (BTreeSet::new(), BTreeSet::new(), false);
        for view in &question.views {
            for index in self.indexes.sources(question, view, wanted)? {
                asked.insert(index.host());
                let key = (index, Kind::Node, wanted.name.clone());
                if let Some(Page::Tags(tags)) = self.pages.get(&key) {
                    is_known = true;
                    versions.extend(tags.get(tag).cloned());
                }
            }
        }
        let pin = |version: &String| Pin::new(question.installer, &wanted.name, version);
        let is_version = |version: &String| Pin::parse(&pin(version).to_string()).is_some();
        let mut versions = versions.into_iter();
        match (versions.next().filter(is_version), versions.next()) {
            (Some(version), None) => Ok(version),
            (None, _) => Err(PackageError::untagged(&wanted.name, tag, &asked, is_known)),
            (Some(_), Some(_)) => Err(PackageError::ambiguous(&wanted.name, tag, &asked)),
        }
    }
}
