//! The calls of `envd`, the program in a sandbox that runs processes and reads and writes files.
//!
//! They are calls of the Connect protocol with JSON bodies: an unary call is `POST
//! /package.Service/Method`, and each message of a stream is in an envelope (see [`connect`]). In
//! protobuf's JSON, zero values are left out, bytes are Base64, and 64-bit integers are strings.

pub mod connect;
mod filesystem;
mod process;
mod scalar;

pub use filesystem::{
    CreateWatcher, Created, EntryInfo, EventType, FileType, FilesystemEvent, ListDir, Listed, Move,
    OfPath, OfWatcher, WatchDir, WatchMessage, WatcherEvents, WithEntry,
};
pub use process::{
    CloseStdin, ConnectProcess, DataEvent, EndEvent, Input, InputMessage, ListedProcesses, Process,
    ProcessConfig, ProcessEvent, ProcessMessage, Pty, Selector, SendInput, SendSignal, Signal,
    Size, StartEvent, StartProcess, UpdateProcess,
};
pub use scalar::{Bytes, Empty};

/// The port of `envd` in a sandbox.
pub const PORT: u16 = 49983;

/// A file that was written, in the response to `POST /files`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct WrittenFile {
    /// Its name without directories.
    pub name: String,
    /// Its absolute path.
    pub path: String,
    /// Always `file`.
    #[serde(rename = "type", default)]
    pub kind: String,
}
