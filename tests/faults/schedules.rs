//! Whole submissions on which anything goes wrong at any time, held to the laws.
//!
//! `SBX_SCHEDULES=N SBX_SEED=S` makes other runs; each schedule has a seed of its own, which a
//! failure names.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Settings, apply, side_by_side, workspace};
use crate::support::faulty::model::Script;
use crate::support::faulty::{Fault, Phase, Plan};
use crate::support::random::{Random, number};
use crate::support::say;

/// How many schedules there are unless it is told otherwise.
const SCHEDULES: u64 = 300;

/// What goes wrong in a schedule. What makes a client wait for its own patience is rarer.
const QUICK: &[Fault] = &[
    Fault::ResetBefore,
    Fault::ResetWithin,
    Fault::ResetAfter,
    Fault::LostAnswer,
    Fault::ResetAnswer,
    Fault::Answer(403, ""),
    Fault::Answer(409, ""),
    Fault::Answer(429, ""),
    Fault::Answer(429, "Retry-After: 3"),
    Fault::Answer(500, ""),
    Fault::Answer(502, ""),
    Fault::Answer(503, "Retry-After: 1"),
    Fault::HeardBut(500),
    Fault::HeardBut(503),
    Fault::HeardBut(504),
    Fault::Html(200),
    Fault::Html(502),
    Fault::Short,
    Fault::Cut,
    Fault::Wrong,
    Fault::MoreFields,
    Fault::UnknownState,
    Fault::Redirect,
];
const SLOW: &[Fault] = &[Fault::Silent, Fault::Late, Fault::Stalled, Fault::Dripping];

const MANIFEST: &str = r#"
name = "over-the-wire"
from = "python:3.12"

[[steps]]
copy = "app.py"
to = "/app.py"

[[steps]]
copy = "src"
to = "/src"

[[steps]]
copy = "large.bin"
to = "/large.bin"

[[steps]]
run = "true"
"#;

/// How a build of a schedule goes.
fn script(random: &mut Random, declaw: bool) -> Script {
    let count = random.pick(&[0, 1, 3, 20, 99, 100, 101, 250]);
    // Many lines are the same as others, right after them or long before.
    let log: Vec<_> = (0..count).map(|at| format!("line {}", (at / 3) % 7)).collect();
    let mut growth: Vec<_> = (0..random.below(8)).map(|_| random.below(count + 1)).collect();
    growth.sort_unstable();
    let pages = (0..random.below(4)).map(|_| 1 + random.below(100)).collect();
    Script {
        key: super::KEY.to_owned(),
        declaw,
        taken: declaw && random.percent(30),
        log,
        growth,
        pages,
        fails: random.percent(30),
        ..Script::default()
    }
}

/// Faults at random, as many as the schedule has.
fn plan(mut random: Random, made: Arc<Mutex<usize>>) -> Plan {
    let chance = random.pick(&[0, 10, 25, 40]);
    // Some platforms are so bad that nothing comes of it.
    let mut left = if random.percent(20) { 60 } else { random.below(12) };
    Box::new(move |_, phase| {
        let is_now = match phase {
            Phase::Connection => random.percent(chance / 5),
            Phase::Request => random.percent(chance),
        };
        if !is_now || left == 0 {
            return None;
        }
        left -= 1;
        *made.lock().expect("not poisoned") += 1;
        Some(match phase {
            Phase::Connection => Fault::Refused,
            Phase::Request if random.percent(4) => random.pick(SLOW),
            Phase::Request => random.pick(QUICK),
        })
    })
}

#[test]
fn whatever_goes_wrong_no_law_is_broken() {
    let count = number("SBX_SCHEDULES", SCHEDULES);
    let seed = number("SBX_SEED", 1);
    let mut filler = Random(seed);
    let large = (0..40_000).fold(String::new(), |mut text, _| {
        write!(text, "{:016x}", filler.next()).expect("text is written");
        text
    });
    let files = BTreeMap::from([
        ("app.py".to_owned(), "print()\n".to_owned()),
        ("src/main.py".to_owned(), "import x\n".to_owned()),
        ("src/more/data.txt".to_owned(), "data\n".to_owned()),
        ("large.bin".to_owned(), large),
    ]);
    let made = Arc::new(Mutex::new(0));
    let settings = Settings {
        options: &["--request-timeout", "2s"],
        scale: "0.002",
        down: Duration::from_millis(20),
    };
    let seeds: Vec<_> =
        (0..count).map(|at| seed.wrapping_mul(1_000_003).wrapping_add(at)).collect();
    // The archives that a faultless run brings, by their hash.
    let whole = {
        let mut random = Random(seed);
        let workspace = workspace(MANIFEST, &files);
        let script = Script { fails: false, ..script(&mut random, false) };
        let (_, server) = apply(&workspace, script, Box::new(|_, _| None), &settings);
        let model = server.model.lock().expect("not poisoned");
        model.stored.clone()
    };
    assert_eq!(whole.len(), 3);
    let exits = side_by_side(&seeds, |seed| {
        let mut random = Random(*seed);
        let declaw = random.percent(30);
        let manifest = if declaw {
            "name = \"over-the-wire\"\nplatform = \"declaw\"\nfrom = \"python:3.12\"\nsteps = [{ run = \"true\" }]\n"
        } else {
            MANIFEST
        };
        let workspace = workspace(manifest, &files);
        let script = script(&mut random, declaw);
        let run = || {
            let (applied, server) =
                apply(&workspace, script, plan(random, Arc::clone(&made)), &settings);
            let model = server.model.lock().expect("not poisoned");
            for (hash, archive) in &model.stored {
                assert!(whole.get(hash) == Some(archive), "an archive is not whole");
            }
            if !declaw && model.started > 0 {
                assert_eq!(model.stored.len(), 3, "a start without all archives");
            }
            applied.ran.exit
        };
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(run))
            .unwrap_or_else(|_| panic!("the schedule of seed {seed} breaks a law"))
    });
    let ended = |exit: i32| exits.iter().filter(|it| **it == exit).count();
    let made = *made.lock().expect("not poisoned");
    say(&format!(
        "{count} schedules of seed {seed} with {made} faults: {} ready, {} failed, {} unknown\n",
        ended(0),
        ended(1),
        ended(3)
    ));
    assert!(count < 100 || (ended(0) > 20 && ended(1) > 10 && ended(3) > 10), "all of them occur");
}
