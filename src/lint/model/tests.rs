//! The model by itself: what it says after a few instructions, and that it says nothing once it
//! cannot know.

use proptest::prelude::*;

use super::*;
use crate::context::FileSet;
use crate::lint::{Inputs, PackageScripts, Scripts, SecretFiles, exec_context};
use crate::platform::Platform;
use crate::scalar::Text;
use crate::source::{Source as SourceText, SourceMap, Span, Spanned};
use crate::template::{
    Base, BaseSource, CopyMap, EnvScope, Instruction, Origin, Pins, Resolution, Resources, Run,
    Spans, User,
};

const NOWHERE: Span = Span::manifest(0, 0);

/// A template of one instruction on each line, in the words of a Dockerfile.
fn template(image: &str, lines: &[&str]) -> Template {
    let instructions = lines.iter().map(|line| Instruction {
        kind: kind(line),
        origin: Origin::Written(NOWHERE),
        label: None,
        no_cache: false,
        spans: Spans::default(),
    });
    Template {
        name: Spanned::new("x".to_owned(), NOWHERE),
        tags: Vec::new(),
        tags_span: None,
        public: None,
        resources: Resources::default(),
        base: Base {
            source: BaseSource::Image(image.to_owned()),
            span: NOWHERE,
            auth: None,
            inherit: Vec::new(),
            config: None,
            pins: Pins::default(),
            build: None,
        },
        instructions: instructions.collect(),
        refused: None,
        start: None,
        ready: None,
        pre_boot: None,
        tests: Vec::new(),
        dockerfile: None,
    }
}

fn kind(line: &str) -> InstructionKind {
    match line.split_once(' ') {
        Some(("USER", name)) => InstructionKind::User(User::named(name)),
        Some(("WORKDIR", path)) => InstructionKind::Workdir(path.to_owned()),
        Some(("COPY", paths)) => {
            let (source, target) = paths.split_once(' ').unwrap_or((paths, "/"));
            InstructionKind::Copy(Copy::new(source, target))
        }
        Some(("ENV", variable)) => {
            let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
            let variables = vec![(name.to_owned(), Text::parse(value).expect("a valid value"))];
            InstructionKind::Env { scope: EnvScope::Sandbox, variables }
        }
        _ => InstructionKind::Run(Run::new(line.to_owned(), None)),
    }
}

/// What holds after all lines of a template, which begins as root.
fn after<T>(image: &str, lines: &[&str], ask: impl FnOnce(&Model, Moment) -> T) -> T {
    let lines: Vec<&str> = ["USER root"].iter().chain(lines).copied().collect();
    let template = template(image, &lines);
    let sources = SourceMap::new(SourceText::new(std::path::Path::new("x"), String::new()));
    let (files, resolution) = (CopyMap::<FileSet>::default(), Resolution::default());
    let inputs = Inputs {
        template: &template,
        platform: Platform::E2b,
        files: &files,
        package_scripts: &PackageScripts::new(),
        secret_files: &SecretFiles::new(),
        resolution: &resolution,
        sources: &sources,
        is_complete: true,
    };
    let scripts = Scripts::read(&template, 1);
    let exec = exec_context::exec_contexts(&template, inputs.platform);
    let executions = Executions::new(&template, &exec, &scripts);
    let model = Model::new(&inputs, &exec, &executions, 1);
    ask(&model, Moment { instruction: lines.len(), command: 0 })
}

