//! Which steps are forecast to be cached, and which the platform takes from its cache: after each of
//! many random edits of a manifest and its context, in real builds.
//!
//! `SBX_EDITS=N SBX_SEED=S` makes other runs; a failure names the seed.

mod edits;

use std::fs;

use libtest_mimic::Trial;
use sandbox_toml::host::System;
use sandbox_toml::lower::Plan;
use sandbox_toml::pipeline::{Secrets, analyze};
use sandbox_toml::plan::forecast::{BaseState, Forecast, Query, forecast};
use sandbox_toml::platform::Platform;
use sandbox_toml::wire::e2b::{LayerLine, LogEntry};
use serde_json::Value;

use crate::case::Cleanup;
use crate::engine::Engine;
use crate::random::{Random, number};
use crate::say::say;
use crate::support::Workspace;
use edits::{Edit, State, write_parent};

/// How many edits there are unless `SBX_EDITS` says otherwise.
const EDITS: u64 = 25;

/// The tests for an engine: what is cached does not depend on it.
pub fn trials(engine: Engine) -> Vec<Trial> {
    let test = move || {
        edits_are_forecast(engine);
        Ok(())
    };
    let trial = Trial::test("forecast::edits_are_forecast", test);
    if engine.is_docker() { vec![trial] } else { Vec::new() }
}

/// How many steps were forecast in which way.
#[derive(Debug, Default)]
struct Tally {
    cached: usize,
    forced: usize,
    expected_to_run: usize,
    /// Those that an older build than the last one has left, which only its log shows.
    left_by_older_builds: usize,
    failed_builds: usize,
}

fn edits_are_forecast(engine: Engine) {
    let (seed, count) = (number("SBX_SEED", 1), number("SBX_EDITS", EDITS));
    let mut workspace = Workspace::empty();
    Engine::pass_on(&mut workspace);
    fs::create_dir(workspace.path().join(".git")).expect("the directory is made");
    let _cleanup = Cleanup { workspace: &workspace, engine };
    let mut run = Run::new(&workspace, seed);
    for number in 1..=count {
        let edit = Edit::draw(&mut run.random);
        run.make(edit, &format!("edit {number} of seed {seed}, {edit:?}"));
    }
    let Tally { cached, expected_to_run, .. } = run.tally;
    let least = usize::try_from(count).expect("a count fits") / 5;
    assert!(cached > least && expected_to_run > least, "{:?}", run.tally);
    say(&format!("{count} edits of seed {seed}: {:?}\n", run.tally));
}

/// A manifest that is edited and built again and again.
struct Run<'a> {
    workspace: &'a Workspace,
    random: Random,
    state: State,
    earlier: Vec<State>,
    /// The logs of all builds, the newest first.
    logs: Vec<Vec<String>>,
    parent: usize,
    /// Whether the parent was rebuilt since the manifest was last built on it.
    is_parent_new: bool,
    tally: Tally,
}

impl<'a> Run<'a> {
    fn new(workspace: &'a Workspace, seed: u64) -> Self {
        let mut random = Random(seed);
        let state = State::draw(&mut random);
        let mut run = Self {
            workspace,
            random,
            state,
            earlier: Vec::new(),
            logs: Vec::new(),
            parent: 0,
            is_parent_new: true,
            tally: Tally::default(),
        };
        run.build_parent();
        run.make(Edit::Nothing, &format!("the first build of seed {seed}"));
        run
    }

    fn build_parent(&mut self) {
        self.parent += 1;
        write_parent(self.workspace, self.parent);
        self.workspace.run(&["apply", "parent.toml", "--platform", "local"]).ends(0);
        self.is_parent_new = true;
    }

    /// Makes an edit, builds, and compares.
    fn make(&mut self, edit: Edit, context: &str) {
        if edit == Edit::Parent {
            self.build_parent();
        }
        self.state.edit(edit, &self.earlier, &mut self.random);
        self.state.write(self.workspace);
        self.earlier.push(self.state.clone());
        let plan = self.plan(edit == Edit::Force);
        let from_last = self.forecast(&plan, 1);
        let from_all = self.forecast(&plan, self.logs.len());
        let log = self.apply(edit == Edit::Force);
        let actual = cached_steps(&log);
        let context = format!("{context}: {:?}\n{}", self.state, log.join("\n"));
        self.logs.insert(0, log);
        if self.state.is_child {
            self.is_parent_new = false;
        }
        if actual.len() < plan.steps.len() {
            self.tally.failed_builds += 1;
        }
        if let (Some(from_last), Some(from_all)) = (from_last, from_all) {
            self.compare(&from_last, &from_all, &actual, &context);
        }
    }

    fn plan(&self, is_forced: bool) -> Plan {
        let path = self.workspace.path().join("sandbox.toml");
        let analysis = analyze(&System, &path, Some(Platform::Local));
        let plan = analysis.plan(&Secrets::Hidden);
        let mut plan = plan.unwrap_or_else(|_| panic!("{:?}", analysis.diagnostics));
        if is_forced {
            plan.force();
        }
        plan
    }

    /// The forecast from the logs of the last builds.
    fn forecast(&self, plan: &Plan, builds: usize) -> Option<Forecast> {
        let request = serde_json::from_value(plan.body()).expect("a plan has a request");
        let is_new = self.state.is_child && self.is_parent_new;
        let base = if is_new { BaseState::Changed } else { BaseState::Same };
        let logs = self.logs.get(..builds).unwrap_or_default();
        forecast(&Query { request: &request, logs, base, unchanged: None })
    }

    /// Builds; the messages of the log.
    fn apply(&self, is_forced: bool) -> Vec<String> {
        let mut arguments = vec!["apply", "--platform", "local", "--format", "json", "--rebuild"];
        if is_forced {
            arguments.push("--no-cache");
        }
        let ran = self.workspace.run(&arguments);
        let events = ran.stdout.lines().map(|line| serde_json::from_str(line).expect("an event"));
        let events: Vec<Value> = events.collect();
        let build = events.iter().find_map(|event| event["buildId"].as_str());
        let build = build.unwrap_or_else(|| panic!("no build\n{}", ran.text()));
        let log = self.workspace.path().join(format!("home/data/logs/{build}.jsonl"));
        let log = fs::read_to_string(log).unwrap_or_else(|_| panic!("no log\n{}", ran.text()));
        let entry = |line: &str| serde_json::from_str::<LogEntry>(line).expect("an entry");
        log.lines().map(|line| entry(line).message).collect()
    }

    fn compare(&mut self, last: &Forecast, all: &Forecast, actual: &[bool], context: &str) {
        assert!(last.exact && all.exact, "the keys were not confirmed: {context}");
        for (at, actual) in actual.iter().enumerate() {
            let (last, all) = (last.steps[at], all.steps[at]);
            let step = at + 1;
            assert_eq!(all.cached, *actual, "step {step} from all logs: {context}");
            if last.cached || last.certain {
                assert_eq!(last.cached, *actual, "step {step} from the last log: {context}");
            }
            match (last.cached, last.certain) {
                (true, _) => self.tally.cached += 1,
                (false, true) => self.tally.forced += 1,
                (false, false) if *actual => self.tally.left_by_older_builds += 1,
                (false, false) => self.tally.expected_to_run += 1,
            }
        }
    }
}

/// Whether each step that a log announces was cached.
fn cached_steps(log: &[String]) -> Vec<bool> {
    let layers = LayerLine::read(log.iter().map(String::as_str));
    let steps = layers.iter().filter(|layer| layer.phase.starts_with("builder "));
    steps.map(|layer| layer.is_cached).collect()
}
