//! A platform that puts what harms a terminal into every field: nothing but text arrives there.

mod recording;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::terminal::at_a_terminal;
use crate::support::{Ran, Workspace, serve};

/// Control sequences, of which one writes to the clipboard and one hides what follows, marks of
/// the direction, characters without a width, and line breaks.
const CONTROLS: &str = "a\u{1b}]52;c;cm0gLXJm\u{7}\u{1b}[2J\u{1b}[8m\u{9b}77A\u{9d}0;x\u{9c}\u{8}\r\u{7f}\
    \u{202e}\u{2066}\u{200f}\u{61c}\u{200b}\u{2028}\u{feff}\u{e0041}\nforged\r\nforged";

/// What a server says.
#[derive(Debug, Clone)]
struct Words {
    /// Every text.
    text: String,
    /// Every ID.
    id: String,
    /// Whether every call is refused.
    refuses: bool,
}

const COMMANDS: &[&[&str]] = &[
    &["apply"],
    &["apply", "--background"],
    &["status", "t1", "b1"],
    &["logs", "t1", "b1"],
    &["logs", "t1", "b1", "--follow"],
    &["list"],
    &["show", "web"],
    &["exists", "web:v1"],
    &["tag", "list", "web"],
    &["tag", "add", "web:v1", "v2"],
    &["tag", "remove", "web", "v1"],
    &["plan"],
    &["verify"],
    &["test"],
    &["test", "--build", "5a6f0d1e-3b0c-4f7e-9d52-000000000000"],
    &["prune", "web", "--yes"],
    &["rollback", "web", "--tag", "v1", "--yes"],
    &["publish", "web"],
    &["unpublish", "web"],
    &["delete", "web", "--yes"],
    &["doctor", "--online"],
];

async fn answer(State(words): State<Words>, request: Request) -> Response {
    if words.refuses {
        let body = json!({ "code": 400, "message": words.text });
        return (StatusCode::BAD_REQUEST, axum::Json(body)).into_response();
    }
    let (status, body) = e2b(&words, request.method(), request.uri());
    response(status, &body)
}

/// The answer of a platform: JSON, or a stream of messages in the place of a list of them.
fn response(status: StatusCode, body: &Value) -> Response {
    if let Some(events) = body["events"].as_array() {
        let text = |event: &Value| {
            let name = event[0].as_str().expect("a name");
            format!("event: {name}\ndata: {}\n\n", event[1])
        };
        return (status, events.iter().map(text).collect::<String>()).into_response();
    }
    match body["stream"].as_array() {
        None => (status, axum::Json(body)).into_response(),
        Some(messages) => {
            let envelopes = messages.iter().flat_map(|message| {
                let text = message.to_string();
                let length = u32::try_from(text.len()).expect("it is short").to_be_bytes();
                [&[0][..], &length, text.as_bytes()].concat()
            });
            (status, envelopes.collect::<Vec<u8>>()).into_response()
        }
    }
}

/// What a command in a sandbox writes, and how it ends.
fn process(text: &str) -> Value {
    let bytes = STANDARD.encode(text);
    json!({ "stream": [
        { "event": { "start": { "pid": 7 } } },
        { "event": { "data": { "stdout": bytes } } },
        { "event": { "data": { "stderr": bytes } } },
        { "event": { "end": { "exited": true, "status": text } } },
    ] })
}

