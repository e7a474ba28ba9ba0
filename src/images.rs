//! What is known about images by their reference alone.
//!
//! [`table`] holds the facts with their sources, [`distribution`](mod@distribution) what a
//! repository or a tag says about the operating system. Nothing is assumed about an image that is
//! not listed, and what an image declares itself, once a registry was asked, overrides both.

mod distribution;
mod reference;
mod table;
#[cfg(test)]
mod tests;

pub use distribution::distribution;
pub use reference::Reference;
pub use table::{Directory, Family, Packages};

use crate::platform::Distribution;

/// A well-known image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Image<'a> {
    /// What all images of its repository have in common.
    pub family: &'static Family,
    /// The tag, without a digest.
    pub tag: &'a str,
    /// What it is built on.
    pub distribution: Distribution,
}

impl<'a> Image<'a> {
    /// The image of a reference, if its repository is in the table and its tag names a version for
    /// Linux.
    #[must_use]
    pub fn of(reference: &'a str) -> Option<Self> {
        let reference = Reference::parse(reference);
        let family = table::find(reference.repository)?;
        // A digest alone reveals neither the operating system nor the variant.
        let tag = match reference.tag {
            Some(tag) => tag,
            None if reference.digest.is_some() => return None,
            None => "latest",
        };
        let distribution = distribution::of_tag(tag).unwrap_or(family.distribution);
        (!distribution.has_no_shell()).then_some(Self { family, tag, distribution })
    }

    /// Whether the tag is that of a variant with few packages.
    #[must_use]
    pub fn is_slim(self) -> bool {
        self.parts().any(|part| part == "slim")
    }

    /// The Debian packages that were installed into the image beside those of its distribution.
    pub fn packages(self) -> impl Iterator<Item = &'static str> {
        let of = if self.is_slim() { self.family.slim } else { self.family.full };
        of.iter().flat_map(|packages| packages.names().iter().copied())
    }

    /// The users beside those of a distribution without additions, with their UIDs.
    #[must_use]
    pub fn users(self) -> Vec<(&'static str, u32)> {
        let mut users = self.family.users.to_vec();
        if self.distribution == Distribution::Ubuntu && self.has_ubuntu_user() {
            users.push(("ubuntu", 1000));
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
