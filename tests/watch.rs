//! `sbx check --watch`, as a process whose files change.

use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::Workspace;
use crate::support::process::{Limited as _, Program, end_of};

/// How long a line may take: far longer than any takes.
const PATIENCE: Duration = Duration::from_mins(1);

const MANIFEST: &str = r#"name = "x"
from = { dockerfile = "Dockerfile" }
[[steps]]
copy = "app"
to = "/srv/"
"#;

/// A running `sbx check --watch` and the lines that it prints.
struct Watch {
    child: Program,
    out: Receiver<String>,
    err: Receiver<String>,
}

impl Watch {
    fn start(workspace: &Workspace, arguments: &[&str]) -> Self {
        let mut command = workspace.command(&[&["check", "--watch"], arguments].concat());
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        let out = lines(child.stdout.take().expect("piped"));
        let err = lines(child.stderr.take().expect("piped"));
        Self { child: Program(child), out, err }
    }

    /// The codes of the next report in JSON, when the files are watched again.
    fn codes(&self) -> Vec<String> {
        let line = self.out.recv_timeout(PATIENCE).expect("a report");
        let report: Value = serde_json::from_str(&line).expect("one JSON object in a line");
        self.wait_for("watching for changes");
        let code = |problem: &Value| problem["code"].as_str().expect("a code").to_owned();
        report["diagnostics"].as_array().expect("a list").iter().map(code).collect()
    }

    /// Reads messages up to one with `text`, and returns them.
    fn wait_for(&self, text: &str) -> String {
        let mut all = String::new();
        while !all.contains(text) {
            let line = self.err.recv_timeout(PATIENCE);
            all.extend([&line.unwrap_or_else(|_| panic!("`{text}` in {all}")), "\n"]);
        }
        all
    }

    fn is_silent(&self, time: Duration) -> bool {
        self.out.recv_timeout(time) == Err(RecvTimeoutError::Timeout)
    }

    fn end(mut self, signal: &str) -> Option<i32> {
        send(signal, &self.child);
        end_of(&mut self.child).code()
    }
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
}

fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

fn workspace() -> Workspace {
    let workspace = Workspace::empty();
    workspace.write("sandbox.toml", MANIFEST);
    workspace.write("Dockerfile", "FROM debian:12\n");
    workspace.write("app/one", "");
    workspace
}

/// Replaces a file as many editors do: by another one that takes its name.
fn replace(workspace: &Workspace, name: &str, text: &str) {
    let new = workspace.write(".new~", text);
    fs::rename(new, workspace.path().join(name)).expect("it is renamed");
}

#[test]
fn each_change_of_what_was_read_is_checked() {
    let workspace = workspace();
    let watch = Watch::start(&workspace, &["--format", "json"]);
    assert_eq!(watch.codes(), [""; 0]);
    workspace.write("sandbox.toml", format!("typo = 1\n{MANIFEST}"));
    assert_eq!(watch.codes(), ["unknown-key"]);
    replace(&workspace, "sandbox.toml", MANIFEST);
    assert_eq!(watch.codes(), [""; 0]);
    replace(&workspace, "Dockerfile", "FROM debian:12\nEXPOSE 80\n");
    assert_eq!(watch.codes(), ["dockerfile-ignored"]);
    workspace.write("Dockerfile", "FROM debian:12\n");
    assert_eq!(watch.codes(), [""; 0]);
    let app = workspace.path().join("app");
    fs::rename(&app, workspace.path().join("other")).expect("it is renamed");
    assert_eq!(watch.codes(), ["source-not-found"]);
    fs::rename(workspace.path().join("other"), &app).expect("it is renamed");
    assert_eq!(watch.codes(), [""; 0]);
    // A file that the last check found missing.
    workspace.write(".dockerignore", "app\n");
    assert_eq!(watch.codes(), ["source-ignored"]);
    fs::remove_file(workspace.path().join(".dockerignore")).expect("it is removed");
    assert_eq!(watch.codes(), [""; 0]);
    fs::remove_file(workspace.path().join("sandbox.toml")).expect("it is removed");
    assert_eq!(watch.codes(), ["unreadable-file"]);
    workspace.write("sandbox.toml", MANIFEST);
    assert_eq!(watch.codes(), [""; 0]);
    // Deep in a directory that was made meanwhile. A check may see the half of it.
    workspace.write("app/a/b/c/d", "");
    assert_eq!(watch.codes(), [""; 0]);
    workspace.write("app/a/b/c/__pycache__/x", "");
    while watch.codes() != ["junk-in-context"] {}
    assert_eq!(watch.end("-INT"), Some(130));
}

