//! Sandboxes in Declaw's protocol, as the client PyPI `declaw` 1.7.0 speaks it.
//!
//! The calls into a sandbox go to the platform's API, too. What a process writes comes as
//! [server-sent events](crate::wire::server_events).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::e2b::Sensitive;
use super::super::envd::{Bytes, Size};
use super::super::id;

/// The header by which the platform knows that a call to create a sandbox is repeated.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The code of a refusal (409) that says to repeat the call: the sandbox of the first one is still
/// being created. Another code with that status is `template_not_ready`.
pub const IN_PROGRESS: &str = "idempotency_in_progress";

/// The name of the event that ends a process; its data is an [`Exit`].
pub const EXIT: &str = "exit";

/// The names of the events of a command's output; their data is a [`Chunk`].
pub const STDOUT: &str = "stdout";
/// The same for its standard error.
pub const STDERR: &str = "stderr";

/// The name of the events of a terminal's output; their data is a [`Chunk`]. The name may be absent.
pub const DATA: &str = "data";

/// Body of `POST /sandboxes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateSandbox {
    /// The alias of a template.
    pub template: String,
    /// The lifetime in seconds.
    pub timeout: u64,
    /// Whether calls need the key, which is the client's default.
    pub secure: bool,
    /// What lists show.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

/// Response to [`CreateSandbox`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxCreated {
    /// The ID of the sandbox.
    #[serde(deserialize_with = "id::read")]
    pub sandbox_id: String,
}

/// Response to `GET /sandboxes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxList {
    /// One page of the sandboxes; `null` if there are none.
    #[serde(default)]
    pub sandboxes: Option<Vec<SandboxSummary>>,
    /// What asks for the next page; absent or empty on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A sandbox in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxSummary {
    /// The ID of the sandbox.
    #[serde(deserialize_with = "id::read")]
    pub sandbox_id: String,
    /// What its creator gave it.
    #[serde(default)]
    pub metadata: Option<BTreeMap<String, String>>,
}

/// Body of `PATCH /sandboxes/{id}/timeout`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetTimeout {
    /// The lifetime from now on in seconds.
    pub timeout: u64,
}

/// Body of `POST /sandboxes/{id}/stdio`: starts a command with an open standard input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartCommand {
    /// A line for `sh -c`.
    pub cmd: String,
    /// Who runs it.
    pub user: String,
    /// Variables of the command alone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub envs: BTreeMap<String, Sensitive>,
    /// The directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
}

/// Response to [`StartCommand`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandStarted {
    /// The ID of the command.
    #[serde(deserialize_with = "id::read")]
    pub cmd_id: String,
}

/// Body of `POST /sandboxes/{id}/pty`: starts a login shell in a terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartTerminal {
    /// The size of the terminal.
    pub size: Size,
    /// Who runs the shell.
    pub user: String,
    /// The directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// Variables of the shell.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub envs: BTreeMap<String, Sensitive>,
    /// When the platform ends it, in seconds.
    pub timeout: u64,
}

/// Response to [`StartTerminal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalStarted {
    /// The ID of the shell.
    pub pid: u64,
}

/// What a process wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// Grows from chunk to chunk. `GET …/stdio/{cmd_id}/stream?last_entry_id=` goes on after it; a
    /// terminal's output has none.
    #[serde(default)]
    pub entry_id: u64,
    /// The bytes.
    #[serde(default)]
    pub data: Bytes,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// The exit code; negative if there is none, as for a process that a signal ended.
    pub exit_code: i64,
}

/// Response to `DELETE …/stdio/{cmd_id}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Killed {
    /// Whether there was a process to kill.
    #[serde(default)]
    pub killed: bool,
}

/// Body of `POST …/stdio/{cmd_id}/stdin`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandInput {
    /// The bytes.
    pub data: Bytes,
}

/// Body of `POST …/pty/{pid}/stdin`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalInput {
    /// The keys, which are text and not Base64.
    pub data: Sensitive,
}

/// Body of `PATCH …/pty/{pid}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResizeTerminal {
    /// The new size.
    pub size: Size,
}
