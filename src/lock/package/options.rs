//! The options among the words of a step: which word is what, and what they say about indexes.

mod table;

use table::{BUN, NPM, PIP, Table, has};

use crate::template::Installer;

/// The part that a word has in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// An option, with its value if it has one in the same word.
    Option,
    /// The value of the option before it.
    Value,
    /// What follows an option that is not known: perhaps its value.
    Unclear,
    /// A package.
    Package,
}

/// An option that is set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Setting {
    /// Its long name, without dashes.
    pub name: String,
    /// Its value; empty for a flag.
    pub value: String,
}

impl Table {
    const fn of(installer: Installer) -> &'static Self {
        match installer {
            Installer::Pip => &PIP,
            Installer::Npm => &NPM,
            Installer::Bun => &BUN,
        }
    }
}

/// A word that begins with a dash.
enum Written<'a> {
    /// With its value, which is empty for a flag.
    Whole(String, &'a str),
    /// Without the value that it takes.
    Open(String),
    /// One that is not known, with a value or not.
    Unknown,
}

/// Reads an option.
fn written<'a>(table: &Table, word: &'a str) -> Written<'a> {
    let Some(long) = word.strip_prefix("--") else {
        return short(table, &word[1..]);
    };
    let (name, value) = match long.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (long, None),
    };
    let synonym = table.synonyms.iter().find(|(synonym, _)| *synonym == name);
    let name = synonym.map_or(name, |(_, name)| name).to_owned();
    match value {
        Some(value) => Written::Whole(name, value),
        // The registry of a scope is an option that npm has no name for.
        None if has(table.valued, &name) || is_scope(&name) => Written::Open(name),
        None if has(table.flags, &name) => Written::Whole(name, ""),
        None => Written::Unknown,
    }
}

fn is_scope(name: &str) -> bool {
    name.starts_with('@') && name.ends_with(":registry")
}

fn short<'a>(table: &Table, letters: &'a str) -> Written<'a> {
    let Some(first) = letters.chars().next() else { return Written::Unknown };
    let valued = table.valued_letters.iter().find(|(letter, _)| *letter == first);
    match valued {
        Some((_, name)) if letters.len() == 1 => Written::Open((*name).to_owned()),
        Some((_, name)) => Written::Whole((*name).to_owned(), &letters[1..]),
        None if letters.chars().all(|letter| table.letters.contains(letter)) => {
            Written::Whole(letters.to_owned(), "")
        }
        None => Written::Unknown,
    }
}

/// The role of each word, and the options that are set.
pub(super) fn roles(installer: Installer, words: &[String]) -> (Vec<Role>, Vec<Setting>) {
    let table = Table::of(installer);
    let mut roles = Vec::with_capacity(words.len());
    let mut settings = Vec::new();
    let mut open: Option<Option<String>> = None;
    let mut only_packages = false;
    for word in words {
        let text = word.trim();
        if let Some(option) = open.take() {
            // An unknown option takes no value that looks like an option.
            if let Some(name) = option {
                settings.push(Setting { name, value: text.to_owned() });
                roles.push(Role::Value);
                continue;
            }
            if !text.starts_with('-') {
                roles.push(Role::Unclear);
                continue;
            }
        }
        if only_packages || !text.starts_with('-') {
            roles.push(Role::Package);
            continue;
        }
        roles.push(Role::Option);
        if text == "--" {
            only_packages = true;
            continue;
        }
        match written(table, text) {
            Written::Whole(name, value) => settings.push(Setting { name, value: value.to_owned() }),
            Written::Open(name) => open = Some(Some(name)),
            Written::Unknown => open = Some(None),
        }
    }
    (roles, settings)
}

/// The first option that decides on versions in a way that a lookup does not follow.
pub(super) fn deciding(installer: Installer, settings: &[Setting]) -> Option<&str> {
    let table = Table::of(installer);
    let found = settings.iter().find(|setting| has(table.deciding, &setting.name));
    found.map(|setting| setting.name.as_str())
}

/// The variables that decide on versions in the same way, each with its option.
pub(super) fn deciding_variables(
    installer: Installer,
) -> impl Iterator<Item = (String, &'static str)> {
    let names = match installer {
        Installer::Pip => PIP.deciding,
        Installer::Npm | Installer::Bun => "",
    };
    names
        .split_whitespace()
        .map(|name| (format!("PIP_{}", name.replace('-', "_").to_uppercase()), name))
}
