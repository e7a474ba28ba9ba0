//! Programs that read and make files of a project.

/// What a program reads and makes in a directory.
pub(super) struct Project {
    pub(super) program: &'static str,
    /// The subcommands for which it does; empty for all.
    pub(super) commands: &'static [&'static str],
    /// One of these files must be there.
    pub(super) reads: &'static [&'static str],
    /// Whether it looks in the directories above, too.
    pub(super) or_above: bool,
    /// What it makes, if that is certain.
    pub(super) makes: Option<&'static str>,
    /// Options that name another directory or file.
    pub(super) elsewhere: &'static [&'static str],
}

pub(super) const NODE: &[&str] = &["package.json"];
const PYTHON: &[&str] = &["pyproject.toml"];
pub(super) const NPM_ELSEWHERE: &[&str] =
    &["-g", "--global", "--location=global", "--prefix", "-C"];

pub(super) const PROJECTS: &[Project] = &[
    Project {
        program: "npm",
        commands: &["ci"],
        reads: &["package-lock.json", "npm-shrinkwrap.json"],
        or_above: true,
        makes: Some("node_modules"),
        elsewhere: NPM_ELSEWHERE,
    },
    Project {
        program: "npm",
        commands: &["run", "run-script", "start", "test", "t"],
        reads: NODE,
        or_above: true,
        makes: None,
        elsewhere: NPM_ELSEWHERE,
    },
    Project {
        program: "npm",
        commands: &["init"],
        reads: &[],
        or_above: false,
        makes: Some("package.json"),
        elsewhere: NPM_ELSEWHERE,
    },
    Project {
        program: "pnpm",
        commands: &["install", "i"],
        reads: NODE,
        or_above: true,
        makes: Some("node_modules"),
        elsewhere: &["-g", "--global", "-C", "--dir"],
    },
    Project {
        program: "pnpm",
        commands: &["add"],
        reads: &[],
        or_above: false,
        makes: Some("node_modules"),
        elsewhere: &["-g", "--global", "-C", "--dir"],
    },
    Project {
        program: "bun",
        commands: &["install", "i"],
        reads: NODE,
        or_above: true,
        makes: Some("node_modules"),
        elsewhere: &["-g", "--global", "--cwd"],
    },
    Project {
        program: "bun",
        commands: &["add"],
        reads: &[],
        or_above: false,
        makes: Some("node_modules"),
        elsewhere: &["-g", "--global", "--cwd"],
    },
    Project {
        program: "yarn",
        commands: &["install", "add"],
        reads: &[],
        or_above: false,
        makes: Some("node_modules"),
        elsewhere: &["--cwd", "--modules-folder"],
    },
    Project {
        program: "uv",
        commands: &["sync", "lock", "add"],
        reads: PYTHON,
        or_above: true,
        makes: None,
        elsewhere: &["--project", "--directory", "--script"],
    },
    Project {
        program: "uv",
        commands: &["sync"],
        reads: &[],
        or_above: false,
        makes: Some(".venv"),
        elsewhere: &["--project", "--directory", "--active", "--script"],
    },
    Project {
        program: "poetry",
        commands: &["install", "lock", "build"],
        reads: PYTHON,
        or_above: true,
        makes: None,
        elsewhere: &["-C", "--directory", "-P", "--project"],
    },
    Project {
        program: "cargo",
        commands: &["build", "b", "test", "run", "check", "fetch"],
        reads: &["Cargo.toml"],
        or_above: true,
        makes: None,
        elsewhere: &["--manifest-path", "-C"],
    },
    Project {
        program: "cargo",
        commands: &["build", "b", "test", "check"],
        reads: &[],
        or_above: false,
        makes: Some("target"),
        elsewhere: &["--manifest-path", "-C", "--target-dir", "--config"],
    },
    Project {
        program: "go",
        commands: &["mod"],
        reads: &["go.mod"],
        or_above: true,
        makes: None,
        elsewhere: &["init", "-C", "-modfile"],
    },
    Project {
        program: "bundle",
        commands: &["install"],
        reads: &["Gemfile", "gems.rb"],
        or_above: true,
        makes: None,
        elsewhere: &["--gemfile"],
    },
    Project {
        program: "composer",
        commands: &["install"],
        reads: &["composer.json"],
        or_above: false,
        makes: Some("vendor"),
        elsewhere: &["-d", "--working-dir"],
    },
    Project {
        program: "mvn",
        commands: &["package", "install", "verify", "compile"],
        reads: &["pom.xml"],
        or_above: false,
        makes: Some("target"),
        elsewhere: &["-f", "--file"],
    },
    Project {
        program: "make",
        commands: &[],
        reads: &["Makefile", "makefile", "GNUmakefile"],
        or_above: false,
        makes: None,
        elsewhere: &["-C", "--directory", "-f", "--file", "--makefile"],
    },
];
