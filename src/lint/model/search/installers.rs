//! Commands that install programs into directories of their own.
//!
//! Sources: the installers' scripts (November 2026). A step of the E2B family has
//! `SHELL=/bin/bash`, so an installer that asks for the shell changes `~/.bashrc`. A user's own
//! `.bashrc`, from `/etc/skel`, ends at once in a shell that is not interactive; root's does not.

use super::{NODE, Programs, Reach, package_name};
use crate::lint::model::Execution;
use crate::lint::shell::{Word, base_name};
use crate::platform::ROOT;

/// What a command installs where.
pub(super) struct Installed {
    pub(super) programs: Programs,
    pub(super) directory: Place,
    pub(super) reach: Reach,
}

/// A directory, which may be below the home of the user who installs.
pub(super) enum Place {
    Home(&'static str),
    Absolute(String),
}

/// How an installer lets shells find its programs.
#[derive(Clone, Copy)]
enum Setup {
    /// It changes `~/.profile`.
    Profile,
    /// It changes `~/.bashrc`.
    Bashrc,
    /// It changes nothing; `~/.profile` of `/etc/skel` adds `~/.local/bin`, and root's does not.
    Skel,
}

/// A script that people pipe into a shell.
struct Installer {
    /// A part of its URL.
    url: &'static str,
    programs: &'static [&'static str],
    /// Below the home directory.
    directory: &'static str,
    setup: Setup,
}

const INSTALLERS: &[Installer] = &[
    Installer {
        url: "astral.sh/uv",
        programs: &["uv", "uvx"],
        directory: ".local/bin",
        setup: Setup::Profile,
    },
    Installer {
        url: "sh.rustup.rs",
        programs: &["cargo", "rustc", "rustup", "rustdoc", "rustfmt"],
        directory: ".cargo/bin",
        setup: Setup::Profile,
    },
    Installer {
        url: "bun.sh/install",
        programs: &["bun", "bunx"],
        directory: ".bun/bin",
        setup: Setup::Bashrc,
    },
    Installer {
        url: "bun.com/install",
        programs: &["bun", "bunx"],
        directory: ".bun/bin",
        setup: Setup::Bashrc,
    },
    Installer {
        url: "deno.land/install.sh",
        programs: &["deno"],
        directory: ".deno/bin",
        setup: Setup::Bashrc,
    },
    Installer {
        url: "deno.land/x/install",
        programs: &["deno"],
        directory: ".deno/bin",
        setup: Setup::Bashrc,
    },
    Installer {
        url: "get.pnpm.io/install.sh",
        programs: &["pnpm"],
        directory: ".local/share/pnpm",
        setup: Setup::Bashrc,
    },
    Installer {
        url: "install.python-poetry.org",
        programs: &["poetry"],
        directory: ".local/bin",
        setup: Setup::Skel,
    },
];

/// Whether a script at a URL installs programs and nothing else.
pub(super) fn is_known(url: &str) -> bool {
    INSTALLERS.iter().any(|installer| url.contains(installer.url))
}

/// What a script at a URL installs, if it is piped into a command without other settings.
pub(super) fn of_url(url: &str, execution: &Execution<'_>) -> Option<Installed> {
    let installer = INSTALLERS.iter().find(|installer| url.contains(installer.url))?;
    let command = execution.command;
    let is_plain = command.assignments.is_empty()
        && !command.has_sudo()
        && command.words.iter().all(|word| word.literal.is_some() && !word.prefix.contains('='));
    let arguments: Vec<&str> = command.arguments().collect();
    let options = match arguments.as_slice() {
        [] | ["-" | "-e" | "-x" | "-ex"] => [].as_slice(),
        ["-s", options @ ..] => options,
        _ => return None,
    };
    let is_usual = |option: &&str| {
        matches!(*option, "-" | "--" | "-y" | "-q" | "--quiet" | "--no-modify-path")
    };
    if !is_plain || !options.iter().all(is_usual) {
        return None;
    }
    let is_root = execution.user? == ROOT;
    let reach = match installer.setup {
        _ if options.contains(&"--no-modify-path") => Reach::Never,
        // It asks for nothing and changes what it finds.
        Setup::Bashrc if is_root || options.contains(&"-y") => Reach::Unclear,
        Setup::Bashrc => Reach::Never,
        Setup::Skel if is_root => Reach::Never,
        Setup::Profile | Setup::Skel => Reach::Later,
    };
    Some(Installed {
        programs: Programs::Listed(installer.programs),
        directory: Place::Home(installer.directory),
        reach,
    })
}

