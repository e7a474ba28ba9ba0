//! `process.Process`

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::scalar::{Bytes, Empty, is_false, is_zero, is_zero_signed};
use crate::wire::e2b::Sensitive;

/// Request of `Start`, a stream of [`ProcessMessage`]. `Connect-Timeout-Ms` bounds the stream and
/// kills the process then.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StartProcess {
    /// The command.
    #[serde(default)]
    pub process: ProcessConfig,
    /// Its terminal, if it gets one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pty: Option<Pty>,
    /// A name, by which it can be selected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Whether its standard input can be written to; the default is that it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdin: Option<bool>,
}

/// What is run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ProcessConfig {
    /// The program.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cmd: String,
    /// Its arguments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// Its variables beside those of the user and of the sandbox.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub envs: BTreeMap<String, Sensitive>,
    /// Its directory; relative ones and `~` are those of the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
}

/// A terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pty {
    /// Its size.
    #[serde(default)]
    pub size: Size,
}

/// The size of a terminal in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Size {
    /// Columns.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cols: u32,
    /// Rows.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rows: u32,
}

/// A message of the streams `Start` and `Connect`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessMessage {
    /// What happened.
    pub event: ProcessEvent,
}

/// What happened to a process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProcessEvent {
    /// It runs. This is the first event.
    Start(StartEvent),
    /// It has written something.
    Data(DataEvent),
    /// It has ended. This is the last event.
    End(EndEvent),
    /// It is silent.
    Keepalive(Empty),
}

/// A process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StartEvent {
    /// Its ID in the sandbox.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub pid: u32,
}

/// What a process has written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DataEvent {
    /// To its standard output.
    Stdout(Bytes),
    /// To its standard error.
    Stderr(Bytes),
    /// To its terminal.
    Pty(Bytes),
}

/// How a process has ended.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EndEvent {
    /// Its exit code; -1 if a signal ended it.
    #[serde(rename = "exitCode", default, skip_serializing_if = "is_zero_signed")]
    pub exit_code: i32,
    /// Whether it has exited by itself.
    #[serde(default, skip_serializing_if = "is_false")]
    pub exited: bool,
    /// `exit status 1` or `signal: killed`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub status: String,
    /// Why it is not successful.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Selects a process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Selector {
    /// By its ID.
    Pid(u32),
    /// By its tag.
    Tag(String),
}

/// Request of `Connect`, a stream of [`ProcessMessage`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectProcess {
    /// The process.
    pub process: Selector,
}

/// Response of `List`, whose request is [`Empty`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListedProcesses {
    /// The running processes that calls have started.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub processes: Vec<Process>,
}

/// A running process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// The command.
    #[serde(default)]
    pub config: ProcessConfig,
    /// Its ID.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub pid: u32,
    /// Its tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
}

/// Request of `SendInput`. The response is [`Empty`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendInput {
    /// The process.
    pub process: Selector,
    /// The input.
    pub input: Input,
}

/// What is written to a process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Input {
    /// To its standard input.
    Stdin(Bytes),
    /// To its terminal.
    Pty(Bytes),
}

/// A message of the stream `StreamInput`, which the client sends. The response is [`Empty`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InputMessage {
    /// The first: the process.
    Start {
        /// The process.
        process: Selector,
    },
    /// What is written to it.
    Data {
        /// The input.
        input: Input,
    },
    /// The client is silent.
    Keepalive(Empty),
}

/// Request of `CloseStdin`. The response is [`Empty`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloseStdin {
    /// The process, which has no terminal.
    pub process: Selector,
}

/// Request of `SendSignal`. The response is [`Empty`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendSignal {
    /// The process.
    pub process: Selector,
    /// The signal.
    pub signal: Signal,
}

/// The signals that can be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Signal {
    /// Asks it to end.
    #[serde(rename = "SIGNAL_SIGTERM")]
    Terminate,
    /// Ends it.
    #[serde(rename = "SIGNAL_SIGKILL")]
    Kill,
}

/// Request of `Update`. The response is [`Empty`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateProcess {
    /// The process.
    pub process: Selector,
    /// The new size of its terminal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pty: Option<Pty>,
}
