//! What neither the table nor the schedules show.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use sandbox_toml::platform::Platform;
use sandbox_toml::secrets::Redaction;
use sandbox_toml::submit::{
    self, Build, Contact, Cursor, Endpoint, Event, Limit, Outcome, RetryPolicy, State,
};

use super::{KEY, Settings, apply, error_of, run, workspace};
use crate::support::faulty::model::{Model, Script, TEMPLATE_ID};
use crate::support::faulty::{Call, Fault, Faulty, Plan};

const MANIFEST: &str = r#"
name = "over-the-wire"
from = "python:3.12"
steps = [{ copy = "data", to = "/data" }]
"#;

fn settings(options: &'static [&'static str]) -> Settings {
    Settings { options, scale: "0.002", down: Duration::from_millis(20) }
}

fn script() -> Script {
    Script {
        key: KEY.to_owned(),
        log: (0..5).map(|at| format!("line {at}")).collect(),
        growth: vec![0, 2, 2],
        ..Script::default()
    }
}

/// A fault at the first `count` requests of one call.
fn first(count: usize, call: Call, fault: Fault) -> Plan {
    let mut left = count;
    Box::new(move |asked, phase| {
        let now = left > 0 && asked == call && phase == fault.phase();
        left -= usize::from(now);
        now.then_some(fault)
    })
}

fn files(size: usize) -> BTreeMap<String, String> {
    // Nothing that a packer could make much smaller.
    let mut state = 1_u64;
    let text = (0..size).map(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b'!' + u8::try_from((state >> 33) % 90).expect("a small number"))
    });
    BTreeMap::from([("data".to_owned(), text.collect())])
}

#[test]
fn a_full_platform_is_queued_for_much_longer_than_a_broken_one() {
    let plan = first(30, Call::Register, Fault::Answer(429, ""));
    let (applied, _) = apply(&workspace(MANIFEST, &files(9)), script(), plan, &settings(&[]));
    assert_eq!(applied.ran.exit, 0, "{}", applied.ran.text());
    let waits = applied.events.iter().filter(|it| it["event"] == "retry");
    let reasons: Vec<_> = waits.map(|it| it["reason"].as_str().expect("a reason")).collect();
    assert_eq!(reasons.len(), 30);
    assert!(reasons.iter().all(|it| it.starts_with("queued, as the platform answered 429")));
}

#[test]
fn a_start_is_not_repeated_for_a_build_that_a_newer_one_replaced() {
    for fault in [Fault::Answer(429, ""), Fault::Answer(500, ""), Fault::Answer(503, "")] {
        let mut model = Model::new(script());
        model.superseded_at = Some(Call::Start);
        let server = Faulty::start(model, first(1, Call::Start, fault), Duration::ZERO);
        let applied = run(&workspace(MANIFEST, &files(9)), &server, false, &settings(&[]));
        assert_eq!(applied.ran.exit, 1, "{}", applied.ran.text());
        let model = server.model.lock().expect("not poisoned");
        assert_eq!(model.calls[&Call::Start], 1, "it would have cancelled the newer one");
        assert!(model.faults.is_empty(), "{:?}", model.faults);
    }
}

#[test]
fn after_a_long_upload_the_status_is_read_before_the_start() {
    // The request for the link ends late enough.
    let plan = first(1, Call::Link, Fault::Silent);
    let mut model = Model::new(script());
    model.superseded_at = Some(Call::Link);
    let server = Faulty::start(model, plan, Duration::ZERO);
    let workspace = workspace(MANIFEST, &files(9));
    let applied = run(&workspace, &server, false, &settings(&["--request-timeout", "11s"]));
    assert_eq!(applied.ran.exit, 1, "{}", applied.ran.text());
    let model = server.model.lock().expect("not poisoned");
    assert_eq!(model.calls.get(&Call::Start), None, "it would have cancelled the newer one");
}

#[test]
fn the_queue_ends_with_the_time_that_there_is() {
    let plan = first(usize::MAX, Call::Register, Fault::Answer(429, "Retry-After: 900"));
    let workspace = workspace(MANIFEST, &files(9));
    let (applied, _) = apply(&workspace, script(), plan, &settings(&["--timeout", "10m"]));
    let (error, help) = error_of(&applied.ran);
    assert!(error.contains("asks to wait 15 min"), "{error}");
    assert!(help.contains("run `sbx apply` again after that time"), "{help}");
}

