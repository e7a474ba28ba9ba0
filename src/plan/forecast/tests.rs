use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::wire::e2b::{Step, StepKind};

/// The key of the base in these logs.
const BASE: &str = "ba5eba5eba5eba5eba5eba5eba5eba5eba5eba5eba5eba5eba5eba5eba5eba5e";

fn step(kind: StepKind, args: &[&str], files: Option<&str>) -> Step {
    Step {
        kind,
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        force: false,
        files_hash: files.map(str::to_owned),
        force_upload: None,
    }
}

fn run(command: &str) -> Step {
    step(StepKind::Run, &[command], None)
}

fn request(steps: &[Step]) -> StartRequest {
    StartRequest {
        from_image: Some("debian:12".to_owned()),
        from_template: None,
        from_image_registry: None,
        start_cmd: None,
        ready_cmd: None,
        pre_boot_script: None,
        force: false,
        steps: steps.to_vec(),
    }
}

fn query<'a>(request: &'a StartRequest, logs: &'a [Vec<String>]) -> Query<'a> {
    Query { request, logs, base: BaseState::Same, unchanged: None }
}

/// The platform: a cache, and the log of each build.
#[derive(Default)]
struct Builder {
    cache: BTreeSet<String>,
    /// Which steps of the last build were cached.
    cached: Vec<bool>,
}

impl Builder {
    /// Builds until `fails` fails; the log.
    fn build(&mut self, request: &StartRequest, fails: Option<usize>) -> Vec<String> {
        let mut log = vec!["Building".to_owned()];
        let mut say = |is_cached, phase: &str, text: &str, key: &str| {
            let line = LayerLine {
                is_cached,
                phase: phase.to_owned(),
                text: text.to_owned(),
                key: key.to_owned(),
            };
            log.push(line.to_string());
            if !is_cached {
                log.push(format!("[{phase}] [stdout]: CACHED [{key}]"));
            }
        };
        let base = match &request.from_template {
            Some(parent) => layer_key::hash(&["FROM TEMPLATE", parent]),
            None => BASE.to_owned(),
        };
        say(true, "base", &base_text(request).expect("a base"), &base);
        let mut key = base;
        if let Some(script) = &request.pre_boot_script {
            key = layer_key::of_pre_boot(&key, script);
            say(!self.cache.insert(key.clone()), "base", &format!("PRE-BOOT {script}"), &key);
        }
        key = layer_key::of_user(&key, "user");
        say(!self.cache.insert(key.clone()), "base", "DEFAULT USER user", &key);
        let mut is_forced = request.force;
        self.cached.clear();
        for (at, step) in request.steps.iter().enumerate() {
            key = layer_key::of_step(&key, step);
            is_forced |= step.force;
            let is_cached = self.cache.contains(&key) && !is_forced;
            self.cached.push(is_cached);
            let phase = format!("builder {}/{}", at + 1, request.steps.len());
            say(is_cached, &phase, &LayerLine::text_of(step), &key);
            if !is_cached && fails == Some(at) {
                return log;
            }
            self.cache.insert(key.clone());
        }
        say(false, "finalize", "Finalizing template build", &"f".repeat(64));
        log.push("Done".to_owned());
        log
    }
}

/// The forecast in letters: `C` and `R` are certain, `c` and `r` are not.
fn letters(forecast: Option<Forecast>) -> String {
    let steps = forecast.expect("a forecast").steps.into_iter();
    let letter = |step: StepForecast| match (step.cached, step.certain) {
        (true, true) => 'C',
        (true, false) => 'c',
        (false, true) => 'R',
        (false, false) => 'r',
    };
    steps.map(letter).collect()
}

