//! The script of a `package.json` that a command runs.

use crate::lint::PackageScripts;
use crate::lint::shell::{Script, Simple};

/// Programs that end by themselves, unless an option makes them watch files or serve.
const FINITE: &[&str] = &[
    "cp",
    "cross-env",
    "echo",
    "esbuild",
    "eslint",
    "exit",
    "jest",
    "make",
    "mkdir",
    "prettier",
    "prisma",
    "rimraf",
    "rm",
    "rollup",
    "test",
    "tsc",
    "true",
    "webpack",
];

/// Parts of the names of files that a program runs to its end.
const TASKS: &[&str] =
    &["build", "check", "compile", "generate", "init", "lint", "migrate", "seed", "setup", "test"];

/// The script with a name that servers usually have, which a package manager runs.
pub(super) fn named<'w>(program: &str, words: &[&'w str]) -> Option<&'w str> {
    let (is_run, name) = match words {
        ["run", name, ..] => (true, *name),
        [name, ..] => (false, *name),
        [] => return None,
    };
    match name {
        "dev" | "serve" => is_run || program != "npm",
        "start" => true,
        _ => false,
    }
    .then_some(name)
}

/// Whether a command runs a script that certainly ends, in any of the packages.
pub(super) fn ends(command: &Simple, scripts: &PackageScripts) -> bool {
    let Some(program) = command.program() else { return false };
    let words: Vec<&str> = command.arguments().collect();
    let commands = named(program, &words).and_then(|name| scripts.get(name));
    commands.is_some_and(|commands| commands.iter().any(|text| is_finite(text)))
}

/// Whether each command of a script ends by itself.
fn is_finite(text: &str) -> bool {
    let Some(script) = Script::read(text) else { return false };
    !script.commands.is_empty() && script.commands.iter().all(ends_by_itself)
}

fn ends_by_itself(command: &Simple) -> bool {
    let Some(program) = command.program() else { return false };
    let words: Vec<&str> = command.arguments().collect();
    let watches = |word: &&str| {
        matches!(*word, "-w" | "dev" | "preview" | "serve" | "start")
            || word.starts_with("--watch")
            || word.starts_with("--serve")
    };
    if words.iter().any(watches) {
        return false;
    }
    match program {
        "next" | "nuxt" | "vite" => words.first() == Some(&"build"),
        "node" | "python" | "python3" | "sh" | "bash" | "ts-node" | "tsx" => {
            let is_task = |word: &&str| TASKS.iter().any(|task| word.contains(task));
            let prints = |word: &&str| matches!(*word, "-p" | "-v" | "--check" | "--version");
            words.first().is_some_and(|word| is_task(word) || prints(word))
        }
        program => FINITE.contains(&program),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_scripts_that_certainly_end_are_found() {
        for text in [
            "echo started",
            "tsc",
            "rimraf dist && tsc -p .",
            "vite build",
            "next build",
            "node scripts/build.js",
            "node --version",
        ] {
            assert!(is_finite(text), "{text}");
        }
        for text in [
            "node server.js",
            "node .",
            "node -e 'require(\"./server\")'",
            "tsc --watch",
            "vite",
            "vite preview",
            "next start",
            "webpack serve",
            "tsc && node dist/index.js",
            "nodemon build.js",
            "",
        ] {
            assert!(!is_finite(text), "{text}");
        }
    }
}
