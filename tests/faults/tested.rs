//! Every fault at every request that tests need. Whatever goes wrong, no sandbox is left alive, and
//! no declared tag moves before the tests have passed.

use std::collections::BTreeMap;
use std::time::Duration;

use super::table::{Outcome, Rows, tables};
use super::tags::{options, without_request};
use super::{KEY, error_of, workspace};
use crate::support::Ran;
use crate::support::faulty::model::{Model, Script};
use crate::support::faulty::{Call, Fault, Faulty};
use crate::support::process::ToEnd as _;

/// A command, and the request of it at which something goes wrong.
#[derive(Clone, Copy)]
struct Column {
    command: &'static str,
    flow: &'static [Call],
    call: Call,
    /// Which of these calls, counted from 1.
    nth: usize,
}

const MANIFEST: &str = r#"name = "web"
tags = ["v1"]
from = "python:3.12"

[[tests]]
run = "say claude 2.1"
stdout = "2."
timeout = "1s"
"#;

const APPLY: Column = Column {
    command: "apply",
    flow: &[
        Call::Tags,
        Call::Tags,
        Call::Register,
        Call::Start,
        Call::Status,
        Call::Assign,
        Call::Alias,
        Call::Tags,
        Call::Unassign,
        Call::Create,
        Call::Execute,
        Call::Kill,
        Call::Tags,
        Call::Assign,
        Call::Tags,
    ],
    call: Call::Create,
    nth: 1,
};

const TEST: Column = Column {
    command: "test",
    flow: &[Call::Tags, Call::Create, Call::Execute, Call::Kill],
    call: Call::Create,
    nth: 1,
};

const COLUMNS: &[(&str, Column)] = &[
    ("apply: register", Column { call: Call::Register, ..APPLY }),
    ("apply: digest tag", Column { call: Call::Assign, ..APPLY }),
    ("apply: temporary tag", Column { call: Call::Unassign, ..APPLY }),
    ("apply: create", APPLY),
    ("apply: execute", Column { call: Call::Execute, ..APPLY }),
    ("apply: kill", Column { call: Call::Kill, ..APPLY }),
    ("apply: declared tags", Column { call: Call::Assign, nth: 2, ..APPLY }),
    ("test: tags", Column { call: Call::Tags, ..TEST }),
    ("test: create", TEST),
    ("test: execute", Column { call: Call::Execute, ..TEST }),
    ("test: kill", Column { call: Call::Kill, ..TEST }),
];

impl Column {
    fn run(self, fault: Fault, always: bool) -> Outcome {
        let mut model = Model::new(Script {
            key: KEY.to_owned(),
            growth: vec![0],
            flow: self.flow.to_vec(),
            ..Script::default()
        });
        let before = model.add("web", "ready", &["v1"]);
        let first = self.flow.first() == Some(&self.call);
        let is_down = matches!(fault, Fault::Refused | Fault::Unconnected);
        // Before the first contact, a server that is down is not waited for.
        let (scale, down) = match (is_down, always, first) {
            (true, false, true) => ("0.04", 20_000),
            (true, false, false) => ("0.04", 1600),
            _ => ("0.002", 30),
        };
        let (call, nth) = (self.call, self.nth);
        let (mut seen, mut done) = (0, false);
        let plan = Box::new(move |asked, phase| {
            if asked != call || phase != fault.phase() {
                return None;
            }
            seen += 1;
            let now = seen >= nth && (always || !done);
            done |= now;
            now.then_some(fault)
        });
        let server = Faulty::start(model, plan, Duration::from_millis(down));
        let workspace = workspace(MANIFEST, &BTreeMap::new());
        let arguments = [&[self.command, "--platform", "e2b"][..], options(fault, always)].concat();
        let output = workspace
            .command(&arguments)
            .env("SBX_RETRY_SCALE", scale)
            .env("E2B_API_KEY", KEY)
            .env("E2B_API_URL", format!("http://{}", server.address))
            .env("SBX_NO_IMAGE_CHECK", "1")
            .to_end();
        let ran = Ran::of(output);
        let is_left = self.laws(&ran, &server, &before, fault);
        let message = match ran.exit {
            0 => None,
            1 => Some(("the test failed".to_owned(), "-".to_owned())),
            _ => Some(without_request(error_of(&ran))),
        };
        let more = if is_left { "left to its timeout, " } else { "" };
        Outcome { more, exit: ran.exit, message }
    }

    /// Whether a sandbox is left to the platform's timeout, because the platform does not end it.
    fn laws(self, ran: &Ran, server: &Faulty, before: &str, fault: Fault) -> bool {
        let model = server.model.lock().expect("not poisoned");
        assert!(model.faults.is_empty(), "{:?}\n{}", model.faults, ran.text());
        // A platform that does not take the command as the test says it is a test that failed.
        let refuses = self.call == Call::Execute && matches!(fault, Fault::Answer(400 | 404, _));
        assert!(matches!((ran.exit, refuses), (0 | 3, _) | (1, true)), "{}", ran.text());
        let is_left = !model.sandboxes.living.is_empty();
        let is_said = ran.stderr.contains("ends by itself within 2 minutes");
        // A server that says that it has ended the sandbox is believed.
        let is_believed = matches!(fault, Fault::Answer(404, _) | Fault::Html(200));
        // One that takes no connection any more ends no sandbox either.
        let is_down = matches!(fault, Fault::Refused | Fault::Unconnected);
        let is_known = (self.call == Call::Kill && (is_said || is_believed)) || is_down && is_said;
        assert!(!is_left || is_known, "{}", ran.text());
        for seen in &model.sandboxes.seen {
            let declared = seen.iter().find(|(tag, _)| tag == "v1").map(|(_, build)| build);
            assert_eq!(declared.map(String::as_str), Some(before), "{}", ran.text());
        }
        let now = model.resolved("v1").expect("it points to a build");
        let is_tested = !model.sandboxes.ran.is_empty();
        match (self.command, ran.exit) {
            ("apply", 0) => assert_ne!(now, before, "{}", ran.text()),
            ("apply", _) => assert!(now == before || is_tested, "{}", ran.text()),
            _ => assert_eq!(now, before, "{}", ran.text()),
        }
        if ran.exit == 0 {
            assert!(is_tested, "{}", ran.text());
        }
        for secret in [KEY, "token_0123456789abcdef", "secret=1"] {
            assert!(!ran.everything().contains(secret), "{}", ran.text());
        }
        is_left
    }
}

#[test]
fn each_kind_of_fault_at_every_request_of_tests() {
    tables("tested", Rows::Main, COLUMNS, |fault, column, always| column.run(fault, always));
}

#[test]
#[ignore = "takes minutes; .ci/nightly runs it"]
fn other_faults_at_every_request_of_tests() {
    tables("tested", Rows::Others, COLUMNS, |fault, column, always| column.run(fault, always));
}