/// The keys were computed with Python's `hashlib`.
#[test]
fn keys_are_computed_from_the_key_of_the_base() {
    let log = format!(
        "CACHED [base] FROM debian:12 [{BASE}]
CACHED [base] DEFAULT USER user [6da5f1f88ddac90994fb0875d4d749cf3ec1433df6746bbaaff2143ab2ebf25e]
CACHED [builder 1/4] USER user true [f1f0961ae31cb1c25aabd32b3c7993c2a961e3793d2f442efdc07e8cec732b9e]
[builder 2/4] RUN apt-get update
apt-get install -y git root [2d5a9fed121acfc57a1f5ff60e822304ce1a7aa984c1bbf9290533261923e7d2]
[builder 3/4] ENV A b c [3ff25ba9f2dd588de88ee81a475422792c97efb4d42849e6ad5b4858b6dbb29b]
[builder 4/4] COPY app.py /srv/   [a4129acf0dce2277ed83f4399378532bf36aaf9041727b98478f960f6298f945]
[finalize] Finalizing template build [{BASE}]"
    );
    let logs = [log.lines().map(str::to_owned).collect()];
    let files = "f".repeat(64);
    let steps = [
        step(StepKind::User, &["user", "true"], None),
        step(StepKind::Run, &["apt-get update\napt-get install -y git", "root"], None),
        step(StepKind::Env, &["A", "b", "c"], None),
        step(StepKind::Copy, &["app.py", "/srv/", "", ""], Some(&files)),
    ];
    let unchanged = request(&steps);
    let forecast = forecast(&query(&unchanged, &logs));
    assert_eq!(forecast.as_ref().map(|forecast| forecast.exact), Some(true));
    assert_eq!(letters(forecast), "CCCC");
    for (at, expected) in ["rrrr", "Crrr", "CCrr", "CCCr"].into_iter().enumerate() {
        let mut changed = steps.clone();
        changed[at].args[0].push('x');
        assert_eq!(letters(super::forecast(&query(&request(&changed), &logs))), expected);
    }
    let mut changed = steps;
    changed[3].files_hash = Some("e".repeat(64));
    assert_eq!(letters(super::forecast(&query(&request(&changed), &logs))), "CCCr");
}

#[test]
fn the_cache_is_ignored_from_a_forced_step_on() {
    let mut platform = Builder::default();
    let mut wanted = request(&[run("a"), run("b"), run("c")]);
    let logs = [platform.build(&wanted, None)];
    wanted.steps[1].force = true;
    assert_eq!(letters(forecast(&query(&wanted, &logs))), "CRR");
    wanted.force = true;
    assert_eq!(letters(forecast(&query(&wanted, &logs))), "RRR");
}

#[test]
fn an_earlier_state_is_cached_if_its_log_is_given() {
    let mut platform = Builder::default();
    let first = request(&[run("a"), run("b"), run("c")]);
    let second = request(&[run("a"), run("x"), run("c")]);
    let logs = [platform.build(&first, None), platform.build(&second, None)];
    let logs = logs.into_iter().rev().collect::<Vec<_>>();
    assert_eq!(letters(forecast(&query(&first, &logs[..1]))), "Crr");
    assert_eq!(letters(forecast(&query(&first, &logs))), "CCC");
}

#[test]
fn a_build_that_failed_has_left_the_layers_before() {
    let mut platform = Builder::default();
    let wanted = request(&[run("a"), run("b"), run("c")]);
    let logs = [platform.build(&wanted, Some(1))];
    assert_eq!(letters(forecast(&query(&wanted, &logs))), "Crr");
}

#[test]
fn the_base_is_what_the_log_shows() {
    let mut platform = Builder::default();
    let wanted = request(&[run("a"), run("b")]);
    let logs = [platform.build(&wanted, None)];
    for (base, expected) in
        [(BaseState::Same, "CC"), (BaseState::Unknown, "cc"), (BaseState::Changed, "rr")]
    {
        assert_eq!(letters(forecast(&Query { base, ..query(&wanted, &logs) })), expected);
    }
    let other = StartRequest { from_image: Some("debian:13".to_owned()), ..wanted.clone() };
    assert_eq!(letters(forecast(&query(&other, &logs))), "rr");
    let child = StartRequest {
        from_image: None,
        from_template: Some("parent:v1".to_owned()),
        ..wanted.clone()
    };
    assert_eq!(letters(forecast(&query(&child, &logs))), "rr");
    let logs = [platform.build(&child, None), logs[0].clone()];
    assert_eq!(letters(forecast(&query(&child, &logs))), "CC");
    assert_eq!(letters(forecast(&query(&wanted, &logs))), "CC");
    let script = StartRequest { pre_boot_script: Some("true\nfalse".to_owned()), ..wanted };
    assert_eq!(letters(forecast(&query(&script, &logs))), "rr");
    let logs = [platform.build(&script, None)];
    assert_eq!(letters(forecast(&query(&script, &logs))), "CC");
}

#[test]
fn the_end_of_a_build_is_in_no_key() {
    let wanted = request(&[run("a")]);
    let logs = [Builder::default().build(&wanted, None)];
    let (start, ready) = (Some("serve".to_owned()), Some("true".to_owned()));
    let changed = StartRequest { start_cmd: start, ready_cmd: ready, ..wanted };
    assert_eq!(letters(forecast(&query(&changed, &logs))), "C");
}

