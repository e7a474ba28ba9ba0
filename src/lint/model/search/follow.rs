//! What instructions and commands change about the directories of programs.

use super::installers::{self, Installed};
use super::programs::{self, EXPECTED};
use super::{
    GLOBAL_NODE, Path, Place, Programs, Reach, SYSTEM_PYTHON, Search, Source, Within, package_name,
};
use crate::lint::model::tools::{is_modelled, is_question};
use crate::lint::model::{Execution, Moment, home_of};
use crate::lint::shell::{Separator, Simple, Word, base_name};
use crate::scalar::Text;
use crate::template::EnvScope;

/// The largest number of directories that are tracked. Beyond it nothing is known, to stay linear.
const MOST_PLACES: usize = 100;

/// Variables by which installers find their directory.
const RELOCATING: &[&str] = &[
    "BUN_INSTALL",
    "CARGO_HOME",
    "DENO_INSTALL",
    "GOBIN",
    "GOPATH",
    "HOME",
    "NPM_CONFIG_PREFIX",
    "PNPM_HOME",
    "POETRY_HOME",
    "PYTHONUSERBASE",
    "UV_INSTALL_DIR",
    "UV_PROJECT_ENVIRONMENT",
    "UV_SYSTEM_PYTHON",
    "VIRTUAL_ENV",
    "XDG_BIN_HOME",
    "XDG_DATA_HOME",
];

/// Files that change how login shells find programs, and directories in which they find them.
const SETUP: &[&str] = &[
    "/etc/profile",
    "/etc/environment",
    ".bashrc",
    ".profile",
    ".bash_profile",
    "/etc/bash",
    "/usr/local/bin",
    "/usr/bin",
];

impl Search {
    pub(in crate::lint::model) fn opaque(&mut self, at: Moment) {
        self.unknown.get_or_insert(at);
    }

    /// A file that is written or copied may be a program, or change where shells look for them.
    pub(in crate::lint::model) fn written(&mut self, at: Moment, path: &str) {
        let is_searched = ["/usr", "/bin", "/sbin"].iter().any(|top| path.starts_with(top));
        if is_searched || sets_up(path) {
            self.opaque(at);
        }
    }

    /// A command that names such a file may change it.
    pub(in crate::lint::model) fn script(&mut self, at: Moment, text: &str) {
        if sets_up(text) {
            self.opaque(at);
        }
    }

    pub(in crate::lint::model) fn variables(
        &mut self,
        at: Moment,
        scope: EnvScope,
        variables: &[(String, Text)],
    ) {
        if self.unknown.is_some() {
            return;
        }
        for (name, value) in variables {
            if RELOCATING.contains(&name.as_str()) {
                self.relocated.get_or_insert(at);
            }
            if name == "PATH" {
                self.path(at, scope, value);
            }
        }
    }

    /// A new value of `PATH`, which replaces the one before.
    fn path(&mut self, at: Moment, scope: EnvScope, value: &Text) {
        let whole = value.for_shell("$");
        let is_variable = |place: &&mut Place| place.source == Source::Variable;
        for place in self.places.iter_mut().filter(is_variable) {
            place.until.get_or_insert(at);
        }
        let is_other = |part: &str| {
            !matches!(part, "" | "$PATH" | "${PATH}")
                && (!part.starts_with('/') || part.contains('$'))
        };
        if whole.split(':').any(is_other) {
            // It may mean the directory of an installer.
            self.relocated.get_or_insert(at);
        }
        let plain = whole.split(':').filter(|part| part.starts_with('/') && !part.contains('$'));
        let directories: Vec<String> =
            plain.map(|part| part.trim_end_matches('/').to_owned()).collect();
        // `~/.profile` adds `~/.local/bin`, and `$HOME` has its own rule.
        let is_added = |path: &str| path.starts_with("/home/") && path.ends_with("/.local/bin");
        let searched = directories.iter().filter(|directory| self.resets && !is_added(directory));
        for directory in searched.take(MOST_PLACES) {
            let found = EXPECTED.iter().find(|(part, _)| directory.contains(part));
            self.places.extend(found.map(|(_, programs)| Place {
                directory: directory.clone(),
                source: Source::Variable,
                since: at,
                programs: Programs::Listed(programs),
                reach: Reach::Never,
                user: None,
                until: None,
            }));
        }
        self.paths.push(Path { since: at, directories, scope });
        self.bound(at);
    }

    pub(in crate::lint::model) fn call(&mut self, execution: &Execution<'_>) {
        let at = execution.at;
        if self.unknown.is_some() {
            return;
        }
        if self.script.instruction != at.instruction {
            self.script = Within { instruction: at.instruction, ..Within::default() };
        }
        let Some(program) = execution.program() else {
            if !execution.command.words.is_empty() {
                self.opaque(at);
            }
            return;
        };
        if changes_path(execution.command) {
            self.script.has_own_path = true;
        }
        let is_piped = execution.command.before == Separator::Pipe;
        let piped = self.script.piped.take().filter(|_| is_piped);
        let installed = match &piped {
            Some(url) => installers::of_url(url, execution),
            // Another `PATH` may have another `pip`.
            None if self.script.has_own_path && program.starts_with("pi") => None,
            None => {
                let venv = self.script.venv.as_deref();
                installers::of_command(execution, venv, self.has_python)
            }
        };
        if installed.is_none() && piped.is_some_and(|url| installers::is_known(&url)) {
            self.relocated.get_or_insert(at);
            return;
        }
        match installed {
            Some(installed) if execution.is_certain => self.installed(execution, installed),
            Some(_) => self.opaque(at),
            None => self.other(execution, program),
        }
    }