#[test]
fn users_are_those_of_the_platform_the_image_and_the_commands() {
    let exists = |image: &str, lines: &[&str], user: &str| {
        after(image, lines, |model, now| model.users.exists(user, now))
    };
    for (image, lines, user, expected) in [
        ("debian:12", &[][..], "user", Known::Yes),
        ("debian:12", &[], "app", Known::No),
        ("node:22", &[], "node", Known::Yes),
        ("ubuntu:24.04", &[], "ubuntu", Known::Yes),
        ("ubuntu:22.04", &[], "ubuntu", Known::No),
        ("debian:12", &[], "www-data", Known::Unknown),
        ("myteam/tools:1", &[], "user", Known::Yes),
        ("myteam/tools:1", &[], "app", Known::Unknown),
        ("debian:12", &["USER app"], "app", Known::Yes),
        ("debian:12", &["useradd -m app"], "app", Known::Yes),
        ("debian:12", &["adduser --disabled-password app"], "app", Known::Yes),
        ("debian:12", &["mkdir x && useradd app"], "app", Known::Yes),
        ("debian:12", &["useradd app || true"], "app", Known::Unknown),
        ("debian:12", &["if x; then useradd app; fi"], "app", Known::Unknown),
        ("debian:12", &["useradd $NAME"], "app", Known::Unknown),
        ("debian:12", &["useradd app", "userdel app"], "app", Known::Unknown),
        ("debian:12", &["usermod -l app user"], "app", Known::Unknown),
        ("debian:12", &["echo app:x:1:1::/:/bin/sh >> /etc/passwd"], "app", Known::Unknown),
        ("debian:12", &["apt-get install -y git", "pip install x"], "app", Known::No),
        ("debian:12", &["./setup.sh"], "app", Known::Unknown),
        ("debian:12", &["./setup.sh", "useradd app"], "app", Known::Yes),
        ("debian:12", &["useradd app", "./setup.sh"], "app", Known::Unknown),
        ("debian:12", &["./setup.sh", "useradd app", "./setup.sh"], "app", Known::Unknown),
    ] {
        assert_eq!(exists(image, lines, user), expected, "{user} on {image} after {lines:?}");
    }
    let with_uid = |image: &str, lines: &[&str], uid: u32| {
        after(image, lines, |model, now| model.users.with_uid(uid, now).map(str::to_owned))
    };
    for (image, lines, uid, expected) in [
        ("debian:12", &[][..], 1000, Some("user")),
        ("node:22", &[], 1000, Some("node")),
        ("node:22", &[], 1001, Some("user")),
        ("ubuntu:24.04", &[], 1001, Some("user")),
        ("debian:12", &[], 1001, None),
        ("myteam/tools:1", &[], 1000, None),
        ("node:22", &["userdel -r node"], 1000, None),
    ] {
        let owner = with_uid(image, lines, uid);
        assert_eq!(owner.as_deref(), expected, "{uid} on {image} after {lines:?}");
    }
}

#[test]
fn tools_are_those_of_the_image_the_platform_and_the_packages() {
    let is_missing = |image: &str, lines: &[&str], program: &str| {
        let tool = tool_named(program).expect("a row of the table");
        after(image, lines, |model, now| model.tools.is_missing(tool, now))
    };
    for (image, lines, program, expected) in [
        ("python:3.12", &[][..], "gcc", false),
        ("python:3.12-slim", &[], "gcc", true),
        ("python:3.12-slim", &[], "pip", false),
        ("debian:12", &[], "pip", true),
        // Provisioning brings `python3`, and Debian has no `python` then.
        ("debian:12", &[], "python3", false),
        ("debian:12", &[], "python", true),
        ("debian:12", &["apt-get install -y python3"], "python", true),
        ("debian:12", &["apt-get install -y python-is-python3"], "python", false),
        ("debian:12", &["apt-get install -y build-essential"], "make", false),
        ("debian:12", &["apt-get install -y jq"], "make", true),
        ("debian:12", &["apt-get install -y something-else"], "make", false),
        ("debian:12", &["apt-get install -y $PACKAGES"], "make", false),
        ("debian:12", &["ENV PATH=/opt/bin:$PATH"], "make", false),
        ("debian:12", &["COPY bin /usr/local/bin/"], "make", false),
        ("debian:12", &["COPY app /app/"], "make", true),
        ("debian:12", &["./setup.sh"], "make", false),
        ("myteam/tools:1", &[], "make", false),
    ] {
        let found = is_missing(image, lines, program);
        assert_eq!(found, expected, "{program} on {image} after {lines:?}");
    }
}

