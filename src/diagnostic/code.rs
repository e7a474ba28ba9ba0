//! The table of codes: every problem that `sbx` can report, with its severity, topic, summary and
//! page.
//!
//! A code is a contract: people silence it, look it up and match on it. It is never reused for
//! another problem. Tests check that each has a page with examples and a UI case, and that the head
//! of the page repeats this table.

mod renamed;

use super::{Severity, Topic};

/// One row of the table.
struct Entry {
    name: &'static str,
    severity: Severity,
    topic: Topic,
    summary: &'static str,
    page: &'static str,
    url: &'static str,
}

/// Makes the enumeration and its table from one list.
macro_rules! codes {
    ($($variant:ident $name:literal $severity:ident $topic:ident $summary:literal)*) => {
        /// Names a kind of problem.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $summary] $variant,)*
        }

        impl Code {
            /// Every code, errors before warnings.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            const fn entry(self) -> Entry {
                match self {
                    $(Self::$variant => Entry {
                        name: $name,
                        severity: Severity::$severity,
                        topic: Topic::$topic,
                        summary: $summary,
                        page: include_str!(concat!("../../docs/codes/", $name, ".md")),
                        url: concat!(
                            env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/codes/", $name, ".md"
                        ),
                    },)*
                }
            }
        }
    };
}

