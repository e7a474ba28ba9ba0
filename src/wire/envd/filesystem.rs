//! `filesystem.Filesystem`

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::scalar::{Empty, int64, is_false, is_zero};

/// Request of `Stat`, `MakeDir` and `Remove`. The response is [`WithEntry`], of `Remove`
/// [`Empty`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OfPath {
    /// The path; relative ones and `~` are those of the user.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
}

/// Request of `Move`. The response is [`WithEntry`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Move {
    /// The path that exists.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// The new one, which is replaced if it exists.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub destination: String,
}

/// A response with a file, directory or link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithEntry {
    /// What it is.
    pub entry: EntryInfo,
}

/// A file, directory or link.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EntryInfo {
    /// Its name without directories.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Its type; of a link, that of its target.
    #[serde(rename = "type", default, skip_serializing_if = "FileType::is_unspecified")]
    pub kind: FileType,
    /// Its absolute path.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Its size in bytes.
    #[serde(default, with = "int64", skip_serializing_if = "int64::is_zero")]
    pub size: i64,
    /// Its permission bits.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub mode: u32,
    /// Its type and permissions as Go writes them, such as `-rw-r--r--`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub permissions: String,
    /// The name of its owner, or the number.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// The name of its group, or the number.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// When its content was last changed.
    #[serde(rename = "modifiedTime", default, skip_serializing_if = "Option::is_none")]
    pub modified_time: Option<Timestamp>,
    /// Of a link, its target.
    #[serde(rename = "symlinkTarget", default, skip_serializing_if = "Option::is_none")]
    pub symlink_target: Option<String>,
    /// What was stored with it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

/// The type of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum FileType {
    /// None of the others.
    #[default]
    #[serde(rename = "FILE_TYPE_UNSPECIFIED")]
    Unspecified,
    /// A regular file.
    #[serde(rename = "FILE_TYPE_FILE")]
    File,
    /// A directory.
    #[serde(rename = "FILE_TYPE_DIRECTORY")]
    Directory,
    /// A symbolic link, whose target does not exist.
    #[serde(rename = "FILE_TYPE_SYMLINK")]
    Symlink,
}

impl FileType {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
    const fn is_unspecified(&self) -> bool {
        matches!(self, Self::Unspecified)
    }
}

/// Request of `ListDir`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListDir {
    /// The directory.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// How many levels to list; 0 counts as 1.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub depth: u32,
}

/// Response to [`ListDir`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Listed {
    /// The entries, each directory before its content.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<EntryInfo>,
}

/// Request of `WatchDir`, a stream of [`WatchMessage`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WatchDir {
    /// The directory.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Whether the directories below it are watched, too.
    #[serde(default, skip_serializing_if = "is_false")]
    pub recursive: bool,
    /// Whether events have the entry.
    #[serde(rename = "includeEntry", default, skip_serializing_if = "is_false")]
    pub include_entry: bool,
    /// Whether file systems of other machines can be watched.
    #[serde(rename = "allowNetworkMounts", default, skip_serializing_if = "is_false")]
    pub allow_network_mounts: bool,
}

/// Request of `CreateWatcher`, which collects events until they are asked for.
pub type CreateWatcher = WatchDir;

/// Response to [`CreateWatcher`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Created {
    /// The watcher.
    #[serde(rename = "watcherId", default)]
    pub watcher_id: String,
}

/// Request of `GetWatcherEvents` and of `RemoveWatcher`, whose response is [`Empty`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OfWatcher {
    /// The watcher.
    #[serde(rename = "watcherId", default)]
    pub watcher_id: String,
}

/// Response of `GetWatcherEvents`: what happened since the last one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WatcherEvents {
    /// The events.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<FilesystemEvent>,
}

/// A message of the stream `WatchDir`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WatchMessage {
    /// The first: the directory is watched.
    Start(Empty),
    /// Something has changed.
    Filesystem(Box<FilesystemEvent>),
    /// Nothing has changed.
    Keepalive(Empty),
}

/// Something in a directory has changed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FilesystemEvent {
    /// The path relative to the watched directory.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What happened.
    #[serde(rename = "type", default)]
    pub kind: EventType,
    /// The entry, if it was asked for and exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<EntryInfo>,
}

/// What happened to an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum EventType {
    /// Something that has no name here.
    #[default]
    #[serde(rename = "EVENT_TYPE_UNSPECIFIED")]
    Unspecified,
    /// It is new.
    #[serde(rename = "EVENT_TYPE_CREATE")]
    Create,
    /// It was written to.
    #[serde(rename = "EVENT_TYPE_WRITE")]
    Write,
    /// It was removed.
    #[serde(rename = "EVENT_TYPE_REMOVE")]
    Remove,
    /// It got another name or place.
    #[serde(rename = "EVENT_TYPE_RENAME")]
    Rename,
    /// Its mode or owner was changed.
    #[serde(rename = "EVENT_TYPE_CHMOD")]
    Chmod,
}