#[test]
fn a_program_is_found_where_its_directory_is_searched() {
    let missed = |image: &str, lines: &[&str], program: &str, user: &str| {
        after(image, lines, |model, at| {
            let caller = Caller { at, user: Some(user), is_start: false };
            model.search.missed(program, caller).map(|place| place.directory.clone())
        })
    };
    let bun = "curl -fsSL https://bun.sh/install | bash";
    let uv = "curl -LsSf https://astral.sh/uv/install.sh | sh";
    for (image, lines, program, user, expected) in [
        ("golang:1.23", &[][..], "go", "user", Some("/usr/local/go/bin")),
        (
            "golang:1.23",
            &["ENV PATH=/usr/local/go/bin:/bin"],
            "go",
            "user",
            Some("/usr/local/go/bin"),
        ),
        ("golang:1.23", &["ln -s /usr/local/go/bin/go /usr/bin/go"], "go", "user", None),
        ("debian:12", &["USER app", bun], "bun", "app", Some("/home/app/.bun/bin")),
        ("debian:12", &["USER app", bun], "bun", "user", Some("/home/app/.bun/bin")),
        ("debian:12", &[bun], "bun", "root", None),
        ("debian:12", &["USER app", uv], "uv", "app", None),
        ("debian:12", &["USER app", uv], "uv", "user", Some("/home/app/.local/bin")),
        // Ubuntu's profile keeps the variable of the template.
        (
            "ubuntu:24.04",
            &["USER app", bun, "ENV PATH=/home/app/.bun/bin:/bin"],
            "bun",
            "app",
            None,
        ),
        (
            "debian:12",
            &["USER app", bun, "ENV PATH=/home/app/.bun/bin:/bin"],
            "bun",
            "app",
            Some("/home/app/.bun/bin"),
        ),
        ("debian:12", &["USER app", bun, "./setup.sh"], "bun", "app", None),
        ("debian:12", &["USER app", bun, "cp x /usr/local/bin/bun"], "bun", "app", None),
        ("debian:12", &["ENV BUN_INSTALL=/usr/local", "USER app", bun], "bun", "app", None),
        ("myteam/tools:1", &["USER app", bun], "bun", "app", None),
    ] {
        let found = missed(image, lines, program, user);
        assert_eq!(found.as_deref(), expected, "{program} of {user} on {image} after {lines:?}");
    }
}

#[test]
fn files_have_owners_and_modes() {
    let facts = |lines: &[&str], path: &str| {
        after("debian:12", lines, |model, now| {
            let denied = model.files.denial(path, "user", now).map(|denial| denial.owner);
            (model.files.kind(path, now), model.files.mode(path, now), denied)
        })
    };
    let root = || Some("root".to_owned());
    for (lines, path, expected) in [
        (&[][..], "/srv", (Kind::Directory, Some(0o755), root())),
        (&[], "/app", (Kind::Absent, None, root())),
        (&["mkdir -p /app/x"], "/app/x", (Kind::Directory, Some(0o755), root())),
        (&["mkdir -m 777 /app"], "/app", (Kind::Directory, Some(0o777), None)),
        (&["mkdir /app", "chown user /app"], "/app", (Kind::Directory, Some(0o755), None)),
        (&["USER user", "WORKDIR /app"], "/app", (Kind::Directory, Some(0o755), None)),
        (&["touch /a", "rm /a"], "/a", (Kind::Absent, Some(0o644), root())),
        (&["mkdir /app", "./setup.sh"], "/app", (Kind::Unknown, None, None)),
        (&["./setup.sh", "mkdir /app"], "/app", (Kind::Directory, None, None)),
    ] {
        assert_eq!(facts(lines, path), expected, "{path} after {lines:?}");
    }
}

