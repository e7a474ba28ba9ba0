//! Locked versions in the words of a step.

use std::collections::BTreeMap;

use super::options::{Role, deciding, roles};
use super::pin::Pin;
use super::word::Word;
use crate::template::{Install, Installer};

/// The words of a step with the versions of its entry. A word that names a version itself, or that
/// the entry has no version for, stays as written.
#[must_use]
pub fn apply(install: &Install, resolved: &[String]) -> Vec<String> {
    let pins = pins(install.installer, resolved);
    let open = open_words(install);
    let words = install.words.iter().zip(open);
    words
        .map(|(word, open)| {
            open.and_then(|open| locked(word, &open, &pins)).unwrap_or_else(|| word.clone())
        })
        .collect()
}

/// The pins of an entry that are in the form of the installer, by package.
pub(super) fn pins(installer: Installer, resolved: &[String]) -> BTreeMap<String, Pin> {
    let pins = resolved.iter().filter_map(|text| Pin::parse(text));
    let pins = pins.filter(|pin| *pin == Pin::new(installer, &pin.name, &pin.version));
    pins.map(|pin| (pin.name.clone(), pin)).collect()
}

/// The words whose version the index decides; `None` for all others.
///
/// Words that ask for different tags of one package are left to the installer, as an entry has one
/// version of each package.
pub(super) fn open_words(install: &Install) -> Vec<Option<Word>> {
    let (roles, settings) = roles(install.installer, &install.words);
    let decided = deciding(install.installer, &settings).is_some();
    let words = install.words.iter().zip(roles);
    let words: Vec<_> = words
        .map(|(word, role)| {
            let is_package = role == Role::Package && !decided;
            is_package
                .then(|| Word::read(install.installer, word))
                .filter(|word| word.open().is_some())
        })
        .collect();
    let agree = |word: &Word| {
        let same = words.iter().flatten().filter(|other| other.name == word.name);
        let mut tags = same.filter_map(|other| other.open()).map(|(_, tag)| tag);
        let first = tags.next();
        tags.all(|tag| Some(tag) == first)
    };
    words.iter().map(|word| word.clone().filter(|word| agree(word))).collect()
}

fn locked(word: &str, open: &Word, pins: &BTreeMap<String, Pin>) -> Option<String> {
    let (place, _) = open.open()?;
    let suffix = pins.get(&open.name)?.suffix();
    let (before, after) = (word.get(..place.start)?, word.get(place.end..)?);
    Some(format!("{before}{suffix}{after}"))
}