/// The answer of a platform of the E2B family.
fn e2b(words: &Words, method: &Method, uri: &Uri) -> (StatusCode, Value) {
    let Words { text, id, .. } = words;
    let path = uri.path();
    let template = json!({
        "templateID": id, "buildID": id, "names": [text, text], "aliases": [text],
        "createdAt": "2026-11-21T00:00:00Z", "updatedAt": "2026-11-21T00:00:00Z",
        "buildStatus": text, "public": true,
    });
    let entry = |level: &str| {
        json!({
            "timestamp": "2026-11-21T00:00:00Z", "level": level, "message": text, "step": text,
        })
    };
    let first = uri.query() == Some("logsOffset=0");
    let body = match (method, path) {
        (&Method::POST, "/v3/templates") => {
            let ids = json!({ "templateID": id, "buildID": id, "names": [text], "tags": [text] });
            return (StatusCode::ACCEPTED, ids);
        }
        (&Method::POST, path) if path.starts_with("/v2/templates/") => {
            return (StatusCode::ACCEPTED, json!({}));
        }
        (_, path) if path.ends_with("/status") => json!({
            "templateID": id, "buildID": id, "status": "error",
            "logEntries": if first { vec![entry("error"), entry(text)] } else { Vec::new() },
            "reason": { "message": text, "step": text },
        }),
        (&Method::POST, "/sandboxes") => json!({
            "sandboxID": id, "templateID": id, "clientID": text, "envdVersion": text,
            "domain": text,
        }),
        (&Method::POST, "/process.Process/Start") => process(text),
        (&Method::POST, "/templates/tags") => json!({ "buildID": id, "tags": [text] }),
        (&Method::GET, "/v2/templates") => json!({ "templates": [template], "totalPages": 1 }),
        (&Method::GET, path) if path.starts_with("/templates/aliases/") => template,
        (&Method::GET, path) if path.ends_with("/assignments") => {
            let builds = [id, text].map(|build| {
                json!({
                    "buildId": build, "assignedAt": "2026-11-21T00:00:00Z",
                    "buildCreatedAt": "2026-11-21T00:00:00Z",
                })
            });
            json!({ "data": builds, "nextCursor": text })
        }
        (&Method::GET, path) if path.ends_with("/tags") => {
            json!([{ "tag": text, "buildID": id, "createdAt": "2026-11-21T00:00:00Z" }])
        }
        (&Method::GET, _) => {
            let mut details = template;
            details["builds"] = json!([{
                "buildID": id, "status": text, "createdAt": "2026-11-21T00:00:00Z",
                "updatedAt": "2026-11-21T00:00:00Z",
            }]);
            details
        }
        (&Method::DELETE, _) => json!({}),
        _ => json!({ "names": [text] }),
    };
    (StatusCode::OK, body)
}

/// The tests of the manifest, where a command is to run them.
fn tests(arguments: &[&str]) -> &'static str {
    match arguments[0] {
        "test" => "[[tests]]\nrun = \"true\"\nstdout = \"expected\"\n",
        _ => "",
    }
}

/// Every command against a server that says this, at a terminal. Returns what was on the screens.
fn screens(words: &Words) -> Vec<(String, String)> {
    let router = Router::new().fallback(answer).with_state(words.clone());
    let (address, _runtime) = serve(router);
    let run = |arguments: &&[&str]| {
        let mut workspace = Workspace::empty();
        workspace.set("NOVITA_API_KEY", "key_0123456789abcdef");
        workspace.set("NOVITA_API_URL", &format!("http://{address}"));
        workspace.set("SBX_RETRY_SCALE", "0.001");
        workspace.set("TERM", "xterm-256color");
        let from = "platform = \"novita\"\nfrom = \"python:3.12\"\n[[steps]]\nrun = \"true\"\n";
        workspace.write("sandbox.toml", format!("name = \"web\"\n{from}{}", tests(arguments)));
        let takes_none = matches!(arguments[0], "apply" | "doctor" | "plan" | "verify");
        let platform = if takes_none { vec![] } else { vec!["--platform", "novita"] };
        let (screen, exit) =
            at_a_terminal(&workspace, &[arguments, &platform[..]].concat(), 100, "");
        assert!(matches!(exit, 0 | 1 | 3), "{arguments:?}: {exit}: {screen}");
        (arguments.join(" "), screen)
    };
    COMMANDS.iter().map(run).collect()
}

