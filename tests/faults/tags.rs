//! Every fault at every request about tags. Whatever goes wrong, no tag points to a build that was
//! not asked for, and what is reported as done is done.

use std::collections::BTreeMap;
use std::time::Duration;

use super::table::{Outcome, Rows, plan, tables};
use super::{KEY, error_of, workspace};
use crate::support::faulty::model::{Model, Script, Tags};
use crate::support::faulty::{Call, Fault, Faulty};
use crate::support::process::ToEnd as _;
use crate::support::{Ran, Workspace};

/// A command, and the request of it at which something goes wrong.
#[derive(Clone, Copy)]
struct Column {
    arguments: &'static [&'static str],
    flow: &'static [Call],
    call: Call,
    tags: Tags,
    /// What the tag `v2` points to when it is done: the number of the build, if any.
    done: Option<usize>,
    /// Whether a build has the manifest's digest.
    has_digest: bool,
}

const MANIFEST: &str = "name = \"web\"\nfrom = \"python:3.12\"\ntags = [\"v1\"]\n\
    steps = [{ copy = \"app.py\", to = \"/app.py\" }]\n";

const ADD: Column = Column {
    arguments: &["tag", "add", "web:v1", "v2"],
    flow: &[Call::Assign, Call::Alias, Call::Tags],
    call: Call::Assign,
    tags: Tags::Whole,
    done: Some(0),
    has_digest: false,
};

const REMOVE: Column = Column {
    arguments: &["tag", "remove", "web", "v2"],
    flow: &[Call::Alias, Call::Tags, Call::Unassign],
    call: Call::Unassign,
    tags: Tags::Whole,
    done: None,
    ..ADD
};

/// A look-up of `name:tag` on a server that looks up names alone.
const EXISTS: Column = Column {
    arguments: &["exists", "web:v1"],
    flow: &[Call::Alias, Call::Alias, Call::Tags, Call::Status],
    call: Call::Alias,
    tags: Tags::Older(404),
    done: Some(1),
    ..ADD
};

const ROLLBACK: Column = Column {
    arguments: &["rollback", "web", "--tag", "v2", "--yes"],
    flow: &[Call::Alias, Call::Details, Call::Tags, Call::History, Call::Assign],
    call: Call::Assign,
    tags: Tags::Whole,
    done: Some(0),
    ..ADD
};

/// A manifest whose one tag is on a failed build, so that the history is read.
const VERIFY: Column = Column {
    arguments: &["verify", "--tag", "v3"],
    flow: &[Call::Alias, Call::Details, Call::Tags, Call::History],
    call: Call::Details,
    tags: Tags::Whole,
    done: Some(1),
    ..ADD
};

/// No tag is touched.
const PUBLISH: Column = Column {
    arguments: &["publish", "web"],
    flow: &[Call::Alias, Call::Publish],
    call: Call::Publish,
    tags: Tags::Whole,
    done: Some(1),
    ..ADD
};

/// A plan of a build, compared with the build that has the declared tag.
const PLAN: Column = Column {
    arguments: &["plan"],
    flow: &[Call::Tags, Call::Alias, Call::Status, Call::Link],
    call: Call::Tags,
    done: Some(1),
    ..ADD
};

const COLUMNS: &[(&str, Column)] = &[
    ("tag add", ADD),
    ("tag remove: alias", Column { call: Call::Alias, ..REMOVE }),
    ("tag remove: tags", Column { call: Call::Tags, ..REMOVE }),
    ("tag remove", REMOVE),
    ("exists", Column { tags: Tags::Whole, flow: &[Call::Alias], ..EXISTS }),
    ("exists: tags", Column { call: Call::Tags, ..EXISTS }),
    ("exists: status", Column { call: Call::Status, ..EXISTS }),
    ("rollback: template", Column { call: Call::Details, ..ROLLBACK }),
    ("rollback: history", Column { call: Call::History, ..ROLLBACK }),
    ("rollback", ROLLBACK),
    ("verify", Column { call: Call::Details, ..VERIFY }),
    ("verify: tags", Column { call: Call::Tags, ..VERIFY }),
    ("verify: history", Column { call: Call::History, ..VERIFY }),
    ("publish", PUBLISH),
];

const PLANS: &[(&str, Column)] = &[
    ("tags", PLAN),
    ("template", Column { call: Call::Alias, ..PLAN }),
    ("log", Column { call: Call::Status, ..PLAN }),
    ("archive", Column { call: Call::Link, ..PLAN }),
    (
        "digest",
        Column { flow: &[Call::Tags, Call::Alias], call: Call::Alias, has_digest: true, ..PLAN },
    ),
];

/// Time enough for a request that is answered, and an end to what has none.
pub(super) fn options(fault: Fault, always: bool) -> &'static [&'static str] {
    match fault {
        Fault::Unconnected | Fault::Silent | Fault::Late | Fault::Stalled | Fault::Dripping => {
            if always {
                &["--request-timeout", "600ms"]
            } else {
                &["--request-timeout", "2s"]
            }
        }
        _ => &[],
    }
}

/// The words without what the column says: the purpose and the request.
pub(super) fn without_request((error, help): (String, String)) -> (String, String) {
    let request =
        regex::Regex::new(r" \((GET|POST|DELETE|PATCH) [^,)]*([^)]*)\)").expect("correct");
    let error = request.replace(&error, "$2");
    let error = error.split_once(": ").map_or(&*error, |(_, error)| error);
    (error.to_owned(), help)
}

