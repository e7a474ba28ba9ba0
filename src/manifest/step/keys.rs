//! The keys of a step's table.

use schemars::JsonSchema;

use super::{Action, ActionKind, Packages, Step, schema};
use crate::manifest::{EnvTable, OneOrMany};
use crate::scalar::{Mode, pattern};
use crate::source::Spanned;

/// Keys that go with every action.
pub const COMMON_KEYS: &[&str] = &["label", "no_cache"];

/// One build step: exactly one action and its options.
///
/// Commands of `run` are sent as written. Other words are quoted for the shell, so that it expands
/// nothing in them: no `~`, no patterns such as `*`. In the words of `apt`, `pip`, `npm`, `bun`,
/// `mkdir`, `remove`, `rename`, `symlink` and `write`, in `to`, `branch`, `workdir`, `user` and `owner`,
/// `$NAME` and `${NAME}` stand for the value of a variable of `env` or `build_env`, or of an `env`
/// step above; `$$` is a dollar sign.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, transform = schema::one_action)]
#[schemars(rename = "Step")]
pub struct StepKeys {
    /// Action: run a shell command, or several that are joined with ` && `.
    pub run: Option<Spanned<OneOrMany>>,

    /// Action: copy files from the build context to `to`. Sources are relative to the context and
    /// can be globs (`*`, `?`, `[…]`, `**`). The contents of a directory are merged into the target.
    #[schemars(transform = schema::copy_sources)]
    pub copy: Option<Spanned<OneOrMany>>,

    /// Action: write a text file at this path, with `content`. Directories that are missing are
    /// created. A relative path starts at the working directory, or at the home directory of the
    /// current user if no step or key sets one. The files of all `write` steps can have 32 KiB
    /// together; `copy` larger ones.
    #[schemars(extend("minLength" = 1, "pattern" = pattern::WORD, "examples" = ["/etc/pip.conf"]))]
    pub write: Option<Spanned<String>>,

    /// Action: install Debian packages with `apt-get`, as root.
    #[schemars(transform = schema::words)]
    pub apt: Option<Spanned<OneOrMany>>,

    /// Action: install Python packages with `pip`; `"."` installs the project in the working
    /// directory.
    #[schemars(transform = schema::words)]
    pub pip: Option<Spanned<OneOrMany>>,

    /// Action: install Node packages with `npm`; `true` installs what `package.json` lists.
    #[schemars(transform = schema::words)]
    pub npm: Option<Spanned<Packages>>,

    /// Action: install Node packages with `bun`; `true` installs what `package.json` lists.
    #[schemars(transform = schema::words)]
    pub bun: Option<Spanned<Packages>>,

    /// Action: clone the Git repository at this URL.
    #[schemars(extend("minLength" = 1))]
    pub git: Option<Spanned<String>>,

    /// Action: create directories, including their parents.
    #[schemars(transform = schema::words)]
    pub mkdir: Option<Spanned<OneOrMany>>,

    /// Action: remove files, or directories if `recursive` is set.
    #[schemars(transform = schema::words)]
    pub remove: Option<Spanned<OneOrMany>>,

    /// Action: rename or move this path to `to`.
    #[schemars(extend("minLength" = 1, "pattern" = pattern::WORD))]
    pub rename: Option<Spanned<String>>,

    /// Action: create a symbolic link at this path that points to `target`.
    #[schemars(extend("minLength" = 1, "pattern" = pattern::WORD))]
    pub symlink: Option<Spanned<String>>,

    /// Action: set environment variables for the following steps, for `start` and `ready`, and
    /// for the sandbox.
    pub env: Option<Spanned<EnvTable>>,

    /// Action if it is the only key: set the user of the following steps and of the sandbox. Beside
    /// a shell action: the user of that step only, who must exist.
    #[schemars(extend("minLength" = 1, "pattern" = pattern::SPLICED_VALUE))]
    pub user: Option<Spanned<String>>,

    /// Action: set the working directory of the following steps and of the sandbox.
    #[schemars(extend("minLength" = 1, "pattern" = pattern::SPLICED_VALUE))]
    pub workdir: Option<Spanned<String>>,

    /// Action: pull MCP servers, as root. Needs `from.template = "mcp-gateway"`.
    pub mcp: Option<Spanned<OneOrMany>>,