codes! {
    TomlSyntax "toml-syntax" Error Manifest "the file is not valid TOML"
    ManifestTooLarge "manifest-too-large" Error Manifest "the manifest is larger than 1 MiB"
    NotUtf8 "not-utf8" Error Manifest "the file is not valid UTF-8"
    UnreadableFile "unreadable-file" Error Manifest "a file is missing or cannot be read"
    OutsideProject "outside-project" Error Secrets "the manifest names a file outside of its project"
    UnknownKey "unknown-key" Error Manifest "a key is not part of the manifest language"
    MissingKey "missing-key" Error Manifest "a required key is missing"
    WrongType "wrong-type" Error Manifest "a value has the wrong type"
    ConflictingKeys "conflicting-keys" Error Manifest "two keys exclude each other"
    EmptyValue "empty-value" Error Manifest "a value is empty that must not be"
    InvalidValue "invalid-value" Error Manifest "a key does not accept this value"
    UnknownEdition "unknown-edition" Error Manifest "the manifest uses an edition that this version of `sbx` does not know"
    InvalidName "invalid-name" Error Naming "the template name is not valid"
    TagInName "tag-in-name" Error Naming "the template name contains a tag"
    InvalidTag "invalid-tag" Error Naming "a tag is not valid"
    DuplicateTag "duplicate-tag" Error Naming "a tag is listed twice"
    ReservedTag "reserved-tag" Error Naming "a tag begins with `sbx-`"
    InvalidTagVariable "invalid-tag-variable" Error Naming "a variable in a tag is malformed or names a secret"
    UnsetTagVariable "unset-tag-variable" Error Naming "a variable in a tag is not set"
    InvalidProfile "invalid-profile" Error Manifest "the name of a profile is not valid"
    UnknownProfile "unknown-profile" Error Manifest "the manifest has no profile of this name"
    InvalidResources "invalid-resources" Error Platform "the platform does not offer these resources"
    InvalidSize "invalid-size" Error Manifest "a size is not written in MiB or GiB"
    InvalidDuration "invalid-duration" Error Manifest "a duration has no valid unit or length"
    InvalidMode "invalid-mode" Error Manifest "a file mode is not a usable octal number"
    UnquotedVersion "unquoted-version" Error Manifest "a version is written as a number instead of a string"
    InvalidImage "invalid-image" Error Image "an image reference is not valid"
    InvalidEnvName "invalid-env-name" Error Variables "a variable name is not valid in a shell"
    InvalidReference "invalid-reference" Error Variables "a value uses an unsupported form of `${…}`"
    UnresolvedReference "unresolved-reference" Error Variables "a word refers to a variable whose value is not known"
    CyclicReference "cyclic-reference" Error Variables "variables refer to each other in a cycle"
    InvalidPort "invalid-port" Error Start "a port is outside the range 1 to 65535"
    InvalidUrl "invalid-url" Error Start "a URL is incomplete or malformed"
    InvalidPath "invalid-path" Error Context "a path cannot be copied or written"
    SourceNotFound "source-not-found" Error Context "a `copy` source matches no file"
    SourceIgnored "source-ignored" Error Context "a `copy` source matches only ignored files"
    SourceOutsideContext "source-outside-context" Error Context "a `copy` source is outside the build context"
    InvalidUser "invalid-user" Error Commands "a user is not given by name"
    UnsafeCopyPath "unsafe-copy-path" Error Context "a path contains characters that the platform's shell would interpret"
    DockerfileSyntax "dockerfile-syntax" Error Dockerfile "the Dockerfile has a syntax error"
    DockerfileUnsupported "dockerfile-unsupported" Error Dockerfile "the Dockerfile uses a feature that templates cannot reproduce"
    ReservedVariable "reserved-variable" Error Secrets "a secret refers to the API key of a platform"
    SecretNeedsConsent "secret-needs-consent" Error Secrets "a secret of the manifest would be sent without a person's consent"
    PushNeedsConsent "push-needs-consent" Error Secrets "an image would be pushed to a registry without a person's consent"
    UnsetSecret "unset-secret" Error Secrets "a secret that a request needs is not set"
    UnsupportedOnPlatform "unsupported-on-platform" Error Platform "the platform does not support a feature that the manifest needs"
    ImageNotFound "image-not-found" Error Image "the image does not exist in its registry"
    UnsupportedArchitecture "unsupported-architecture" Error Image "the image has no variant for linux/amd64"
    RegistryAuthRefused "registry-auth-refused" Error Image "the registry rejects the user name and password"
    ContextChanged "context-changed" Error Context "a file changed while it was being packed"
    ImageNotBuilt "image-not-built" Error Image "no image of the Dockerfile is known"
    CyclicTemplate "cyclic-template" Error Image "manifests start from each other's templates in a cycle"
    ConflictingBuilds "conflicting-builds" Error Naming "two manifests or profiles build the same tag of the same template"
    InvalidLock "invalid-lock" Error Image "the lock cannot be read"
    BuildFailed "build-failed" Error Platform "the build failed on the platform"
    TestFailed "test-failed" Error Platform "a test of the finished template failed"
    PlaintextSecret "plaintext-secret" Warning Secrets "a secret is written in plain text"
    KeyInEnvTable "key-in-env-table" Warning Manifest "a variable has the name of a manifest key"
    UndefinedReference "undefined-reference" Warning Variables "a value refers to an undefined variable"
    UndocumentedResources "undocumented-resources" Warning Platform "the platform's documentation does not list these resources"
    UndocumentedName "undocumented-name" Warning Naming "the platform's documentation does not allow this template name"
    IgnoredOnPlatform "ignored-on-platform" Warning Platform "the platform ignores a setting"
    DockerfileIgnored "dockerfile-ignored" Warning Dockerfile "a Dockerfile instruction has no effect on a sandbox"
    AptNeedsRoot "apt-needs-root" Warning Packages "`apt-get install` needs root"
    AptWithoutYes "apt-without-yes" Warning Packages "a package manager waits for a confirmation"
    InvalidRunArray "invalid-run-array" Warning Commands "a command in a `run` array changes meaning when it is joined with the next"
    JunkInContext "junk-in-context" Warning Context "a copy includes files that belong to this machine"
    EchoEscapes "echo-escapes" Warning Commands "`echo` does not print escapes as it does in Docker"
    LongRunningStep "long-running-step" Warning Commands "a step runs a command that does not exit"
    HeldOutput "held-output" Warning Commands "a background process keeps a step from ending"
    ExternallyManagedPython "externally-managed-python" Warning Packages "pip refuses to install into the system's Python"
    HomeExpandsToRoot "home-expands-to-root" Warning Variables "a value refers to `$HOME` or `$USER`, which are root's during the build"
    InvalidPackage "invalid-package" Warning Packages "a package name is not valid"
    LargeContext "large-context" Warning Context "the build context is large"
    LiteralDollar "literal-dollar" Warning Variables "a `$` is not expanded in a Git URL"
    LiteralGlob "literal-glob" Warning Context "a pattern is not expanded to the files that it matches"
    LiteralTilde "literal-tilde" Warning Context "a `~` is not expanded to the home directory"
    LostBackgroundProcess "lost-background-process" Warning Commands "a process that a step starts does not run in the sandbox"
    TmpNotPreserved "tmp-not-preserved" Warning Commands "files in `/tmp` are deleted before they are used"
    LostShellState "lost-shell-state" Warning Commands "a change to the shell is lost when the step ends"
    MisplacedCertificate "misplaced-certificate" Warning Context "a certificate is put where the sandbox does not use it"
    MisplacedCopy "misplaced-copy" Warning Context "a copy does not put its files where a later instruction expects them"
    PathExists "path-exists" Warning Commands "a command makes a path that exists already"
    MissingTool "missing-tool" Warning Packages "a command calls a program that the base image does not include"
    PathLostInLoginShell "path-lost-in-login-shell" Warning Variables "the login shell of a step resets `PATH`"
    ProbeAsCommand "probe-as-command" Warning Start "a URL or port is used as the readiness command"
    SecretInCommand "secret-in-command" Warning Secrets "a command contains a secret"
    SecretInContext "secret-in-context" Warning Secrets "a copy includes a file that holds secrets"
    SecretInEnv "secret-in-env" Warning Secrets "a variable contains a secret"
    StaleAptIndex "stale-apt-index" Warning Packages "`apt-get install` uses a package index from a cached step"
    StartInBackground "start-in-background" Warning Start "the start command runs in the background"
    StartWithoutReady "start-without-ready" Warning Start "the start command has no readiness check"
    SudoNotPermitted "sudo-not-permitted" Warning Commands "the user is not permitted to run `sudo`"
    MissingSetE "missing-set-e" Warning Commands "a step continues after a command failed"
    MissingPipefail "missing-pipefail" Warning Commands "a failed download in a pipe goes unnoticed"
    UnpinnedPackage "unpinned-package" Warning Packages "a package without a fixed version is cached"
    UnquotedSpecifier "unquoted-specifier" Warning Packages "an unquoted version specifier is a redirection"
    PathWithoutSystem "path-without-system" Warning Variables "`PATH` has no directory of the system"
    MissingFile "missing-file" Warning Commands "a command needs a file that nothing has put there"
    NotExecutable "not-executable" Warning Commands "a command runs a file that is not executable"
    NotOnPath "not-on-path" Warning Commands "a program is installed in a directory that is not in `PATH`"
    RootHome "root-home" Warning Commands "the sandbox needs something in root's home directory"
    ReadyPortMismatch "ready-port-mismatch" Warning Start "the readiness check asks for another port than the start command opens"
    ServiceNotStarted "service-not-started" Warning Start "nothing starts the server that the image exists for"
    UserExists "user-exists" Warning Commands "a step creates a user that exists already"
    UserNotFound "user-not-found" Warning Commands "a step needs a user that nothing creates"
    WaitsForInput "waits-for-input" Warning Commands "a command waits for input that a step does not have"
    WriteNeedsRoot "write-needs-root" Warning Commands "writing to a system directory needs root"
    TagsWithoutDefault "tags-without-default" Warning Naming "tags without `default` leave the untagged name on an older build"
    OwnershipReset "ownership-reset" Warning Context "the finalize step resets an owner or a mode"
    StaleLock "stale-lock" Warning Image "the lock does not have what the manifest needs"
    UnpinnedImage "unpinned-image" Warning Image "the image reference has no fixed version"
    RegistryUnreachable "registry-unreachable" Warning Image "the registry could not be reached or gave no usable answer"
    UnusedAllow "unused-allow" Warning Manifest "an `allow` comment silences nothing"
    ImageConfigLost "image-config-lost" Warning Image "the sandbox does not inherit what the image declares"
}

impl Code {
    /// Every code that can be silenced.
    pub fn warnings() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|code| code.severity() == Severity::Warning)
    }

    /// The kebab-case name that people see.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.entry().name
    }

    /// Whether the problem stops the build.
    #[must_use]
    pub const fn severity(self) -> Severity {
        self.entry().severity
    }

    /// What the problem is about: codes are listed by topic.
    #[must_use]
    pub const fn topic(self) -> Topic {
        self.entry().topic
    }

    /// The problem in one line: lower-case start, no full stop, Markdown.
    #[must_use]
    pub const fn summary(self) -> &'static str {
        self.entry().summary
    }

    /// The page that `sbx explain` shows, in Markdown of at most 80 columns.
    #[must_use]
    pub const fn page(self) -> &'static str {
        self.entry().page
    }

    /// Where [`page`](Self::page) is on the web.
    #[must_use]
    pub const fn url(self) -> &'static str {
        self.entry().url
    }

    /// The code of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
