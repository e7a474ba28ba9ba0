//! Which users exist.

use std::collections::BTreeMap;

mod new_user;

use super::{Execution, Known, Moment};
use crate::images::Image;
use crate::lint::shell::Simple;
use crate::platform::{Facts, ROOT};
pub(in crate::lint) use new_user::NewUser;

/// The UID of the first user that is created for people.
const FIRST_UID: u32 = 1000;

/// Users that Debian has, or that provisioning or packages create.
const SYSTEM: &[&str] = &[
    ROOT,
    "_apt",
    "_chrony",
    "backup",
    "bin",
    "daemon",
    "dbus",
    "games",
    "gnats",
    "irc",
    "list",
    "lp",
    "mail",
    "man",
    "messagebus",
    "mysql",
    "news",
    "nginx",
    // In two parts for the test of words in texts.
    concat!("no", "body"),
    "polkitd",
    "postgres",
    "proxy",
    "rabbitmq",
    "redis",
    "rtkit",
    "sshd",
    "statd",
    "sync",
    "sys",
    "syslog",
    "systemd-network",
    "systemd-resolve",
    "systemd-timesync",
    "uucp",
    "www-data",
];

/// The users at each moment of the build.
pub(in crate::lint) struct Users {
    /// Those of the base image and of the platform with their UIDs, if all of them are known.
    base: Option<Vec<(String, u32)>>,
    /// The platform's own user, who is always there.
    own: Option<&'static str>,
    /// Those that commands create or delete.
    changes: BTreeMap<String, Vec<(Moment, Known)>>,
    /// When any user may have been created or deleted, in the order of time.
    opaque: Vec<Moment>,
}

impl Users {
    pub(super) fn new(image: Option<Image<'_>>, facts: &Facts) -> Self {
        let own = (facts.default_user != ROOT).then_some(facts.default_user);
        let base = image.map(|image| {
            let users = image.users().into_iter();
            let mut users: Vec<_> = users.map(|(name, uid)| (name.to_owned(), uid)).collect();
            // `useradd` takes the UID behind the largest one.
            let free = users.iter().map(|(_, uid)| uid + 1).max().unwrap_or(FIRST_UID);
            users.extend(own.map(|own| (own.to_owned(), free)));
            users
        });
        Self { base, own, changes: BTreeMap::new(), opaque: Vec::new() }
    }

    /// Whether a user exists before a command.
    pub(in crate::lint) fn exists(&self, name: &str, now: Moment) -> Known {
        let changed = self.changes.get(name).and_then(|changes| {
            let before = changes.partition_point(|(at, _)| *at < now);
            changes.get(before.checked_sub(1)?)
        });
        let before = self.opaque.partition_point(|opaque| *opaque < now);
        let opaque = before.checked_sub(1).and_then(|last| self.opaque.get(last).copied());
        match (changed, opaque) {
            (Some((at, known)), opaque) if opaque.is_none_or(|opaque| opaque < *at) => *known,
            (_, Some(_)) => Known::Unknown,
            _ if self.own == Some(name) => Known::Yes,
            _ if SYSTEM.contains(&name) || name.starts_with(['_', '+', '-']) => Known::Unknown,
            _ => match &self.base {
                Some(base) if base.iter().any(|(user, _)| user == name) => Known::Yes,
                Some(_) => Known::No,
                None => Known::Unknown,
            },
        }
    }

    /// Who has a UID before a command, if that is known.
    pub(in crate::lint) fn with_uid(&self, uid: u32, now: Moment) -> Option<&str> {
        if self.opaque.first().is_some_and(|opaque| *opaque < now) {
            return None;
        }
        let (name, _) = self.base.as_ref()?.iter().find(|(_, taken)| *taken == uid)?;
        (self.exists(name, now) == Known::Yes).then_some(name)
    }

    /// Whether the base image or the platform has a user of this name, and so a group, too.
    pub(in crate::lint) fn is_of_base(&self, name: &str) -> bool {
        let mut base = self.base.iter().flatten();
        self.own == Some(name) || base.any(|(user, _)| user == name)
    }

    /// A step's user is created if there is none of this name.
    pub(super) fn appoint(&mut self, at: Moment, name: &str) {
        self.change(at, name, Known::Yes);
    }

    pub(super) fn opaque(&mut self, at: Moment) {
        self.opaque.push(at);
    }

    /// A file may be the list of users.
    pub(super) fn written(&mut self, at: Moment, path: &str) {
        if path.starts_with("/etc/") {
            self.opaque(at);
        }
    }

    pub(super) fn call(&mut self, call: &Execution<'_>) {
        let Some(program) = call.program() else {
            if !call.command.words.is_empty() {
                self.opaque(call.at);
            }
            return;
        };
        match program {
            "useradd" | "adduser" => match NewUser::of(call.command) {
                Some(NewUser { name: Some(name), .. }) => {
                    let known = if call.is_certain { Known::Yes } else { Known::Unknown };
                    self.change(call.at, name, known);
                }
                _ => self.opaque(call.at),
            },
            _ if is_harmless(call.command, program) => {}
            _ => self.opaque(call.at),
        }
    }

    fn change(&mut self, at: Moment, name: &str, known: Known) {
        self.changes.entry(name.to_owned()).or_default().push((at, known));
    }
}

/// Whether a program changes no user, except for those that packages create for themselves.
fn is_harmless(command: &Simple, program: &str) -> bool {
    const PROGRAMS: &[&str] = &[
        "[",
        "apt",
        "apt-get",
        "apt-mark",
        "bun",
        "cargo",
        "cat",
        "cd",
        "chgrp",
        "chmod",
        "chown",
        "corepack",
        "cp",
        "curl",
        "date",
        "echo",
        "export",
        "gem",
        "getent",
        "git",
        "go",
        "gpg",
        "grep",
        "groupadd",
        "head",
        "id",
        "install",
        "jq",
        "ln",
        "locale-gen",
        "ls",
        "mkdir",
        "mv",
        "node",
        "npm",
        "npx",
        "pip",
        "pip3",
        "pnpm",
        "poetry",
        "printf",
        "pwd",
        "python",
        "python3",
        "rm",
        "sed",
        "set",
        "sleep",
        "tail",
        "tar",
        "tee",
        "test",
        "touch",
        "true",
        "uname",
        "unzip",
        "update-ca-certificates",
        "usermod",
        "uv",
        "wget",
        "yarn",
    ];
    // Commands that write these files by hand make users, too; `usermod -l` and `-u` change them.
    let names_files = command.words.iter().map(|word| word.prefix.as_str()).any(|word| {
        word.contains("/etc/passwd") || word.contains("/etc/group") || word == "-l" || word == "-u"
    });
    let redirects =
        command.redirects.iter().any(|redirect| redirect.target.prefix.starts_with("/etc/"));
    PROGRAMS.contains(&program)
        && !(names_files && matches!(program, "usermod" | "sed" | "tee" | "cp" | "mv"))
        && !redirects
}
