//! Processes: the first word of a command says what it does.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sandbox_toml::wire::declaw::sandboxes::{
    CommandInput, ResizeTerminal, StartCommand, StartTerminal, TerminalInput,
};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{HOSTILE, KEY, Shared, parsed, refused};

/// A process.
#[derive(Default)]
pub(super) struct Process {
    has_terminal: bool,
    /// What it wrote, and how it ended; the number of each chunk is its place.
    events: Vec<(&'static str, Value)>,
    reader: Option<UnboundedSender<Bytes>>,
    input: Vec<u8>,
    has_open_input: bool,
    /// Whether it waits for the end of its input.
    echoes: bool,
}

impl Process {
    fn say(&mut self, name: &'static str, bytes: &[u8]) {
        let entry = self.events.len() + 1;
        let mut data = json!({ "data": STANDARD.encode(bytes) });
        if !self.has_terminal {
            data["entry_id"] = json!(entry);
        }
        self.push(name, data);
    }

    fn exit(&mut self, code: i64) {
        self.push("exit", json!({ "exit_code": code }));
    }

    fn push(&mut self, name: &'static str, data: Value) {
        if let Some(reader) = &self.reader {
            let _ = reader.send(event(name, &data));
        }
        self.events.push((name, data));
    }

    fn is_over(&self) -> bool {
        self.events.last().is_some_and(|(name, _)| *name == "exit")
    }

    /// What it wrote after an entry, and from now on. A terminal's output is not kept.
    fn stream(&mut self, after: usize, cut: Option<usize>) -> Response {
        let (sender, receiver) = unbounded_channel();
        let _ = sender.send(Bytes::from_static(b": connected\n\n"));
        let first = if self.has_terminal && after == 0 && self.reader.is_some() {
            self.events.len()
        } else {
            after
        };
        let left = self.events.iter().skip(first);
        for (name, data) in left.take(cut.unwrap_or(usize::MAX)) {
            let _ = sender.send(event(name, data));
        }
        self.reader = Some(sender).filter(|_| cut.is_none() && !self.is_over());
        stream_of(receiver)
    }
}

impl Shared {
    pub(super) fn start(&mut self, kind: &str, body: &[u8]) -> Response {
        let mut process = Process { has_open_input: true, ..Process::default() };
        if kind == "pty" {
            let request: StartTerminal = parsed(body);
            assert_eq!((request.user.as_str(), request.timeout), ("root", 3600));
            process.has_terminal = true;
            let size = request.size;
            let term = request.envs.get("TERM").map(|term| term.0.clone()).unwrap_or_default();
            process.say("data", format!("{}x{} {term}\r\n$ ", size.cols, size.rows).as_bytes());
            self.processes.insert("7".to_owned(), process);
            return Json(json!({ "pid": 7 })).into_response();
        }
        let request: StartCommand = parsed(body);
        assert_eq!(request.user, "root");
        let words = shlex::split(&request.cmd).expect("a line of a shell");
        let [shell, login, option, line] = words.as_slice() else { panic!("{}", request.cmd) };
        assert_eq!([shell, login, option], ["/bin/bash", "-l", "-c"]);
        if let Err(refusal) = run(&mut process, line, &request) {
            return refused(400, &refusal);
        }
        let id = format!("cmd-{}", self.processes.len());
        self.processes.insert(id.clone(), process);
        Json(json!({ "cmd_id": id })).into_response()
    }

    pub(super) fn process(
        &mut self,
        method: &str,
        id: &str,
        rest: &[&str],
        query: &str,
        body: &[u8],
        cut: Option<usize>,
    ) -> Response {
        let Some(process) = self.processes.get_mut(id) else {
            return refused(404, "process not found");
        };
        match (method, rest) {
            ("GET", ["stream"]) => {
                let after = query.strip_prefix("last_entry_id=");
                assert_eq!(after.is_some(), !query.is_empty(), "{query}");
                let after = after.map_or(0, |entry| entry.parse().expect("a number"));
                return process.stream(after, cut);
            }
            ("DELETE", []) => process.exit(-1),
            _ if process.is_over() => return refused(404, "process not found"),
            ("POST", ["stdin"]) if process.has_terminal => {
                let TerminalInput { data } = parsed(body);
                keys(process, &data.0);
                self.inputs += 1;
            }
            ("POST", ["stdin"]) => {
                assert!(process.has_open_input, "it is closed");
                let CommandInput { data } = parsed(body);
                process.input.extend(data.0);
                self.inputs += 1;
            }
            ("POST", ["stdin", "close"]) => {
                process.has_open_input = false;
                if process.echoes {
                    let input = std::mem::take(&mut process.input);
                    process.say("stdout", &input);
                    process.exit(0);
                }
            }
            ("PATCH", []) => {
                let ResizeTerminal { size } = parsed(body);
                process.say("data", format!("[{}x{}]", size.cols, size.rows).as_bytes());
            }
            _ => panic!("no such call: {method} {rest:?}"),
        }
        Json(json!({ "killed": true })).into_response()
    }
}

/// Does what a line says; the words of the platform if it refuses it.
fn run(process: &mut Process, line: &str, request: &StartCommand) -> Result<(), String> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    match word {
        "exit" => process.exit(rest.parse().expect("a code")),
        "both" => {
            process.say("stdout", b"out \xff\n");
            process.say("stderr", b"err\n");
            process.exit(0);
        }
        "show" => {
            let shown = json!({ "line": line, "envs": request.envs, "cwd": request.cwd });
            process.say("stdout", shown.to_string().as_bytes());
            process.exit(0);
        }
        "say" => {
            process.say("stdout", rest.as_bytes());
            process.exit(0);
        }
        "count" => {
            for number in 0..rest.parse().expect("a number") {
                process.say("stdout", format!("{number}\n").as_bytes());
            }
            process.exit(0);
        }
        "cat" => process.echoes = true,
        "refused" => return Err("no such directory".to_owned()),
        "hostile" => return Err(format!("{HOSTILE} {KEY} {}", "long ".repeat(10_000))),
        "wrong" => process.push("stdout", json!("text")),
        "forever" => {}
        _ => panic!("no such command: {line}"),
    }
    Ok(())
}

/// Keys of a terminal: they are shown, and a line `exit CODE` is obeyed.
fn keys(process: &mut Process, text: &str) {
    let shown = text.replace('\u{3}', "^C").replace('\u{4}', "^D");
    process.say("data", shown.as_bytes());
    process.input.extend(text.as_bytes());
    let text = String::from_utf8_lossy(&process.input).into_owned();
    let line = text.rsplit(['\u{3}', '\r']).nth(1).unwrap_or_default();
    if let Some(code) = line.strip_prefix("exit ") {
        process.exit(code.parse().expect("a code"));
    }
}

fn event(name: &str, data: &Value) -> Bytes {
    format!("event: {name}\ndata: {data}\n\n").into()
}

fn stream_of(receiver: UnboundedReceiver<Bytes>) -> Response {
    let stream = futures_util::stream::unfold(receiver, |mut receiver| async {
        let bytes = receiver.recv().await?;
        Some((Ok::<_, std::convert::Infallible>(bytes), receiver))
    });
    ([("content-type", "text/event-stream")], Body::from_stream(stream)).into_response()
}
