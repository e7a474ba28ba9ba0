//! Actions that are one command of the shell.

use super::step::is_set;
use super::words::Words;
use crate::manifest::{GitStep, MkdirStep, RemoveStep, RenameStep, SymlinkStep};

pub(super) fn git(step: &GitStep) -> String {
    let mut words = Words::of("git clone").quoted([step.url.value.as_str()]);
    if let Some(branch) = &step.branch {
        words = words.word("--branch").quoted([branch.value.as_str()]).word("--single-branch");
    }
    if let Some(depth) = &step.depth {
        words = words.word("--depth").word(&depth.value.to_string());
    }
    words.quoted(step.to.iter().map(|to| to.value.as_str())).join()
}

pub(super) fn mkdir(step: &MkdirStep) -> String {
    let mut words = Words::of("mkdir -p");
    if let Some(mode) = &step.mode {
        words = words.word("-m").word(&mode.value.to_string());
    }
    words.quoted(step.paths.value.values()).join()
}

pub(super) fn remove(step: &RemoveStep) -> String {
    Words::of("rm")
        .when(is_set(step.recursive), "-r")
        .when(is_set(step.force), "-f")
        .quoted(step.paths.value.values())
        .join()
}

pub(super) fn rename(step: &RenameStep) -> String {
    Words::of("mv")
        .quoted([step.from.value.as_str(), step.to.value.as_str()])
        .when(is_set(step.force), "-f")
        .join()
}

pub(super) fn symlink(step: &SymlinkStep) -> String {
    Words::of("ln -s")
        .when(is_set(step.force), "-f")
        .quoted([step.target.value.as_str(), step.link.value.as_str()])
        .join()
}
