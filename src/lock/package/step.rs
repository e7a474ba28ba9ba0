//! The words of a step as a lock names them.

use super::options::{Role, roles};
use super::pip;
use crate::scalar::shell::quote;
use crate::template::{Install, Installer};

/// Options of npm whose values are secrets.
const SECRETS: &[&str] = &["_authToken=", "_auth=", "_password="];

/// The name of a step in a lock: its command, with the options in their order and then each package
/// once, in the order of their names and as the index spells them.
///
/// So the order of packages, an upper-case letter and a step with the same words elsewhere make no
/// other entry. Credentials in URLs are left out: a lock is meant to be committed.
#[must_use]
pub fn step_of(install: &Install) -> String {
    let (roles, _) = roles(install.installer, &install.words);
    let (mut options, mut packages) = (Vec::new(), Vec::new());
    for (word, role) in install.words.iter().zip(roles) {
        let word = without_credentials(word.trim());
        match role {
            Role::Package if install.installer == Installer::Pip => {
                packages.push(pip::spelled(&word));
            }
            Role::Package => packages.push(word),
            Role::Option | Role::Value | Role::Unclear => options.push(word),
        }
    }
    packages.sort_unstable();
    packages.dedup();
    let words = options.into_iter().chain(packages).map(|word| quote(&word));
    std::iter::once(install.installer.command().to_owned())
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ")
}

/// A word without what signs in: user name and password of URLs, and values of options.
pub(super) fn without_credentials(word: &str) -> String {
    if let Some(at) = SECRETS.iter().find_map(|name| Some(word.find(name)? + name.len())) {
        return word[..at].to_owned();
    }
    let mut text = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        text.push_str(before);
        let end = after.find(['/', '?', '#', ' ']).unwrap_or(after.len());
        let login = after[..end].rfind('@').map_or(0, |at| at + 1);
        rest = &after[login..];
    }
    text.push_str(rest);
    text
}
