//! Every fault at every request, once and each time.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use super::{Settings, apply, error_of, side_by_side, workspace};
use crate::support::faulty::model::Script;
use crate::support::faulty::{Call, Fault, Plan};
use crate::support::snapshot;

const FAULTS: &[(&str, Fault)] = &[
    ("connection refused", Fault::Refused),
    ("no connection in time", Fault::Unconnected),
    ("reset before the request", Fault::ResetBefore),
    ("reset within the request", Fault::ResetWithin),
    ("reset after the request", Fault::ResetAfter),
    ("heard, reset before the answer", Fault::LostAnswer),
    ("heard, reset within the answer", Fault::ResetAnswer),
    ("not heard, no answer in time", Fault::Silent),
    ("heard, no answer in time", Fault::Late),
    ("heard, the answer stops", Fault::Stalled),
    ("heard, the answer drips", Fault::Dripping),
    ("400", Fault::Answer(400, "")),
    ("401", Fault::Answer(401, "")),
    ("402", Fault::Answer(402, "")),
    ("403", Fault::Answer(403, "")),
    ("404", Fault::Answer(404, "")),
    ("409", Fault::Answer(409, "")),
    ("413", Fault::Answer(413, "")),
    ("429", Fault::Answer(429, "")),
    ("429, retry after 20 s", Fault::Answer(429, "Retry-After: 20")),
    ("429, should not retry", Fault::Answer(429, "Should-Retry: false")),
    ("464", Fault::Answer(464, "")),
    ("500", Fault::Answer(500, "")),
    ("500, should retry", Fault::Answer(500, "Should-Retry: true")),
    ("heard, 500", Fault::HeardBut(500)),
    ("502", Fault::Answer(502, "")),
    ("502, a proxy's page", Fault::Html(502)),
    ("heard, 502", Fault::HeardBut(502)),
    ("503", Fault::Answer(503, "")),
    ("503, retry after 20 s", Fault::Answer(503, "Retry-After: 20")),
    (
        "503, retry after a date",
        Fault::Answer(
            503,
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:49:57 GMT",
        ),
    ),
    ("503, retry after a day", Fault::Answer(503, "Retry-After: 86400")),
    ("503, should not retry", Fault::Answer(503, "Should-Retry: false")),
    ("504", Fault::Answer(504, "")),
    ("heard, 504", Fault::HeardBut(504)),
    ("307 to another host", Fault::Redirect),
    ("200, a proxy's page", Fault::Html(200)),
    ("an answer that is shorter than it says", Fault::Short),
    ("an answer that is cut", Fault::Cut),
    ("another JSON", Fault::Wrong),
    ("an answer without an end", Fault::Endless),
    ("unknown fields", Fault::MoreFields),
    ("an unknown state", Fault::UnknownState),
];

/// One fault of each kind: every command meets these in the gate, and the others in `.ci/nightly`.
/// `sbx apply` meets all of them in both.
const ONE_OF_EACH_KIND: &[&str] = &[
    "connection refused",
    "no connection in time",
    "reset before the request",
    "heard, reset before the answer",
    "not heard, no answer in time",
    "heard, the answer stops",
    "400",
    "401",
    "404",
    "429, retry after 20 s",
    "500",
    "heard, 500",
    "503",
    "503, retry after a day",
    "307 to another host",
    "200, a proxy's page",
    "an answer that is cut",
    "another JSON",
    "an answer without an end",
    "an unknown state",
];

/// Which faults a table has.
#[derive(Clone, Copy, PartialEq)]
pub enum Rows {
    /// One of each kind.
    Main,
    /// Those that are like one of the main ones.
    Others,
    All,
}

impl Rows {
    fn faults(self) -> Vec<(&'static str, Fault)> {
        let known = |name: &&str| FAULTS.iter().any(|(fault, _)| fault == name);
        assert!(ONE_OF_EACH_KIND.iter().all(known), "each is one of the faults");
        let has = |name: &str| match self {
            Self::Main => ONE_OF_EACH_KIND.contains(&name),
            Self::Others => !ONE_OF_EACH_KIND.contains(&name),
            Self::All => true,
        };
        FAULTS.iter().filter(|(name, _)| has(name)).copied().collect()
    }
}