/// Fails if something arrived that a terminal obeys, other than colors and what moves a progress
/// bar, or that is not seen.
fn is_text(command: &str, screen: &str) {
    let own =
        regex::Regex::new(r"\x1b\[[\d;]*m|\x1b\[[012]?K|\x1b\[1?A|\r").expect("an expression");
    for hidden in ["\u{1b}[8m", "\u{1b}[77A", "\u{1b}]52"] {
        assert!(!screen.contains(hidden), "{command}: {screen:?}");
    }
    let text = own.replace_all(screen, "");
    let obeyed = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(
                c,
                '\u{202e}'
                    | '\u{2066}'
                    | '\u{200f}'
                    | '\u{61c}'
                    | '\u{200b}'
                    | '\u{2028}'
                    | '\u{feff}'
                    | '\u{e0041}'
            )
    };
    let found = text.chars().find(|c| obeyed(*c));
    assert!(found.is_none(), "{command}: {found:?} in {text:?}");
    let size = screen.len();
    assert!(size < 256 * 1024, "{command}: {size} bytes");
}

#[test]
fn nothing_but_text_arrives_at_a_terminal() {
    let good = "id0123456789".to_owned();
    for words in [
        Words { text: CONTROLS.to_owned(), id: good.clone(), refuses: false },
        Words { text: CONTROLS.to_owned(), id: CONTROLS.to_owned(), refuses: false },
        Words { text: CONTROLS.to_owned(), id: good, refuses: true },
    ] {
        for (command, screen) in screens(&words) {
            is_text(&command, &screen);
            // A line break in a name or an ID begins no line that looks like one of ours; a log
            // has lines of its own.
            let logs = ["apply", "logs"].iter().any(|word| command.starts_with(word));
            let forged = screen.lines().any(|line| line.starts_with("forged"));
            assert!(logs || !forged, "{command}: {screen}");
        }
    }
}

#[test]
fn the_size_of_a_field_is_not_that_of_the_output() {
    let text = "x".repeat(512 * 1024);
    let words = Words { text, id: "id0123456789".to_owned(), refuses: false };
    for (command, screen) in screens(&words) {
        is_text(&command, &screen);
    }
}

#[test]
fn json_shows_a_terminal_nothing_that_it_obeys() {
    let id = "id0123456789".to_owned();
    let words = Words { text: CONTROLS.to_owned(), id, refuses: false };
    let router = Router::new().fallback(answer).with_state(words);
    let (address, _runtime) = serve(router);
    let mut workspace = Workspace::empty();
    workspace.set("NOVITA_API_KEY", "key_0123456789abcdef");
    workspace.set("NOVITA_API_URL", &format!("http://{address}"));
    for arguments in
        [&["show", "web"][..], &["list"], &["logs", "t1", "b1"], &["tag", "list", "web"]]
    {
        let arguments = [arguments, &["--format", "json", "--platform", "novita"]].concat();
        let ran = workspace.run(&arguments);
        assert!(ran.stdout.contains("\\u202e") && ran.stdout.contains("\\u009b"), "{}", ran.text());
        is_text(&arguments.join(" "), &ran.stdout);
        let line = ran.stdout.lines().next().expect("a line of JSON");
        let value: Value = serde_json::from_str(line).expect("JSON");
        // The values are what the server said.
        assert!(format!("{value:?}").contains(&format!("{CONTROLS:?}")), "{value:?}");
    }
}

#[test]
fn a_manifest_and_a_dockerfile_are_shown_as_text() {
    let workspace = Workspace::empty();
    let hostile = "\u{1b}[8m\u{202e}\u{9b}2J\u{1b}]52;c;x\u{7}";
    workspace.write(
        "sandbox.toml",
        format!("name = \"{hostile}\"\n# {hostile}\nfrom = 'a{hostile}'\nx{hostile} = 1\n"),
    );
    workspace.write("docker.toml", "name = \"d\"\nfrom = { dockerfile = \"Dockerfile\" }\n");
    workspace.write(
        "Dockerfile",
        format!("FROM python:3.12\n# {hostile}\nRUNN {hostile} x\nVOLUME {hostile}\n"),
    );
    workspace.write(&format!("m{hostile}.toml"), "nam = 1\n");
    for file in ["sandbox.toml", "docker.toml", &format!("m{hostile}.toml")] {
        for format in ["human", "short", "github", "json", "sarif"] {
            let arguments = ["check", file, "--format", format, "--color", "always"];
            let (screen, exit) = at_a_terminal(&workspace, &arguments, 100, "");
            assert_eq!(exit, 1, "{screen}");
            is_text(&arguments.join(" "), &screen);
        }
    }
}

