//! What an image declares itself.

use crate::platform::Distribution;

/// Signs of distributions in the history of an image, each from the way that its official images are
/// made.
const SIGNS: &[(&str, Distribution)] = &[
    ("debian.sh --arch", Distribution::Debian),
    ("debuerreotype", Distribution::Debian),
    ("LAUNCHPAD_BUILD_ARCH", Distribution::Ubuntu),
    ("rockcraft-ubuntu", Distribution::Ubuntu),
    ("alpine-minirootfs", Distribution::Alpine),
];

/// What an image declares, as its registry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declared<'a> {
    /// Its `PATH`, if it has one.
    pub path: Option<&'a str>,
    /// How each layer was made, as far as the image says.
    pub history: &'a [String],
}

impl Declared<'_> {
    /// Whether a directory is on its `PATH`.
    pub(super) fn has(self, directory: &str) -> bool {
        self.path.is_some_and(|path| path.split(':').any(|part| part == directory))
    }
}

/// What an image is built on, if its history shows one distribution.
#[must_use]
pub fn shown(history: &[String]) -> Option<Distribution> {
    let shows = |sign: &str| history.iter().any(|line| line.contains(sign));
    let mut found = SIGNS.iter().filter(|(sign, _)| shows(sign)).map(|(_, name)| *name);
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_shows_one_distribution_or_none() {
        let of = |lines: &[&str]| {
            let history: Vec<_> = lines.iter().map(|line| (*line).to_owned()).collect();
            shown(&history)
        };
        let debian = "# debian.sh --arch 'amd64' out/ 'trixie' '@1785715200'";
        assert_eq!(of(&[debian]), Some(Distribution::Debian));
        assert_eq!(of(&["ARG LAUNCHPAD_BUILD_ARCH"]), Some(Distribution::Ubuntu));
        assert_eq!(of(&[debian, "ARG LAUNCHPAD_BUILD_ARCH"]), None);
        assert_eq!(of(&["RUN apt-get install -y a"]), None);
    }
}
