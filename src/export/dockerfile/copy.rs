//! Copies by the platform's rules, which are those of an archive that is merged into its target.
//!
//! `COPY` differs where directories match a pattern, where links are among the sources, and in the
//! owner of directories that it creates. So directories are created before, links are made by
//! commands, and the files of a pattern that matches directories are listed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::{Export, paths, text};
use crate::context::{Entry, EntryKind};
use crate::export::Remark;
use crate::platform::ROOT;
use crate::scalar::Mode;
use crate::scalar::shell::quote;
use crate::template::{Copy, Instruction};

/// What is the same for all files of a copy.
struct Target<'a> {
    copy: &'a Copy,
    /// The path in the image, absolute.
    path: String,
    /// Whether it is a directory into which files are copied under their names.
    is_directory: bool,
    /// `user:group`
    owner: String,
}

impl Target<'_> {
    /// The mode of an entry, if it is not that of the file.
    fn mode(&self, entry: Option<&Entry>) -> Option<Mode> {
        let changed = entry.filter(|_| self.copy.mode_change.is_some());
        self.copy.mode.or_else(|| changed.map(|entry| Mode::of_file(entry.mode)))
    }

    /// The instruction that copies sources into a directory, or one to a path.
    fn instruction(&self, sources: &[String], target: &str, mode: Option<Mode>) -> String {
        let mut flags = String::new();
        if !is_root(&self.owner) {
            let _ = write!(flags, "--chown={} ", text::word(&self.owner));
        }
        if let Some(mode) = mode {
            let _ = write!(flags, "--chmod={mode} ");
        }
        let words = sources.iter().map(String::as_str).chain([target]);
        let is_plain = words.clone().all(|word| {
            word.chars().all(|c| c.is_ascii_alphanumeric() || "_@%+:,./-*?".contains(c))
        });
        if is_plain {
            return format!("COPY {flags}{}", words.collect::<Vec<_>>().join(" "));
        }
        format!("COPY {flags}[{}]", words.map(text::path).collect::<Vec<_>>().join(", "))
    }
}

