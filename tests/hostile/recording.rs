//! Every command that talks to a server, at a terminal, against a server that puts control
//! sequences and 10 MB into each field of each answer.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, Uri};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::CommandFactory as _;
use sandbox_toml::cli::Cli;
use serde_json::{Value, json};

use super::{COMMANDS, CONTROLS, Words, e2b, is_text, response, tests};
use crate::support::terminal::at_a_terminal;
use crate::support::{Workspace, serve};

/// The commands on Declaw, which has no tags and no public templates.
const ON_DECLAW: &[&[&str]] = &[
    &["apply"],
    &["apply", "--replace"],
    &["apply", "--replace", "--background"],
    &["plan"],
    &["status", "t1", "b1"],
    &["logs", "t1", "b1"],
    &["logs", "t1", "b1", "--follow"],
    &["list"],
    &["show", "web"],
    &["exists", "web"],
    &["delete", "web", "--yes"],
    &["test"],
];

/// The commands that ask a registry.
const ON_REGISTRY: &[&[&str]] = &[
    &["check", "--online"],
    &["compile"],
    &["export", "python"],
    &["apply", "--dry-run"],
    &["lock"],
    &["lock", "--check"],
];

/// The commands that no server answers, and why.
const WITHOUT_SERVER: &[(&str, &str)] = &[
    ("init", "writes a file"),
    ("import", "writes a file"),
    ("fmt", "writes a file"),
    ("explain", "prints a page of sbx"),
    ("serve", "is the server"),
    ("lsp", "is a server of editors"),
    ("schema", "prints a file of sbx"),
    ("completions", "prints a script of sbx"),
    ("run", "passes on what a program in a sandbox writes; tests/sandboxes.rs has its calls"),
    ("shell", "is a terminal of a sandbox"),
];

/// How large a field is.
const LARGE: usize = 10 << 20;

/// How many runs are made at once.
const AT_ONCE: usize = 3;

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    E2b,
    Declaw,
    Registry,
}

/// A text of an answer: the number of the answer, and that of the text in it.
type Place = (usize, usize);

/// A server with a text in one place, or in every one.
struct Hostile {
    family: Family,
    text: String,
    place: Option<Place>,
    everywhere: bool,
    /// How many texts each answer has had.
    texts: Mutex<Vec<usize>>,
    answers: AtomicUsize,
}

/// Replaces texts in a value.
fn fill(value: &mut Value, at: &mut usize, text: &str, is_meant: &impl Fn(usize) -> bool) {
    match value {
        Value::String(found) => {
            if is_meant(*at) {
                text.clone_into(found);
            }
            *at += 1;
        }
        Value::Array(values) => {
            for value in values {
                fill(value, at, text, is_meant);
            }
        }
        Value::Object(entries) => {
            for value in entries.values_mut() {
                fill(value, at, text, is_meant);
            }
        }
        _ => {}
    }
}

fn declaw(method: &Method, uri: &Uri) -> (StatusCode, Value) {
    let template = json!({ "template_id": "t1", "alias": "web", "created_at": "2026-11-21" });
    let body = match (method, uri.path()) {
        (_, path) if path.starts_with("/sandboxes") => declaw_sandbox(path),
        (&Method::POST, _) => {
            json!({ "template_id": "t1", "build_id": "b1", "status": "building" })
        }
        (_, path) if path.starts_with("/templates/builds/") => json!({
            "build_id": "b1", "template_id": "t1", "status": "failed", "logs": ["one", "two"],
        }),
        (_, "/templates") => json!({ "templates": [template] }),
        _ => template,
    };
    (StatusCode::OK, body)
}

