//! Packages of all kinds → the commands that install them.

use super::step::is_set;
use super::words::Words;
use crate::manifest::{AptStep, BunStep, McpStep, NpmStep, OneOrMany, Packages, PipStep};
use crate::template::Run;

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

pub(super) fn pip(step: &PipStep) -> Run {
    let global = step.global.is_none_or(|global| global.value);
    let words =
        Words::of("pip install").when(!global, "--user").quoted(step.packages.value.values());
    run(&words, global)
}

pub(super) fn npm(step: &NpmStep) -> Run {
    let words = Words::of("npm install")
        .when(is_set(step.global), "-g")
        .when(is_set(step.dev), "--save-dev")
        .quoted(listed(&step.packages.value));
    run(&words, is_set(step.global))
}

pub(super) fn bun(step: &BunStep) -> Run {
    let words = Words::of("bun install")
        .when(is_set(step.global), "-g")
        .when(is_set(step.dev), "--dev")
        .quoted(listed(&step.packages.value));
    run(&words, is_set(step.global))
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

/// An installation for all users is root's; another one is the current user's.
fn run(words: &Words, global: bool) -> Run {
    if global { Run::as_root(words.join()) } else { Run::new(words.join(), None) }
}
