//! Every fault at every request that tests need on declaw, which has no tags. Whatever goes wrong, no
//! sandbox is left alive, and no second one is created.

use std::collections::BTreeMap;
use std::time::Duration;

use super::table::{Outcome, Rows, plan, tables};
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
}

/// A test with a secret, which nothing shows.
const MANIFEST: &str = r#"name = "over-the-wire"
platform = "declaw"
from = "python:3.12"

[[steps]]
run = "true"

[[tests]]
run = "env TOKEN"
stdout = "token_0123456789abcdef"
timeout = "8s"
env = { TOKEN = { env = "TOKEN_OF_TEST" } }
"#;

const SECRET: &str = "token_0123456789abcdef_of_the_test";

const APPLY: Column = Column {
    command: "apply",
    flow: &[
        Call::Build,
        Call::Question,
        Call::Create,
        Call::Execute,
        Call::CloseInput,
        Call::Output,
        Call::Kill,
    ],
    call: Call::Create,
};

const TEST: Column = Column {
    command: "test",
    flow: &[Call::Create, Call::Execute, Call::CloseInput, Call::Output, Call::Kill],
    call: Call::Create,
};

const COLUMNS: &[(&str, Column)] = &[
    ("apply: create", APPLY),
    ("apply: execute", Column { call: Call::Execute, ..APPLY }),
    ("apply: close input", Column { call: Call::CloseInput, ..APPLY }),
    ("apply: output", Column { call: Call::Output, ..APPLY }),
    ("apply: kill", Column { call: Call::Kill, ..APPLY }),
    ("test: create", TEST),
    ("test: output", Column { call: Call::Output, ..TEST }),
    ("test: kill", Column { call: Call::Kill, ..TEST }),
];

impl Column {
    fn run(self, fault: Fault, always: bool) -> Outcome {
        let model = Model::new(Script {
            key: KEY.to_owned(),
            declaw: true,
            taken: self.command == "test",
            growth: vec![0],
            flow: self.flow.to_vec(),
            ..Script::default()
        });
        let first = self.flow.first() == Some(&self.call);
        let is_down = matches!(fault, Fault::Refused | Fault::Unconnected);
        // Before the first contact, a server that is down is not waited for.
        let (scale, down) = match (is_down, always, first) {
            (true, false, true) => ("0.04", 20_000),
            (true, false, false) => ("0.04", 1600),
            _ => ("0.002", 30),
        };
        let plan = plan(fault, self.call, always);
        let server = Faulty::start(model, plan, Duration::from_millis(down));
        let workspace = workspace(MANIFEST, &BTreeMap::new());
        let secret = ["--allow-secret", "TOKEN_OF_TEST"];
        let arguments = [&[self.command][..], &secret, options(fault, always)].concat();
        let output = workspace
            .command(&arguments)
            .env("SBX_RETRY_SCALE", scale)
            .env("DECLAW_API_KEY", KEY)
            .env("DECLAW_API_URL", format!("http://{}", server.address))
            .env("TOKEN_OF_TEST", SECRET)
            .env("SBX_NO_IMAGE_CHECK", "1")
            .to_end();
        let ran = Ran::of(output);
        let is_left = self.laws(&ran, &server, fault);
        let message = match ran.exit {
            0 => None,
            1 => Some(("the test failed".to_owned(), "-".to_owned())),
            _ => Some(without_request(error_of(&ran))),
        };
        let more = if is_left { "left to its timeout, " } else { "" };
        Outcome { more, exit: ran.exit, message }
    }

    /// Whether a sandbox is left to the platform's timeout, because the platform does not end it.
    fn laws(self, ran: &Ran, server: &Faulty, fault: Fault) -> bool {
        let model = server.model.lock().expect("not poisoned");
        assert!(model.faults.is_empty(), "{:?}\n{}", model.faults, ran.text());
        // A platform that does not take the command as the test says it is a test that failed.
        let refuses = self.call == Call::Execute && matches!(fault, Fault::Answer(400 | 404, _));
        assert!(matches!((ran.exit, refuses), (0 | 3, _) | (1, true)), "{fault:?} {}", ran.text());
        let is_left = !model.sandboxes.living.is_empty();
        let is_said = ran.stderr.contains("ends by itself within 2 minutes");
        // A server that says that it has ended the sandbox is believed.
        let is_believed = matches!(fault, Fault::Answer(404, _) | Fault::Html(200));
        // One that takes no connection any more ends no sandbox either.
        let is_down = matches!(fault, Fault::Refused | Fault::Unconnected);
        let is_known = (self.call == Call::Kill && (is_said || is_believed)) || is_down && is_said;
        assert!(!is_left || is_known, "{fault:?} {}", ran.text());
        assert!(model.sandboxes.created.len() <= 1, "{fault:?} {}", ran.text());
        assert!(model.sandboxes.ran.len() <= 1, "{fault:?} {}", ran.text());
        assert!(model.started <= 1, "{fault:?} {}", ran.text());
        if ran.exit == 0 {
            assert_eq!(model.sandboxes.ran, ["env TOKEN"], "{fault:?} {}", ran.text());
        }
        for secret in [KEY, SECRET, "secret=1"] {
            assert!(!ran.everything().contains(secret), "{fault:?} {}", ran.text());
        }
        is_left
    }
}

#[test]
fn each_kind_of_fault_at_every_request_of_tests_on_declaw() {
    tables("tested-declaw", Rows::Main, COLUMNS, |fault, column, always| column.run(fault, always));
}

#[test]
#[ignore = "takes minutes; .ci/nightly runs it"]
fn other_faults_at_every_request_of_tests_on_declaw() {
    tables("tested-declaw", Rows::Others, COLUMNS, |fault, column, always| {
        column.run(fault, always)
    });
}
