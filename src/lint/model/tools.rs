//! Which programs a login shell finds.

mod mentions;
mod table;

use super::{Execution, Known, Moment, packages};
use crate::images::Image;
use crate::lint::shell::{Script, Simple, Word, base_name};
use crate::platform::Facts;
use crate::scalar::Text;
pub(in crate::lint) use table::{TOOLS, Tool};

/// Programs that install no others, whatever their arguments.
const HARMLESS: &[&str] = &[
    "[",
    "adduser",
    "addgroup",
    "cat",
    "cd",
    "chmod",
    "chown",
    "date",
    "df",
    "dpkg-query",
    "echo",
    "env",
    "export",
    "false",
    "getent",
    "git",
    "grep",
    "groupadd",
    "head",
    "hostname",
    "id",
    "jq",
    "locale-gen",
    "ls",
    "mkdir",
    "printf",
    "ps",
    "pwd",
    "rm",
    "rmdir",
    "sed",
    "set",
    "sleep",
    "sort",
    "ss",
    "tail",
    "tee",
    "test",
    "touch",
    "true",
    "tr",
    "uname",
    "unset",
    "update-locale",
    "useradd",
    "usermod",
    "wc",
    "whoami",
];

/// Programs that may install others, as their arguments say.
const INSTALLERS: &[&str] = &[
    "apt",
    "apt-cache",
    "apt-get",
    "apt-mark",
    "bun",
    "cp",
    "curl",
    "gpg",
    "install",
    "ln",
    "mv",
    "npm",
    "pip",
    "pip3",
    "tar",
    "unzip",
    "wget",
];

/// Which tools there are, and since when that is not known.
pub(in crate::lint) struct Tools {
    /// For each of [`TOOLS`], whether the base image or provisioning has it.
    base: Vec<Known>,
    /// For each of [`TOOLS`], since when a command may have installed it.
    provided: Vec<Option<Moment>>,
    /// Since when anything may be installed.
    opaque: Option<Moment>,
}

impl Tools {
    /// Those of a base image; nothing is known of one that is not in the table.
    pub(super) fn new(image: Option<Image<'_>>, facts: &Facts) -> Self {
        let path = image.map(Image::path).unwrap_or_default();
        let on_path: Vec<_> = path.iter().flat_map(|(_, programs)| *programs).copied().collect();
        let base = TOOLS.iter().map(|tool| match image {
            Some(image) => of_image(tool, image, &on_path, facts),
            None => Known::Unknown,
        });
        Self { base: base.collect(), provided: vec![None; TOOLS.len()], opaque: None }
    }

    /// Whether a tool is certainly missing before a command.
    pub(in crate::lint) fn is_missing(&self, tool: usize, now: Moment) -> bool {
        let before = |moment: &Option<Moment>| moment.is_some_and(|moment| moment < now);
        self.base.get(tool) == Some(&Known::No)
            && self.provided.get(tool).is_some_and(|provided| !before(provided))
            && !before(&self.opaque)
    }

    pub(super) fn opaque(&mut self, at: Moment) {
        self.opaque.get_or_insert(at);
    }

    /// A copy to a directory of programs may install any of them.
    pub(super) fn copy(&mut self, at: Moment, target: &str) {
        const SOURCES: &[&str] = &["/home/", "/app", "/code/", "/src", "/workspace"];
        let is_relative = !target.starts_with('/');
        if is_relative || SOURCES.iter().any(|directory| target.starts_with(directory)) {
            return;
        }
        self.opaque(at);
    }

    /// A file may be a program, or change where shells look for programs.
    pub(super) fn written(&mut self, at: Moment, path: &str) {
        const SETTINGS: &[&str] = &["profile", "bash", "environment"];
        if SETTINGS.iter().any(|word| path.contains(word)) {
            self.opaque(at);
        } else if let Some(provided) =
            tool_named(base_name(path)).and_then(|tool| self.provided.get_mut(tool))
        {
            provided.get_or_insert(at);
        }
    }

    /// A variable may add directories of programs.
    pub(super) fn variables(&mut self, at: Moment, variables: &[(String, Text)]) {
        if variables.iter().any(|(name, _)| name == "PATH" || name == "BASH_ENV") {
            self.opaque(at);
        }
    }

    pub(super) fn call(&mut self, call: &Execution<'_>) {
        let command = call.command;
        let Some(program) = call.program() else {
            if !command.words.is_empty() || !command.assignments.is_empty() {
                self.opaque(call.at);
            }
            return;
        };
        let is_tool = tool_named(program).is_some();
        if INSTALLERS.contains(&program) {
            // What a variable holds may install anything.
            if command.words.iter().any(|word| word.literal.is_none()) {
                self.opaque(call.at);
            }
            self.apt(call, program);
        } else if !HARMLESS.contains(&program) && !is_tool {
            self.opaque(call.at);
        } else if is_tool && !is_question(command) && self.has(program, call.at) != Known::No {
            // A tool that is there may install anything, as `make install` does.
            self.opaque(call.at);
        }
        self.mentioned(call, program);
    }

