//! Every fault at every request that a running command makes: its input, the end of that, the size of
//! its terminal, the lifetime of its sandbox. Whatever goes wrong, no sandbox is left alive, and no
//! command ends well that has not got all of its input.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::table::{Outcome, Rows, plan, tables};
use super::tags::{options, without_request};
use super::{KEY, error_of};
use crate::support::faulty::model::{Model, Script};
use crate::support::faulty::{Call, Fault, Faulty};
use crate::support::process::end_of;
use crate::support::terminal::Session;
use crate::support::{Ran, Workspace};

/// A command, and the request of it at which something goes wrong.
#[derive(Clone, Copy)]
struct Column {
    arguments: &'static [&'static str],
    flow: &'static [Call],
    call: Call,
    /// Its exit code and its output if all goes well.
    done: (i32, &'static str),
    at: At,
}

/// Where the command runs.
#[derive(Clone, Copy)]
enum At {
    /// With input.
    Pipe,
    /// At the terminal of other programs, from which it reads nothing.
    Background,
    /// At a terminal, which is resized, and where the last key that is typed ends it.
    Terminal,
}

/// What the shell says when it begins.
const PROMPT: &str = "prompt";

/// What the command reads.
const INPUT: &str = "given";

const READ: Column = Column {
    arguments: &["run", "web:v1", "--", "cat"],
    flow: &[Call::Create, Call::Execute, Call::Input, Call::CloseInput, Call::Kill],
    call: Call::Input,
    done: (0, INPUT),
    at: At::Pipe,
};

const KEEP: Column = Column {
    arguments: &["run", "--keep", "web:v1", "--", "exit 4"],
    flow: &[Call::Create, Call::Execute, Call::Extend],
    call: Call::Extend,
    done: (4, ""),
    at: At::Background,
};

const SHELL: Column = Column {
    arguments: &["shell", "web:v1"],
    flow: &[Call::Create, Call::Execute, Call::Resize, Call::Input, Call::Kill],
    call: Call::Resize,
    done: (3, ""),
    at: At::Terminal,
};

const COLUMNS: &[(&str, Column)] = &[
    ("run: input", READ),
    ("run: end of input", Column { call: Call::CloseInput, ..READ }),
    ("run --keep", KEEP),
    ("shell: resize", SHELL),
    ("shell: input", Column { call: Call::Input, ..SHELL }),
];

impl Column {
    fn run(self, fault: Fault, always: bool) -> Outcome {
        let mut model = Model::new(Script {
            key: KEY.to_owned(),
            flow: self.flow.to_vec(),
            ..Script::default()
        });
        model.add("web", "ready", &["v1"]);
        // Only a process that has ended is not found.
        let is_gone = matches!(fault, Fault::Answer(404, _));
        model.sandboxes.gone_at = Some(self.call).filter(|_| is_gone);
        let is_down = matches!(fault, Fault::Refused | Fault::Unconnected);
        // That the lifetime cannot be renewed is to be noticed last, unless it is what is tested. What
        // goes wrong once is to meet the request at the end, which comes before the first renewal.
        let is_background = matches!(self.at, At::Background);
        let is_slow = if is_background { !always } else { is_down };
        let scale = if is_slow { "0.04" } else { "0.002" };
        let down = if is_slow && is_down { 1600 } else { 30 };
        let plan = plan(fault, self.call, always);
        let server = Faulty::start(model, plan, Duration::from_millis(down));
        let mut workspace = Workspace::empty();
        workspace.set("SBX_RETRY_SCALE", scale);
        workspace.set("SBX_PLATFORM", "e2b");
        workspace.set("E2B_API_KEY", KEY);
        workspace.set("E2B_API_URL", &format!("http://{}", server.address));
        let arguments = [&self.arguments[..1], options(fault, always), &self.arguments[1..]];
        let arguments = arguments.concat();
        let ran = match self.at {
            At::Pipe => workspace.run_with_input(&arguments, INPUT),
            At::Background => on_screen(Session::start(&workspace, &arguments, 80)),
            At::Terminal => on_screen(resized(&workspace, &arguments, &server)),
        };
        let is_left = self.laws(&ran, &server, fault);
        let message = (ran.exit == 125).then(|| without_request(error_of(&ran)));
        let more = if is_left { "left to its timeout, " } else { "" };
        Outcome { more, exit: ran.exit, message }
    }

    /// Whether a sandbox is left to the platform's timeout, because the platform does not end it.
    fn laws(self, ran: &Ran, server: &Faulty, fault: Fault) -> bool {
        let model = server.model.lock().expect("not poisoned");
        assert!(model.faults.is_empty(), "{:?}\n{}", model.faults, ran.text());
        let (exit, output) = self.done;
        match ran.exit {
            // A process that has ended is not found.
            0 if matches!(fault, Fault::Answer(404, _)) => {}
            125 => {}
            ended => {
                assert_eq!(ended, exit, "{}", ran.text());
                assert!(ran.stdout.contains(output), "{}", ran.text());
            }
        }
        let living = model.sandboxes.living.len();
        let is_kept = self.arguments.contains(&"--keep") && ran.exit == exit;
        let is_said = ran.everything().contains("ends by itself within 2 minutes");
        let is_down = matches!(fault, Fault::Refused | Fault::Unconnected);
        let is_left = living > usize::from(is_kept);
        assert!(!is_left || (is_down && is_said), "{}", ran.text());
        assert!(!is_kept || living == 1, "{}", ran.text());
        for text in [KEY, "token_0123456789abcdef", "secret=1", "panicked"] {
            assert!(!ran.everything().contains(text), "{}", ran.text());
        }
        is_left
    }
}