#[test]
fn steps_are_compared_where_the_keys_are_other_ones() {
    let wanted = request(&[run("a"), run("b"), run("c")]);
    let log = Builder::default().build(&wanted, None);
    let other = |line: &String| match LayerLine::split_key(line) {
        Some((text, key)) => format!("{text} [{}]", layer_key::hash(&[key])),
        None => line.clone(),
    };
    let logs = [log.iter().map(other).collect()];
    let changed = request(&[run("a"), run("x"), run("c")]);
    let guess = forecast(&query(&changed, &logs));
    assert_eq!(guess.as_ref().map(|forecast| forecast.exact), Some(false));
    assert_eq!(letters(guess), "crr");
    let known = Query { unchanged: Some(2), ..query(&changed, &logs) };
    assert_eq!(letters(forecast(&known)), "ccr");
    // A log that was cut off at its beginning confirms nothing.
    let logs = [log[2..].to_vec()];
    assert_eq!(forecast(&query(&wanted, &logs)).map(|forecast| forecast.exact), Some(false));
}

#[test]
fn without_layers_nothing_is_known() {
    let wanted = request(&[run("a"), run("b")]);
    let recorded = ["[base] FROM debian:12", "[builder 1/2] RUN a", "[builder 2/2] RUN b"];
    let logs = [recorded.map(str::to_owned).to_vec()];
    assert_eq!(forecast(&query(&wanted, &logs)), None);
    assert_eq!(forecast(&query(&wanted, &[])), None);
    let known = Query { unchanged: Some(1), ..query(&wanted, &logs) };
    assert_eq!(letters(forecast(&known)), "cr");
}

fn any_step() -> impl Strategy<Value = Step> {
    let text = "[a-c]( [a-c]|\n[a-c])?";
    prop_oneof![
        text.prop_map(|text| run(&text)),
        text.prop_map(|text| step(StepKind::Workdir, &[&text], None)),
        (text, "[a-c]").prop_map(|(text, value)| step(StepKind::Env, &[&text, &value], None)),
        (text, "[ab]").prop_map(|(text, files)| {
            step(StepKind::Copy, &[&text, "/x", "", ""], Some(&files.repeat(64)))
        }),
    ]
}

fn any_request() -> impl Strategy<Value = StartRequest> {
    let steps = prop::collection::vec((any_step(), prop::bool::weighted(0.05)), 0..6);
    (steps, prop::bool::weighted(0.1)).prop_map(|(steps, is_child)| {
        let steps = steps.into_iter().map(|(step, force)| Step { force, ..step });
        let mut request = request(&steps.collect::<Vec<_>>());
        if is_child {
            request.from_image = None;
            request.from_template = Some("parent".to_owned());
        }
        request
    })
}

proptest! {
    /// With one step changed, those before it are cached, and it and all after it are not.
    #[test]
    fn a_changed_step_splits_the_forecast(
        steps in prop::collection::vec(any_step(), 1..8),
        at in any::<prop::sample::Index>(),
    ) {
        let at = at.index(steps.len());
        let wanted = request(&steps);
        let logs = [Builder::default().build(&wanted, None)];
        let mut changed = wanted.clone();
        changed.steps[at].args[0].push('!');
        let expected = "C".repeat(at) + &"r".repeat(steps.len() - at);
        prop_assert_eq!(letters(forecast(&query(&changed, &logs))), expected);
        prop_assert_eq!(letters(forecast(&query(&wanted, &logs))), "C".repeat(steps.len()));
    }

    /// After any history, the logs of all builds tell what the platform does, and that of the last
    /// build alone claims nothing that is not so.
    #[test]
    fn what_is_certain_is_what_the_platform_does(
        history in prop::collection::vec((any_request(), prop::option::of(0_usize..4)), 2..12),
    ) {
        let mut platform = Builder::default();
        let mut logs: Vec<Vec<String>> = Vec::new();
        for (wanted, fails) in history {
            let last = forecast(&query(&wanted, logs.get(..1).unwrap_or_default()));
            let all = forecast(&query(&wanted, &logs));
            logs.insert(0, platform.build(&wanted, fails));
            let actual = &platform.cached;
            for (forecast, actual) in last.iter().flat_map(|forecast| &forecast.steps).zip(actual) {
                prop_assert!(!forecast.certain || forecast.cached == *actual);
            }
            let all = all.into_iter().flat_map(|forecast| forecast.steps);
            for (forecast, actual) in all.zip(actual) {
                prop_assert_eq!(forecast.cached, *actual);
            }
        }
    }
}