/// Commands whose effects are modelled, instructions, and those about which nothing is known.
const KNOWN: &[&str] = &[
    "USER app",
    "USER root",
    "WORKDIR /app",
    "ENV PATH=/opt/bin:/bin",
    "useradd -m app",
    "useradd -m -u 2000 other",
    "mkdir -p /app/x && chown app /app",
    "chmod -R 700 /app",
    "touch /app/a && rm /app/b",
    "echo a > /srv/a",
    "apt-get update && apt-get install -y git make",
    "pip install uv",
    "python3 -m venv /opt/venv && /opt/venv/bin/pip install ruff",
    "curl -LsSf https://astral.sh/uv/install.sh | sh",
    "curl -fsSL https://bun.sh/install | bash",
    "cd /app && npm ci",
    "if true; then useradd app; fi",
    "ln -s /app /b",
];

const OPAQUE: &[&str] = &["./setup.sh", "frobnicate --all", "$COMMAND", "sh -c \"$X\"", "a 'b"];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever was known before, nothing is claimed after a command of which nothing is known.
    #[test]
    fn an_unknown_command_makes_every_later_claim_unknown(
        image in proptest::sample::select(&["debian:12", "python:3.12", "node:22", "golang:1.23"][..]),
        lines in proptest::collection::vec(proptest::sample::select(KNOWN), 0..8),
        before in proptest::option::of(proptest::sample::select(OPAQUE)),
        opaque in proptest::sample::select(OPAQUE),
    ) {
        let lines: Vec<&str> = before.into_iter().chain(lines).chain([opaque]).collect();
        after(image, &lines, |model, now| {
            for (at, tool) in TOOLS.iter().enumerate() {
                prop_assert!(!model.tools.is_missing(at, now), "{:?}", tool.names);
            }
            for user in ["app", "other", "user", "node", "stranger"] {
                prop_assert_eq!(model.users.exists(user, now), Known::Unknown, "{}", user);
            }
            prop_assert_eq!(model.users.with_uid(1000, now), None);
            for path in ["/app", "/app/x", "/app/a", "/srv/a", "/opt/venv", "/b", "/etc/passwd"] {
                prop_assert_eq!(model.files.kind(path, now), Kind::Unknown, "{}", path);
                prop_assert_eq!(model.files.denial(path, "user", now), None, "{}", path);
            }
            for program in ["uv", "bun", "ruff", "go", "tsc"] {
                for is_start in [false, true] {
                    let caller = Caller { at: now, user: Some("user"), is_start };
                    prop_assert!(model.search.missed(program, caller).is_none(), "{}", program);
                }
            }
            Ok(())
        })?;
    }

    /// What is asked about a moment does not depend on what comes later.
    #[test]
    fn later_instructions_change_nothing_before_them(
        lines in proptest::collection::vec(proptest::sample::select(KNOWN), 1..8),
        more in proptest::collection::vec(proptest::sample::select(KNOWN), 0..4),
    ) {
        let facts = |model: &Model, now: Moment| {
            let paths = ["/app", "/app/x", "/srv/a"].map(|path| {
                (model.files.kind(path, now), model.files.mode(path, now))
            });
            let caller = Caller { at: now, user: Some("app"), is_start: false };
            let missed = ["uv", "bun", "ruff"].map(|program| {
                model.search.missed(program, caller).map(|place| place.directory.clone())
            });
            let tools: Vec<bool> =
                (0..TOOLS.len()).map(|tool| model.tools.is_missing(tool, now)).collect();
            (paths, missed, tools, model.users.exists("app", now))
        };
        let alone = after("debian:12", &lines, facts);
        let all: Vec<&str> = lines.iter().chain(&more).copied().collect();
        let now = Moment { instruction: lines.len() + 1, command: 0 };
        let followed = after("debian:12", &all, |model, _| facts(model, now));
        prop_assert_eq!(alone, followed);
    }
}
