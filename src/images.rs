//! What is known about images by their reference alone.
//!
//! [`table`] holds the facts with their sources, [`distribution`](mod@distribution) what a
//! repository or a tag says about the operating system. Nothing is assumed about an image that is
//! not listed, and what an image declares itself, once a registry was asked, overrides both.

mod declared;
mod distribution;
mod page;
mod reference;
mod table;
mod tag;
#[cfg(test)]
mod tests;

pub use declared::{Declared, shown};
pub use distribution::distribution;
pub use page::page;
pub use reference::Reference;
pub use table::{Addition, Directory, Evidence, Family, Packages, Service, Source, Variable};
pub use tag::Tags;

use crate::platform::Distribution;

/// The user of Ubuntu's images, with its UID.
const UBUNTU: (&str, u32) = ("ubuntu", 1000);

/// An image of which something is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Image<'a> {
    /// What all images of its repository have in common.
    pub family: &'static Family,
    /// The tag, without a digest.
    pub tag: &'a str,
    /// What it is built on.
    pub distribution: Distribution,
    /// What it declares, which overrides the table.
    declared: Option<Declared<'a>>,
}

impl<'a> Image<'a> {
    /// The image of a reference, if its repository is in the table and its tag names a version for
    /// Linux.
    #[must_use]
    pub fn of(text: &'a str) -> Option<Self> {
        let reference = Reference::parse(text);
        let family = table::find(reference.repository)?;
        // That of a digest alone is not known: it reveals neither the distribution nor the variant.
        let distribution = distribution(text)?;
        let tag = reference.tag.unwrap_or("latest");
        let image = Self { family, tag, distribution, declared: None };
        (!distribution.has_no_shell()).then_some(image)
    }

    /// The image of a reference that declares this. One that is not in the table is known if its
    /// history shows what it is built on.
    #[must_use]
    pub fn declaring(text: &'a str, declared: Declared<'a>) -> Option<Self> {
        let shown = declared::shown(declared.history);
        let listed = Self::of(text).filter(|image| shown.is_none_or(|it| it == image.distribution));
        let unlisted = || {
            let tag = Reference::parse(text).tag.unwrap_or_default();
            Some(Self { family: &table::UNLISTED, tag, distribution: shown?, declared: None })
        };
        listed.or_else(unlisted).map(|image| Self { declared: Some(declared), ..image })
    }

    /// The repositories of which something is known, each by itself.
    pub fn repositories() -> impl Iterator<Item = &'static str> {
        table::all().map(|family| family.repository).filter(|name| !name.ends_with('/'))
    }

    /// Whether the tag is that of a variant with few packages.
    #[must_use]
    pub fn is_slim(self) -> bool {
        tag::has(self.tag, "slim")
    }

    /// The Debian packages that were installed into the image beside those of its distribution.
    pub fn packages(self) -> impl Iterator<Item = &'static str> {
        let of = if self.is_slim() { self.family.slim } else { self.family.full };
        let always = of.iter().flat_map(|packages| packages.names().iter().copied());
        let added = self.additions().flat_map(|addition| addition.packages.iter().copied());
        always.chain(added)
    }

    /// The programs that come from no package of the distribution and that every shell finds.
    pub fn programs(self) -> impl Iterator<Item = &'static str> {
        let added = self.additions().flat_map(|addition| addition.programs.iter().copied());
        self.family.programs.iter().copied().chain(added)
    }

    fn additions(self) -> impl Iterator<Item = &'static Addition> {
        self.family.additions.iter().filter(move |addition| addition.tags.include(self.tag))
    }

    /// The directories that are on the image's own `PATH` alone, with the programs in them that
    /// scripts call.
    #[must_use]
    pub fn path(self) -> Vec<(String, &'static [&'static str])> {
        let here = self.family.path.iter().filter(|directory| directory.tags.include(self.tag));
        let listed = here.filter_map(|directory| {
            let path = match tag::major(self.tag) {
                Some(major) => directory.path.replace("{major}", major),
                None if directory.path.contains('{') => return None,
                None => directory.path.to_owned(),
            };
            Some((path, directory.programs))
        });
        let declares = |path: &str| self.declared.is_none_or(|declared| declared.has(path));
        listed.filter(|(path, _)| declares(path)).collect()
    }

    /// Whether it is in the table.
    #[must_use]
    pub fn is_listed(self) -> bool {
        self.family != &table::UNLISTED
    }

    /// The version of Python that the tag names: what it begins with in the repository `python`, and
    /// that of a part such as `python3.12` elsewhere.
    #[must_use]
    pub fn python(self) -> Option<&'a str> {
        let is_version = |part: &&str| !part.is_empty() && tag::is_version(part);
        if self.family.repository == "python" {
            return self.parts().next().filter(is_version);
        }
        self.parts().filter_map(|part| part.strip_prefix("python")).find(is_version)
    }

    /// The users beside those of a distribution without additions, with their UIDs.
    #[must_use]
    pub fn users(self) -> Vec<(&'static str, u32)> {
        let mut users = self.family.users.to_vec();
        // An image that has given this UID to another user has deleted the one of Ubuntu.
        let is_free = users.iter().all(|(_, uid)| *uid != UBUNTU.1);
        if self.distribution == Distribution::Ubuntu && is_free && self.has_ubuntu_user() {
            users.push(UBUNTU);
        }
        users
    }

    /// Whether the image is based on Ubuntu 23.04 or newer, whose images have a user `ubuntu`.
    /// A tag that names no version of Ubuntu counts.
    fn has_ubuntu_user(self) -> bool {
        const OLDER: &[&str] = &["xenial", "bionic", "focal", "jammy", "kinetic"];
        let is_older = |part: &str| {
            let version = part.strip_prefix("ubuntu").unwrap_or(part);
            let year = version.split_once('.').and_then(|(year, _)| year.parse::<u32>().ok());
            let named = self.family.repository == "ubuntu" || part != version;
            OLDER.contains(&part) || named && year.is_some_and(|year| year < 23)
        };
        !self.parts().any(is_older)
    }

    /// Whether `/etc/profile` assigns `PATH`, as Debian's does and Ubuntu's does not.
    #[must_use]
    pub fn profile_sets_path(self) -> bool {
        self.distribution == Distribution::Debian
    }

    fn parts(self) -> impl Iterator<Item = &'a str> {
        self.tag.split('-')
    }
}
