//! A copy as shell lines that write its files.
//!
//! What a platform with an archive does, the lines do: a directory, or what a glob is cut to, is
//! merged into the target; one file goes to the target, or below it if that ends with `/` or is a
//! directory by then; parents are created. A file and a link replace what has their name. A
//! directory that is there keeps its permissions.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::context::{Content, EntryKind};
use crate::scalar::shell::quote;
use crate::template::Copy;

/// The most bytes of one line: a Dockerfile's line may have 65,535.
const MAX_LINE: usize = 60_000;

/// Root's home directory, as a word of a shell.
const HOME: &str = "\"${HOME:-/root}\"";

/// The directory in which a line begins, as a word of a shell: the image's own.
const CURRENT: &str = "\"$PWD\"";

/// A path in the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// Absolute, or below `root`.
    path: String,
    /// A directory as a word of a shell; `""` is the root directory.
    root: &'static str,
}

impl Target {
    /// A path as it is written: relative to the working directory, and to root's home directory
    /// as long as there is none.
    pub(super) fn resolve(written: &str, workdir: Option<&Self>) -> Self {
        if written.starts_with('/') {
            return Self::below("").join(written);
        }
        match workdir {
            Some(workdir) => workdir.join(written),
            None => Self::below(HOME).join(written),
        }
    }

    /// The directory in which a line begins.
    pub(super) fn current() -> Self {
        Self::below(CURRENT)
    }

    fn below(root: &'static str) -> Self {
        Self { path: "/".to_owned(), root }
    }

    fn join(&self, relative: &str) -> Self {
        let mut path = self.path.trim_end_matches('/').to_owned();
        for part in relative.split('/').filter(|part| !matches!(*part, "" | ".")) {
            path.push('/');
            path.push_str(part);
        }
        if path.is_empty() {
            path.push('/');
        }
        Self { path, root: self.root }
    }

    fn parent(&self) -> Self {
        let parent = self.path.rsplit_once('/').map_or("", |(parent, _)| parent);
        let path = if parent.is_empty() { "/" } else { parent };
        Self { path: path.to_owned(), root: self.root }
    }

    /// The directory that [`Target::path`] is below, as a word of a shell; `""` is the root
    /// directory.
    pub(super) const fn root(&self) -> &'static str {
        self.root
    }

    /// The path below [`Target::root`].
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The path as a word of a shell.
    pub(super) fn word(&self) -> String {
        match (self.root, self.path.as_str()) {
            ("", path) => quote(path),
            (root, "/") => root.to_owned(),
            (root, path) => format!("{root}{}", quote(path)),
        }
    }
}

/// The lines that write what a copy takes.
pub(super) fn lines(copy: &Copy, files: &[Content], workdir: Option<&Target>) -> Vec<String> {
    let target = Target::resolve(&copy.target, workdir);
    match files {
        [file] if !is_glob(&copy.source) && file.entry.kind != EntryKind::Directory => {
            vec![one(copy, file, &target)]
        }
        _ => tree(copy, files, &target),
    }
}

/// A single file or link.
fn one(copy: &Copy, file: &Content, target: &Target) -> String {
    let name = file.entry.path.rsplit('/').next().unwrap_or_default();
    let last = copy.target.rsplit('/').next().unwrap_or_default();
    if matches!(last, "" | "." | "..") {
        let path = target.join(name);
        return format!("mkdir -p {} && {}", target.word(), write(copy, file, &path.word()));
    }
    // Whether the target is a directory is known when the line is run, and not before.
    format!(
        "mkdir -p {} && t={} && {{ [ ! -d \"$t\" ] || t=\"$t\"/{}; }} && {}",
        target.parent().word(),
        target.word(),
        quote(name),
        write(copy, file, "\"$t\"")
    )
}

/// What is below a directory, into the target.
fn tree(copy: &Copy, files: &[Content], target: &Target) -> Vec<String> {
    let root = if is_glob(&copy.source) {
        base_of(&copy.source)
    } else {
        files.first().map(|file| file.entry.path.clone()).unwrap_or_default()
    };
    let mut there = BTreeSet::new();
    let mut commands = Vec::new();
    for file in files {
        let relative = below(&file.entry.path, &root);
        let path = target.join(relative);
        if file.entry.kind == EntryKind::Directory {
            let (word, mode) = (path.word(), mode(copy, file));
            there.insert(path.path.clone());
            commands.push(format!(
                "{{ [ -d {word} ] || {{ mkdir -p {word} && chmod {mode} {word}; }}; }}"
            ));
            continue;
        }
        let parent = path.parent();
        if there.insert(parent.path.clone()) {
            commands.push(format!("mkdir -p {}", parent.word()));
        }
        commands.push(write(copy, file, &path.word()));
    }
    packed(commands)
}

