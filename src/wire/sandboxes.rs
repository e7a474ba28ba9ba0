//! The control plane of sandboxes in the E2B protocol family.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::e2b::Sensitive;
use super::id;

/// Body of `POST /v2/sandboxes`, and of its older form `POST /sandboxes`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CreateSandbox {
    /// `name`, `name:tag`, `ID`, `ID:tag`, or either with a build's UUID in place of the tag.
    #[serde(rename = "templateID")]
    pub template_id: String,
    /// The lifetime in seconds. Servers default to 300, and to 15 in the older form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
    /// What lists can be filtered by.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// The variables of every process.
    #[serde(rename = "envVars", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env_vars: BTreeMap<String, Sensitive>,
    /// Whether calls need a token. The newer form always asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secure: Option<bool>,
    /// Whether the sandbox is paused at its timeout instead of killed.
    #[serde(rename = "autoPause", default, skip_serializing_if = "Option::is_none")]
    pub auto_pause: Option<bool>,
    /// Whether calls resume a paused sandbox.
    #[serde(rename = "autoResume", default, skip_serializing_if = "Option::is_none")]
    pub auto_resume: Option<AutoResume>,
    /// Whether the sandbox can connect to the internet, which is the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_internet_access: Option<bool>,
    /// Rules for its network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Value>,
    /// Servers of the Model Context Protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mcp: Option<Value>,
    /// Volumes of the platform.
    #[serde(rename = "volumeMounts", default, skip_serializing_if = "Vec::is_empty")]
    pub volume_mounts: Vec<Value>,
    /// Secrets that the platform keeps; novita only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secrets: Option<Value>,
}

/// Whether calls resume a paused sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AutoResume {
    /// Whether they do.
    #[serde(default)]
    pub enabled: bool,
}

/// Response 201 to [`CreateSandbox`]; response 200 (it was running) or 201 (it was paused) to
/// [`ConnectSandbox`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sandbox {
    /// The ID of the sandbox: lower-case letters and digits.
    #[serde(rename = "sandboxID", deserialize_with = "id::read")]
    pub sandbox_id: String,
    /// The ID of its template.
    #[serde(rename = "templateID", default)]
    pub template_id: String,
    /// The name of its template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// Without a meaning today.
    #[serde(rename = "clientID", default)]
    pub client_id: String,
    /// The version of `envd`, the program in the sandbox that the calls of
    /// [`envd`](super::envd) reach. It says which of them it knows.
    #[serde(rename = "envdVersion", default)]
    pub envd_version: String,
    /// What these calls must send as `X-Access-Token`.
    #[serde(rename = "envdAccessToken", default, skip_serializing_if = "Option::is_none")]
    pub envd_access_token: Option<Sensitive>,
    /// What requests to other ports must send.
    #[serde(rename = "trafficAccessToken", default, skip_serializing_if = "Option::is_none")]
    pub traffic_access_token: Option<Sensitive>,
    /// The domain below which the ports have host names; `None` is the platform's usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
}

/// Body of `POST /v2/sandboxes/{sandboxID}/connect`, and of its older form below `/sandboxes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ConnectSandbox {
    /// The lifetime from now on in seconds; it is extended and never shortened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
}

/// Body of `POST /sandboxes/{sandboxID}/timeout`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetTimeout {
    /// The lifetime from now on in seconds.
    pub timeout: u64,
}

/// Body of `POST /sandboxes/{sandboxID}/pause`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PauseSandbox {
    /// Whether the memory is kept, which is the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<bool>,
}

/// A sandbox in the response to `GET /v2/sandboxes`, and the response to `GET /sandboxes/{sandboxID}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxDetails {
    /// The ID of the sandbox.
    #[serde(rename = "sandboxID", deserialize_with = "id::read")]
    pub sandbox_id: String,
    /// The ID of its template.
    #[serde(rename = "templateID", default)]
    pub template_id: String,
    /// The name of its template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// Without a meaning today.
    #[serde(rename = "clientID", default)]
    pub client_id: String,
    /// When it was started or resumed.
    #[serde(rename = "startedAt")]
    pub started_at: Timestamp,
    /// When it ends.
    #[serde(rename = "endAt")]
    pub end_at: Timestamp,
    /// Virtual CPUs.
    #[serde(rename = "cpuCount", default)]
    pub cpu_count: u64,
    /// Memory in MiB.
    #[serde(rename = "memoryMB", default)]
    pub memory_mb: u64,
    /// Disk space in MiB.
    #[serde(rename = "diskSizeMB", default)]
    pub disk_size_mb: u64,
    /// Its state.
    pub state: SandboxState,
    /// The version of `envd`.
    #[serde(rename = "envdVersion", default)]
    pub envd_version: String,
    /// What lists can be filtered by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, String>>,
    /// As in [`Sandbox`]; lists do not have it.
    #[serde(rename = "envdAccessToken", default, skip_serializing_if = "Option::is_none")]
    pub envd_access_token: Option<Sensitive>,
    /// As in [`Sandbox`]; lists do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// What happens at its timeout; lists do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<Lifecycle>,
}

/// The state of a sandbox that exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SandboxState {
    /// It runs.
    Running,
    /// It is paused, and connecting resumes it.
    Paused,
    /// A state of a newer server.
    #[serde(untagged)]
    Other(String),
}

/// What happens at the timeout of a sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifecycle {
    /// `kill` or `pause`.
    #[serde(rename = "onTimeout")]
    pub on_timeout: String,
    /// Whether calls resume it.
    #[serde(rename = "autoResume", default)]
    pub auto_resume: bool,
}

/// What a sandbox uses at a time, in the response to `GET /sandboxes/{sandboxID}/metrics`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SandboxMetric {
    /// The time.
    pub timestamp: Timestamp,
    /// The time in seconds since 1970.
    #[serde(rename = "timestampUnix", default)]
    pub timestamp_unix: i64,
    /// Virtual CPUs.
    #[serde(rename = "cpuCount", default)]
    pub cpu_count: u64,
    /// Their use in percent, 100 for each CPU.
    #[serde(rename = "cpuUsedPct", default)]
    pub cpu_used_percent: f64,
    /// Memory in use, in bytes.
    #[serde(rename = "memUsed", default)]
    pub memory_used: u64,
    /// Memory in bytes.
    #[serde(rename = "memTotal", default)]
    pub memory_total: u64,
    /// Disk space in use, in bytes.
    #[serde(rename = "diskUsed", default)]
    pub disk_used: u64,
    /// Disk space in bytes.
    #[serde(rename = "diskTotal", default)]
    pub disk_total: u64,
}

/// Whether a value of a request asks for something: `null`, `{}` and `[]` do not.
#[must_use]
pub fn asks_for_something(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Object(object)) => !object.is_empty(),
        Some(Value::Array(array)) => !array.is_empty(),
        Some(_) => true,
    }
}
