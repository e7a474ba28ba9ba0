//! The E2B protocol family, spoken by `novita`, `e2b` and `local`.
//!
//! The names are those of the JSON bodies. The behaviour of servers is described in
//! [`platform`](crate::platform) and in the documentation of the requests.

mod history;
pub mod layer_key;
mod layer_line;
mod log_entry;
mod templates;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use history::{TagAssignment, TagCount, TagGroup, TagGroups, TagHistory};
pub use layer_line::{LEFT_OUT, LayerLine};
pub use log_entry::{LogEntry, LogLevel};
pub use templates::{
    AliasResponse, AssignTags, AssignedTags, DeleteTags, TagExists, TeamUser, TemplateBuild,
    TemplateDetails, TemplatePage, TemplateSummary, TemplateTag, UpdateTemplate, UpdatedTemplate,
};

/// The largest number of log entries in one status response.
pub const LOG_PAGE: usize = 100;

use super::{id, local};
pub use crate::scalar::DEFAULT_TAG;
use crate::secrets::PLACEHOLDER;

/// Text that may occur in a request but nowhere else: `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sensitive(pub String);

impl fmt::Debug for Sensitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PLACEHOLDER)
    }
}

/// Body of `POST /v3/templates`: registers a build of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterRequest {
    /// `name`, `namespace/name`, either with an optional `:tag`.
    pub name: String,
    /// The tags of this build; none means [`DEFAULT_TAG`].
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

/// Response 202 to [`RegisterRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterResponse {
    /// The ID of the template, the same for all its builds.
    #[serde(rename = "templateID", deserialize_with = "id::read")]
    pub template_id: String,
    /// The ID of this build; a UUID.
    #[serde(rename = "buildID", deserialize_with = "id::read")]
    pub build_id: String,
    /// Whether other teams can start sandboxes from the template.
    #[serde(default)]
    pub public: bool,
    /// The names with their namespace.
    #[serde(default)]
    pub names: Vec<String>,
    /// The normalized tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The names without their namespace.
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// Response 201 to `GET /templates/{templateID}/files/{filesHash}`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileLink {
    /// Whether something is stored under this hash, which the server does not verify.
    pub present: bool,
    /// The URL to `PUT` the archive to. It expires and may work only once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The headers that the `PUT` must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<BTreeMap<String, String>>,
}

impl fmt::Debug for FileLink {
    /// Hides the link, which is a credential to write to the store.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileLink").field("present", &self.present).finish_non_exhaustive()
    }
}

/// Body of `POST /v2/templates/{templateID}/builds/{buildID}`: starts the build.
///
/// `sbx compile` prints it as the build-step JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartRequest {
    /// The base image; exactly one of this and `from_template` is set.
    #[serde(rename = "fromImage", default, skip_serializing_if = "Option::is_none")]
    pub from_image: Option<String>,
    /// The parent template.
    #[serde(rename = "fromTemplate", default, skip_serializing_if = "Option::is_none")]
    pub from_template: Option<String>,
    /// The credentials for the image's registry.
    #[serde(rename = "fromImageRegistry", default, skip_serializing_if = "Option::is_none")]
    pub from_image_registry: Option<ImageRegistry>,
    /// The start command.
    #[serde(rename = "startCmd", default, skip_serializing_if = "Option::is_none")]
    pub start_cmd: Option<String>,
    /// The readiness check: a command that exits with 0 when the sandbox is ready.
    #[serde(rename = "readyCmd", default, skip_serializing_if = "Option::is_none")]
    pub ready_cmd: Option<String>,
    /// Novita only: a script that runs on the base image before its first boot.
    #[serde(rename = "preBootScript", default, skip_serializing_if = "Option::is_none")]
    pub pre_boot_script: Option<String>,
    /// Whether to ignore every cached layer.
    #[serde(default)]
    pub force: bool,
    /// The instructions, in order.
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// Credentials for an image registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum ImageRegistry {
    /// Any registry with a user name and a password.
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
    /// The kind of the step.
    #[serde(rename = "type")]
    pub kind: StepKind,
    /// COPY `[src, dest, owner, mode]` (`""` when unset), RUN `[command]` or `[command, user]`,
    /// ENV `[key, value, key, value…]`, WORKDIR `[path]`, USER `[name]`.
    #[serde(default)]
    pub args: Vec<String>,
    /// Whether to ignore the cached layer of this step, and therefore of all later ones.
    #[serde(default)]
    pub force: bool,
    /// The hash of the archive of a COPY: 64 lower-case hexadecimal digits.
    #[serde(rename = "filesHash", default, skip_serializing_if = "Option::is_none")]
    pub files_hash: Option<String>,
    /// Whether the archive was uploaded even if one was present; servers ignore it.
    #[serde(rename = "forceUpload", default, skip_serializing_if = "Option::is_none")]
    pub force_upload: Option<bool>,
}

/// The kinds of build steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum StepKind {
    /// Copies the content of an uploaded archive. Servers treat `ADD` the same.
    #[serde(alias = "ADD")]
    Copy,
    /// Runs a shell command.
    Run,
    /// Sets environment variables for later steps. Servers treat `ARG` the same.
    #[serde(alias = "ARG")]
    Env,
    /// Sets the working directory of later steps.
    Workdir,
    /// Sets the user of later steps.
    User,
}

impl StepKind {
    /// The name of the kind in the JSON.
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

/// Response 200 to `GET /templates/{templateID}/builds/{buildID}/status?logsOffset=N`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildStatus<E = LogEntry> {
    /// The template that is built.
    #[serde(rename = "templateID")]
    pub template_id: String,
    /// The build.
    #[serde(rename = "buildID")]
    pub build_id: String,
    /// The state of the build.
    pub status: BuildState,
    /// The log entries from the offset on, at most [`LOG_PAGE`].
    #[serde(rename = "logEntries", default)]
    pub log_entries: Vec<E>,
    /// The legacy plain form of the log; always empty for builds of this protocol.
    #[serde(default)]
    pub logs: Vec<String>,
    /// Why the build failed. A waiting build has neither a reason nor a log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// On the local platform: whether the build is ready, and its steps were only recorded.
    #[serde(default, deserialize_with = "local::is_true", skip_serializing_if = "local::is_false")]
    pub recorded: bool,
    /// On the local platform: why no step was run, if it is known.
    #[serde(
        rename = "recordedReason",
        default,
        deserialize_with = "local::text",
        skip_serializing_if = "Option::is_none"
    )]
    pub recorded_reason: Option<String>,
}

/// The state of a build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BuildState {
    /// Registered, but not started.
    Waiting,
    /// Running.
    Building,
    /// Finished; sandboxes can be started.
    Ready,
    /// Failed, cancelled or expired.
    Error,
    /// A state of a newer server.
    #[serde(untagged)]
    Other(String),
}

/// Why a build failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The platform's message.
    #[serde(default)]
    pub message: String,
    /// As in [`LogEntry`], or `""`, or any other text. A build that was cancelled or timed out and
    /// an internal error have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The warnings and errors of the step among the entries of this response: not the whole log,
    /// and perhaps not the line that failed.
    #[serde(rename = "logEntries", default, skip_serializing_if = "Option::is_none")]
    pub log_entries: Option<Vec<LogEntry>>,
}

/// Response to `GET /templates/{templateID}/builds/{buildID}/logs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildLogs<E = LogEntry> {
    /// The entries.
    pub logs: Vec<E>,
}

/// The body of every error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// The HTTP status.
    pub code: u16,
    /// The error message.
    pub message: String,
}
