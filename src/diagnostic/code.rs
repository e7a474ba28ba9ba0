//! The table of codes: every fault that `sbx` can name, with its severity, summary and page.
//!
//! A code is a contract: people silence it, look it up and match on it. It is never reused for
//! another fault. `tests/tidy.rs` proves that each has a page with examples and a UI case.

use super::Severity;

/// One row of the table.
struct Entry {
    name: &'static str,
    severity: Severity,
    summary: &'static str,
    page: &'static str,
    url: &'static str,
}

/// Makes the enumeration and its table from one list.
macro_rules! codes {
    ($($variant:ident $name:literal $severity:ident $summary:literal)*) => {
        /// Names a fault.
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
    TomlSyntax "toml-syntax" Error "the file is not valid TOML"
    ManifestTooLarge "manifest-too-large" Error "the manifest is larger than 1 MiB"
    NotUtf8 "not-utf8" Error "the file is not UTF-8 text"
    UnreadableFile "unreadable-file" Error "a file cannot be read"
    UnknownKey "unknown-key" Error "a key is not part of the language"
    MissingKey "missing-key" Error "a required key is missing"
    WrongType "wrong-type" Error "a value has the wrong type"
    ConflictingKeys "conflicting-keys" Error "keys stand together that exclude each other"
    EmptyValue "empty-value" Error "a value is empty where something is needed"
    InvalidValue "invalid-value" Error "a value is not one that its key takes"
    UnknownEdition "unknown-edition" Error "the manifest is written for another edition of the language"
    InvalidName "invalid-name" Error "the template's name is not one that platforms take"
    TagInName "tag-in-name" Error "the name carries a tag"
    InvalidTag "invalid-tag" Error "a tag is not one that platforms take"
    DuplicateTag "duplicate-tag" Error "a tag is listed twice"
    InvalidResources "invalid-resources" Error "the platform does not offer these resources"
    InvalidSize "invalid-size" Error "a size is not written as one"
    InvalidDuration "invalid-duration" Error "a duration is not written as one"
    InvalidMode "invalid-mode" Error "a file mode is not written as one"
    UnquotedVersion "unquoted-version" Error "a version is written as a number"
    InvalidImage "invalid-image" Error "an image reference is malformed"
    InvalidEnvName "invalid-env-name" Error "a variable's name is not one that shells take"
    InvalidReference "invalid-reference" Error "a variable's value uses a form of reference that is not supported"
    CyclicReference "cyclic-reference" Error "variables refer to each other in a circle"
    InvalidPort "invalid-port" Error "a port is out of range"
    InvalidUrl "invalid-url" Error "a URL is not one that can be asked"
    InvalidPath "invalid-path" Error "a path is not one that can be used here"
    SourceNotFound "source-not-found" Error "a source of `copy` matches nothing"
    SourceIgnored "source-ignored" Error "a source of `copy` matches only ignored files"
    SourceOutsideContext "source-outside-context" Error "a source of `copy` leaves the build context"
    UnsafeCopyPath "unsafe-copy-path" Error "a path holds characters that the platform's shell would act on"
    DockerfileSyntax "dockerfile-syntax" Error "a Dockerfile is not written as one"
    DockerfileUnsupported "dockerfile-unsupported" Error "a Dockerfile asks for something that would be another sandbox without it"
    UnsetSecret "unset-secret" Error "a secret that a request needs is not set"
    UnsupportedOnPlatform "unsupported-on-platform" Error "the platform cannot do what a key asks for"
    ImageNotFound "image-not-found" Error "the registry has no such image"
    UnsupportedArchitecture "unsupported-architecture" Error "the image has no variant for linux/amd64"
    RegistryAuthRefused "registry-auth-refused" Error "the registry refuses the user name and password"
    ContextChanged "context-changed" Error "a file changed while it was packed"
    CyclicTemplate "cyclic-template" Error "manifests start from each other's templates in a circle"
    BuildFailed "build-failed" Error "the platform reports that the build failed"
    PlaintextSecret "plaintext-secret" Warning "a secret is written in the manifest"
    KeyInEnvTable "key-in-env-table" Warning "a variable is named like a key of the language"
    UndefinedReference "undefined-reference" Warning "a variable refers to one that nothing sets"
    UndocumentedResources "undocumented-resources" Warning "the platform's documentation does not list these resources"
    UndocumentedName "undocumented-name" Warning "the platform's documentation does not allow such a name"
    IgnoredOnPlatform "ignored-on-platform" Warning "the platform takes no notice of a key"
    DockerfileIgnored "dockerfile-ignored" Warning "a Dockerfile says something that sandboxes do without"
    AptNeedsRoot "apt-needs-root" Warning "packages are installed by a user who may not"
    AptWithoutYes "apt-without-yes" Warning "a package manager waits for an answer that nobody gives"
    InvalidRunArray "invalid-run-array" Warning "commands do not stay what they are when they are joined"
    JunkInContext "junk-in-context" Warning "a copy takes what belongs to this machine"
    LongRunningStep "long-running-step" Warning "a step runs a command that does not end"
    ExternallyManagedPython "externally-managed-python" Warning "pip refuses to install into the system's Python"
    HomeExpandsToRoot "home-expands-to-root" Warning "a variable's home is root's for the steps"
    InvalidPackage "invalid-package" Warning "a word names no package"
    InvalidUser "invalid-user" Warning "a user is not given by name"
    LargeContext "large-context" Warning "the copies take very much"
    LiteralTilde "literal-tilde" Warning "a `~` is not expanded"
    LostBackgroundProcess "lost-background-process" Warning "a step leaves a process that no sandbox has"
    TmpNotPreserved "tmp-not-preserved" Warning "files in `/tmp` are gone when they are needed"
    LostShellState "lost-shell-state" Warning "a command changes a shell that ends with its step"
    MissingTool "missing-tool" Warning "a command calls a program that the base image does not have"
    PathLostInLoginShell "path-lost-in-login-shell" Warning "a step needs a PATH that its shell has set anew"
    ProbeAsCommand "probe-as-command" Warning "a readiness command is what a probe asks for"
    SecretInCommand "secret-in-command" Warning "a command holds a secret"
    SecretInContext "secret-in-context" Warning "a copy takes a file of secrets"
    SecretInEnv "secret-in-env" Warning "a variable holds a secret"
    StaleAptIndex "stale-apt-index" Warning "packages are installed from an index that a cached step keeps"
    StartInBackground "start-in-background" Warning "the start command does not stay running"
    StartWithoutReady "start-without-ready" Warning "a start command has no readiness check"
    SudoNotPermitted "sudo-not-permitted" Warning "`sudo` is run by a user who may not"
    MissingSetE "missing-set-e" Warning "a step goes on after a command that failed"
    MissingPipefail "missing-pipefail" Warning "a download that fails is taken for one that worked"
    UnpinnedPackage "unpinned-package" Warning "a cached step keeps what was the latest version once"
    WriteNeedsRoot "write-needs-root" Warning "files are written where the user may not"
    TagsWithoutDefault "tags-without-default" Warning "tags leave the bare name on an older build"
    OwnershipReset "ownership-reset" Warning "the platform changes an owner or a mode at the end of the build"
    UnpinnedImage "unpinned-image" Warning "the image's reference means another image tomorrow"
    RegistryUnreachable "registry-unreachable" Warning "the registry does not say whether the image is there"
    UnusedAllow "unused-allow" Warning "a comment silences nothing"
    ImageConfigLost "image-config-lost" Warning "the sandbox does not get what the image declares"
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

    /// Whether the fault stops the build.
    #[must_use]
    pub const fn severity(self) -> Severity {
        self.entry().severity
    }

    /// The fault in one line.
    #[must_use]
    pub const fn summary(self) -> &'static str {
        self.entry().summary
    }

    /// The page that `sbx explain` shows: what is wrong, and a bad and a good manifest.
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