/// A platform that is always ready, and answers each request for the log with the same lines.
struct Stubborn {
    entries: Value,
    id: String,
    requests: AtomicUsize,
}

async fn stubborn(State(platform): State<Arc<Stubborn>>, request: Request) -> Response {
    let id = &platform.id;
    platform.requests.fetch_add(1, Ordering::Relaxed);
    let path = request.uri().path();
    if path.ends_with("/tags") {
        return StatusCode::NOT_FOUND.into_response();
    }
    let body = match (request.method(), path) {
        (&Method::POST, "/v3/templates") => json!({ "templateID": id, "buildID": id }),
        (&Method::POST, _) => json!({}),
        (_, path) if path.ends_with("/status") => json!({
            "templateID": id, "buildID": id, "status": "ready", "logEntries": platform.entries,
        }),
        _ => json!({ "templateID": id }),
    };
    (StatusCode::ACCEPTED, axum::Json(body)).into_response()
}

/// Runs a command against such a platform; returns how many requests it made, too.
fn at_a_stubborn_platform(entries: Value, id: &str, arguments: &[&str]) -> (Ran, usize) {
    let platform = Stubborn { entries, id: id.to_owned(), requests: AtomicUsize::new(0) };
    let platform = Arc::new(platform);
    let router = Router::new().fallback(stubborn).with_state(Arc::clone(&platform));
    let (address, _runtime) = serve(router);
    let mut workspace = Workspace::empty();
    workspace.set("NOVITA_API_KEY", "key_0123456789abcdef");
    workspace.set("NOVITA_API_URL", &format!("http://{address}"));
    workspace.set("SBX_RETRY_SCALE", "0.001");
    let from = "platform = \"novita\"\nfrom = \"python:3.12\"\n[[steps]]\nrun = \"true\"\n";
    workspace.write("sandbox.toml", format!("name = \"web\"\n{from}"));
    let ran = workspace.run(arguments);
    (ran, platform.requests.load(Ordering::Relaxed))
}

#[test]
fn a_log_that_never_ends_is_not_read_for_ever() {
    let entry = json!({
        "timestamp": "2026-11-21T00:00:00Z", "level": "info", "message": "once", "step": "base",
    });
    for arguments in [
        &["apply"][..],
        &["logs", "t", "b", "--platform", "novita"],
        &["status", "t", "b", "--platform", "novita"],
    ] {
        let (ran, requests) = at_a_stubborn_platform(json!([entry]), "id0123456789", arguments);
        let ran = ran.ends(0);
        assert!(requests < 10, "{requests} requests: {}", ran.text());
        let cut = "the rest of the log is missing: the platform repeats the same lines";
        assert!(arguments[0] == "status" || ran.stderr.contains(cut), "{}", ran.text());
    }
}

#[test]
fn a_log_that_cannot_be_read_makes_no_build_fail() {
    let mut entries = Vec::new();
    for timestamp in ["garbage", "", "9999-12-31T23:59:59Z"] {
        entries.push(json!({ "timestamp": timestamp, "level": null, "message": "line" }));
    }
    entries.push(json!({ "level": 3, "message": null, "step": 7 }));
    entries.push(json!(null));
    let (ran, _) = at_a_stubborn_platform(Value::from(entries), "id0123456789", &["apply"]);
    let ran = ran.ends(0);
    assert!(ran.stderr.contains("line\nline\nline\n"), "{}", ran.text());
}