/// Sandboxes: what is read of one answer is not read of the others.
fn declaw_sandbox(path: &str) -> Value {
    let chunk = json!({ "entry_id": 0, "data": STANDARD.encode("text") });
    match path.rsplit('/').next() {
        Some("stdio") => json!({ "cmd_id": "c1" }),
        Some("stream") => json!({ "events": [
            ["stdout", chunk], ["stderr", chunk], ["exit", { "exit_code": 0, "error": "none" }],
        ] }),
        Some("sandboxes") => json!({
            "sandbox_id": "s1", "template_id": "t1", "name": "web", "next_token": "next",
            "sandboxes": [{ "sandbox_id": "s2", "metadata": { "sbx": "other" } }],
        }),
        _ => json!({ "killed": true, "message": "done" }),
    }
}

fn registry(uri: &Uri) -> (StatusCode, Value) {
    if uri.path() == "/v2/" {
        return (StatusCode::OK, json!({}));
    }
    let refusal = json!({ "errors": [{ "code": "DENIED", "message": "no", "detail": "no" }] });
    (StatusCode::FORBIDDEN, refusal)
}

async fn answer(State(server): State<Arc<Hostile>>, request: Request) -> Response {
    let (method, uri) = (request.method(), request.uri());
    let words = Words { text: "web".to_owned(), id: "id0123456789".to_owned(), refuses: false };
    let (status, mut body) = match server.family {
        Family::E2b => e2b(&words, method, uri),
        Family::Declaw => declaw(method, uri),
        Family::Registry => registry(uri),
    };
    let number = server.answers.fetch_add(1, Ordering::Relaxed);
    let is_meant = |at| server.everywhere || server.place == Some((number, at));
    let mut texts = 0;
    fill(&mut body, &mut texts, &server.text, &is_meant);
    server.texts.lock().expect("not poisoned").push(texts);
    response(status, &body)
}

/// Runs a command at a terminal, where nothing but text may arrive; returns how many texts each
/// answer had.
fn record(
    family: Family,
    arguments: &[&str],
    text: &str,
    place: Option<Place>,
    everywhere: bool,
) -> Vec<usize> {
    let server = Arc::new(Hostile {
        family,
        text: text.to_owned(),
        place,
        everywhere,
        texts: Mutex::default(),
        answers: AtomicUsize::new(0),
    });
    let router = Router::new().fallback(answer).with_state(Arc::clone(&server));
    let (address, _runtime) = serve(router);
    let mut workspace = Workspace::empty();
    for platform in ["NOVITA", "DECLAW"] {
        workspace.set(&format!("{platform}_API_KEY"), "key_0123456789abcdef");
        workspace.set(&format!("{platform}_API_URL"), &format!("http://{address}"));
    }
    workspace.set("SBX_RETRY_SCALE", "0.001");
    workspace.set("TERM", "xterm-256color");
    workspace.set("SBX_NO_IMAGE_CHECK", if family == Family::Registry { "0" } else { "1" });
    let platform = if family == Family::Declaw { "declaw" } else { "novita" };
    let from = match family {
        Family::Registry => format!("{{ image = \"{address}/x:1\", inherit = [\"env\"] }}"),
        _ => "\"python:3.12\"".to_owned(),
    };
    workspace.write(
        "sandbox.toml",
        format!(
            "name = \"web\"\nplatform = \"{platform}\"\nfrom = {from}\n[[steps]]\nrun = \"true\"\n{}",
            tests(arguments)
        ),
    );
    if arguments == ["lock", "--check"] {
        let digest = format!("sha256:{:064}", 0);
        let image = format!("reference = \"{address}/x:1@{digest}\"\namd64 = \"{digest}\"");
        workspace.write("sandbox.lock", format!("version = 1\n\n[[image]]\n{image}\n"));
    }
    let mut all = arguments.to_vec();
    if !matches!(arguments[0], "apply" | "check" | "compile" | "doctor" | "plan") {
        all.extend(["--platform", platform]);
    }
    let (screen, exit) = at_a_terminal(&workspace, &all, 100, "");
    let name = format!("{family:?} {arguments:?} {place:?}");
    assert!(matches!(exit, 0 | 1 | 3), "{name}: {exit}: {screen}");
    is_text(&name, &screen);
    server.texts.lock().expect("not poisoned").clone()
}

