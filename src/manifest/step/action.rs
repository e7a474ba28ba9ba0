//! The table of actions, and the types that are made of it.

use std::sync::LazyLock;

use super::{Packages, StepKeys};
use crate::manifest::{EnvTable, OneOrMany};
use crate::scalar::Mode;
use crate::source::{Span, Spanned};

/// Makes the types of all actions from one table.
///
/// A row names the kind and its type, the field for the action's own value with the type and the
/// key, and the keys that must and may stand beside it. Keys are those of [`StepKeys`]; what they
/// mean is documented there.
macro_rules! actions {
    ($(
        $(#[$doc:meta])*
        $kind:ident($step:ident) { $field:ident: $value:ty = $key:ident }
        needs { $($need:ident: $needed:ty),* }
        takes { $($take:ident: $taken:ty),* }
    )*) => {
        /// What a step does, with all that may modify it.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Action {
            $($(#[$doc])* $kind($step),)*
        }

        /// Names an action.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ActionKind {
            $($(#[$doc])* $kind,)*
        }

        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Eq)]
            pub struct $step {
                #[doc = concat!("The value of `", stringify!($key), "`.")]
                pub $field: Spanned<$value>,
                $(
                    #[doc = concat!("The key `", stringify!($need), "`.")]
                    pub $need: Spanned<$needed>,
                )*
                $(
                    #[doc = concat!("The key `", stringify!($take), "`.")]
                    pub $take: Option<Spanned<$taken>>,
                )*
            }
        )*

        impl ActionKind {
            /// Every kind, in the order of the reference.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// The key that is the action.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self {
                    $(Self::$kind => stringify!($key),)*
                }
            }

            /// The keys that must stand beside it.
            #[must_use]
            pub const fn needs(self) -> &'static [&'static str] {
                match self {
                    $(Self::$kind => &[$(stringify!($need),)*],)*
                }
            }

            /// The keys that may stand beside it, apart from those of every step.
            #[must_use]
            pub const fn takes(self) -> &'static [&'static str] {
                match self {
                    $(Self::$kind => &[$(stringify!($take),)*],)*
                }
            }
        }

        impl Action {
            /// Its kind.
            #[must_use]
            pub const fn kind(&self) -> ActionKind {
                match self {
                    $(Self::$kind(_) => ActionKind::$kind,)*
                }
            }

            /// The place of its own value.
            #[must_use]
            pub const fn span(&self) -> Span {
                match self {
                    $(Self::$kind(step) => step.$field.span,)*
                }
            }
        }

        impl StepKeys {
            /// Takes the keys of an action out, and says whether all that it needs are there. One
            /// that is missing is left empty, at the place of the action.
            pub(super) fn take(&mut self, kind: ActionKind) -> Option<(Action, bool)> {
                match kind {
                    $(ActionKind::$kind => {
                        let $field = self.$key.take()?;
                        let is_whole = true $(&& self.$need.is_some())*;
                        let action = Action::$kind($step {
                            $($need: self.$need.take().unwrap_or_else(|| {
                                Spanned::new(<$needed>::default(), $field.span)
                            }),)*
                            $($take: self.$take.take(),)*
                            $field,
                        });
                        Some((action, is_whole))
                    })*
                }
            }
        }
    };
}