/// The command that writes a file or a link to a path, which is a word already.
fn write(copy: &Copy, file: &Content, path: &str) -> String {
    let content = match &file.entry.kind {
        EntryKind::Link(target) => {
            return format!("rm -f {path} && ln -s -- {} {path}", quote(target));
        }
        EntryKind::File | EntryKind::Directory if file.bytes.is_empty() => format!(": > {path}"),
        EntryKind::File | EntryKind::Directory => {
            format!("printf %s {} | base64 -d > {path}", STANDARD.encode(&file.bytes))
        }
    };
    format!("rm -f {path} && {content} && chmod {} {path}", mode(copy, file))
}

fn mode(copy: &Copy, file: &Content) -> String {
    match copy.mode {
        Some(mode) => mode.to_string(),
        None => format!("{:04o}", file.entry.mode & 0o7777),
    }
}

/// Commands as lines, as few as their length allows.
fn packed(commands: Vec<String>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for command in commands {
        match lines.last_mut() {
            Some(line) if line.len() + command.len() + 4 <= MAX_LINE => {
                line.push_str(" && ");
                line.push_str(&command);
            }
            _ => lines.push(command),
        }
    }
    lines
}

/// The place of the first character that makes a glob of a source.
fn glob_at(source: &str) -> Option<usize> {
    let mut escaped = false;
    source.char_indices().find_map(|(at, c)| {
        let special = !escaped && matches!(c, '*' | '?' | '[');
        escaped = !escaped && c == '\\';
        special.then_some(at)
    })
}

fn is_glob(source: &str) -> bool {
    glob_at(source).is_some()
}

/// The directory that a glob is cut to, as entries are named: the context itself is empty.
fn base_of(source: &str) -> String {
    let before = glob_at(source).map_or(source, |at| &source[..at]);
    let directory = before.rsplit_once('/').map_or("", |(directory, _)| directory);
    let mut parts: Vec<String> = Vec::new();
    for part in directory.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part.replace('\\', "")),
        }
    }
    parts.join("/")
}

/// An entry's path relative to a directory of the context.
fn below<'a>(path: &'a str, root: &str) -> &'a str {
    if root.is_empty() || root == "." {
        return path;
    }
    path.strip_prefix(root).map_or(path, |rest| rest.trim_start_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_relative_to_the_working_directory_or_to_the_home_directory() {
        let word = |written: &str, workdir: Option<&str>| {
            let workdir = workdir.map(|workdir| Target::resolve(workdir, None));
            Target::resolve(written, workdir.as_ref()).word()
        };
        assert_eq!(word("/a//b/", None), "/a/b");
        assert_eq!(word("/", None), "/");
        assert_eq!(word(".", Some("/app")), "/app");
        assert_eq!(word("./x y", Some("/app/")), "'/app/x y'");
        assert_eq!(word("x", Some("app")), "\"${HOME:-/root}\"/app/x");
        assert_eq!(word(".", None), "\"${HOME:-/root}\"");
        let below = |written: &str| Target::resolve(written, Some(&Target::current())).word();
        assert_eq!([below("./"), below("x y"), below("/x")], ["\"$PWD\"", "\"$PWD\"'/x y'", "/x"]);
    }

    #[test]
    fn a_glob_is_cut_to_the_directory_before_it() {
        assert_eq!(base_of("src/**/*.js"), "src");
        assert_eq!(base_of("./a/../b/x*"), "b");
        assert_eq!(base_of("*.py"), "");
        assert!(!is_glob("a\\*b"));
        assert!(is_glob("a\\\\*b"));
    }

    #[test]
    fn lines_are_as_long_as_a_dockerfile_takes_them() {
        let lines = packed(vec!["x".repeat(30_000), "y".repeat(29_000), "z".repeat(5000)]);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.len() <= MAX_LINE));
    }
}
