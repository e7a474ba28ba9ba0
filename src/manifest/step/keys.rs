//! The keys of a step's table.

use schemars::JsonSchema;

use super::{Action, ActionKind, Packages, Step, schema};
use crate::manifest::{EnvTable, OneOrMany};
use crate::scalar::{Mode, pattern};
use crate::source::Spanned;

/// Keys that go with every action.
pub const COMMON_KEYS: &[&str] = &["label", "no_cache"];

/// One build step: exactly one action, and what modifies it.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, transform = schema::one_action)]
#[schemars(rename = "Step")]
pub struct StepKeys {
    /// Action: run shell commands, joined with ` && `, as they are written.
    pub run: Option<Spanned<OneOrMany>>,

    /// Action: copy files of the build context to `to`. Sources are relative to the context and
    /// may be globs (`*`, `?`, `[…]`, `**`); a directory is merged into the target.
    #[schemars(transform = schema::copy_sources)]
    pub copy: Option<Spanned<OneOrMany>>,

    /// Action: install Debian packages, as root.
    pub apt: Option<Spanned<OneOrMany>>,

    /// Action: install Python packages; `"."` installs the project in the working directory.
    pub pip: Option<Spanned<OneOrMany>>,

    /// Action: install Node packages; `true` installs what `package.json` lists.
    pub npm: Option<Spanned<Packages>>,

    /// Action: install packages with Bun; `true` installs what `package.json` lists.
    pub bun: Option<Spanned<Packages>>,

    /// Action: clone the git repository of this URL.
    #[schemars(extend("minLength" = 1))]
    pub git: Option<Spanned<String>>,

    /// Action: create directories, with their parents.
    pub mkdir: Option<Spanned<OneOrMany>>,

    /// Action: remove files, or with `recursive` directories.
    pub remove: Option<Spanned<OneOrMany>>,

    /// Action: rename this path to `to`.
    #[schemars(extend("minLength" = 1))]
    pub rename: Option<Spanned<String>>,

    /// Action: create a symbolic link of this name that points to `target`.
    #[schemars(extend("minLength" = 1))]
    pub symlink: Option<Spanned<String>>,

    /// Action: set variables for the steps that follow, for `start` and `ready`, and for the
    /// running sandbox.
    pub env: Option<Spanned<EnvTable>>,

    /// Action when it stands alone: the user of the steps that follow and of the sandbox. Beside
    /// a shell action: the user of that step only.
    #[schemars(extend("minLength" = 1, "pattern" = pattern::SPLICED))]
    pub user: Option<Spanned<String>>,

    /// Action: the working directory of the steps that follow and of the sandbox.
    #[schemars(extend("minLength" = 1, "pattern" = pattern::SPLICED))]
    pub workdir: Option<Spanned<String>>,

    /// Action: pull MCP servers, as root. Needs `from.template = "mcp-gateway"`.
    pub mcp: Option<Spanned<OneOrMany>>,

    /// Action: prebuild the dev container in this directory of the sandbox, as root. Needs
    /// `from.template = "devcontainer"`.
    #[schemars(extend("minLength" = 1))]
    pub devcontainer: Option<Spanned<String>>,

    /// `copy`, `git`, `rename`: where to. For `copy`, a final `/` means the directory that
    /// receives the file; a relative target starts at the working directory.
    #[schemars(extend("minLength" = 1))]
    pub to: Option<Spanned<String>>,

    /// `copy`: who owns the files, `user` or `user:group`. Without it the current user does.
    #[schemars(extend("minLength" = 1, "allOf" = [{ "pattern": pattern::OWNER },
        { "pattern": pattern::SPLICED }], "examples" = ["user", "user:group"]))]
    pub owner: Option<Spanned<String>>,

    /// `copy`, `mkdir`: the permissions. For a copied directory they apply to everything in it.
    pub mode: Option<Spanned<Mode>>,

    /// `copy`: copy the files that symbolic links point to, instead of the links.
    #[schemars(extend("default" = false))]
    pub follow_symlinks: Option<Spanned<bool>>,

    /// `copy`: upload the files even if the platform has them already.
    #[schemars(extend("default" = false))]
    pub force_upload: Option<Spanned<bool>>,

    /// `apt`: also install what the packages recommend.
    #[schemars(extend("default" = true))]
    pub recommends: Option<Spanned<bool>>,

    /// `apt`: go on if a package cannot be fetched.
    #[schemars(extend("default" = false))]
    pub fix_missing: Option<Spanned<bool>>,

    /// `pip` (default true), `npm` and `bun` (default false): install for everybody, as root.
    pub global: Option<Spanned<bool>>,

    /// `npm`, `bun`: save the packages as development dependencies.
    #[schemars(extend("default" = false))]
    pub dev: Option<Spanned<bool>>,

    /// `git`: the branch or tag to check out, and the only one to fetch.
    #[schemars(extend("minLength" = 1))]
    pub branch: Option<Spanned<String>>,

    /// `git`: how many commits of history to fetch.
    #[schemars(extend("minimum" = 1))]
    pub depth: Option<Spanned<u64>>,

    /// `symlink`: what the link points to.
    #[schemars(extend("minLength" = 1))]
    pub target: Option<Spanned<String>>,

    /// `remove`: remove directories and everything in them.
    #[schemars(extend("default" = false))]
    pub recursive: Option<Spanned<bool>>,

    /// `remove`: do not mind what is missing. `rename`, `symlink`: replace what is there.
    #[schemars(extend("default" = false))]
    pub force: Option<Spanned<bool>>,

    /// What progress and logs call the step.
    #[schemars(extend("minLength" = 1))]
    pub label: Option<Spanned<String>>,

    /// Build this step and all after it anew, whatever is cached.
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