actions! {
    /// Runs shell commands.
    Run(RunStep) { commands: OneOrMany = run }
    needs {} takes { user: String }

    /// Copies files of the build context.
    Copy(CopyStep) { sources: OneOrMany = copy }
    needs { to: String }
    takes { owner: String, mode: Mode, follow_symlinks: bool, force_upload: bool }

    /// Writes a file.
    Write(WriteStep) { path: String = write }
    needs { content: String }
    takes { mode: Mode, owner: String }

    /// Installs Debian packages.
    Apt(AptStep) { packages: OneOrMany = apt }
    needs {} takes { recommends: bool, fix_missing: bool }

    /// Installs Python packages.
    Pip(PipStep) { packages: OneOrMany = pip }
    needs {} takes { global: bool }

    /// Installs Node packages with npm.
    Npm(NpmStep) { packages: Packages = npm }
    needs {} takes { global: bool, dev: bool }

    /// Installs Node packages with Bun.
    Bun(BunStep) { packages: Packages = bun }
    needs {} takes { global: bool, dev: bool }

    /// Clones a git repository.
    Git(GitStep) { url: String = git }
    needs {} takes { to: String, branch: String, depth: u64, user: String }

    /// Creates directories.
    Mkdir(MkdirStep) { paths: OneOrMany = mkdir }
    needs {} takes { mode: Mode, user: String }

    /// Removes files or directories.
    Remove(RemoveStep) { paths: OneOrMany = remove }
    needs {} takes { recursive: bool, force: bool, user: String }

    /// Renames a file or a directory.
    Rename(RenameStep) { from: String = rename }
    needs { to: String } takes { force: bool, user: String }

    /// Creates a symbolic link.
    Symlink(SymlinkStep) { link: String = symlink }
    needs { target: String } takes { force: bool, user: String }

    /// Sets variables.
    Env(EnvStep) { variables: EnvTable = env }
    needs {} takes {}

    /// Sets the user.
    User(UserStep) { name: String = user }
    needs {} takes { sudo: bool }

    /// Sets the working directory.
    Workdir(WorkdirStep) { path: String = workdir }
    needs {} takes {}

    /// Pulls MCP servers.
    Mcp(McpStep) { servers: OneOrMany = mcp }
    needs {} takes {}

    /// Prebuilds a dev container.
    Devcontainer(DevcontainerStep) { directory: String = devcontainer }
    needs {} takes {}
}

impl ActionKind {
    /// Whether `key` may stand beside the action, apart from the keys of every step.
    #[must_use]
    pub fn allows(self, key: &str) -> bool {
        self.needs().contains(&key) || self.takes().contains(&key)
    }

    /// The keys of all actions.
    #[must_use]
    pub fn keys() -> &'static [&'static str] {
        static KEYS: LazyLock<Vec<&'static str>> =
            LazyLock::new(|| ActionKind::ALL.iter().map(|kind| kind.key()).collect());
        &KEYS
    }

    /// The keys that stand beside any action, each once, in the order of the actions.
    #[must_use]
    pub fn modifiers() -> &'static [&'static str] {
        static MODIFIERS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
            let mut modifiers = Vec::new();
            for key in
                ActionKind::ALL.iter().flat_map(|kind| kind.needs().iter().chain(kind.takes()))
            {
                if !modifiers.contains(key) {
                    modifiers.push(*key);
                }
            }
            modifiers
        });
        &MODIFIERS
    }
}

/// The keys of the actions that `modifier` goes with.
#[must_use]
pub fn actions_of(modifier: &str) -> Vec<&'static str> {
    ActionKind::ALL.iter().filter(|kind| kind.allows(modifier)).map(|kind| kind.key()).collect()
}

impl Action {
    /// The user that the action names, for itself or for what follows.
    #[must_use]
    pub const fn user(&self) -> Option<&Spanned<String>> {
        match self {
            Self::Run(step) => step.user.as_ref(),
            Self::Git(step) => step.user.as_ref(),
            Self::Mkdir(step) => step.user.as_ref(),
            Self::Remove(step) => step.user.as_ref(),
            Self::Rename(step) => step.user.as_ref(),
            Self::Symlink(step) => step.user.as_ref(),
            Self::User(step) => Some(&step.name),
            Self::Copy(_)
            | Self::Write(_)
            | Self::Apt(_)
            | Self::Pip(_)
            | Self::Npm(_)
            | Self::Bun(_)
            | Self::Env(_)
            | Self::Workdir(_)
            | Self::Mcp(_)
            | Self::Devcontainer(_) => None,
        }
    }

    /// The same user, to change it.
    pub const fn user_mut(&mut self) -> Option<&mut Spanned<String>> {
        match self {
            Self::Run(step) => step.user.as_mut(),
            Self::Git(step) => step.user.as_mut(),
            Self::Mkdir(step) => step.user.as_mut(),
            Self::Remove(step) => step.user.as_mut(),
            Self::Rename(step) => step.user.as_mut(),
            Self::Symlink(step) => step.user.as_mut(),
            Self::User(step) => Some(&mut step.name),
            Self::Copy(_)
            | Self::Write(_)
            | Self::Apt(_)
            | Self::Pip(_)
            | Self::Npm(_)
            | Self::Bun(_)
            | Self::Env(_)
            | Self::Workdir(_)
            | Self::Mcp(_)
            | Self::Devcontainer(_) => None,
        }
    }
}