#[test]
fn a_build_that_says_nothing_for_long_is_mentioned() {
    // Long enough that two minutes pass, of which each lasts 120 ms here: a platform on this machine is
    // polled five times a second.
    let plan = first(1000, Call::Status, Fault::UnknownState);
    let workspace = workspace(MANIFEST, &files(9));
    let (applied, _) = apply(&workspace, script(), plan, &settings(&[]));
    let told: Vec<_> = applied.events.iter().filter(|it| it["event"] == "silence").collect();
    assert!(!told.is_empty(), "{}", applied.ran.text());
    assert_eq!(told[0]["seconds"], 120);
    assert_eq!(told[0]["state"], "dreaming");
}

#[test]
fn an_upload_that_does_not_move_begins_anew_with_another_link() {
    let plan = first(1, Call::Put, Fault::Stuck);
    // More than sockets hold.
    let workspace = workspace(MANIFEST, &files(16 << 20));
    let (applied, server) =
        apply(&workspace, script(), plan, &settings(&["--request-timeout", "2s"]));
    assert_eq!(applied.ran.exit, 0, "{}", applied.ran.text());
    assert!(
        applied.ran.stdout.contains("no answer in time from 127.0.0.1:"),
        "{}",
        applied.ran.text()
    );
    let model = server.model.lock().expect("not poisoned");
    assert_eq!(model.calls[&Call::Link], 2);
}

#[test]
fn a_build_is_followed_by_its_ids_from_any_place_of_its_log() {
    for declaw in [false, true] {
        let script = Script { declaw, fails: true, ..script() };
        let server = Faulty::start(Model::new(script), Box::new(|_, _| None), Duration::ZERO);
        let manifest =
            "name = \"over-the-wire\"\nfrom = \"python:3.12\"\nsteps = [{ run = \"true\" }]\n";
        let platform = if declaw { "declaw" } else { "novita" };
        let manifest = format!("platform = \"{platform}\"\n{manifest}");
        let applied = run(
            &workspace(&manifest, &BTreeMap::new()),
            &server,
            declaw,
            &settings(&["--background"]),
        );
        assert_eq!(applied.ran.exit, 0, "{}", applied.ran.text());
        let build = if declaw {
            Build { template_id: "tpl-new".to_owned(), build_id: "bld-0001".to_owned() }
        } else {
            let build_id = "5a6f0d1e-3b0c-4f7e-9d52-000000000000".to_owned();
            Build { template_id: TEMPLATE_ID.to_owned(), build_id }
        };
        let endpoint = Endpoint {
            api_url: format!("http://{}", server.address).parse().expect("a URL"),
            api_key: Some(KEY.into()),
            key_variable: Some("SOME_KEY".to_owned()),
            request_timeout: Duration::from_secs(5),
            redaction: Redaction::default(),
            contact: Contact::default(),
        };
        let platform = Platform::find(platform).expect("a platform");
        let retry_policy = RetryPolicy::new(None).scaled(0.002);
        let driver = submit::driver(platform, &endpoint, retry_policy).expect("a driver");
        let told = Mutex::new(Vec::new());
        let observer = |event| {
            if let Event::Log(lines) = event {
                let messages = lines.into_iter().map(|line| line.message);
                told.lock().expect("not poisoned").extend(messages);
            }
        };
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let (look, outcome) = runtime.block_on(async {
            let mut cursor = Cursor::default();
            let look = driver.poll(&build, &mut cursor, Limit::Call, &observer).await;
            let end = submit::follow(&*driver, &build, Cursor::at(1), None, &observer).await;
            (look.expect("a status"), end.expect("an end"))
        });
        assert_eq!(look.state, State::Building);
        assert!(matches!(outcome, Outcome::Failed { .. }));
        let told = told.into_inner().expect("not poisoned");
        assert_eq!(told, ["line 1", "line 2", "line 3", "line 4"]);
    }
}
