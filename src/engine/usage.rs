//! What an engine says of itself: its versions, its storage, and the disk space of its images.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::missing::list;
use super::{Engine, Kind, limits};

/// What an engine says of itself. What it does not say is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// The version of the client.
    pub client_version: Option<String>,
    /// How it stores images, such as `overlay2`.
    pub storage_driver: Option<String>,
    /// The processor architecture of its machine, in the words of images: `amd64`.
    pub architecture: Option<String>,
    /// The directory of its images, on its machine.
    pub directory: Option<PathBuf>,
    /// The free space there, in bytes.
    pub free_bytes: Option<u64>,
}

/// An image and its share of the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredImage {
    /// Its names, with their tags.
    pub names: Vec<String>,
    /// The bytes of the layers that no other image below it has.
    pub own_bytes: u64,
}

impl Engine {
    /// Asks the engine about itself.
    ///
    /// # Errors
    /// The engine's words, if it does not answer.
    pub fn report(&self) -> Result<Report, String> {
        let info: Value = serde_json::from_str(&self.query(&["info", "--format", "{{json .}}"])?)
            .map_err(|error| format!("the answer of `info` is not JSON: {error}"))?;
        let client_version = self.query(&["version", "--format", "{{.Client.Version}}"]).ok();
        let client_version = client_version.map(|version| version.trim().to_owned());
        let mut report = match self.kind() {
            _ if info.get("ServerVersion").is_some() => docker(&info),
            Kind::Docker | Kind::Podman => podman(&info),
        };
        report.client_version = client_version.filter(|version| !version.is_empty());
        Ok(report)
    }

    /// The images of the engine, with the disk space that each adds to the image below it.
    ///
    /// # Errors
    /// The engine's words, if it does not answer.
    pub fn stored_images(&self) -> Result<Vec<StoredImage>, String> {
        list(|| self.ask_for_images(), String::as_str)
    }

    fn ask_for_images(&self) -> Result<Vec<StoredImage>, String> {
        let listed = self.query(&["image", "ls", "--all", "--quiet", "--no-trunc"])?;
        let mut ids: Vec<_> = listed.lines().map(str::trim).filter(|id| !id.is_empty()).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let format = "{{json .RepoTags}} {{.Size}} {{json .RootFS.Layers}}";
        let arguments = [&["image", "inspect", "--format", format], ids.as_slice()].concat();
        Ok(shares(&self.query(&arguments)?))
    }

    fn query(&self, arguments: &[&str]) -> Result<String, String> {
        let limit = limits::question(self.kind);
        let output = self.client.query(arguments, limit).map_err(|error| error.to_string())?;
        if !output.status.success() {
            let line = output.stderr.lines().find(|line| !line.trim().is_empty());
            return Err(line.unwrap_or("it failed without a message").trim().to_owned());
        }
        Ok(output.stdout)
    }
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    let text = value.pointer(pointer)?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

fn docker(info: &Value) -> Report {
    let directory = text(info, "/DockerRootDir").map(PathBuf::from);
    Report {
        client_version: None,
        storage_driver: text(info, "/Driver"),
        architecture: text(info, "/Architecture").map(in_words_of_images),
        free_bytes: free_bytes(directory.as_deref(), text(info, "/Name").as_deref()),
        directory,
    }
}

fn podman(info: &Value) -> Report {
    let directory = text(info, "/store/graphRoot").map(PathBuf::from);
    let here = free_bytes(directory.as_deref(), text(info, "/host/hostname").as_deref());
    let number = |pointer: &str| info.pointer(pointer).and_then(Value::as_u64);
    let (allocated, used) = (number("/store/graphRootAllocated"), number("/store/graphRootUsed"));
    // It counts the blocks that are reserved for root.
    let there = || allocated.zip(used).and_then(|(allocated, used)| allocated.checked_sub(used));
    Report {
        client_version: None,
        storage_driver: text(info, "/store/graphDriverName"),
        architecture: text(info, "/host/arch").map(in_words_of_images),
        free_bytes: here.or_else(there),
        directory,
    }
}

/// Docker has the kernel's words for its own architecture.
fn in_words_of_images(architecture: String) -> String {
    match architecture.as_str() {
        "x86_64" => "amd64".to_owned(),
        "aarch64" => "arm64".to_owned(),
        _ => architecture,
    }
}

fn node_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// The space that a user without privileges can fill, if the engine's machine is this one: another
/// machine, or a virtual one, may have a directory of the same name.
fn free_bytes(directory: Option<&Path>, machine: Option<&str>) -> Option<u64> {
    let directory = directory.filter(|_| machine == Some(node_name().as_str()))?;
    let system = rustix::fs::statvfs(directory).ok()?;
    system.f_bavail.checked_mul(system.f_frsize)
}

/// An image as the engine lists it.
struct Listed {
    names: Vec<String>,
    bytes: u64,
    layers: Vec<String>,
}

impl Listed {
    /// Reads `NAMES BYTES LAYERS`.
    fn read(line: &str) -> Option<Self> {
        let (names, rest) = line.split_once("] ")?;
        let (bytes, layers) = rest.split_once(' ')?;
        Some(Self {
            names: serde_json::from_str(&format!("{names}]")).ok()?,
            bytes: bytes.parse().ok()?,
            // An image of no layers has `null`.
            layers: serde_json::from_str::<Option<_>>(layers).ok()?.unwrap_or_default(),
        })
    }
}

/// The size of an image is that of all its layers. Its own are those above the largest image that
/// it is built on.
fn shares(listed: &str) -> Vec<StoredImage> {
    let images: Vec<_> = listed.lines().filter_map(Listed::read).collect();
    let sizes: HashMap<_, _> =
        images.iter().map(|image| (image.layers.as_slice(), image.bytes)).collect();
    let below = |layers: &[String]| {
        (1..layers.len()).rev().find_map(|count| sizes.get(&layers[..count]).copied())
    };
    let mut seen = HashSet::new();
    let shares = images.iter().map(|image| {
        // Images that differ in their configuration alone share every layer.
        let is_first = seen.insert(image.layers.as_slice());
        let own = image.bytes.saturating_sub(below(&image.layers).unwrap_or_default());
        let own_bytes = if is_first { own } else { 0 };
        StoredImage { names: image.names.clone(), own_bytes }
    });
    shares.collect()
}
