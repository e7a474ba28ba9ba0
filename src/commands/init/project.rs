//! What a directory says of its project → a manifest that fits.

use std::path::Path;

use serde_json::Value as Json;

use crate::host::Host;
use crate::import::{Draft, From, Ready, Step, Value, Variable};

/// Where a project is in the sandbox.
const DIRECTORY: &str = "/home/user/app";

/// The most bytes that are read of a file.
const MAX_BYTES: usize = 1024 * 1024;

/// The version of Python that every package supports by now.
const PYTHON: &str = "3.12";

/// The long-term version of Node.
const NODE: &str = "22";

/// The port of a web server that has none of its own.
const PORT: u64 = 8000;

/// A directory and what is in it.
struct Project<'a> {
    directory: &'a Path,
    host: &'a dyn Host,
}

/// The manifest for the project in a directory, if it is one of a known kind.
pub(super) fn draft(directory: &Path, host: &dyn Host) -> Option<Draft> {
    let project = Project { directory, host };
    if project.has("bun.lock") || project.has("bun.lockb") {
        return Some(project.bun());
    }
    if project.has("package.json") {
        return Some(project.node());
    }
    if ["pyproject.toml", "requirements.txt", "uv.lock"].iter().any(|name| project.has(name)) {
        return Some(project.python());
    }
    if project.has("go.mod") {
        return Some(project.go());
    }
    project.has("Cargo.toml").then(|| project.rust())
}

fn copy(sources: &[&str]) -> Step {
    let sources = sources.iter().map(|source| (*source).to_owned()).collect();
    Step::of("copy", Value::List(sources)).with("to", Value::Text("./".to_owned()))
}

fn everything() -> Step {
    Step::text("copy", ".").with("to", Value::Text(".".to_owned()))
}

fn variable(name: &str, value: &str) -> Variable {
    Variable { name: name.to_owned(), value: value.to_owned(), comments: Vec::new() }
}

fn base(from: From, ignore: &[&str]) -> Draft {
    Draft {
        from,
        workdir: Some(DIRECTORY.to_owned()),
        ignore: ignore.iter().map(|pattern| (*pattern).to_owned()).collect(),
        ..Draft::default()
    }
}