#[test]
fn an_id_that_is_none_is_refused() {
    let long = "x".repeat(1024 * 1024);
    for id in ["", "..", "a b", "a\u{1b}[2J", "é", &long] {
        for arguments in [&["apply"][..], &["exists", "web", "--platform", "novita"]] {
            let (ran, _) = at_a_stubborn_platform(json!([]), id, arguments);
            let ran = ran.ends(3);
            assert!(ran.stderr.contains("an ID "), "{}", ran.text());
            assert!(ran.everything().len() < 10_000, "{}", ran.everything().len());
        }
    }
}

/// A Declaw whose every answer has this ID.
fn declaw_with(id: &str, arguments: &[&str]) -> Ran {
    let id = id.to_owned();
    let router = Router::new().fallback(move |request: Request| async move {
        let template = json!({ "template_id": id, "alias": "web", "created_at": "2026-11-21" });
        let started = json!({ "template_id": id, "build_id": id, "status": "building" });
        axum::Json(match (request.method(), request.uri().path()) {
            (&Method::POST, _) => started,
            (&Method::GET, "/templates") if request.uri().query().is_none() => {
                json!({ "templates": [template] })
            }
            _ => template,
        })
    });
    let (address, _runtime) = serve(router);
    let mut workspace = Workspace::empty();
    workspace.set("DECLAW_API_KEY", "key_0123456789abcdef");
    workspace.set("DECLAW_API_URL", &format!("http://{address}"));
    workspace.set("SBX_RETRY_SCALE", "0.001");
    let from = "platform = \"declaw\"\nfrom = \"python:3.12\"\n[[steps]]\nrun = \"true\"\n";
    workspace.write("sandbox.toml", format!("name = \"web\"\n{from}"));
    workspace.run(&[arguments, &["--platform", "declaw"]].concat())
}

#[test]
fn an_id_of_declaw_that_is_none_is_refused() {
    let long = "x".repeat(1024 * 1024);
    for id in ["", ".", "..", "a/../b", "a\\b", "a b", "a\u{1b}[2J", "é", &long] {
        for arguments in
            [&["apply", "--replace"][..], &["list"], &["show", "web"], &["delete", "web", "--yes"]]
        {
            let ran = declaw_with(id, arguments).ends(3);
            assert!(ran.stderr.contains("an ID "), "{arguments:?}: {}", ran.text());
            assert!(ran.everything().len() < 10_000, "{}", ran.everything().len());
        }
    }
    declaw_with("tpl_Ab-1.2:3", &["list"]).ends(0);
}

#[test]
fn an_argument_that_is_repeated_is_shown_as_text() {
    let hostile = format!("{CONTROLS}\u{1b}[31m");
    let option = format!("--x{hostile}={hostile}");
    let long = "x".repeat(100_000);
    let mut workspace = Workspace::empty();
    workspace.set("TERM", "xterm-256color");
    for (variable, arguments) in [
        ("", &[hostile.as_str()][..]),
        ("", &["check", &option]),
        ("", &["check", "--", "a", &hostile]),
        ("", &["tag", &hostile]),
        ("", &["check", "--color", &hostile]),
        ("", &["check", "--format", &hostile]),
        ("", &["check", "--format", &long]),
        ("", &["init", "a", &hostile]),
        ("", &["import", &hostile]),
        ("", &["apply", "--timeout", &hostile]),
        ("", &["check", "--platform", &hostile]),
        ("", &["explain", &hostile]),
        ("", &["status", "a", "b", &hostile]),
        ("SBX_NO_HASH_CACHE", &["check"]),
        ("SBX_PLATFORM", &["check"]),
    ] {
        if !variable.is_empty() {
            workspace.set(variable, &hostile);
        }
        let (screen, exit) = at_a_terminal(&workspace, arguments, 100, "");
        assert_ne!(exit, 0, "{screen}");
        is_text(&arguments.join(" "), &screen);
        assert!(!screen.lines().any(|line| line.starts_with("forged")), "{screen}");
    }
    // The colors are those of clap.
    let (screen, exit) = at_a_terminal(&workspace, &["check", "--unknown"], 100, "");
    assert!(exit == 2 && screen.contains("\u{1b}[1m\u{1b}[31merror:"), "{screen:?}");
}
