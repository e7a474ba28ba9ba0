//! The files of a base image, as far as they are known before the first instruction.

use super::{Kind, parents};
use crate::images::Image;
use crate::lint::model::Files;
use crate::lint::model::is_within;
use crate::platform::{Facts, ROOT};

/// Directories in `/` of Debian and Ubuntu, and the one that the platform makes at the end.
const SYSTEM: &[&str] = &[
    "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib32", "/lib64", "/libx32", "/media",
    "/mnt", "/opt", "/proc", "/root", "/run", "/sbin", "/srv", "/sys", "/tmp", "/usr", "/var",
];

/// Directories in which every well-known image lets root alone write.
const ROOTS: &[&str] = &["/etc", "/mnt", "/media", "/opt", "/srv", "/usr"];

/// Directories that are empty in every well-known image, but for [`USED`]. Packages may fill them.
const EMPTY: &[&str] = &["/media", "/mnt", "/opt", "/srv", "/usr/src"];

/// What images of Node and of Java have.
const USED: &[&str] = &["/opt/java", "/opt/yarn", "/usr/src/php"];

/// What is known of the base.
pub(super) struct BaseFiles {
    /// Whether the image is one that the table knows completely.
    is_known: bool,
    /// The platform's own user and the home directory.
    home: Option<(&'static str, String)>,
    /// Directories that images make.
    made: Vec<&'static str>,
}

impl Files {
    pub(in crate::lint::model) fn new(image: Option<Image<'_>>, facts: &Facts) -> Self {
        let user = Some(facts.default_user).filter(|user| *user != ROOT);
        let base = BaseFiles {
            is_known: image.is_some() && facts.resets_ownership,
            home: user.map(|user| (user, format!("/home/{user}"))),
            made: image.map(|image| image.family.open.to_vec()).unwrap_or_default(),
        };
        Self {
            base,
            kinds: super::Timeline::default(),
            owners: super::Timeline::default(),
            modes: super::Timeline::default(),
            additions: Vec::new(),
            feeds_download: false,
            installed: None,
        }
    }
}

impl BaseFiles {
    pub(super) fn kind(&self, path: &str) -> Kind {
        if path == "/" || self.is_known && SYSTEM.contains(&path) {
            return Kind::Directory;
        }
        if !self.is_known || self.is_made(path) {
            return Kind::Unknown;
        }
        if let Some((_, home)) = &self.home {
            if path == home {
                return Kind::Directory;
            }
            if let Some(rest) =
                path.strip_prefix(home.as_str()).filter(|rest| rest.starts_with('/'))
            {
                // `/etc/skel` has hidden files.
                return if rest.starts_with("/.") { Kind::Unknown } else { Kind::Absent };
            }
        }
        if let Some(rest) = path.strip_prefix("/root/") {
            return if rest.starts_with('.') { Kind::Unknown } else { Kind::Absent };
        }
        // Debian's images have no hidden files in `/`, but engines and platforms make some.
        if path.starts_with("/.") || path.starts_with("/_") {
            return Kind::Unknown;
        }
        let is_below = |directory: &&str| is_within(path, directory) && path != *directory;
        if self.is_known
            && EMPTY.iter().any(is_below)
            && !USED.iter().any(|used| path.starts_with(used))
        {
            return Kind::Absent;
        }
        let top = parents(path).filter(|parent| *parent != "/").last().unwrap_or(path);
        if SYSTEM.contains(&top) { Kind::Unknown } else { Kind::Absent }
    }

    pub(super) fn owner(&self, path: &str) -> Option<&str> {
        match &self.home {
            Some((user, home)) if self.is_known && is_within(path, home) => Some(*user),
            _ if path == "/" || self.is_known && self.is_roots(path) => Some(ROOT),
            _ => None,
        }
    }

    /// The permissions of a directory of the system, and of what is below those of root.
    pub(super) fn mode(&self, path: &str) -> Option<u16> {
        match path {
            "/tmp" => Some(0o1777),
            "/root" => Some(0o700),
            _ if path == "/" || self.is_known && self.is_roots(path) => Some(super::DIRECTORY),
            // The mode of a new home directory is 0700, 0750 or 0755.
            _ if self.home.as_ref().is_some_and(|(_, home)| path == home) => Some(super::DIRECTORY),
            _ => None,
        }
    }

    /// Whether a path is a directory of the system, or below one in which all belongs to root.
    fn is_roots(&self, path: &str) -> bool {
        let is_below = |directory: &&str| is_within(path, directory);
        SYSTEM.contains(&path) || ROOTS.iter().any(is_below) && !self.is_made(path)
    }

    /// Whether packages may put something there.
    pub(super) fn is_of_packages(path: &str) -> bool {
        ["/opt", "/srv", "/usr/src"].iter().any(|directory| is_within(path, directory))
    }

    /// The user that everything in the home directory is given to at the end of the build.
    pub(super) fn reset(&self) -> Option<(&'static str, String)> {
        self.home.clone().filter(|_| self.is_known)
    }

    /// Whether the image may have made a path.
    fn is_made(&self, path: &str) -> bool {
        self.made.iter().any(|made| is_within(path, made))
    }
}