impl Project<'_> {
    fn has(&self, name: &str) -> bool {
        self.host.metadata(&self.directory.join(name)).is_ok()
    }

    fn read(&self, name: &str) -> Option<String> {
        let bytes = self.host.read(&self.directory.join(name), MAX_BYTES).ok()?;
        String::from_utf8(bytes).ok()
    }

    /// The files of these that are there.
    fn present<'n>(&self, names: &[&'n str]) -> Vec<&'n str> {
        names.iter().copied().filter(|name| self.has(name)).collect()
    }

    /// A version such as `3.12` or `22` at the beginning of a file.
    fn version(&self, file: &str, parts: usize) -> Option<String> {
        version(self.read(file)?.trim().trim_start_matches('v'), parts)
    }

    fn python(&self) -> Draft {
        let version = self.version(".python-version", 2).unwrap_or_else(|| PYTHON.to_owned());
        let mut draft = base(
            From::of("python", version),
            &[".git", ".venv", "**/__pycache__", ".pytest_cache"],
        );
        draft.env.push(variable("PYTHONUNBUFFERED", "1"));
        let mut prefix = "";
        if self.has("uv.lock") && self.has("pyproject.toml") {
            prefix = "uv run --no-sync ";
            draft.steps.push(Step::text("pip", "uv"));
            draft.steps.push(copy(&["pyproject.toml", "uv.lock"]));
            draft.steps.push(Step::text("run", "uv sync --frozen --no-dev --no-install-project"));
            draft.steps.push(everything());
            if self.is_package() {
                draft.steps.push(Step::text("run", "uv sync --frozen --no-dev"));
            }
        } else if self.has("requirements.txt") {
            draft.steps.push(copy(&["requirements.txt"]));
            let list = ["-r", "requirements.txt"].map(str::to_owned).to_vec();
            draft.steps.push(Step::of("pip", Value::List(list)));
            draft.steps.push(everything());
        } else {
            draft.steps.push(everything());
            if self.is_package() {
                draft.steps.push(Step::text("pip", "."));
            }
        }
        if let Some(module) = self.asgi() {
            let command = format!("{prefix}uvicorn {module}:app --host 0.0.0.0 --port {PORT}");
            draft.start = Some(command);
            draft.ready = Some(Ready::Port(PORT));
        }
        draft
    }

    /// Whether `pyproject.toml` describes a package that can be built.
    fn is_package(&self) -> bool {
        self.read("pyproject.toml").is_some_and(|text| text.contains("[build-system]"))
    }

    /// The module with the application of a server that `uvicorn` runs.
    fn asgi(&self) -> Option<&'static str> {
        let lists = ["requirements.txt", "pyproject.toml"];
        let has_server = lists
            .iter()
            .filter_map(|name| self.read(name))
            .any(|text| text.contains("uvicorn") || text.contains("fastapi[standard]"));
        let is_app = |name: &&str| {
            self.read(&format!("{name}.py")).is_some_and(|text| {
                text.lines().any(|line| {
                    let line = line.trim_end();
                    line.starts_with("app = FastAPI(") || line.starts_with("app = Starlette(")
                })
            })
        };
        ["main", "app"].into_iter().find(|name| has_server && is_app(name))
    }

    /// The scripts of `package.json`.
    fn scripts(&self) -> Vec<String> {
        let text = self.read("package.json").unwrap_or_default();
        let package: Json = serde_json::from_str(&text).unwrap_or_default();
        let scripts = package.get("scripts").and_then(Json::as_object);
        scripts.into_iter().flatten().map(|(name, _)| name.clone()).collect()
    }

    fn node(&self) -> Draft {
        let version = self.version(".nvmrc", 1).or_else(|| self.version(".node-version", 1));
        let version = version.unwrap_or_else(|| NODE.to_owned());
        let mut draft = base(From::of("node", version), &[".git", "node_modules"]);
        let (manager, lists, install) = if self.has("pnpm-lock.yaml") {
            draft.steps.push(Step::text("npm", "pnpm").with("global", Value::Bool(true)));
            let lists = ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", ".npmrc"];
            ("pnpm", lists.to_vec(), Step::text("run", "pnpm install --frozen-lockfile"))
        } else if self.has("yarn.lock") {
            let lists = ["package.json", "yarn.lock", ".npmrc"];
            ("yarn", lists.to_vec(), Step::text("run", "yarn install --frozen-lockfile"))
        } else if self.has("package-lock.json") {
            let lists = ["package.json", "package-lock.json", ".npmrc"];
            ("npm", lists.to_vec(), Step::text("run", "npm ci"))
        } else {
            ("npm", vec!["package.json", ".npmrc"], Step::of("npm", Value::Bool(true)))
        };
        draft.steps.push(copy(&self.present(&lists)));
        draft.steps.push(install);
        draft.steps.push(everything());
        self.scripts_of(manager, &mut draft);
        draft
    }

    fn bun(&self) -> Draft {
        let mut draft = base(From::of("bun", "1.2"), &[".git", "node_modules"]);
        draft.steps.push(copy(&self.present(&["package.json", "bun.lock", "bun.lockb"])));
        draft.steps.push(Step::text("run", "bun install --frozen-lockfile"));
        draft.steps.push(everything());
        self.scripts_of("bun", &mut draft);
        draft
    }

    /// The scripts that build and start the project.
    fn scripts_of(&self, manager: &str, draft: &mut Draft) {
        let scripts = self.scripts();
        let has = |name: &str| scripts.iter().any(|script| script == name);
        if has("build") {
            draft.steps.push(Step::text("run", format!("{manager} run build")));
        }
        if has("start") {
            draft.start = Some(match manager {
                "npm" => "npm start".to_owned(),
                manager => format!("{manager} run start"),
            });
            draft.ready = Some(Ready::Wait(20));
            draft.ready_comments =
                vec!["If it is a server, `port = 3000` with its port is better.".to_owned()];
        }
    }

    fn go(&self) -> Draft {
        let text = self.read("go.mod").unwrap_or_default();
        let line = text.lines().find_map(|line| line.trim().strip_prefix("go "));
        let version = line.and_then(|line| version(line.trim(), 2));
        let image = format!("golang:{}-bookworm", version.as_deref().unwrap_or("1"));
        let mut draft = base(From::of("image", image), &[".git"]);
        // A sandbox does not have the variables of its image, and login shells of steps reset `PATH`.
        draft.env.push(variable("PATH", "/usr/local/go/bin:$PATH"));
        draft.steps.push(copy(&self.present(&["go.mod", "go.sum"])));
        draft.steps.push(Step::text("run", "/usr/local/go/bin/go mod download"));
        draft.steps.push(everything());
        draft.steps.push(Step::text("run", "/usr/local/go/bin/go build ./..."));
        draft
    }

    fn rust(&self) -> Draft {
        let mut draft = base(From::of("image", "rust:1-bookworm"), &[".git", "target"]);
        // A sandbox does not have the variables of its image, and login shells of steps reset `PATH`.
        draft.env.push(variable("CARGO_HOME", "/usr/local/cargo"));
        draft.env.push(variable("RUSTUP_HOME", "/usr/local/rustup"));
        draft.env.push(variable("PATH", "/usr/local/cargo/bin:$PATH"));
        draft.steps.push(everything());
        let locked = if self.has("Cargo.lock") { " --locked" } else { "" };
        draft
            .steps
            .push(Step::text("run", format!("/usr/local/cargo/bin/cargo build --release{locked}")));
        draft
    }
}

/// The first parts of a version that a text begins with.
fn version(text: &str, parts: usize) -> Option<String> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let numbers: Vec<_> = text[..end].split('.').filter(|part| !part.is_empty()).collect();
    (numbers.len() >= parts).then(|| numbers[..parts].join("."))
}