/// The calls of a build. The tags are read before it and after it.
const E2B: &[Call] =
    &[Call::Tags, Call::Register, Call::Link, Call::Put, Call::Start, Call::Status, Call::Assign];
const DECLAW: &[Call] = &[Call::Lookup, Call::Delete, Call::Build, Call::Question];

const MANIFEST: &str = r#"
name = "over-the-wire"
from = "python:3.12"
steps = [{ copy = "app.py", to = "/app.py" }, { run = "true" }]
"#;

/// One run: what goes wrong where, and whether it does so each time.
struct Cell {
    fault: Fault,
    call: Call,
    always: bool,
}

impl Cell {
    fn plan(&self) -> Plan {
        let (fault, call, always) = (self.fault, self.call, self.always);
        let mut done = false;
        Box::new(move |asked, phase| {
            let now = asked == call && phase == fault.phase() && (always || !done);
            done |= now;
            now.then_some(fault)
        })
    }

    /// Time enough for a request that is answered, and an end to what has none.
    fn settings(&self) -> Settings {
        let late =
            [Fault::Unconnected, Fault::Silent, Fault::Late, Fault::Stalled, Fault::Dripping];
        let options: &[_] = match (self.fault, self.always) {
            (Fault::UnknownState, true) => &["--timeout", "3s"],
            (fault, true) if late.contains(&fault) => &["--request-timeout", "600ms"],
            (fault, false) if late.contains(&fault) => &["--request-timeout", "2s"],
            _ => &[],
        };
        // A server that is down once must be asked meanwhile. Before the first contact it is not
        // waited for: down for long, the outcome is certain.
        let first = matches!(self.call, Call::Tags | Call::Lookup);
        let (scale, down) = match (self.fault, self.always) {
            (Fault::Refused | Fault::Unconnected, false) if first => ("0.04", 20_000),
            (Fault::Refused | Fault::Unconnected, false) => ("0.04", 1600),
            _ => ("0.002", 30),
        };
        Settings { options, scale, down: Duration::from_millis(down) }
    }

    /// What became of it: the exit code and the words, without what differs from run to run.
    fn run(&self) -> Outcome {
        let files = BTreeMap::from([("app.py".to_owned(), "print()\n".to_owned())]);
        let declaw = DECLAW.contains(&self.call);
        let manifest = if declaw {
            MANIFEST.replace("from =", "platform = \"declaw\"\nfrom =")
        } else {
            MANIFEST.to_owned()
        };
        let script = Script {
            key: super::KEY.to_owned(),
            declaw,
            taken: declaw,
            log: (0..5).map(|at| format!("line {at}")).collect(),
            growth: vec![0, 2, 2],
            flow: if declaw { Vec::new() } else { [E2B, &[Call::Tags]].concat() },
            ..Script::default()
        };
        let workspace = workspace(&manifest, &files);
        let (applied, server) = apply(&workspace, script, self.plan(), &self.settings());
        let retried = applied.has("retry");
        let ran = &applied.ran;
        let model = server.model.lock().expect("not poisoned");
        let more = match (self.fault, self.call) {
            // The state that a build is in is asked for before a start is repeated.
            _ if ran.exit == 0 && model.calls.get(&Call::Start).is_some_and(|it| *it > 1) => {
                "retried after a look, "
            }
            _ if ran.exit == 0 && model.calls.get(&Call::Build).is_some_and(|it| *it > 1) => {
                "retried after a look, "
            }
            _ if retried => "retried, ",
            _ => "",
        };
        let message = (ran.exit != 0).then(|| error_of(&applied.ran));
        Outcome { more, exit: ran.exit, message }
    }
}

pub struct Outcome {
    /// What was done beside.
    pub more: &'static str,
    pub exit: i32,
    /// The error and its help.
    pub message: Option<(String, String)>,
}

