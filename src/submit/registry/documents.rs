//! The documents of a registry: indexes, manifests, configurations, and the digests that name
//! them.
//!
//! Fields that no decision depends on are not read, and most others may be missing: registries
//! hold documents of a decade of tools.

use std::fmt::Write as _;

use serde::{Deserialize, Deserializer};
use sha2::{Digest as _, Sha256, Sha512};

use crate::scalar::is_name;
use crate::template::ImageConfig;

/// Variables that describe the machine an image was built on, or that every system sets itself:
/// they would be wrong in a sandbox.
const NEVER_KEPT: &[&str] = &["HOSTNAME", "HOME", "PWD", "OLDPWD", "SHLVL", "_", "TERM"];

/// What a manifest's URL can lead to.
#[derive(Debug)]
pub(super) enum Document {
    /// One manifest for each platform.
    Index(Index),
    /// One image.
    Manifest {
        /// Where its configuration is.
        config: Descriptor,
    },
}

/// One manifest for each platform.
#[derive(Debug, Deserialize)]
pub(super) struct Index {
    /// The manifests.
    pub(super) manifests: Vec<Descriptor>,
}

/// Where a document is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    /// Its type.
    #[serde(default)]
    pub(super) media_type: String,
    /// Its digest, which names it.
    pub(super) digest: String,
    /// What it is for.
    pub(super) platform: Option<Platform>,
}

/// What a document is for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Platform {
    pub(super) os: String,
    pub(super) architecture: String,
    pub(super) variant: String,
}

#[derive(Deserialize)]
struct Written {
    manifests: Option<Vec<Descriptor>>,
    config: Option<Descriptor>,
}

impl Document {
    /// Reads an index or a manifest. Which of them it is shows in what it holds, also where the
    /// types are missing or wrong.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        let written: Written = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        match written {
            Written { manifests: Some(manifests), .. } => Ok(Self::Index(Index { manifests })),
            Written { config: Some(config), .. } => Ok(Self::Manifest { config }),
            Written { .. } => Err("its manifest names no configuration".to_owned()),
        }
    }
}

impl Platform {
    /// Whether it is what sandboxes are.
    pub(super) fn runs_here(&self) -> bool {
        self.os == "linux" && self.architecture == "amd64"
    }

    /// The name that people know.
    pub(super) fn name(&self) -> String {
        let known = |part: &str| {
            if part.is_empty() { "unknown".to_owned() } else { super::session::plain(part) }
        };
        let mut name = format!("{}/{}", known(&self.os), known(&self.architecture));
        if !self.variant.is_empty() {
            name.push('/');
            name.push_str(&known(&self.variant));
        }
        name
    }
}

/// A digest of an algorithm that is known.
#[derive(Debug)]
pub(super) struct Digest<'a> {
    text: &'a str,
    is_long: bool,
}

impl<'a> Digest<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, String> {
        let (is_long, hex, length) = match text.split_once(':') {
            Some(("sha256", hex)) => (false, hex, 64),
            Some(("sha512", hex)) => (true, hex, 128),
            _ => return Err("a digest is of an algorithm that sbx does not know".to_owned()),
        };
        let is_hex = |c: u8| matches!(c, b'0'..=b'9' | b'a'..=b'f');
        if hex.len() == length && hex.bytes().all(is_hex) {
            Ok(Self { text, is_long })
        } else {
            Err("a digest is malformed".to_owned())
        }
    }

    /// Whether it is that of these bytes.
    pub(super) fn verify(&self, bytes: &[u8]) -> Result<(), String> {
        let hash = if self.is_long {
            hex("sha512:", Sha512::digest(bytes).as_slice())
        } else {
            sha256(bytes)
        };
        if hash == self.text {
            Ok(())
        } else {
            Err(format!("what it sent is not what `{}` names", self.text))
        }
    }
}

/// The digest by which bytes are mostly named.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex("sha256:", Sha256::digest(bytes).as_slice())
}

