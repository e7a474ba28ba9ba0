//! Packages of all kinds → the commands that install them.

use super::Builder;
use super::step::is_set;
use super::words::Words;
use crate::lock::package::{apply, step_of};
use crate::manifest::{AptStep, BunStep, McpStep, NpmStep, OneOrMany, Packages, PipStep};
use crate::template::{Install, Installer, Run};

pub(super) fn apt(step: &AptStep) -> Run {
    let recommends = step.recommends.is_none_or(|recommends| recommends.value);
    let fix_missing = is_set(step.fix_missing);
    let words = Words::of("DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes apt-get")
        .word("install")
        .word("-y")
        .when(!recommends, "--no-install-recommends")
        .when(fix_missing, "--fix-missing")
        .quoted(step.packages.value.values());
    // What the flags change is not what other installers of packages do.
    let plain = recommends && !fix_missing;
    Run {
        apt: plain.then(|| step.packages.value.values().map(str::to_owned).collect()),
        ..Run::as_root(format!("apt-get update && {}", words.join()))
    }
}

impl Builder {
    pub(super) fn pip(&self, step: &PipStep) -> Run {
        let global = step.global.is_none_or(|global| global.value);
        let install = Installer::Pip.of(step.packages.value.values());
        let words = Words::of(install.installer.command()).when(!global, "--user");
        self.install(install, words, global)
    }

    pub(super) fn npm(&self, step: &NpmStep) -> Run {
        let install = Installer::Npm.of(listed(&step.packages.value));
        let words = Words::of(install.installer.command())
            .when(is_set(step.global), "-g")
            .when(is_set(step.dev), "--save-dev");
        self.install(install, words, is_set(step.global))
    }

    pub(super) fn bun(&self, step: &BunStep) -> Run {
        let install = Installer::Bun.of(listed(&step.packages.value));
        let words = Words::of(install.installer.command())
            .when(is_set(step.global), "-g")
            .when(is_set(step.dev), "--dev");
        self.install(install, words, is_set(step.global))
    }

    /// An installation for all users is root's; another one is the current user's.
    fn install(&self, install: Install, words: Words, global: bool) -> Run {
        let locked = self.locked.get(&step_of(&install));
        let packages = locked.map(|resolved| apply(&install, resolved));
        let packages = packages.as_ref().unwrap_or(&install.words);
        let command = words.quoted(packages.iter().map(String::as_str)).join();
        let run = if global { Run::as_root(command) } else { Run::new(command, None) };
        Run { install: Some(install), ..run }
    }
}

pub(super) fn mcp(step: &McpStep) -> Run {
    let words = Words::of("mcp-gateway pull").quoted(step.servers.value.values());
    Run::as_root(words.join())
}

/// The packages that the command names: none where it installs what the project lists.
fn listed(packages: &Packages) -> impl Iterator<Item = &str> {
    let listed = match packages {
        Packages::Project => None,
        Packages::Listed(listed) => Some(listed),
    };
    listed.into_iter().flat_map(OneOrMany::values)
}