#[test]
fn a_project_that_goes_and_comes_back_is_checked_again() {
    let workspace = Workspace::empty();
    let fill = || {
        workspace.write("project/sandbox.toml", MANIFEST);
        workspace.write("project/Dockerfile", "FROM debian:12\n");
        workspace.write("project/app/one", "");
    };
    fill();
    let watch = Watch::start(&workspace, &["--format", "json", "project"]);
    assert_eq!(watch.codes(), [""; 0]);
    fs::remove_dir_all(workspace.path().join("project")).expect("it is removed");
    // While it is removed, some of it is still there.
    while watch.codes() != ["unreadable-file"] {}
    fill();
    while watch.codes() != [""; 0] {}
    assert_eq!(watch.end("-TERM"), Some(130));
}

#[test]
fn what_no_manifest_names_causes_no_check_and_waiting_costs_nothing() {
    let workspace = workspace();
    let watch = Watch::start(&workspace, &["--format", "json"]);
    assert_eq!(watch.codes(), [""; 0]);
    for at in 0..200 {
        workspace.write("unrelated", at.to_string());
        fs::read(workspace.path().join("Dockerfile")).expect("it is read");
    }
    assert!(watch.is_silent(Duration::from_secs(1)));
    let before = ticks(&watch.child);
    assert!(watch.is_silent(Duration::from_secs(4)));
    let spent = ticks(&watch.child) - before;
    assert!(spent <= 8, "{spent} hundredths of a second in four seconds");
    // As an editor does that writes and writes again.
    for _ in 0..20 {
        workspace.write("sandbox.toml", format!("typo = 1\n{MANIFEST}"));
    }
    assert_eq!(watch.codes(), ["unknown-key"]);
    assert!(watch.is_silent(Duration::from_millis(500)));
    assert_eq!(watch.end("-INT"), Some(130));
}

/// The time that a process has used, in hundredths of a second.
fn ticks(child: &Child) -> u64 {
    let path = format!("/proc/{}/stat", child.id());
    let Ok(stat) = fs::read_to_string(path) else { return 0 };
    let (_, fields) = stat.rsplit_once(')').expect("a name");
    let fields: Vec<_> = fields.split_whitespace().collect();
    let field = |at: usize| fields[at].parse::<u64>().expect("a number");
    field(11) + field(12)
}

#[test]
fn a_report_into_the_context_is_no_change_of_it() {
    let workspace = Workspace::empty();
    let text =
        "name = \"x\"\nfrom = \"debian:12\"\ntypo = 1\n[[steps]]\ncopy = \".\"\nto = \"/srv/\"\n";
    workspace.write("sandbox.toml", text);
    let (out, err) = (workspace.path().join("out"), workspace.path().join("err"));
    let file = |path: &Path| fs::File::create(path).expect("it is created");
    let mut command = workspace.command(&["check", "--watch", "--format", "json"]);
    let mut child = command.stdout(file(&out)).stderr(file(&err)).spawn().expect("it runs");
    let printed = |path: &Path| fs::read_to_string(path).expect("it is read").lines().count();
    let begun = Instant::now();
    while printed(&err) == 0 && begun.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(20));
    }
    thread::sleep(Duration::from_secs(4));
    send("-INT", &child);
    assert_eq!(end_of(&mut child).code(), Some(130));
    assert_eq!((printed(&out), printed(&err)), (1, 1));
}

#[test]
fn people_see_what_changed_and_where_a_new_report_begins() {
    let workspace = workspace();
    let watch = Watch::start(&workspace, &[]);
    let first = watch.wait_for("watching for changes; Ctrl-C ends");
    assert!(first.starts_with("sandbox.toml: no problems\n"), "{first}");
    workspace.write("sandbox.toml", format!("typo = 1\n{MANIFEST}"));
    let second = watch.wait_for("watching for changes");
    assert!(second.starts_with("\nsandbox.toml changed\n"), "{second}");
    assert!(second.contains("sandbox.toml: 1 error"), "{second}");
    assert!(watch.out.try_iter().any(|line| line.contains("unknown-key")));
    assert_eq!(watch.end("-TERM"), Some(130));
}

#[test]
fn a_reader_that_has_gone_ends_the_watch() {
    let workspace = workspace();
    let mut command = workspace.command(&["check", "--watch", "--format", "json"]);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the binary runs").limited();
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    out.read_line(&mut line).expect("a line");
    drop(out);
    workspace.write("sandbox.toml", format!("typo = 1\n{MANIFEST}"));
    assert_eq!(end_of(&mut child).code(), Some(0));
}

#[test]
fn what_cannot_be_watched_is_refused() {
    let workspace = workspace();
    for (arguments, reason) in [
        (&["--watch", "-"][..], "`--watch` cannot watch standard input"),
        (&["--watch", "--fix"], "cannot be used with"),
        (&["--watch", "--online"], "cannot be used with"),
        (&["--watch", "--format", "sarif"], "`--watch` has no report in this format"),
        (&["--watch", "--format", "github"], "`--watch` has no report in this format"),
    ] {
        let ran = workspace.run(&[&["check"], arguments].concat()).ends(2);
        assert!(ran.stderr.contains(reason), "{}", ran.text());
    }
}
