//! What goes wrong between `sbx apply` and a platform, and what becomes of it.
//!
//! Everything is real but the platform's mind: the binary, the sockets, the resets, the
//! temporary files. `SBX_RETRY_SCALE` makes the waits short.

mod command;
mod schedules;
mod single;
mod table;
mod tags;
mod tested;
mod tested_declaw;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::Value;

use crate::support::faulty::model::{Model, Script};
use crate::support::faulty::{Faulty, Plan};
use crate::support::{Ran, Workspace};

/// A key that no text holds by chance.
const KEY: &str = "key_0123456789abcdef";

/// How many runs are made at once: most of them wait.
const AT_ONCE: usize = 12;

/// One run of `sbx apply`, with what the platform saw of it.
struct Applied {
    ran: Ran,
    events: Vec<Value>,
}

impl Applied {
    fn has(&self, event: &str) -> bool {
        self.events.iter().any(|it| it["event"] == event)
    }

    /// The log as it was told.
    fn log(&self) -> Vec<&str> {
        let lines = self.events.iter().filter(|it| it["event"] == "log");
        lines.map(|it| it["message"].as_str().expect("a message")).collect()
    }
}

/// The first error of a run and its help.
fn error_of(ran: &Ran) -> (String, String) {
    let mut lines = ran.stderr.lines().skip_while(|line| !line.starts_with("error: "));
    let error = lines.next().unwrap_or_default().trim_start_matches("error: ");
    let help = lines.next().unwrap_or_default().trim_start_matches("  help: ");
    (error.to_owned(), help.to_owned())
}

/// How long things take.
struct Settings {
    options: &'static [&'static str],
    scale: &'static str,
    /// How long nobody listens where nobody is to listen.
    down: Duration,
}

/// A workspace with some files to copy.
fn workspace(manifest: &str, archives: &BTreeMap<String, String>) -> Workspace {
    let workspace = Workspace::empty();
    for (name, content) in archives {
        workspace.write(name, content);
    }
    workspace.write("sandbox.toml", manifest);
    std::fs::create_dir(workspace.path().join("tmp")).expect("the directory is made");
    workspace
}

/// Applies a manifest to a platform, and holds the run to every law that the platform can see.
fn apply(
    workspace: &Workspace,
    script: Script,
    plan: Plan,
    settings: &Settings,
) -> (Applied, Faulty) {
    let log = script.log.clone();
    let declaw = script.declaw;
    let server = Faulty::start(Model::new(script), plan, settings.down);
    let applied = run(workspace, &server, declaw, settings);
    laws(workspace, &applied, &server, &log);
    (applied, server)
}

/// Applies a manifest to a platform.
fn run(workspace: &Workspace, server: &Faulty, declaw: bool, settings: &Settings) -> Applied {
    let mut arguments = vec!["apply", "--format", "json"];
    arguments.extend(settings.options);
    if declaw {
        arguments.push("--replace");
    }
    let upper = if declaw { "DECLAW" } else { "NOVITA" };
    let mut command = workspace.command(&arguments);
    command
        .env("SBX_RETRY_SCALE", settings.scale)
        .env("TMPDIR", workspace.path().join("tmp"))
        .env(format!("{upper}_API_KEY"), KEY)
        .env(format!("{upper}_API_URL"), format!("http://{}", server.address));
    let ran = Ran::to_end(&mut command);
    let events: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("an event is JSON"))
        .collect();
    Applied { ran, events }
}

fn laws(workspace: &Workspace, applied: &Applied, server: &Faulty, log: &[String]) {
    let ran = &applied.ran;
    let model = server.model.lock().expect("not poisoned");
    assert!(model.faults.is_empty(), "{:?}\n{}", model.faults, ran.text());
    assert!(model.started <= 1, "{} builds were started\n{}", model.started, ran.text());
    match ran.exit {
        0 => assert_eq!(model.end(), Some(true), "{}", ran.text()),
        1 => assert_eq!(model.end(), Some(false), "{}", ran.text()),
        3 => {
            assert!(model.told.is_none(), "the end was told\n{}", ran.text());
            let errors = ran.stderr.matches("error: ").count();
            assert_eq!(errors, 1, "one clear message\n{}", ran.text());
            assert!(ran.stderr.contains("  help: "), "{}", ran.text());
        }
        other => panic!("exit code {other}\n{}", ran.text()),
    }
    // Each line once and in order; all of them if the end is known and nothing else was said.
    let told = applied.log();
    assert!(told.len() <= log.len() && told == log[..told.len()], "{told:?}\n{log:?}");
    if ran.exit != 3 && !applied.has("log-cut") {
        assert_eq!(told, log, "{}", ran.text());
    }
    for secret in [KEY, "signature=", "secret=1"] {
        assert!(!ran.everything().contains(secret), "{}", ran.text());
    }
    let left = std::fs::read_dir(workspace.path().join("tmp")).expect("the directory is read");
    assert_eq!(left.count(), 0, "temporary files are left\n{}", ran.text());
}

/// Does something with each of many, several at once, and keeps their order.
fn side_by_side<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = Mutex::new(0);
    let results = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let at = {
                        let mut next = next.lock().expect("not poisoned");
                        *next += 1;
                        *next - 1
                    };
                    let Some(item) = items.get(at) else { return };
                    let result = work(item);
                    results.lock().expect("not poisoned").insert(at, result);
                }
            });
        }
    });
    results.into_inner().expect("not poisoned").into_values().collect()
}
