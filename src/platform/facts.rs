//! The facts of a platform, as capabilities that rules, checks and reports ask for.

use super::{Access, Distribution, Family, ROOT, Sdk};
use crate::registry::RegistryKind;

/// The rules for CPU, memory and disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourceRules {
    /// None are known.
    Unknown,
    /// Limits that a server's code enforces. Anything else is refused, so it is an error.
    Enforced(EnforcedLimits),
    /// Documented plans. Anything else is a warning.
    Plans(PlanLimits),
    /// Documented ranges. Anything else is a warning.
    Ranges(RangeLimits),
}

/// Limits of CPUs and memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnforcedLimits {
    /// Whether the number of CPUs is 1 or even, and the memory an even number of MiB.
    pub even: bool,
    /// The most CPUs.
    pub max_cpu: u64,
    /// The least memory in MiB.
    pub min_memory_mib: u64,
}

/// The memory depends on the number of CPUs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanLimits {
    /// The most CPUs.
    pub max_cpu: u64,
    /// The most memory in MiB.
    pub max_memory_mib: u64,
    /// The least memory per CPU in MiB.
    pub min_memory_per_cpu_mib: u64,
    /// The most memory per CPU in MiB.
    pub max_memory_per_cpu_mib: u64,
    /// The memory is a multiple of this, in MiB.
    pub memory_step_mib: u64,
}

/// Each resource has a range of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RangeLimits {
    /// The most CPUs.
    pub max_cpu: u64,
    /// The least memory, and the least disk space, in MiB.
    pub min_size_mib: u64,
    /// The most memory in MiB.
    pub max_memory_mib: u64,
    /// The most disk space in MiB.
    pub max_disk_mib: u64,
}

/// How the files of copies reach a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uploads {
    /// As archives, which are uploaded beside the requests and kept by their hash.
    Archives,
    /// As a part of the build request.
    Inline {
        /// The most bytes of all files together; 0 if a request carries none.
        limit: u64,
    },
}

/// The facts of one platform.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a capability of its own")]
pub struct Facts {
    /// The name in manifests and on the command line.
    pub name: &'static str,
    /// The calls that it answers. Only the factories of `lower` and `submit` look at this.
    pub family: Family,
    /// How it is reached; `None` for the one that runs in the same process.
    pub access: Option<Access>,
    /// The official SDK, if it takes a template step by step.
    pub sdk: Option<&'static Sdk>,

    /// The image behind `from.base`.
    pub base_image: &'static str,
    /// The namespace of images that are made for this platform's sandboxes alone.
    pub image_namespace: Option<&'static str>,
    /// The kinds of private registries that it can sign in to.
    pub registries: &'static [RegistryKind],
    /// The distributions that its provisioning supports; `None` if it provisions no images, or
    /// none are known.
    pub distributions: Option<&'static [Distribution]>,
    /// The packages of Debian that it installs into an image, with those that they depend on, as far
    /// as they have programs that scripts call.
    pub provisioned: &'static [&'static str],
    /// Whether a sandbox gets nothing of what the image declares: variables, working directory,
    /// command.
    pub drops_image_config: bool,

    /// Names that its own templates have, so that a manifest cannot use them.
    pub reserved_names: &'static [&'static str],
    /// Whether builds have tags.
    pub has_tags: bool,
    /// Whether a template can be shared with other teams.
    pub can_publish: bool,
    /// Whether a template cannot be built again under its name unless it is deleted first.
    pub immutable_templates: bool,
    /// Whether the list of templates has numbered pages, and not tokens.
    pub numbered_listing: bool,
    /// Whether sandboxes are created by the older form of the call alone.
    pub older_sandbox_routes: bool,

    /// The CPU count that its SDK sends by default.
    pub default_cpu: Option<u64>,
    /// The memory in MiB that its SDK sends by default.
    pub default_memory: Option<u64>,
    /// Whether a build can ask for disk space.
    pub has_disk: bool,
    /// The rules for CPU, memory and disk.
    pub resources: ResourceRules,

    /// The user of the first step.
    pub default_user: &'static str,
    /// Whether a build can let a user use `sudo` without a password.
    pub grants_sudo: bool,
    /// Whether there is no user but root.
    pub root_only: bool,
    /// The working directory of the first step on an image; `None` if it is the image's own.
    pub default_workdir: Option<&'static str>,
    /// Whether each step runs in a login shell, so that `/etc/profile` sets `PATH` again.
    pub steps_in_login_shell: bool,
    /// Whether a step ends only when every process that holds its standard output or standard error
    /// has closed them.
    pub waits_for_output: bool,
    /// Whether the standard input of a step is a pipe that stays open, and that nothing writes to.
    pub keeps_input_open: bool,
    /// Whether a shell of root expands the values of variables, regardless of the user.
    pub expands_as_root: bool,
    /// Whether `/tmp` may be emptied between two steps, and is before the start command.
    pub clears_tmp: bool,
    /// Whether `/etc/ssl/certs` is filled at each boot from what `update-ca-certificates` makes at
    /// the end of the build, so that what steps write there is lost.
    pub reseeds_certificates: bool,
    /// Whether the end of a build gives `/home/user` to its user and opens `/usr/local`.
    pub resets_ownership: bool,
    /// Whether a build can ignore cached layers.
    pub has_cache_control: bool,
    /// Whether a command can be run on the base image before its first boot.
    pub has_pre_boot: bool,
    /// Whether a build waits until the start command is ready.
    pub has_ready: bool,
    /// How the files of copies get there.
    pub uploads: Uploads,

    /// Whether a build has its IDs before it is started: without them, nothing was started.
    pub registers_builds: bool,
    /// Whether a failed build names the step that failed.
    pub names_failed_step: bool,
}