    fn installed(&mut self, execution: &Execution<'_>, installed: Installed) {
        let directory = match installed.directory {
            installers::Place::Absolute(directory) => directory,
            installers::Place::Home(name) => match execution.user {
                Some(user) => format!("{}/{name}", home_of(user)),
                None => return self.opaque(execution.at),
            },
        };
        if !self.is_known {
            return;
        }
        self.places.push(Place {
            directory,
            source: Source::Command(execution.command.range.clone()),
            since: execution.at,
            programs: installed.programs,
            reach: installed.reach,
            user: execution.user.map(str::to_owned),
            until: None,
        });
        self.bound(execution.at);
    }

    fn bound(&mut self, at: Moment) {
        if self.places.len().max(self.paths.len()) >= MOST_PLACES {
            self.opaque(at);
        }
    }

    /// A command that is not known to install programs somewhere else.
    fn other(&mut self, execution: &Execution<'_>, program: &str) {
        let at = execution.at;
        match program {
            "curl" | "wget" => {
                let mut arguments = execution.command.arguments();
                self.script.piped = arguments.find(|word| word.contains("://")).map(str::to_owned);
            }
            "." | "source" => {
                let file = execution.command.command().get(1);
                let file = file.and_then(|word| execution.absolute(word.literal.as_deref()?));
                self.script.venv = file.and_then(|file| {
                    Some(
                        file.strip_suffix("/activate").filter(|_| execution.is_certain)?.to_owned(),
                    )
                });
            }
            "corepack" => {
                for name in ["pnpm", "yarn"] {
                    self.elsewhere.entry(name.to_owned()).or_insert(at);
                }
            }
            _ if is_modelled(program) || programs::is_listed(program) => {}
            _ => self.opaque(at),
        }
        if relocates(execution, program) || runs_code(execution, program) {
            self.relocated.get_or_insert(at);
        }
        self.mentions(execution, program);
    }

    /// Remembers what the arguments of a command may put on `PATH`.
    fn mentions(&mut self, execution: &Execution<'_>, program: &str) {
        const QUIET: &[&str] = &["echo", "printf", "cat", "ls", "rm", "git", "cd", "curl", "wget"];
        let at = execution.at;
        let has = |words: &[&str]| execution.command.arguments().any(|word| words.contains(&word));
        let group = match program {
            "pip" | "pip3" | "pipx" | "uv" | "poetry" | "conda" | "mamba" | "python"
            | "python3" => {
                let installs = has(&["install", "sync", "add"]) && !installs_alone(execution);
                installs.then_some(SYSTEM_PYTHON)
            }
            "npm" | "pnpm" | "yarn" | "bun" => {
                has(&["install", "i", "add", "link", "global", "-g"]).then_some(GLOBAL_NODE)
            }
            _ => None,
        };
        if let Some(group) = group {
            self.elsewhere.entry(group.to_owned()).or_insert(at);
        }
        if QUIET.contains(&program) {
            return;
        }
        for word in execution.command.arguments().filter(|word| !word.starts_with('-')) {
            let name = base_name(package_name(word));
            if name.len() > 1 {
                self.elsewhere.entry(name.to_owned()).or_insert(at);
            }
        }
    }
}

/// Whether `pip` installs nothing but packages that bring no others.
fn installs_alone(execution: &Execution<'_>) -> bool {
    let words = execution.command.command().iter().skip(1);
    let mut words = words.map(|word| word.literal.as_deref().unwrap_or("-"));
    words.all(|word| {
        let is_option = matches!(word, "install" | "-m" | "pip" | "-U" | "--upgrade")
            || word == "--no-cache-dir";
        is_option || programs::ALONE.contains(&package_name(word))
    })
}

/// Whether a command changes `PATH` for itself or for its shell.
fn changes_path(command: &Simple) -> bool {
    let assigns = |word: &Word| word.prefix.starts_with("PATH=");
    command.assignments.iter().chain(&command.words).any(assigns)
}

/// Whether a command changes where installers put programs, or puts something itself where shells
/// look for them.
fn relocates(execution: &Execution<'_>, program: &str) -> bool {
    const WRITERS: &[&str] =
        &["mkdir", "cp", "mv", "ln", "install", "curl", "wget", "tar", "unzip", "tee", "touch"];
    const TOPS: &[&str] = &["/", "/usr", "/usr/", "/usr/local", "/usr/local/"];
    let command = execution.command;
    let assigns = |word: &Word| {
        let name = word.prefix.split_once('=').map(|(name, _)| name);
        name.is_some_and(|name| RELOCATING.contains(&name))
    };
    let writes = |word: &Word| {
        let text = word.literal.as_deref().unwrap_or(&word.prefix);
        text.contains(".local") || TOPS.contains(&text) || word.literal.is_none()
    };
    command.assignments.iter().chain(&command.words).any(assigns)
        || WRITERS.contains(&program) && command.command().iter().skip(1).any(writes)
}

/// Whether a command runs a program of the project, which may install anything.
fn runs_code(execution: &Execution<'_>, program: &str) -> bool {
    let mut words = execution.command.arguments();
    match program {
        "make" | "node" | "ruby" | "php" | "java" => !is_question(execution.command),
        "python" | "python3" => {
            let is_module = words.next() == Some("-m")
                && matches!(words.next(), Some("venv" | "virtualenv" | "pip"));
            !is_module && !is_question(execution.command)
        }
        _ => false,
    }
}

/// Whether a text names a file or a directory that changes which programs shells find.
fn sets_up(text: &str) -> bool {
    SETUP.iter().any(|place| text.contains(place))
}
