//! The E2B protocol family, spoken by `novita`, `e2b` and `local`.
//!
//! The names are those of the JSON bodies; what a server does with them is described in the
//! [`platform`](crate::platform) table and in the documentation of the calls.

mod templates;

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use templates::{
    AliasResponse, AssignTags, AssignedTags, DeleteTags, TeamUser, TemplateBuild, TemplateDetails,
    TemplatePage, TemplateSummary, TemplateTag, UpdateTemplate, UpdatedTemplate,
};

/// The most log entries that one status answer carries.
pub const LOG_PAGE: usize = 100;

pub use crate::scalar::DEFAULT_TAG;

/// Text that may stand in a request but nowhere else: its `Debug` form hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sensitive(pub String);

impl fmt::Debug for Sensitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Body of `POST /v3/templates`: registers a build of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterRequest {
    /// `name`, `namespace/name`, either with an optional `:tag`.
    pub name: String,
    /// Labels of this build; none means [`DEFAULT_TAG`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Virtual CPUs of the sandbox.
    #[serde(rename = "cpuCount", default, skip_serializing_if = "Option::is_none")]
    pub cpu_count: Option<u64>,
    /// Memory of the sandbox in MiB.
    #[serde(rename = "memoryMB", default, skip_serializing_if = "Option::is_none")]
    pub memory_mb: Option<u64>,
    /// Free disk space after the build, in MiB.
    #[serde(rename = "minFreeDiskMb", default, skip_serializing_if = "Option::is_none")]
    pub min_free_disk_mb: Option<u64>,
}

/// Answer 202 to [`RegisterRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterResponse {
    /// Identifies the template through all its builds.
    #[serde(rename = "templateID")]
    pub template_id: String,
    /// Identifies this build; a UUID.
    #[serde(rename = "buildID")]
    pub build_id: String,
    /// Whether other teams may start sandboxes from the template.
    #[serde(default)]
    pub public: bool,
    /// The names with their namespace.
    #[serde(default)]
    pub names: Vec<String>,
    /// The tags as the server understood them.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The names without their namespace.
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// Answer 201 to `GET /templates/{templateID}/files/{filesHash}`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileLink {
    /// Something was stored under this hash before; the server does not know what.
    pub present: bool,
    /// Where to PUT the archive. The link expires and may work once only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Headers that the PUT must carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<BTreeMap<String, String>>,
}

impl fmt::Debug for FileLink {
    /// A link is a credential: whoever has it may write to the store. It is not printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileLink").field("present", &self.present).finish_non_exhaustive()
    }
}

/// Body of `POST /v2/templates/{templateID}/builds/{buildID}`: starts the build.
///
/// This is what `sbx compile` prints: the build-step JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartRequest {
    /// The image to start from; exactly one of this and `from_template` is set.
    #[serde(rename = "fromImage", default, skip_serializing_if = "Option::is_none")]
    pub from_image: Option<String>,
    /// The template to start from.
    #[serde(rename = "fromTemplate", default, skip_serializing_if = "Option::is_none")]
    pub from_template: Option<String>,
    /// How to sign in to the image's registry.
    #[serde(rename = "fromImageRegistry", default, skip_serializing_if = "Option::is_none")]
    pub from_image_registry: Option<ImageRegistry>,
    /// The command that is running when a sandbox starts.
    #[serde(rename = "startCmd", default, skip_serializing_if = "Option::is_none")]
    pub start_cmd: Option<String>,
    /// The command that exits 0 when the start command counts as healthy.
    #[serde(rename = "readyCmd", default, skip_serializing_if = "Option::is_none")]
    pub ready_cmd: Option<String>,
    /// Novita only: a script that is run on the base image before its first boot.
    #[serde(rename = "preBootScript", default, skip_serializing_if = "Option::is_none")]
    pub pre_boot_script: Option<String>,
    /// Ignore every cached layer.
    #[serde(default)]
    pub force: bool,
    /// The instructions, in order.
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// The credentials of an image's registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum ImageRegistry {
    /// Any registry that takes a user name and a password.
    #[serde(rename = "registry")]
    Basic {
        /// The user name.
        username: Sensitive,
        /// The password or token.
        password: Sensitive,
    },
    /// Amazon's Elastic Container Registry.
    #[serde(rename = "aws")]
    Aws {
        /// The access key's ID.
        #[serde(rename = "awsAccessKeyId")]
        access_key_id: Sensitive,
        /// The access key.
        #[serde(rename = "awsSecretAccessKey")]
        secret_access_key: Sensitive,
        /// The registry's region.
        #[serde(rename = "awsRegion")]
        region: String,
    },
    /// Google's Artifact Registry.
    #[serde(rename = "gcp")]
    Gcp {
        /// The service account's JSON text.
        #[serde(rename = "serviceAccountJson")]
        service_account_json: Sensitive,
    },
    /// Oracle's registry; novita only.
    #[serde(rename = "oci")]
    Oci {
        /// The tenancy's OCID.
        #[serde(rename = "tenancyOcid")]
        tenancy: String,
        /// The user's OCID.
        #[serde(rename = "userOcid")]
        user: String,
        /// The key's fingerprint.
        fingerprint: String,
        /// The key in PEM form.
        #[serde(rename = "privateKey")]
        private_key: Sensitive,
        /// The registry's region.
        region: String,
    },
    /// Huawei's registry; novita only.
    #[serde(rename = "huawei")]
    Huawei {
        /// The access key's ID.
        #[serde(rename = "accessKeyId")]
        access_key_id: Sensitive,
        /// The access key.
        #[serde(rename = "secretAccessKey")]
        secret_access_key: Sensitive,
        /// The registry's region.
        region: String,
    },
}

