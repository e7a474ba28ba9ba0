//! The indexes of pip.
//!
//! Source: `pip/_internal/configuration.py` and `pip/_internal/cli/parser.py` of pip 25. Not followed
//! are netrc files, keyrings, and the file beside an interpreter that is in no virtual environment.

use std::collections::BTreeMap;
use std::path::PathBuf;

use url::Url;

use super::credentials::take_login;
use super::error::PackageError;
use super::fetch::Index;
use super::files::Files;
use super::ini;
use crate::lock::package::{Setting, View};

/// The index of pip without any configuration.
const DEFAULT: &str = "https://pypi.org/simple/";

/// The file of a directory with configuration.
const FILE: &str = "pip.conf";

/// What a person's pip is configured with.
pub(super) struct Config {
    index: Option<Index>,
    extra: Vec<Index>,
    previews: bool,
}

impl Config {
    pub(super) fn read(files: &Files<'_>) -> Result<Self, PackageError> {
        let mut sections: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for path in paths(files) {
            let text = files.text(&path)?.unwrap_or_default();
            for entry in ini::pip(&text).into_iter().filter(|entry| !entry.value.is_empty()) {
                let key = entry.key.to_lowercase().replace('_', "-");
                let key = key.strip_prefix("--").unwrap_or(&key).to_owned();
                sections.entry(entry.section).or_default().insert(key, entry.value);
            }
        }
        let value = |key: &str| {
            let variable = format!("PIP_{}", key.replace('-', "_").to_uppercase());
            let in_file = |section: &str| sections.get(section)?.get(key).cloned();
            let set = files.variable(&variable);
            set.or_else(|| in_file("install")).or_else(|| in_file("global"))
        };
        let index = |text: &str| {
            hide_login(files, text);
            let (url, authorization) = parse(text, "pip's configuration")?;
            Ok(Index::new(url, authorization))
        };
        let extra = value("extra-index-url").unwrap_or_default();
        Ok(Self {
            index: value("index-url").map(|text| index(&text)).transpose()?,
            extra: extra.split_whitespace().map(index).collect::<Result<_, PackageError>>()?,
            previews: value("pre").is_some_and(|value| is_true(&value)),
        })
    }

    /// The indexes that a step's pip would ask.
    pub(super) fn sources(
        &self,
        settings: &[Setting],
        view: &View,
    ) -> Result<Vec<Index>, PackageError> {
        let variable = |name: &str| view.variables.get(name).filter(|value| !value.is_empty());
        let main = if let Some(setting) = set(settings, "index-url").next_back() {
            self.of_project(&setting.value, "`--index-url`")?
        } else if let Some(text) = variable("PIP_INDEX_URL") {
            self.of_project(text, "`PIP_INDEX_URL`")?
        } else if let Some(index) = &self.index {
            index.clone()
        } else {
            Index::new(parse(DEFAULT, "pip's configuration")?.0, None)
        };
        let mut sources = vec![main];
        match variable("PIP_EXTRA_INDEX_URL") {
            None => sources.extend(self.extra.iter().cloned()),
            Some(texts) => {
                for text in texts.split_whitespace() {
                    sources.push(self.of_project(text, "`PIP_EXTRA_INDEX_URL`")?);
                }
            }
        }
        for setting in set(settings, "extra-index-url") {
            sources.push(self.of_project(&setting.value, "`--extra-index-url`")?);
        }
        Ok(sources)
    }

    /// Whether a step's pip would install pre-releases.
    pub(super) fn with_previews(&self, settings: &[Setting], view: &View) -> bool {
        let variable = view.variables.get("PIP_PRE").map(|value| is_true(value));
        settings.iter().any(|setting| setting.name == "pre") || variable.unwrap_or(self.previews)
    }

    /// An index that the manifest names. It gets a person's credentials if it is one of theirs.
    fn of_project(&self, text: &str, place: &str) -> Result<Index, PackageError> {
        let (url, own) = parse(text, place)?;
        let index = Index::new(url, own);
        let known = self.index.iter().chain(&self.extra).find(|known| known.url() == index.url());
        Ok(match known {
            Some(known) if index.authorization().is_none() => known.clone(),
            _ => index,
        })
    }
}

/// The options of a name, in their order.
fn set<'a>(
    settings: &'a [Setting],
    name: &'static str,
) -> impl DoubleEndedIterator<Item = &'a Setting> {
    settings.iter().filter(move |setting| setting.name == name)
}

/// The files of the configuration, later ones over earlier ones.
fn paths(files: &Files<'_>) -> Vec<PathBuf> {
    let own = files.path("PIP_CONFIG_FILE");
    if own.as_ref().is_some_and(|path| path.as_os_str() == "/dev/null") {
        return Vec::new();
    }
    let shared = files.variable("XDG_CONFIG_DIRS").unwrap_or_else(|| "/etc/xdg".to_owned());
    let shared = shared.split(':').filter(|path| !path.is_empty()).map(PathBuf::from);
    let mut paths: Vec<_> = shared.map(|path| path.join("pip").join(FILE)).collect();
    paths.push(PathBuf::from("/etc").join(FILE));
    if cfg!(target_os = "macos") {
        paths.push(PathBuf::from("/Library/Application Support/pip").join(FILE));
    }
    let replaces_user = own.as_ref().is_some_and(|path| files.exists(path));
    if let Some(home) = files.home().filter(|_| !replaces_user) {
        paths.push(home.join(".pip").join(FILE));
        let mac = home.join("Library/Application Support/pip");
        if cfg!(target_os = "macos") && files.exists(&mac) {
            paths.push(mac.join(FILE));
        } else {
            let config = files.path("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config"));
            paths.push(config.join("pip").join(FILE));
        }
    }
    paths.extend(files.path("VIRTUAL_ENV").map(|path| path.join(FILE)));
    paths.extend(own);
    paths
}

/// Registers the password in a URL, or a token in its place.
pub(super) fn hide_login(files: &Files<'_>, text: &str) {
    let Ok(url) = Url::parse(text.trim()) else { return };
    let secret = url.password().unwrap_or(url.username());
    files.hide(secret);
    files.hide(&percent_encoding::percent_decode_str(secret).decode_utf8_lossy());
}

/// The URL of an index, and its user name and password as the value of `Authorization`.
pub(super) fn parse(text: &str, place: &str) -> Result<(Url, Option<String>), PackageError> {
    let url = Url::parse(text.trim()).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let Some(mut url) = url else {
        let sentence = format!("the index of {place} is no `http` or `https` URL");
        return Err(PackageError::Config(sentence));
    };
    let login = take_login(&mut url);
    url.set_fragment(None);
    url.set_query(None);
    Ok((url, login))
}

/// Whether a value means yes, as for pip.
fn is_true(value: &str) -> bool {
    matches!(value.trim().to_ascii_lowercase().as_str(), "y" | "yes" | "t" | "true" | "on" | "1")
}