/// Words without what differs from run to run.
fn settled(text: &str) -> String {
    let text = match text.split_once(" broke: ") {
        Some((before, after)) => {
            let after = after.split_once(" (").map_or(String::new(), |(_, it)| format!(" ({it}"));
            format!("{before} broke: …{after}")
        }
        None => text.to_owned(),
    };
    let mut words = Vec::new();
    let mut tried = false;
    for word in text.split(' ') {
        let is_count = tried && word.chars().all(|c| c.is_ascii_digit());
        // The counts of the short trials are exact, those of the long ones depend on chance.
        let count: usize = if is_count { word.parse().expect("a number") } else { 0 };
        let (address, mark) = word.split_at(word.trim_end_matches([',', ':']).len());
        let port = address.rsplit_once(':').filter(|(host, _)| host.ends_with("127.0.0.1"));
        words.push(match port {
            Some((host, port)) if port.parse::<u16>().is_ok() => format!("{host}:PORT{mark}"),
            _ if count > 3 => "N".to_owned(),
            _ => word.to_owned(),
        });
        tried = word == "tried";
    }
    let text = words.join(" ");
    // The hash of the one archive.
    match text.find("/files/") {
        Some(at) if text.len() >= at + 71 => format!("{}HASH{}", &text[..at + 7], &text[at + 71..]),
        _ => text,
    }
}

/// What is run for a fault: one column of a table.
type Columns<'a, T> = &'a [(&'a str, T)];

/// One table, of faults that happen once or each time.
fn table<T: Copy + Sync>(
    faults: &[(&str, Fault)],
    columns: Columns<'_, T>,
    always: bool,
    legend: &mut Vec<String>,
    run: &(impl Fn(Fault, T, bool) -> Outcome + Sync),
) -> String {
    let runs: Vec<_> = faults
        .iter()
        .flat_map(|(_, fault)| columns.iter().map(move |(_, column)| (*fault, *column)))
        .collect();
    let outcomes = side_by_side(&runs, |(fault, column)| run(*fault, *column, always));
    let mut text = format!("{:40}", if always { "each time" } else { "once" });
    for (title, _) in columns {
        write!(text, "{title:30}").expect("text is written");
    }
    for ((name, _), row) in faults.iter().zip(outcomes.chunks(columns.len())) {
        write!(text, "\n{name:40}").expect("text is written");
        for outcome in row {
            let cell = match &outcome.message {
                None => format!("{}ready", outcome.more),
                Some((error, help)) => {
                    let message = format!("{}\n      help: {}", settled(error), settled(help));
                    let at = legend.iter().position(|known| *known == message);
                    let at = at.unwrap_or_else(|| {
                        legend.push(message);
                        legend.len() - 1
                    });
                    format!("exit {}: [{}]", outcome.exit, at + 1)
                }
            };
            write!(text, "{cell:30}").expect("text is written");
        }
    }
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

/// The plan of one fault at one call: the first time, or each time.
pub fn plan(fault: Fault, call: Call, always: bool) -> Plan {
    let mut done = false;
    Box::new(move |asked, phase| {
        let now = asked == call && phase == fault.phase() && (always || !done);
        done |= now;
        now.then_some(fault)
    })
}

/// The tables of some faults and columns, with the words that the runs ended in.
pub fn tables<T: Copy + Sync>(
    name: &str,
    rows: Rows,
    columns: Columns<'_, T>,
    run: impl Fn(Fault, T, bool) -> Outcome + Sync,
) {
    let faults = rows.faults();
    let mut legend = Vec::new();
    let mut text = String::new();
    for always in [false, true] {
        text.push_str(&table(&faults, columns, always, &mut legend, &run));
        text.push('\n');
    }
    for (at, message) in legend.iter().enumerate() {
        writeln!(text, "[{}] {message}", at + 1).expect("text is written");
    }
    crate::support::say(&text);
    let name = if rows == Rows::Others { format!("{name}-others") } else { name.to_owned() };
    snapshot("snapshots/faults", &name, &text);
}

/// The tables of one protocol: a column for each call of `sbx apply`.
fn of_apply(name: &str, calls: &[Call]) {
    let titles: Vec<_> = calls.iter().map(|call| format!("{call:?}").to_lowercase()).collect();
    let columns: Vec<_> = titles.iter().map(String::as_str).zip(calls.iter().copied()).collect();
    tables(name, Rows::All, &columns, |fault, call, always| Cell { fault, call, always }.run());
}

#[test]
fn every_fault_at_every_request_of_the_e2b_family() {
    of_apply("e2b", E2B);
}

#[test]
fn every_fault_at_every_request_of_declaw() {
    of_apply("declaw", DECLAW);
}