/// A shell whose window was resized, and that was ended then.
fn resized(workspace: &Workspace, arguments: &[&str], server: &Faulty) -> Session {
    let mut session = Session::start(workspace, arguments, 80);
    session.wait_for(PROMPT);
    session.resize(100);
    // Where no connection is taken, the request does not arrive.
    let deadline = Instant::now() + Duration::from_millis(500);
    let is_heard = || {
        let model = server.model.lock().expect("not poisoned");
        model.calls.contains_key(&Call::Resize)
    };
    while !is_heard() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
    }
    session.enter("q");
    session
}

/// What is on the screen at the end.
fn on_screen(session: Session) -> Ran {
    let (screen, exit) = session.end();
    Ran { exit, stdout: String::new(), stderr: screen.replace(PROMPT, "") }
}

#[test]
fn each_kind_of_fault_at_every_request_of_a_running_command() {
    tables("command", Rows::Main, COLUMNS, |fault, column, always| column.run(fault, always));
}

#[test]
#[ignore = "takes minutes; .ci/nightly runs it"]
fn other_faults_at_every_request_of_a_running_command() {
    tables("command", Rows::Others, COLUMNS, |fault, column, always| column.run(fault, always));
}

#[test]
fn a_sandbox_that_cannot_be_renewed_ends_with_its_command() {
    for (fault, always, command, exit) in [
        (Fault::Answer(503, ""), false, "renewed 2", 0),
        (Fault::Answer(401, ""), true, "renewed 1000", 125),
        (Fault::Answer(404, ""), true, "renewed 1000", 125),
    ] {
        let mut model = Model::new(Script { key: KEY.to_owned(), ..Script::default() });
        model.add("web", "ready", &["v1"]);
        let plan = plan(fault, Call::Extend, always);
        let server = Faulty::start(model, plan, Duration::ZERO);
        let mut workspace = Workspace::empty();
        workspace.set("SBX_RETRY_SCALE", "0.002");
        workspace.set("SBX_PLATFORM", "e2b");
        workspace.set("E2B_API_KEY", KEY);
        workspace.set("E2B_API_URL", &format!("http://{}", server.address));
        let ran = workspace.run(&["run", "web:v1", "--", command]).ends(exit);
        let model = server.model.lock().expect("not poisoned");
        assert!(model.sandboxes.living.is_empty(), "{fault:?} {}", ran.text());
        assert!(model.faults.is_empty(), "{:?}", model.faults);
    }
}

#[test]
fn the_lifetime_of_a_sandbox_is_short_and_only_its_client_extends_it() {
    let mut model = Model::new(Script { key: KEY.to_owned(), ..Script::default() });
    model.add("web", "ready", &["v1"]);
    let server = Faulty::start(model, Box::new(|_, _| None), Duration::ZERO);
    let manifest = "name = \"web\"\nfrom = \"python:3.12\"\ntags = [\"v1\"]\n\n\
                    [[tests]]\nrun = \"renewed 1000\"\ntimeout = \"10m\"\n";
    let workspace = super::workspace(manifest, &BTreeMap::new());
    for arguments in [&["run", "web:v1", "--", "renewed 1000"][..], &["test"]] {
        let mut child = workspace
            .command(arguments)
            .env("SBX_RETRY_SCALE", "0.002")
            .env("SBX_PLATFORM", "e2b")
            .env("E2B_API_KEY", KEY)
            .env("E2B_API_URL", format!("http://{}", server.address))
            .stdin(Stdio::null())
            .spawn()
            .expect("the binary runs");
        let lifetimes = || server.model.lock().expect("not poisoned").sandboxes.lifetimes.clone();
        let deadline = Instant::now() + Duration::from_mins(1);
        while lifetimes().len() < 4 {
            assert!(Instant::now() < deadline, "{:?}", lifetimes());
            std::thread::sleep(Duration::from_millis(10));
        }
        child.kill().expect("it is killed");
        end_of(&mut child);
        let mut model = server.model.lock().expect("not poisoned");
        // The platform ends the sandbox, which nothing renews any more, within two minutes.
        assert_eq!(model.sandboxes.living.len(), 1, "{arguments:?}");
        let lifetimes = std::mem::take(&mut model.sandboxes.lifetimes);
        assert!(lifetimes.iter().all(|seconds| *seconds <= 120), "{lifetimes:?}");
        assert!(model.faults.is_empty(), "{:?}", model.faults);
        model.sandboxes.living.clear();
    }
}