    /// Whether a program is there, as far as it is known.
    fn has(&self, program: &str, now: Moment) -> Known {
        match tool_named(program) {
            Some(tool) if self.is_missing(tool, now) => Known::No,
            _ => Known::Unknown,
        }
    }

    /// Remembers the tools that the arguments of a command name.
    fn mentioned(&mut self, call: &Execution<'_>, program: &str) {
        let plain = matches!(program, "echo" | "printf" | "cat" | "rm" | "ls" | "useradd");
        let is_redirected = !call.command.redirects.is_empty();
        if plain && !is_redirected {
            return;
        }
        let is_apt = matches!(program, "apt" | "apt-get");
        let words = call.command.command().iter().skip(1).chain(&call.command.assignments);
        let targets = call.command.redirects.iter().map(|redirect| &redirect.target);
        for word in words.chain(targets) {
            let text = word.literal.as_deref().unwrap_or(&word.prefix);
            for at in mentions::named(text) {
                // Debian's `python3` has no program `python`.
                let is_other = match TOOLS[at].names {
                    ["python"] => is_apt && text.starts_with("python3"),
                    // Files of keys are called after it, and so are the URLs that they come from.
                    ["gpg"] => text.contains("://") || text.contains(".gpg"),
                    _ => false,
                };
                if let Some(provided) = self.provided.get_mut(at).filter(|_| !is_other) {
                    provided.get_or_insert(call.at);
                }
            }
        }
    }

    /// Remembers what packages bring.
    fn apt(&mut self, call: &Execution<'_>, program: &str) {
        if !matches!(program, "apt" | "apt-get") {
            return;
        }
        let mut words = call.command.arguments().filter(|word| !word.starts_with('-'));
        if words.next() != Some("install") {
            return;
        }
        for word in words {
            let Some(brings) = packages::brings(word) else {
                let others = TOOLS.iter().zip(&mut self.provided).filter(|(tool, _)| {
                    // No package of Debian brings these as a dependency.
                    !matches!(tool.names[0], "pip" | "python" | "bun" | "uv" | "poetry" | "pnpm")
                });
                for (_, provided) in others {
                    provided.get_or_insert(call.at);
                }
                continue;
            };
            for (tool, provided) in TOOLS.iter().zip(&mut self.provided) {
                if brings.contains(&tool.package) {
                    provided.get_or_insert(call.at);
                }
            }
        }
    }
}

/// The place in [`TOOLS`] of a program.
pub(in crate::lint) fn tool_named(program: &str) -> Option<usize> {
    TOOLS.iter().position(|tool| tool.names.contains(&program))
}

/// `on_path` are the programs that only the image's own `PATH` has.
fn of_image(tool: &Tool, image: Image<'_>, on_path: &[&str], facts: &Facts) -> Known {
    let family = image.family;
    let has = |name: &&str| image.programs().any(|program| program == *name);
    let package = tool.package;
    let is_installed = image.packages().any(|name| name == package)
        || facts.provisioned.contains(&package)
        // Versions of the image differ in these.
        || family.repository == "node" && matches!(tool.names[0], "yarn" | "pnpm");
    if tool.names.iter().any(has) || is_installed {
        Known::Yes
    } else if on_path.iter().any(|name| tool.names.contains(name)) {
        // Whether it is found depends on the shell, which is the subject of another rule.
        Known::Unknown
    } else {
        Known::No
    }
}

/// Whether a command only asks a program for its version.
pub(super) fn is_question(command: &Simple) -> bool {
    const QUESTIONS: &[&str] = &["--version", "-V", "-v", "version", "--help"];
    let mut arguments = command.arguments();
    arguments.next().is_some_and(|first| QUESTIONS.contains(&first)) && arguments.next().is_none()
}

/// Whether a script may change what names of programs mean.
pub(in crate::lint) fn redefines(script: &Script) -> bool {
    script.calls().any(|call| changes_lookup(call.command))
}

/// Whether a command may change what names of programs mean in its shell.
pub(in crate::lint) fn changes_lookup(command: &Simple) -> bool {
    let assigns = |word: &Word| word.prefix.starts_with("PATH=");
    matches!(command.name(), Some("source" | "." | "eval" | "alias" | "hash"))
        || command.assignments.iter().chain(&command.words).any(assigns)
}

/// Whether it is known what a program may install.
pub(super) fn is_modelled(program: &str) -> bool {
    HARMLESS.contains(&program) || INSTALLERS.contains(&program) || tool_named(program).is_some()
}

/// Whether a command certainly updates no package index.
pub(in crate::lint) fn updates_no_index(command: &Simple) -> bool {
    let Some(program) = command.program() else { return command.words.is_empty() };
    is_modelled(program)
}
