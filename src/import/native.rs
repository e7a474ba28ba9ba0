//! Commands that a step of the language stands for.

use std::fmt::Write as _;

use super::draft::{Step, Value};
use super::words::{Word, commands};
use crate::scalar::shell::quote;

/// A step in place of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Native {
    pub(super) step: Step,
    /// The command that the step sends.
    pub(super) command: String,
    /// Whether root runs the step's command.
    pub(super) by_root: bool,
    /// What the step does differently, to follow "an `apt` step, which".
    pub(super) which: Option<&'static str>,
}

/// What the command of an `apt` step begins with.
const UPDATE: &str = "apt-get update && ";
const INSTALL: &str = "DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes apt-get install -y";

/// The step that a command of `user` can be written as.
pub(super) fn of(command: &str, user: &str) -> Option<Native> {
    let commands = commands(command)?;
    let is_root = user == "root";
    if let Some(native) = apt(&commands).filter(|_| is_root) {
        return Some(native);
    }
    let [words] = commands.as_slice() else { return None };
    if words.iter().any(|word| word.is_pattern) {
        return None;
    }
    let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    match words.as_slice() {
        ["pip", "install", packages @ ..] if is_root => pip(packages),
        ["npm", "install" | "i", rest @ ..] => node("npm", rest, is_root),
        ["bun", "install"] => Some(exact("bun install", Step::of("bun", Value::Bool(true)))),
        ["git", "clone", rest @ ..] => git(rest),
        ["mkdir", "-p", paths @ ..] => paths_of(paths)
            .map(|list| exact(&format!("mkdir -p {}", join(paths)), Step::of("mkdir", list))),
        ["rm", rest @ ..] => remove(rest),
        ["mv", from, to] if !is_option(from) && !is_option(to) => {
            let step = Step::text("rename", *from).with("to", Value::Text((*to).to_owned()));
            Some(exact(&format!("mv {}", join(&[from, to])), step))
        }
        ["ln", option, target, link] if !is_option(target) && !is_option(link) => {
            symlink(option, target, link)
        }
        _ => None,
    }
}

fn exact(command: &str, step: Step) -> Native {
    Native { step, command: command.to_owned(), by_root: false, which: None }
}

fn join(words: &[&str]) -> String {
    words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
}

fn is_option(word: &str) -> bool {
    word.starts_with('-')
}

fn list(words: &[&str]) -> Value {
    Value::List(words.iter().map(|word| (*word).to_owned()).collect())
}

/// Paths without options and without characters that the manifest's checks warn about.
fn paths_of(paths: &[&str]) -> Option<Value> {
    let is_plain = |path: &&str| !is_option(path) && !path.contains(['*', '?', '[', '~', '$']);
    (!paths.is_empty() && paths.iter().all(is_plain)).then(|| list(paths))
}

/// `apt-get update && apt-get install -y …`, with what cleans up behind it.
fn apt(commands: &[Vec<Word>]) -> Option<Native> {
    let (update, rest) = commands.split_first()?;
    let (install, cleaning) = rest.split_first()?;
    let texts = |words: &[Word]| words.iter().map(|word| word.text.clone()).collect::<Vec<_>>();
    let update = texts(update);
    let is_apt = |word: &str| matches!(word, "apt-get" | "apt");
    let updates = update.first().is_some_and(|program| is_apt(program))
        && update.iter().skip(1).filter(|word| *word == "update").count() == 1
        && update.iter().skip(1).all(|word| {
            matches!(word.as_str(), "update" | "-q" | "-qq" | "-y" | "--quiet" | "--yes")
        });
    let cleans = cleaning.iter().all(|words| {
        let words = texts(words);
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        matches!(
            words.as_slice(),
            ["rm", "-rf" | "-fr" | "-r", "/var/lib/apt/lists/*" | "/var/lib/apt/lists"]
                | ["apt-get" | "apt", "clean" | "autoclean"]
        )
    });
    if !updates || !cleans || install.iter().any(|word| word.is_pattern) {
        return None;
    }
    let install = texts(install);
    let mut words = install.iter().map(String::as_str).peekable();
    let is_sent = words.next_if(|word| *word == "DEBIAN_FRONTEND=noninteractive").is_some()
        & words.next_if(|word| *word == "DEBCONF_NOWARNINGS=yes").is_some();
    if !is_apt(words.next()?) {
        return None;
    }
    let (mut installs, mut says_yes, mut recommends, mut quiet) = (false, false, true, false);
    let mut packages = Vec::new();
    for word in words {
        match word {
            "install" if !installs => installs = true,
            "-y" | "--yes" | "--assume-yes" => says_yes = true,
            "-yq" | "-qy" | "-yqq" | "-qqy" => (says_yes, quiet) = (true, true),
            "-q" | "-qq" | "--quiet" => quiet = true,
            "--no-install-recommends" => recommends = false,
            word if installs && is_package(word) => packages.push(word),
            _ => return None,
        }
    }
    if !says_yes || packages.is_empty() {
        return None;
    }
    let options = if recommends { "" } else { " --no-install-recommends" };
    let which = match (is_sent && !quiet, cleaning.is_empty()) {
        (true, true) => None,
        (_, true) => Some("asks no questions"),
        (_, false) => Some("asks no questions and keeps the package lists in the template"),
    };
    Some(Native {
        command: format!("{UPDATE}{INSTALL}{options} {}", join(&packages)),
        step: Step::of("apt", list(&packages)).when(!recommends, "recommends", Value::Bool(false)),
        by_root: true,
        which,
    })
}