/// Every command with the family that answers it.
fn recordings() -> Vec<(Family, &'static [&'static str])> {
    let of = |family, commands: &'static [&'static [&'static str]]| {
        commands.iter().map(move |arguments| (family, *arguments))
    };
    of(Family::E2b, COMMANDS)
        .chain(of(Family::Declaw, ON_DECLAW))
        .chain(of(Family::Registry, ON_REGISTRY))
        .collect()
}

/// Does something with each of many, several at once.
fn side_by_side<T: Sync>(items: &[T], work: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(item);
                }
            });
        }
    });
}

#[test]
fn every_command_is_recorded_or_talks_to_no_server() {
    fn leaves(command: &clap::Command, path: &str, all: &mut BTreeSet<String>) {
        let mut below = command.get_subcommands().filter(|it| it.get_name() != "help").peekable();
        if below.peek().is_none() {
            all.insert(path.trim().to_owned());
        }
        for inner in below {
            leaves(inner, &format!("{path} {}", inner.get_name()), all);
        }
    }
    let mut commands = BTreeSet::new();
    leaves(&Cli::command(), "", &mut commands);
    let recorded = recordings();
    let is_recorded = |command: &String| {
        recorded.iter().any(|(_, arguments)| {
            let typed = arguments.join(" ");
            typed == *command || typed.starts_with(&format!("{command} "))
        })
    };
    let (with, without): (Vec<_>, Vec<_>) = commands.iter().partition(|it| is_recorded(it));
    let excused: BTreeSet<_> = WITHOUT_SERVER.iter().map(|(command, _)| *command).collect();
    let without: BTreeSet<_> = without.iter().map(|command| command.as_str()).collect();
    assert_eq!(without, excused, "neither recorded nor excused");
    // On Declaw, what is not recorded is refused before a request.
    for command in with {
        let is_there = ON_DECLAW.iter().any(|it| it.join(" ").starts_with(command.as_str()));
        let Some(arguments) = COMMANDS.iter().find(|it| it.join(" ").starts_with(command.as_str()))
        else {
            continue;
        };
        if !is_there {
            let mut workspace = Workspace::empty();
            workspace.set("DECLAW_API_KEY", "key_0123456789abcdef");
            workspace.set("DECLAW_API_URL", "http://127.0.0.1:1");
            workspace.run(&[arguments, &["--platform", "declaw"][..]].concat()).ends(2);
        }
    }
}

#[test]
fn control_sequences_in_each_field_alone() {
    side_by_side(&recordings(), |(family, arguments)| each_field(*family, arguments, CONTROLS));
}

/// The command with a text in each field of each answer, one field at a time, as those before it
/// must be right.
fn each_field(family: Family, arguments: &[&str], text: &str) {
    let texts = record(family, arguments, text, None, false);
    assert!(texts.iter().sum::<usize>() > 0, "{arguments:?}: no answer has a text");
    for (answer, count) in texts.iter().enumerate() {
        for at in 0..*count {
            record(family, arguments, text, Some((answer, at)), false);
        }
    }
}

#[test]
#[ignore = "takes minutes; .ci/run runs it"]
fn ten_megabytes_in_each_field() {
    let large = format!("{CONTROLS}{}{CONTROLS}", "x".repeat(LARGE));
    // Options that change no request.
    let is_distinct = |arguments: &[&str]| !arguments.contains(&"--background");
    let runs: Vec<_> = recordings().into_iter().filter(|(_, it)| is_distinct(it)).collect();
    side_by_side(&runs, |(family, arguments)| {
        each_field(*family, arguments, &large);
        record(*family, arguments, &large, None, true);
    });
}

#[test]
fn millions_of_lines_in_one_field() {
    // In JSON, a line break takes two bytes.
    each_field(Family::E2b, &["logs", "t1", "b1"], &"\n".repeat(LARGE / 2));
}