/// Default facts: no special capability.
pub(super) const NEUTRAL: Facts = Facts {
    name: "",
    family: Family::E2b,
    access: None,
    sdk: None,
    base_image: "",
    image_namespace: None,
    registries: &[],
    distributions: None,
    provisioned: &[],
    drops_image_config: false,
    reserved_names: &[],
    has_tags: false,
    can_publish: false,
    immutable_templates: false,
    numbered_listing: false,
    older_sandbox_routes: false,
    default_cpu: None,
    default_memory: None,
    has_disk: false,
    resources: ResourceRules::Unknown,
    default_user: ROOT,
    grants_sudo: false,
    root_only: false,
    default_workdir: None,
    steps_in_login_shell: false,
    waits_for_output: false,
    keeps_input_open: false,
    expands_as_root: false,
    clears_tmp: false,
    reseeds_certificates: false,
    resets_ownership: false,
    has_cache_control: false,
    has_pre_boot: false,
    has_ready: false,
    uploads: Uploads::Inline { limit: 0 },
    registers_builds: false,
    names_failed_step: false,
};

/// The limits in the code of E2B's open server.
pub(super) const OPEN_SERVER: EnforcedLimits =
    EnforcedLimits { even: true, max_cpu: 32, min_memory_mib: 128 };

/// What provisioning installs on Debian and Ubuntu: the list of the open server
/// (`build/phases/base/distro/distro.go`), with `procps` because of `openssh-server` and `python3`
/// because of `nfs-common`, as `apt-get -s install --no-install-recommends` says on Debian 12.
const PROVISIONED: &[&str] = &[
    "ca-certificates",
    "curl",
    "git",
    "iproute2",
    "iputils-ping",
    "jq",
    "less",
    "openssh-client",
    "openssh-server",
    "openssl",
    "procps",
    "python3",
    "socat",
    "sudo",
    "systemd",
];

/// What the platforms that share E2B's builder have in common.
pub(super) const E2B_FAMILY: Facts = Facts {
    family: Family::E2b,
    has_tags: true,
    can_publish: true,
    default_user: "user",
    provisioned: PROVISIONED,
    default_workdir: Some("/home/user"),
    steps_in_login_shell: true,
    // `Handler.Wait` of the open server's `envd` waits for the end of both pipes, and `New` opens a
    // pipe for standard input (`internal/services/process/handler/handler.go`).
    waits_for_output: true,
    keeps_input_open: true,
    expands_as_root: true,
    clears_tmp: true,
    resets_ownership: true,
    has_cache_control: true,
    has_ready: true,
    resources: ResourceRules::Enforced(OPEN_SERVER),
    uploads: Uploads::Archives,
    registers_builds: true,
    names_failed_step: true,
    ..NEUTRAL
};