/// What a command installs into a directory that no shell searches.
///
/// `venv` is the directory of an active virtual environment; `is_users` says whether `pip` of a user
/// who is not root installs for that user alone.
pub(super) fn of_command(
    execution: &Execution<'_>,
    venv: Option<&str>,
    is_users: bool,
) -> Option<Installed> {
    let command = execution.command.command();
    let first = command.first()?.literal.as_deref()?;
    let words: Vec<&str> = execution.command.arguments().collect();
    let never = |programs, directory| Some(Installed { programs, directory, reach: Reach::Never });
    match base_name(first) {
        "pip" | "pip3" | "python" | "python3" => {
            let own = pip_directory(execution, first, venv);
            python(execution, &words, base_name(first), own, is_users)
        }
        "uv" if words.starts_with(&["pip", "install"]) && !words.contains(&"--system") => {
            let directory = match venv {
                Some(venv) => venv.to_owned(),
                None => execution.absolute(".venv/bin")?,
            };
            never(packages(&words), Place::Absolute(directory))
        }
        "uv" if matches!(words.first(), Some(&("sync" | "add"))) => {
            let is_elsewhere = words.iter().any(|word| is_elsewhere(word));
            let directory = execution.absolute(".venv/bin").filter(|_| !is_elsewhere)?;
            never(packages(&words), Place::Absolute(directory))
        }
        "npm" | "pnpm" | "yarn" | "bun" if installs_locally(first, &words) => {
            let directory = execution.absolute("node_modules/.bin")?;
            never(Programs::Listed(NODE), Place::Absolute(directory))
        }
        "go" if words.first() == Some(&"install") => {
            let path = words.iter().skip(1).find(|word| word.contains('@'))?;
            let name = go_program(path)?.to_owned();
            never(Programs::Named(vec![name]), Place::Home("go/bin"))
        }
        "tar" => unpacked_go(execution, &words),
        _ => None,
    }
}

/// What `pip` installs: into a virtual environment, or for its user.
fn python(
    execution: &Execution<'_>,
    words: &[&str],
    program: &str,
    venv: Option<String>,
    is_users: bool,
) -> Option<Installed> {
    let words =
        if program.starts_with("pip") { words } else { words.strip_prefix(&["-m", "pip"])? };
    if words.first() != Some(&"install") || words.iter().any(|word| is_elsewhere(word)) {
        return None;
    }
    let programs = packages(words);
    if let Some(venv) = venv {
        return Some(Installed { programs, directory: Place::Absolute(venv), reach: Reach::Never });
    }
    let is_root = execution.user? == ROOT;
    let reach = if is_root { Reach::Never } else { Reach::Later };
    let is_own = words.contains(&"--user") || is_users && !is_root;
    is_own.then_some(Installed { programs, directory: Place::Home(".local/bin"), reach })
}

/// The directory of the programs of the virtual environment that a Python belongs to: that of its
/// path, such as `/opt/venv/bin/pip`, unless it is the system's, or that of the active one.
fn pip_directory(execution: &Execution<'_>, first: &str, venv: Option<&str>) -> Option<String> {
    match first.rsplit_once('/') {
        Some((directory, _)) if directory.starts_with("/usr/") => None,
        Some((directory, _)) => execution.absolute(directory),
        None => venv.map(str::to_owned),
    }
}

/// The packages of an installation, without versions and extras.
fn packages(words: &[&str]) -> Programs {
    let is_package = |word: &&&str| {
        !word.starts_with('-') && !matches!(**word, "pip" | "install" | "sync" | "add")
    };
    let names = words.iter().filter(is_package);
    Programs::Packages(names.map(|name| package_name(name).to_owned()).collect())
}

/// Whether an option names another place.
fn is_elsewhere(word: &str) -> bool {
    const OPTIONS: &[&str] = &[
        "-t",
        "--target",
        "--prefix",
        "--root",
        "--python",
        "--active",
        "--project",
        "--directory",
    ];
    OPTIONS.contains(&word.split('=').next().unwrap_or(word))
}

/// Whether a package manager of Node installs into the project.
fn installs_locally(program: &str, words: &[&str]) -> bool {
    const OTHERS: &[&str] =
        &["-g", "--global", "--location=global", "global", "--prefix", "-C", "--cwd", "--dir"];
    let first = words.iter().find(|word| !word.starts_with('-')).copied();
    let installs = match first {
        None => program == "yarn" && words.is_empty(),
        Some(first) => matches!(first, "install" | "i" | "ci" | "add"),
    };
    installs && !words.iter().any(|word| OTHERS.contains(word))
}

/// The name of the program that `go install PATH@VERSION` makes.
fn go_program(path: &str) -> Option<&str> {
    let (module, _) = path.split_once('@')?;
    let is_version = |part: &&str| {
        part.strip_prefix('v').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    module.rsplit('/').find(|part| !is_version(part))
}

/// `tar -C /usr/local -xzf go1.23.4.linux-amd64.tar.gz`
fn unpacked_go(execution: &Execution<'_>, words: &[&str]) -> Option<Installed> {
    let is_archive = |word: &&str| {
        let name = base_name(word);
        name.starts_with("go1.") && name.contains("linux") && name.ends_with(".tar.gz")
    };
    words.iter().find(|word| is_archive(word))?;
    let options = execution.command.command();
    let at = options.iter().position(|word| is(word, "-C") || is(word, "--directory"))?;
    let target = options.get(at + 1)?.literal.as_deref()?;
    if words.iter().any(|word| word.starts_with("--strip")) {
        return None;
    }
    let directory = format!("{}/go/bin", execution.absolute(target)?.trim_end_matches('/'));
    Some(Installed {
        programs: Programs::Listed(&["go", "gofmt"]),
        directory: Place::Absolute(directory),
        reach: Reach::Never,
    })
}

fn is(word: &Word, text: &str) -> bool {
    word.literal.as_deref() == Some(text)
}