fn hex(prefix: &str, bytes: &[u8]) -> String {
    bytes.iter().fold(prefix.to_owned(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[derive(Deserialize)]
struct Blob {
    #[serde(flatten)]
    platform: Platform,
    created: Option<String>,
    config: Option<Declared>,
    history: Option<Vec<Layer>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Declared {
    user: Option<String>,
    env: Option<Vec<String>>,
    working_dir: Option<String>,
    #[serde(deserialize_with = "words")]
    entrypoint: Vec<String>,
    #[serde(deserialize_with = "words")]
    cmd: Vec<String>,
    labels: Option<Labels>,
}

#[derive(Deserialize)]
struct Labels {
    #[serde(rename = "org.opencontainers.image.version")]
    version: Option<String>,
}

#[derive(Deserialize)]
struct Layer {
    created_by: Option<String>,
}

/// Words, or one word as old tools wrote it, or nothing.
fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Words {
        Many(Vec<String>),
        One(String),
    }
    Ok(match Option::deserialize(deserializer)? {
        Some(Words::Many(words)) => words,
        Some(Words::One(word)) => vec![word],
        None => Vec::new(),
    })
}

/// Reads an image's configuration: what the image is for, and what it declares.
pub(super) fn config(bytes: &[u8]) -> Result<(Platform, ImageConfig), String> {
    let blob: Blob = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let declared = blob.config.unwrap_or_default();
    let history = blob.history.unwrap_or_default();
    let config = ImageConfig {
        index: String::new(),
        digest: String::new(),
        env: variables(declared.env.unwrap_or_default()),
        workdir: declared.working_dir.filter(|it| !matches!(it.as_str(), "" | "/")),
        user: declared.user.filter(|user| !user.is_empty()),
        entrypoint: declared.entrypoint,
        cmd: declared.cmd,
        history: history.into_iter().filter_map(|layer| layer.created_by).collect(),
        created: blob.created,
        version: declared.labels.and_then(|labels| labels.version),
    };
    Ok((blob.platform, config))
}

/// The variables of `NAME=value` entries, the last value of each name at its first place. What no
/// shell takes for a variable is none.
fn variables(entries: Vec<String>) -> Vec<(String, String)> {
    let mut variables: Vec<(String, String)> = Vec::new();
    for entry in entries {
        let Some((name, value)) = entry.split_once('=') else { continue };
        if !is_name(name) || NEVER_KEPT.contains(&name) || value.contains('\0') {
            continue;
        }
        match variables.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => value.clone_into(known),
            None => variables.push((name.to_owned(), value.to_owned())),
        }
    }
    variables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_read_however_little_it_holds() {
        let (platform, config) = config(b"{}").expect("an object is enough");
        assert!(!platform.runs_here());
        assert_eq!(platform.name(), "unknown/unknown");
        assert_eq!(config, ImageConfig::default());
    }

    #[test]
    fn a_configuration_is_read_as_docker_reads_it() {
        let text = br#"{
            "architecture": "amd64", "os": "linux", "rootfs": 1,
            "config": {
                "Env": ["A=1", "B=x=y", "A=2", "HOME=/root", "no-name=1", "bare", "C="],
                "WorkingDir": "/", "Entrypoint": "one", "Cmd": null, "User": ""
            },
            "history": [{"created_by": "RUN x"}, {}, {"created_by": null}]
        }"#;
        let (platform, config) = config(text).expect("it is read");
        assert!(platform.runs_here());
        let of = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(config.env, [of("A", "2"), of("B", "x=y"), of("C", "")]);
        assert_eq!((config.workdir, config.user), (None, None));
        assert_eq!(config.entrypoint, ["one"]);
        assert_eq!(config.history, ["RUN x"]);
    }

    #[test]
    fn digests_are_verified() {
        let empty = sha256(b"");
        assert!(Digest::parse(&empty).expect("well-formed").verify(b"").is_ok());
        assert!(Digest::parse(&empty).expect("well-formed").verify(b"x").is_err());
        let long = hex("sha512:", Sha512::digest(b"x").as_slice());
        assert!(Digest::parse(&long).expect("well-formed").verify(b"x").is_ok());
        for bad in ["", "sha256", "sha256:12", "md5:d41d8cd98f00b204e9800998ecf8427e"] {
            assert!(Digest::parse(bad).is_err(), "{bad}");
        }
    }
}
