//! What indexes answer about a package.
//!
//! Sources: <https://packaging.python.org/en/latest/specifications/simple-repository-api/> with its
//! JSON and HTML forms, and the abbreviated documents of npm registries
//! (`docs/responses/package-metadata.md` of `npm/registry`).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, escape};
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use url::Url;

use crate::lock::package::release::File;
use crate::template::Installer;

/// The JSON form of a Python index.
const JSON: &str = "application/vnd.pypi.simple.v1+json";

/// What an index answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Page {
    /// The files of a Python package.
    Files(Vec<File>),
    /// The tags of a Node package, each with its version.
    Tags(BTreeMap<String, String>),
    /// There is no such package.
    Missing,
}

/// What an index holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Python packages.
    Python,
    /// Node packages.
    Node,
}

impl Kind {
    pub(super) const fn of(installer: Installer) -> Self {
        match installer {
            Installer::Pip => Self::Python,
            Installer::Npm | Installer::Bun => Self::Node,
        }
    }

    /// The page of a package.
    pub(super) fn url(self, index: &Url, name: &str) -> Url {
        let mut url = index.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push(name);
            if self == Self::Python {
                segments.push("");
            }
        }
        url
    }

    /// The forms that a page is read in: those that the tools ask for.
    pub(super) const fn accept(self) -> &'static str {
        match self {
            Self::Python => {
                "application/vnd.pypi.simple.v1+json, \
                 application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01"
            }
            Self::Node => {
                "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*"
            }
        }
    }
}

impl Page {
    /// Reads a page.
    ///
    /// # Errors
    /// It is none of an index; says why.
    pub(super) fn read(kind: Kind, content_type: &str, bytes: &[u8]) -> Result<Self, String> {
        match kind {
            Kind::Node => tags(bytes).map(Self::Tags),
            Kind::Python if content_type == JSON => files(bytes).map(Self::Files),
            Kind::Python if content_type.ends_with("html") => links(bytes).map(Self::Files),
            Kind::Python => Err(format!("it is of the type `{}`", content_type.escape_debug())),
        }
    }
}

#[derive(Deserialize)]
struct Project {
    meta: Meta,
    files: Vec<ListedFile>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(rename = "api-version")]
    api_version: String,
}

#[derive(Deserialize)]
struct ListedFile {
    filename: String,
    #[serde(rename = "requires-python", default)]
    requires_python: Option<String>,
    #[serde(default)]
    yanked: Option<Yanked>,
}

/// `false`, `true`, or the reason; an empty one counts as `false`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Yanked {
    Flag(bool),
    Reason(String),
}

impl Yanked {
    const fn is_set(&self) -> bool {
        match self {
            Self::Flag(flag) => *flag,
            Self::Reason(reason) => !reason.is_empty(),
        }
    }
}

fn files(bytes: &[u8]) -> Result<Vec<File>, String> {
    let project: Project = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let version = project.meta.api_version;
    if version.split('.').next() != Some("1") {
        return Err(format!("version `{}` of its protocol is not known", version.escape_debug()));
    }
    let files = project.files.into_iter().map(|file| File {
        name: file.filename,
        requires_python: file.requires_python,
        is_yanked: file.yanked.is_some_and(|yanked| yanked.is_set()),
    });
    Ok(files.collect())
}

/// The files that a page links to. Their names are those of the links, as for pip: the text is for
/// people.
fn links(bytes: &[u8]) -> Result<Vec<File>, String> {
    let mut reader = Reader::from_reader(bytes);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut files = Vec::new();
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => return Ok(files),
            Ok(Event::Start(tag) | Event::Empty(tag))
                if tag.name().as_ref().eq_ignore_ascii_case(b"a") =>
            {
                files.extend(link(&tag));
            }
            Ok(_) => {}
            Err(error) => return Err(format!("the page cannot be read: {error}")),
        }
    }
}

fn link(tag: &BytesStart<'_>) -> Option<File> {
    let mut file = File::default();
    for attribute in tag.html_attributes().with_checks(false).flatten() {
        let name = attribute.key.as_ref().to_ascii_lowercase();
        let value = String::from_utf8_lossy(&attribute.value).into_owned();
        let value = escape::unescape(&value).map_or(value.clone(), Cow::into_owned);
        match name.as_slice() {
            b"href" => file.name = file_name(&value)?,
            b"data-requires-python" => file.requires_python = Some(value),
            b"data-yanked" => file.is_yanked = true,
            _ => {}
        }
    }
    (!file.name.is_empty()).then_some(file)
}

/// The last part of a link's path.
fn file_name(link: &str) -> Option<String> {
    let path = link.split(['?', '#']).next()?;
    let name = path.rsplit('/').next()?;
    let name = percent_encoding::percent_decode_str(name).decode_utf8().ok()?;
    Some(name.into_owned())
}

#[derive(Deserialize)]
struct Packument {
    #[serde(rename = "dist-tags", default)]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    versions: Keys,
}

/// The keys of an object.
#[derive(Default)]
struct Keys(BTreeSet<String>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(KeysVisitor)
    }
}

struct KeysVisitor;

impl<'de> Visitor<'de> for KeysVisitor {
    type Value = Keys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
        let mut keys = Keys::default();
        while let Some((key, IgnoredAny)) = map.next_entry()? {
            keys.0.insert(key);
        }
        Ok(keys)
    }
}

/// The tags whose versions are there.
fn tags(bytes: &[u8]) -> Result<BTreeMap<String, String>, String> {
    let packument: Packument = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let Packument { mut tags, versions } = packument;
    tags.retain(|_, version| versions.0.contains(version));
    Ok(tags)
}
