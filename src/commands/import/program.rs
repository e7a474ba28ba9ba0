//! Imports of programs that make a template with an official SDK, by running them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{Job, directory_of, relative};
use crate::commands::{Exit, Failure};
use crate::host::describe;
use crate::import::Imported;
use crate::platform::Platform;
use crate::source::SourceMap;

/// What runs a Python program, and what runs one of Node.
const PYTHON: &str = include_str!("program.py");
const NODE: &str = include_str!("program.mjs");

/// How both end if the program ran and there is no template.
const NO_TEMPLATE: i32 = 9;

/// The most lines of a program's error output that are shown.
const MOST_LINES: usize = 12;

impl Job<'_> {
    pub(super) fn program(&self) -> Result<(Imported, SourceMap), Failure> {
        let path = &self.found.path;
        if !self.settings.run {
            let shown = path.display();
            let message =
                format!("`{shown}` is a program, which has to be run to get its template");
            return Err(Failure::new(Exit::Usage, message).help(format!(
                "read it, and type `sbx import {shown} --run`: this executes its code with the \
                 project's own {}",
                if self.is_python() { "Python" } else { "Node" }
            )));
        }
        let answer = self.answer()?;
        let template = answer.get("template").and_then(Value::as_str).unwrap_or_default();
        let name = answer.get("name").and_then(Value::as_str);
        let (name, tag) = match name.and_then(|name| name.split_once(':')) {
            Some((name, tag)) => (Some(name), Some(tag)),
            None => (name, None),
        };
        let (mut imported, sources) = self.template_of(template, name)?;
        // Their places are in the SDK's text, which the author does not have.
        for note in &mut imported.notes {
            note.span = None;
        }
        let listed = |key: &str| {
            let values = answer.get(key).and_then(Value::as_array).into_iter().flatten();
            values.filter_map(Value::as_str).map(str::to_owned)
        };
        let draft = &mut imported.draft;
        draft.tags = tag.map(str::to_owned).into_iter().chain(listed("tags")).collect();
        draft.ignore = listed("ignore").collect();
        if let Some(context) = answer.get("context").and_then(Value::as_str) {
            // A relative one is that of the program, which ran in this directory.
            let path = relative(directory_of(self.manifest), Path::new(context), self.host)?;
            draft.context = Some(path).filter(|path| path != ".");
        }
        draft.cpu = answer.get("cpu").and_then(Value::as_u64);
        draft.memory_mib = answer.get("memory").and_then(Value::as_u64);
        Ok((imported, sources))
    }

    fn is_python(&self) -> bool {
        self.found.path.extension().is_some_and(|ending| ending == "py")
    }

    /// What the SDK in the project makes of the template.
    fn answer(&self) -> Result<Value, Failure> {
        let failed = |error: &std::io::Error| {
            Failure::new(Exit::Wrong, format!("cannot run the program: {}", describe(error)))
        };
        let directory = tempfile::tempdir().map_err(|error| failed(&error))?;
        let result = directory.path().join("result.json");
        let (program, script) = if self.is_python() {
            (self.python(), directory.path().join("program.py"))
        } else {
            (PathBuf::from("node"), directory.path().join("program.mjs"))
        };
        let text = if self.is_python() { PYTHON } else { NODE };
        fs::write(&script, text).map_err(|error| failed(&error))?;
        let mut command = Command::new(&program);
        if !self.is_python() {
            command.args(self.loader());
        }
        command.arg(&script).arg(&self.found.path).arg(&result);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        for platform in Platform::ALL {
            if let Some(access) = &platform.facts().access {
                command.env_remove(access.key_variable);
            }
        }
        let ran = command.output().map_err(|error| {
            let message = format!("cannot run `{}`: {}", program.display(), describe(&error));
            Failure::new(Exit::Wrong, message)
        })?;
        let read = fs::read_to_string(&result).ok().filter(|_| ran.status.success());
        let answer = read.and_then(|text| serde_json::from_str(&text).ok());
        answer.ok_or_else(|| {
            let text = String::from_utf8_lossy(&ran.stderr).into_owned();
            let lines: Vec<_> = text.lines().collect();
            let shown = lines[lines.len().saturating_sub(MOST_LINES)..].join("\n");
            let path = self.found.path.display();
            let message = match ran.status.code() {
                Some(NO_TEMPLATE) => format!("`{path}` gives no template"),
                _ => format!("`{path}` failed before it gave a template"),
            };
            let failure = Failure::new(Exit::Wrong, message);
            if shown.is_empty() { failure } else { failure.help(shown) }
        })
    }

    /// The project's own Python, or else the system's.
    fn python(&self) -> PathBuf {
        let directory = directory_of(&self.found.path);
        let own = [".venv/bin/python", "venv/bin/python"].map(|path| directory.join(path));
        let found = own.into_iter().find(|path| self.host.metadata(path).is_ok());
        let found = found.or_else(|| {
            let active = PathBuf::from(self.host.variable("VIRTUAL_ENV")?).join("bin/python");
            self.host.metadata(&active).is_ok().then_some(active)
        });
        found.unwrap_or_else(|| PathBuf::from("python3"))
    }

    /// The options with which Node reads TypeScript.
    fn loader(&self) -> Vec<&'static str> {
        let is_typescript = self.found.path.extension().is_some_and(|it| it == "ts" || it == "mts");
        if !is_typescript {
            return Vec::new();
        }
        let has_tsx = directory_of(&self.found.path)
            .ancestors()
            .any(|above| self.host.metadata(&above.join(Path::new("node_modules/tsx"))).is_ok());
        if has_tsx {
            vec!["--import", "tsx"]
        } else {
            vec!["--experimental-strip-types", "--no-warnings"]
        }
    }
}