/// One build step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What the step does.
    #[serde(rename = "type")]
    pub kind: StepKind,
    /// COPY `[src, dest, owner, mode]` (`""` when unset), RUN `[command]` or `[command, user]`,
    /// ENV `[key, value, key, value…]`, WORKDIR `[path]`, USER `[name]`.
    #[serde(default)]
    pub args: Vec<String>,
    /// Ignore the cached layer of this step, and so of all that follow.
    #[serde(default)]
    pub force: bool,
    /// The archive of a COPY: 64 lower-case hexadecimal digits.
    #[serde(rename = "filesHash", default, skip_serializing_if = "Option::is_none")]
    pub files_hash: Option<String>,
    /// The archive was to be uploaded although one was present; the server takes no notice.
    #[serde(rename = "forceUpload", default, skip_serializing_if = "Option::is_none")]
    pub force_upload: Option<bool>,
}

/// The kinds of build steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum StepKind {
    /// Copy an uploaded archive's content into the template. Servers take `ADD` for the same.
    #[serde(alias = "ADD")]
    Copy,
    /// Run a shell command.
    Run,
    /// Set environment variables for what follows in the build. Servers take `ARG` for the same.
    #[serde(alias = "ARG")]
    Env,
    /// Set the working directory of what follows.
    Workdir,
    /// Set the user of what follows.
    User,
}

impl StepKind {
    /// The kind as it stands in the JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Copy => "COPY",
            Self::Run => "RUN",
            Self::Env => "ENV",
            Self::Workdir => "WORKDIR",
            Self::User => "USER",
        }
    }
}

/// Answer 200 to `GET /templates/{templateID}/builds/{buildID}/status?logsOffset=N`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildStatus {
    /// The template that is built.
    #[serde(rename = "templateID")]
    pub template_id: String,
    /// The build.
    #[serde(rename = "buildID")]
    pub build_id: String,
    /// Where the build stands.
    pub status: BuildState,
    /// The entries from the offset on, [`LOG_PAGE`] at most.
    #[serde(rename = "logEntries", default)]
    pub log_entries: Vec<LogEntry>,
    /// The old, plain form of the log; always empty for builds of this protocol.
    #[serde(default)]
    pub logs: Vec<String>,
    /// Why the build failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// Where a build stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BuildState {
    /// Registered, not started.
    Waiting,
    /// Running.
    Building,
    /// Done; sandboxes can be started.
    Ready,
    /// Failed, canceled or expired.
    Error,
    /// A state that a newer server may know.
    #[serde(untagged)]
    Other(String),
}

/// One line of a build's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// When it was written.
    pub timestamp: Timestamp,
    /// How much it matters.
    pub level: LogLevel,
    /// The line, without its line break; may hold terminal escape sequences.
    pub message: String,
    /// `"base"`, `"finalize"`, or a step's number counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
}

/// How much a log entry matters, least first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Of interest to the platform's developers.
    Debug,
    /// The normal output.
    Info,
    /// Something that may be wrong.
    Warn,
    /// Something that is wrong.
    Error,
    /// A level that a newer server may know.
    #[serde(untagged)]
    Other(String),
}

/// Why a build failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// What the platform says.
    pub message: String,
    /// `"base"`, `"finalize"`, a step's number counted from 1, `""`, or any other text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The step's warnings and errors among the entries of this answer.
    #[serde(rename = "logEntries", default, skip_serializing_if = "Option::is_none")]
    pub log_entries: Option<Vec<LogEntry>>,
}

/// Answer to `GET /templates/{templateID}/builds/{buildID}/logs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildLogs {
    /// The entries.
    pub logs: Vec<LogEntry>,
}

/// Every error's body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// The HTTP status once more.
    pub code: u16,
    /// What is wrong.
    pub message: String,
}