impl Export<'_> {
    pub(super) fn copy(&mut self, copy: &Copy, entries: &[Entry], instruction: &Instruction) {
        let owner = copy.owner.as_ref().unwrap_or(&self.user);
        let owner = if owner.contains(':') { owner.clone() } else { format!("{owner}:{owner}") };
        let Some(directory) = self.workdir.clone().or_else(|| paths::home(&self.user)) else {
            let message = "the home directory of the user is not known, so nothing is copied";
            let remark = Remark::lost(instruction.origin.span(), message);
            self.remarks.push(remark.help("write an absolute path, or set `workdir`"));
            return;
        };
        let target = Target {
            copy,
            path: paths::join(&directory, &copy.target),
            is_directory: copy.target.ends_with('/'),
            owner,
        };
        let source = normal(&copy.source);
        let Some(at) = wildcard(&copy.source) else {
            return self.named(&source, entries, &target);
        };
        let base = normal(copy.source[..at].rsplit_once('/').map_or("", |(base, _)| base));
        if is_flat(&copy.source[at..], &base, entries) && !copy.follow_symlinks {
            self.directory(&target.path);
            let sources = [copy.source.clone()];
            let line = target.instruction(&sources, &with_slash(&target.path), target.mode(None));
            self.line(&line);
            return;
        }
        let message = "the files of the pattern are listed, because `COPY` would put all of them \
                       into one directory";
        let remark = Remark::note(instruction.origin.span(), message);
        self.remarks.push(remark.help("export again when files are added"));
        self.listed(&base, entries, &target);
    }

    /// A source without wildcards.
    fn named(&mut self, source: &str, entries: &[Entry], target: &Target<'_>) {
        let copy = target.copy;
        match entries {
            [entry] if entry.kind != EntryKind::Directory => {
                let name = paths::name(&entry.path).to_owned();
                let path = if target.is_directory {
                    paths::join(&target.path, &name)
                } else {
                    target.path.clone()
                };
                self.directory(&paths::parent(&path));
                if let EntryKind::Link(to) = &entry.kind {
                    self.link(&path, to, target);
                    return;
                }
                let to = if target.is_directory { with_slash(&target.path) } else { path };
                let line =
                    target.instruction(&[text::pattern(source)], &to, target.mode(Some(entry)));
                self.line(&line);
            }
            entries if copy.follow_symlinks || copy.mode_change.is_some() => {
                self.listed(source, entries, target);
            }
            _ => {
                self.directory(&target.path);
                let source = if source.is_empty() { ".".to_owned() } else { text::pattern(source) };
                let sources = [with_slash(&source)];
                let line =
                    target.instruction(&sources, &with_slash(&target.path), target.mode(None));
                self.line(&line);
            }
        }
    }

    /// Every entry by itself, merged into the target.
    fn listed(&mut self, base: &str, entries: &[Entry], target: &Target<'_>) {
        self.directory(&target.path);
        let mut directories: BTreeMap<String, Option<Mode>> = BTreeMap::new();
        let mut groups: BTreeMap<(String, Option<u16>), Vec<String>> = BTreeMap::new();
        let mut links = Vec::new();
        for entry in entries {
            let relative = below(&entry.path, base);
            let path = paths::join(&target.path, relative);
            let parent = if entry.kind == EntryKind::Directory {
                relative
            } else {
                relative.rsplit_once('/').map_or("", |(parent, _)| parent)
            };
            for ancestor in with_ancestors(parent) {
                directories.entry(ancestor).or_default();
            }
            match &entry.kind {
                EntryKind::Directory if !relative.is_empty() => {
                    let own = target.mode(Some(entry)).unwrap_or(Mode::of_file(entry.mode));
                    directories.insert(relative.to_owned(), Some(own));
                }
                EntryKind::Directory => {}
                EntryKind::Link(to) => links.push((path, to.clone())),
                EntryKind::File => {
                    let mode = target.mode(Some(entry)).map(|mode| mode.bits);
                    let key = (paths::parent(&path), mode);
                    groups.entry(key).or_default().push(text::pattern(&entry.path));
                }
            }
        }
        self.directories_of(&directories, target);
        for ((directory, mode), sources) in groups {
            let mode = mode.map(|bits| Mode { bits });
            let line = target.instruction(&sources, &with_slash(&directory), mode);
            self.line(&line);
        }
        for (path, to) in links {
            self.link(&path, &to, target);
        }
    }

    /// The directories that a copy brings. Those that are there keep their owner and mode.
    fn directories_of(
        &mut self,
        directories: &BTreeMap<String, Option<Mode>>,
        target: &Target<'_>,
    ) {
        if directories.is_empty() {
            return;
        }
        let owner = quote(&target.owner);
        let mut script = String::from("set -e\n");
        for (relative, mode) in directories {
            let path = paths::join(&target.path, relative);
            let mode =
                mode.or(target.copy.mode).map(|mode| format!(" && chmod {mode} {0}", quote(&path)));
            let path = quote(&path);
            let _ = writeln!(
                script,
                "[ -d {path} ] || {{ mkdir {path} && chown {owner} {path}{}; }}",
                mode.unwrap_or_default()
            );
        }
        self.script(script.trim_end());
        let made: BTreeSet<_> =
            directories.keys().map(|relative| paths::join(&target.path, relative)).collect();
        self.directories.extend(made);
    }

    fn link(&mut self, path: &str, to: &str, target: &Target<'_>) {
        let (path, to, owner) = (quote(path), quote(to), quote(&target.owner));
        self.run(&format!("ln -sfn -- {to} {path} && chown -h {owner} {path}"), ROOT, &[]);
    }

    /// Creates a directory unless it is known to exist. It belongs to root: `COPY` would give it to the owner
    /// of the files.
    fn directory(&mut self, path: &str) {
        if !self.directories.contains(path) {
            self.run(&format!("mkdir -p {}", quote(path)), ROOT, &[]);
            self.directories.extend(paths::with_parents(path));
        }
    }
}

/// Whether `COPY` does the same with a pattern: all matches are files of one directory.
fn is_flat(pattern: &str, base: &str, entries: &[Entry]) -> bool {
    let is_simple = !pattern.contains(['/', '[', '\\']) && !pattern.contains("**");
    is_simple
        && entries.iter().all(|entry| {
            let relative = below(&entry.path, base);
            entry.kind == EntryKind::File && !relative.contains('/')
        })
}

fn is_root(owner: &str) -> bool {
    owner.split(':').all(|name| matches!(name, ROOT | "0"))
}

fn with_slash(path: &str) -> String {
    if path.ends_with('/') { path.to_owned() } else { format!("{path}/") }
}

/// The directories above a relative path, and itself.
fn with_ancestors(path: &str) -> Vec<String> {
    let ends = path.match_indices('/').map(|(at, _)| &path[..at]);
    ends.chain([path]).filter(|path| !path.is_empty()).map(str::to_owned).collect()
}

/// The place of the first character that makes a pattern of a source.
fn wildcard(source: &str) -> Option<usize> {
    let mut is_escaped = false;
    source.char_indices().find_map(|(at, c)| {
        let is_special = !is_escaped && matches!(c, '*' | '?' | '[');
        is_escaped = !is_escaped && c == '\\';
        is_special.then_some(at)
    })
}

/// A path of the context without `.`, `..` and escapes; the context itself is empty.
fn normal(path: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part.replace('\\', "")),
        }
    }
    parts.join("/")
}

/// An entry's path relative to a directory of the context; empty for that directory.
fn below<'a>(path: &'a str, base: &str) -> &'a str {
    if path == "." {
        return "";
    }
    path.strip_prefix(base).map_or(path, |rest| rest.trim_start_matches('/'))
}
