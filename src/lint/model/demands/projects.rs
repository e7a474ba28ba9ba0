//! Programs that work on the project in their working directory, and name no file of it.

mod table;

use super::{Need, Needs};
use crate::lint::shell::Word;
use table::{NODE, NPM_ELSEWHERE, PROJECTS, Project};

pub(super) fn of(needs: &mut Needs<'_, '_>, program: &str) {
    let words = needs.execution.command.command().get(1..).unwrap_or_default();
    let text = |word: &Word| word.literal.clone().unwrap_or_else(|| word.prefix.clone());
    let first = words.iter().map(text).find(|word| !word.starts_with('-'));
    let is_question = words.iter().map(text).any(|word| {
        matches!(word.as_str(), "--version" | "-v" | "-V" | "--help" | "-h" | "--dry-run" | "-n")
    });
    if is_question || words.iter().any(|word| word.literal.is_none()) {
        return;
    }
    for project in PROJECTS.iter().filter(|project| project.program == program) {
        let is_meant = project.commands.is_empty()
            || first.as_deref().is_some_and(|first| project.commands.contains(&first));
        let is_elsewhere = words.iter().map(text).any(|word| {
            let option = word.split_once('=').map_or(word.as_str(), |(option, _)| option);
            project.elsewhere.contains(&word.as_str())
                || project.elsewhere.contains(&option)
                || word.starts_with("-C")
                || word.starts_with("-f") && project.elsewhere.contains(&"-f")
        });
        if is_meant && !is_elsewhere {
            project.needs(needs);
        }
    }
    match program {
        "npm" | "yarn" => install(needs, program, words),
        "go" => go(needs, words),
        "pip" | "pip3" => local_package(needs, words),
        "python" | "python3" => module(needs, words),
        "uvicorn" | "gunicorn" | "hypercorn" => served(needs, words),
        "virtualenv" => environment(needs, words),
        "uv" if first.as_deref() == Some("venv") => {
            environment(needs, words.get(1..).unwrap_or_default());
        }
        _ => {}
    }
}

impl Project {
    fn needs(&self, needs: &mut Needs<'_, '_>) {
        if !self.reads.is_empty() {
            needs.of_path(Need::OneOf { names: self.reads, or_above: self.or_above }, ".");
        }
        if let Some(makes) = self.makes {
            needs.of_path(Need::Writable, makes);
        }
    }
}

/// `npm install` of what `package.json` lists, or of packages beside it, and plain `yarn`.
fn install(needs: &mut Needs<'_, '_>, program: &str, words: &[Word]) {
    let options = words.iter().filter_map(|word| word.literal.as_deref());
    if options.clone().any(|word| NPM_ELSEWHERE.contains(&word) || word.starts_with("--prefix")) {
        return;
    }
    let mut plain = options.filter(|word| !word.starts_with('-'));
    match (program, plain.next()) {
        ("npm", Some("install" | "i")) => {
            if plain.next().is_none() {
                needs.of_path(Need::OneOf { names: NODE, or_above: true }, ".");
            }
            needs.of_path(Need::Writable, "node_modules");
        }
        ("npm", Some("add")) => needs.of_path(Need::Writable, "node_modules"),
        ("yarn", None) if words.iter().all(|word| !word.prefix.starts_with("--cwd")) => {
            needs.of_path(Need::Writable, "node_modules");
        }
        _ => {}
    }
}

/// `go build -o FILE`.
fn go(needs: &mut Needs<'_, '_>, words: &[Word]) {
    if words.first().is_none_or(|word| word.prefix != "build") {
        return;
    }
    let place = words.iter().position(|word| word.prefix == "-o");
    let output = place.and_then(|place| words.get(place + 1));
    if let Some(output) = output.filter(|output| output.prefix != "/dev/null") {
        needs.of_word(Need::Writable, output);
    }
}

/// `pip install .` and `pip install -e DIRECTORY`.
fn local_package(needs: &mut Needs<'_, '_>, words: &[Word]) {
    if words.first().is_none_or(|word| word.prefix != "install") {
        return;
    }
    let names = Need::OneOf { names: &["pyproject.toml", "setup.py"], or_above: false };
    for (place, word) in words.iter().enumerate().skip(1) {
        let is_editable = matches!(words[place - 1].prefix.as_str(), "-e" | "--editable");
        let Some(text) = word.literal.as_deref() else { continue };
        let is_directory = text == "." || is_editable && !text.contains([':', '[']);
        if is_directory {
            needs.of_word(names, word);
        }
    }
}

/// `python -m venv DIRECTORY` and `python -m pip`.
fn module(needs: &mut Needs<'_, '_>, words: &[Word]) {
    let text = |place: usize| words.get(place).map_or("", |word| word.prefix.as_str());
    match (text(0), text(1)) {
        ("-m", "venv" | "virtualenv") => environment(needs, &words[2..]),
        ("-m", "pip") => local_package(needs, &words[2..]),
        _ => {}
    }
}

/// `uvicorn app:app` imports a module from the working directory. Other names may be those of
/// installed packages.
fn served(needs: &mut Needs<'_, '_>, words: &[Word]) {
    const MODULES: &[(&str, &[&str])] = &[
        ("api", &["api.py", "api"]),
        ("app", &["app.py", "app"]),
        ("main", &["main.py", "main"]),
        ("server", &["server.py", "server"]),
    ];
    const ELSEWHERE: &[&str] = &["--app-dir", "--chdir", "--pythonpath", "-c", "--config"];
    let option = |word: &Word| word.prefix.split('=').next().map(str::to_owned).unwrap_or_default();
    if words.iter().map(option).any(|option| ELSEWHERE.contains(&option.as_str())) {
        return;
    }
    let mut modules = words.iter().rev().filter_map(|word| {
        let (module, _) = word.literal.as_deref()?.split_once(':')?;
        let name = module.split('.').next()?;
        let (_, names) = MODULES.iter().find(|(known, _)| *known == name)?;
        Some((word, *names))
    });
    if let Some((word, names)) = modules.next()
        && let Some(directory) = needs.execution.directory.clone()
    {
        needs.push(Need::Module { names }, directory, needs.execution.user, word.range.clone());
    }
}

/// The directory of a virtual environment, if it is the only operand.
fn environment(needs: &mut Needs<'_, '_>, words: &[Word]) {
    const VALUES: &[&str] = &["-p", "--python", "--prompt"];
    let mut named = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if VALUES.contains(&word.prefix.as_str()) {
            rest.next();
        } else if !word.prefix.starts_with('-') {
            named.push(word);
        }
    }
    if let [directory] = named[..] {
        needs.of_word(Need::Writable, directory);
    }
}