/// The digest of the manifest, which nothing is asked for.
fn digest(workspace: &Workspace) -> String {
    let ran = workspace.run(&["apply", "--dry-run", "--format", "json", "--platform", "e2b"]);
    let plan = ran.stdout.lines().find(|line| line.contains("\"event\":\"plan\""));
    let plan = plan.unwrap_or_else(|| panic!("{}", ran.text()));
    let plan: serde_json::Value = serde_json::from_str(plan).expect("an event is JSON");
    plan["digest"].as_str().expect("a plan has a digest").to_owned()
}

impl Column {
    fn run(self, fault: Fault, always: bool) -> Outcome {
        let mut model = Model::new(Script {
            key: KEY.to_owned(),
            tags: self.tags,
            flow: self.flow.to_vec(),
            ..Script::default()
        });
        let files = BTreeMap::from([("app.py".to_owned(), "print()\n".to_owned())]);
        let workspace = workspace(MANIFEST, &files);
        let both: &[_] = if self.arguments[0] == "rollback" { &["v1", "v2"] } else { &["v1"] };
        let wanted = model.add("web", "ready", both);
        let mut expected = self.done.map(|_| wanted);
        // What `v2` points to before.
        let before = match self.done {
            Some(0) if both.len() == 1 => None,
            _ => Some(model.add("web", "ready", &["v2", "kept"])),
        };
        if self.has_digest {
            model.add("web", "ready", &[&digest(&workspace), "v1"]);
        }
        if self.arguments[0] == "verify" {
            model.add("web", "error", &["v3"]);
        }
        if self.done == Some(1) {
            expected.clone_from(&before);
        }
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
        let arguments = [self.arguments, &["--platform", "e2b"], options(fault, always)].concat();
        let output = workspace
            .command(&arguments)
            .env("SBX_RETRY_SCALE", scale)
            .env("E2B_API_KEY", KEY)
            .env("E2B_API_URL", format!("http://{}", server.address))
            .to_end();
        let ran = Ran::of(output);
        self.laws(&ran, &server, before.as_ref(), expected.as_ref());
        let message = match ran.exit {
            // What a plan says depends on what it could read.
            0 if self.arguments[0] == "plan" => {
                let lines: Vec<&str> = ran.stdout.lines().take(2).map(str::trim).collect();
                Some((lines.join("; "), "-".to_owned()))
            }
            0 => None,
            1 => Some((ran.stdout.trim().to_owned(), "-".to_owned())),
            _ => Some(without_request(error_of(&ran))),
        };
        // Whether an answer without a body comes before the reset is a matter of chance.
        let by_chance = fault == Fault::ResetAnswer && self.call == Call::Unassign;
        let retried = !by_chance && ran.stderr.contains(" again in ");
        Outcome { more: if retried { "retried, " } else { "" }, exit: ran.exit, message }
    }

    fn laws(self, ran: &Ran, server: &Faulty, before: Option<&String>, done: Option<&String>) {
        let model = server.model.lock().expect("not poisoned");
        assert!(model.faults.is_empty(), "{:?}\n{}", model.faults, ran.text());
        let now = model.resolved("v2").map(str::to_owned);
        match ran.exit {
            0 => assert_eq!(now.as_ref(), done, "{}", ran.text()),
            3 => {
                assert!([before, done].contains(&now.as_ref()), "{now:?}\n{}", ran.text());
                assert_eq!(ran.stderr.matches("error: ").count(), 1, "{}", ran.text());
            }
            // A server that says that it knows no such template or build is believed.
            1 => assert!(matches!(self.arguments[0], "exists" | "verify"), "{}", ran.text()),
            other => panic!("exit code {other}\n{}", ran.text()),
        }
        if ran.exit == 0 {
            assert_eq!(model.public, self.call == Call::Publish, "{}", ran.text());
        }
        let others = if before.is_some() { vec!["kept", "v1"] } else { vec!["v1"] };
        let mut tags: Vec<_> = model.resolutions().into_iter().map(|(tag, _)| tag).collect();
        tags.retain(|tag| tag != "v2" && !tag.starts_with("sbx-"));
        if self.arguments[0] == "plan" {
            let reads =
                [Call::Tags, Call::Alias, Call::Status, Call::Link, Call::Details, Call::List];
            let calls: Vec<_> = model.calls.keys().collect();
            assert!(calls.iter().all(|call| reads.contains(call)), "{calls:?}\n{}", ran.text());
        }
        assert_eq!(tags, others, "no other tag is touched\n{}", ran.text());
        for secret in [KEY, "secret=1"] {
            assert!(!ran.everything().contains(secret), "{}", ran.text());
        }
    }
}

#[test]
fn each_kind_of_fault_at_every_request_about_tags() {
    tables("tags", Rows::Main, COLUMNS, |fault, column, always| column.run(fault, always));
}

#[test]
#[ignore = "takes minutes; .ci/nightly runs it"]
fn other_faults_at_every_request_about_tags() {
    tables("tags", Rows::Others, COLUMNS, |fault, column, always| column.run(fault, always));
}

#[test]
fn each_kind_of_fault_at_every_request_of_a_plan() {
    tables("plan", Rows::Main, PLANS, |fault, column, always| column.run(fault, always));
}

#[test]
#[ignore = "takes minutes; .ci/nightly runs it"]
fn other_faults_at_every_request_of_a_plan() {
    tables("plan", Rows::Others, PLANS, |fault, column, always| column.run(fault, always));
}