    /// Action: build the dev container in this directory of the sandbox, as root. Needs
    /// `from.template = "devcontainer"`.
    #[schemars(extend("minLength" = 1))]
    pub devcontainer: Option<Spanned<String>>,

    /// `copy`, `git`, `rename`: the target path. For `copy`, a trailing `/` marks a directory to
    /// copy into; a relative path starts at the working directory.
    #[schemars(extend("minLength" = 1, "pattern" = pattern::WORD))]
    pub to: Option<Spanned<String>>,

    /// `write`: the text of the file, which no shell reads: it takes no references to variables.
    /// It may be empty.
    pub content: Option<Spanned<String>>,

    /// `copy`, `write`: the owner of the files, `user` or `user:group`. Defaults to the current
    /// user. Directories that `write` creates get it, too.
    #[schemars(extend("minLength" = 1, "allOf" = [{ "pattern": pattern::OWNER },
        { "pattern": pattern::SPLICED_VALUE }], "examples" = ["user", "user:group"]))]
    pub owner: Option<Spanned<String>>,

    /// `copy`, `mkdir`, `write`: the file mode; 0o644 for a written file unless this is set. For a
    /// copied directory it applies to everything in it.
    pub mode: Option<Spanned<Mode>>,

    /// `copy`: copy the files that symbolic links point to instead of the links.
    #[schemars(extend("default" = false))]
    pub follow_symlinks: Option<Spanned<bool>>,

    /// `copy`: upload the files even if the platform already has them.
    #[schemars(extend("default" = false))]
    pub force_upload: Option<Spanned<bool>>,

    /// `apt`: also install recommended packages.
    #[schemars(extend("default" = true))]
    pub recommends: Option<Spanned<bool>>,

    /// `apt`: continue if a package cannot be downloaded.
    #[schemars(extend("default" = false))]
    pub fix_missing: Option<Spanned<bool>>,

    /// `pip` (default true), `npm` and `bun` (default false): install globally, as root.
    pub global: Option<Spanned<bool>>,

    /// `npm`, `bun`: save the packages as development dependencies.
    #[schemars(extend("default" = false))]
    pub dev: Option<Spanned<bool>>,

    /// `git`: the branch or tag to check out; no other is fetched.
    #[schemars(extend("minLength" = 1, "pattern" = pattern::WORD))]
    pub branch: Option<Spanned<String>>,

    /// `git`: the number of commits to fetch.
    #[schemars(extend("minimum" = 1))]
    pub depth: Option<Spanned<u64>>,

    /// `symlink`: the path that the link points to.
    #[schemars(extend("minLength" = 1, "pattern" = pattern::WORD))]
    pub target: Option<Spanned<String>>,

    /// `user`: let the user use `sudo` without a password; on `e2b` only. The platform's own user,
    /// `user`, may use it anyway.
    #[schemars(extend("default" = false))]
    pub sudo: Option<Spanned<bool>>,

    /// `remove`: remove directories and their contents.
    #[schemars(extend("default" = false))]
    pub recursive: Option<Spanned<bool>>,

    /// `remove`: ignore missing paths. `rename`, `symlink`: replace an existing path.
    #[schemars(extend("default" = false))]
    pub force: Option<Spanned<bool>>,

    /// The name of the step in progress output and logs.
    #[schemars(extend("minLength" = 1))]
    pub label: Option<Spanned<String>>,

    /// Rebuild this step and all following ones without the cache.
    #[schemars(extend("default" = false))]
    pub no_cache: Option<Spanned<bool>>,
}

impl StepKeys {
    /// Makes a step of the keys. `only` is the action that the step has, if it has exactly one.
    #[must_use]
    pub fn into_step(mut self, only: Option<ActionKind>) -> Step {
        let mut step =
            Step { label: self.label.take(), no_cache: self.no_cache.take(), ..Step::default() };
        match only.and_then(|kind| self.take(kind)) {
            Some((action, true)) => step.action = Some(action),
            Some((action, false)) => step.rejected.push(action),
            None => {}
        }
        let others: Vec<Action> =
            ActionKind::ALL.iter().filter_map(|kind| Some(self.take(*kind)?.0)).collect();
        step.rejected.extend(others);
        step
    }
}
