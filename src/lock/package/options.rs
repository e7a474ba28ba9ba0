//! The options among the words of a step: which word is what, and what they say about indexes.

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

/// The options of an installer.
struct Table {
    /// Long options with a value.
    valued: &'static [&'static str],
    /// Long options without one.
    flags: &'static [&'static str],
    /// Short options with a value, and their long names.
    valued_letters: &'static [(char, &'static str)],
    /// Short options without a value.
    letters: &'static str,
    /// Other long names, and the names that they stand for.
    synonyms: &'static [(&'static str, &'static str)],
    /// Options that decide on versions in a way that a lookup in an index does not follow.
    deciding: &'static [&'static str],
}

/// Source: `pip install --help` of pip 25; `tests/packages/options.py` compares it with pip's parser.
const PIP: Table = Table {
    valued: &[
        "abi",
        "cache-dir",
        "cert",
        "client-cert",
        "config-settings",
        "constraint",
        "default-timeout",
        "editable",
        "exists-action",
        "extra-index-url",
        "find-links",
        "global-option",
        "implementation",
        "index-url",
        "keyring-provider",
        "log",
        "no-binary",
        "only-binary",
        "platform",
        "prefix",
        "progress-bar",
        "proxy",
        "python",
        "python-version",
        "report",
        "requirement",
        "retries",
        "root",
        "root-user-action",
        "src",
        "target",
        "timeout",
        "trusted-host",
        "upgrade-strategy",
        "use-deprecated",
        "use-feature",
    ],
    flags: &[
        "break-system-packages",
        "check-build-dependencies",
        "compile",
        "debug",
        "disable-pip-version-check",
        "dry-run",
        "force-reinstall",
        "ignore-installed",
        "ignore-requires-python",
        "isolated",
        "no-build-isolation",
        "no-cache-dir",
        "no-clean",
        "no-color",
        "no-compile",
        "no-dependencies",
        "no-deps",
        "no-index",
        "no-input",
        "no-python-version-warning",
        "no-user",
        "no-warn-conflicts",
        "no-warn-script-location",
        "pre",
        "prefer-binary",
        "quiet",
        "require-hashes",
        "require-virtualenv",
        "upgrade",
        "use-pep517",
        "user",
        "verbose",
    ],
    valued_letters: &[
        ('c', "constraint"),
        ('e', "editable"),
        ('f', "find-links"),
        ('i', "index-url"),
        ('r', "requirement"),
        ('t', "target"),
        ('C', "config-settings"),
    ],
    letters: "IUqv",
    synonyms: &[("pypi-url", "index-url")],
    deciding: &[
        "abi",
        "constraint",
        "find-links",
        "ignore-requires-python",
        "implementation",
        "no-binary",
        "no-index",
        "only-binary",
        "platform",
        "python",
        "python-version",
        "require-hashes",
    ],
};

/// Source: `@npmcli/config` of npm 11; `tests/packages/options.py` compares it with npm's table.
const NPM: Table = Table {
    valued: &[
        "allow-scripts",
        "audit-level",
        "before",
        "ca",
        "cache",
        "cafile",
        "cpu",
        "depth",
        "fetch-retries",
        "fetch-retry-factor",
        "fetch-retry-maxtimeout",
        "fetch-retry-mintimeout",
        "fetch-timeout",
        "globalconfig",
        "https-proxy",
        "include",
        "install-strategy",
        "libc",
        "local-address",
        "location",
        "loglevel",
        "maxsockets",
        "min-release-age",
        "noproxy",
        "omit",
        "only",
        "os",
        "prefix",
        "proxy",
        "registry",
        "save-prefix",
        "scope",
        "script-shell",
        "tag",
        "umask",
        "userconfig",
        "workspace",
    ],
    flags: &[
        "audit",
        "bin-links",
        "dev",
        "dry-run",
        "engine-strict",
        "force",
        "foreground-scripts",
        "fund",
        "global",
        "ignore-scripts",
        "include-workspace-root",
        "install-links",
        "json",
        "legacy-bundling",
        "legacy-peer-deps",
        "no-audit",
        "no-bin-links",
        "no-fund",
        "no-optional",
        "no-package-lock",
        "no-progress",
        "no-save",
        "no-update-notifier",
        "offline",
        "omit-lockfile-registry-resolved",
        "optional",
        "package-lock",
        "prefer-dedupe",
        "prefer-offline",
        "prefer-online",
        "production",
        "progress",
        "quiet",
        "save",
        "save-bundle",
        "save-dev",
        "save-exact",
        "save-optional",
        "save-peer",
        "save-prod",
        "silent",
        "strict-peer-deps",
        "strict-ssl",
        "unsafe-perm",
        "update-notifier",
        "verbose",
        "workspaces",
        "yes",
    ],
    valued_letters: &[('w', "workspace"), ('C', "prefix")],
    letters: "BDEOPSfglpqsy",
    synonyms: &[("reg", "registry"), ("enjoy-by", "before")],
    deciding: &["before", "globalconfig", "min-release-age", "offline", "userconfig"],
};

/// Source: `bun install --help` of Bun 1.3.
const BUN: Table = Table {
    valued: &[
        "backend",
        "ca",
        "cache-dir",
        "cafile",
        "concurrent-scripts",
        "config",
        "cpu",
        "cwd",
        "filter",
        "linker",
        "minimum-release-age",
        "network-concurrency",
        "omit",
        "os",
        "registry",
    ],
    flags: &[
        "dev",
        "dry-run",
        "exact",
        "force",
        "frozen-lockfile",
        "global",
        "ignore-scripts",
        "lockfile-only",
        "no-cache",
        "no-progress",
        "no-save",
        "no-summary",
        "no-verify",
        "only-missing",
        "optional",
        "peer",
        "production",
        "save",
        "save-text-lockfile",
        "silent",
        "trust",
        "verbose",
        "yarn",
    ],
    valued_letters: &[('c', "config")],
    letters: "DEadfgpy",
    synonyms: &[],
    deciding: &["config", "minimum-release-age"],
};

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
        None if table.valued.contains(&name.as_str()) || is_scope(&name) => Written::Open(name),
        None if table.flags.contains(&name.as_str()) => Written::Whole(name, ""),
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
    let found = settings.iter().find(|setting| table.deciding.contains(&setting.name.as_str()));
    found.map(|setting| setting.name.as_str())
}

/// The variables that decide on versions in the same way, each with its option.
pub(super) fn deciding_variables(
    installer: Installer,
) -> impl Iterator<Item = (String, &'static str)> {
    let names = match installer {
        Installer::Pip => PIP.deciding,
        Installer::Npm | Installer::Bun => &[],
    };
    names.iter().map(|name| (format!("PIP_{}", name.replace('-', "_").to_uppercase()), *name))
}