fn is_package(word: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "+-.:=~_".contains(c);
    word.starts_with(|c: char| c.is_ascii_alphanumeric()) && word.chars().all(fits)
}

fn pip(packages: &[&str]) -> Option<Native> {
    // What `check` reads as a mistake stays a command.
    let plain = |word: &&str| !word.contains(char::is_whitespace);
    let names_any = packages.iter().any(|word| !is_option(word));
    if !names_any || !packages.iter().all(plain) || packages.contains(&"--user") {
        return None;
    }
    Some(Native {
        command: format!("pip install {}", join(packages)),
        step: Step::of("pip", list(packages)),
        by_root: true,
        which: None,
    })
}

fn node(key: &'static str, rest: &[&str], is_root: bool) -> Option<Native> {
    let (mut global, mut dev) = (false, false);
    let mut packages = Vec::new();
    for word in rest {
        match *word {
            "-g" | "--global" => global = true,
            "-D" | "--save-dev" => dev = true,
            word if is_option(word) => return None,
            word => packages.push(word),
        }
    }
    if (global && (!is_root || packages.is_empty())) || (dev && packages.is_empty()) {
        return None;
    }
    let mut words = vec!["npm install"];
    words.extend(global.then_some("-g"));
    words.extend(dev.then_some("--save-dev"));
    let named = join(&packages);
    words.extend((!named.is_empty()).then_some(named.as_str()));
    let value = if packages.is_empty() { Value::Bool(true) } else { list(&packages) };
    let step = Step::of(key, value).when(global, "global", Value::Bool(true)).when(
        dev,
        "dev",
        Value::Bool(true),
    );
    Some(Native { command: words.join(" "), step, by_root: global, which: None })
}

fn git(rest: &[&str]) -> Option<Native> {
    let (mut branch, mut depth, mut single) = (None, None, false);
    let mut operands = Vec::new();
    let mut words = rest.iter().copied();
    while let Some(word) = words.next() {
        match word {
            "--branch" | "-b" => branch = Some(words.next()?),
            "--depth" => depth = Some(words.next()?),
            "--single-branch" => single = true,
            word => match (word.strip_prefix("--depth="), word.strip_prefix("--branch=")) {
                (Some(value), _) => depth = Some(value),
                (_, Some(value)) => branch = Some(value),
                _ if is_option(word) => return None,
                _ => operands.push(word),
            },
        }
    }
    let ([url] | [url, _]) = operands.as_slice() else { return None };
    let to = operands.get(1).copied();
    let depth = match depth {
        Some(depth) => {
            Some(depth.parse::<u64>().ok().filter(|depth| (1..100_000).contains(depth))?)
        }
        None => None,
    };
    // With a branch, the step fetches no other, which `--depth` implies.
    if (branch.is_some() && depth.is_none() && !single) || (single && branch.is_none()) {
        return None;
    }
    if !url.contains("://") || url.contains('@') {
        return None;
    }
    let mut command = format!("git clone {}", quote(url));
    let mut step = Step::text("git", *url);
    if let Some(branch) = branch {
        let _ = write!(command, " --branch {} --single-branch", quote(branch));
        step = step.with("branch", Value::Text(branch.to_owned()));
    }
    if let Some(depth) = depth {
        let _ = write!(command, " --depth {depth}");
        step = step.with("depth", Value::Number(depth));
    }
    if let Some(to) = to {
        let _ = write!(command, " {}", quote(to));
        step = step.with("to", Value::Text(to.to_owned()));
    }
    Some(exact(&command, step))
}

fn remove(rest: &[&str]) -> Option<Native> {
    let (mut recursive, mut force) = (false, false);
    let mut paths = Vec::new();
    for word in rest {
        match *word {
            "-rf" | "-fr" => (recursive, force) = (true, true),
            "-r" | "-R" => recursive = true,
            "-f" => force = true,
            word => paths.push(word),
        }
    }
    let value = paths_of(&paths)?;
    let options = match (recursive, force) {
        (true, true) => "-r -f ",
        (true, false) => "-r ",
        (false, true) => "-f ",
        (false, false) => "",
    };
    let step = Step::of("remove", value).when(recursive, "recursive", Value::Bool(true)).when(
        force,
        "force",
        Value::Bool(true),
    );
    Some(exact(&format!("rm {options}{}", join(&paths)), step))
}

fn symlink(option: &str, target: &str, link: &str) -> Option<Native> {
    let force = match option {
        "-s" => false,
        "-sf" | "-fs" => true,
        _ => return None,
    };
    let command = format!("ln -s {}{}", if force { "-f " } else { "" }, join(&[target, link]));
    let step = Step::text("symlink", link).with("target", Value::Text(target.to_owned())).when(
        force,
        "force",
        Value::Bool(true),
    );
    paths_of(&[target, link]).map(|_| exact(&command, step))
}
