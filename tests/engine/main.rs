//! Templates that a container engine builds, each with what its image must be like, after the rules
//! of the platforms' builder: `tests/engine/README.md` has the format.
//!
//! `tests/engine/run.sh` starts an engine, makes the base images and runs this. Without an engine
//! every case fails.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::expect_used,
    clippy::panic,
    reason = "the helpers of tests may fail as tests do, and are not documented for others"
)]

mod case;
mod discovery;
mod engine;
mod expected;
mod forecast;
mod lost;
mod machine;
#[path = "../support/process.rs"]
#[expect(dead_code, reason = "other test programs use the rest")]
mod process;
mod profiles;
#[path = "../support/random.rs"]
mod random;
mod reuse;
#[path = "../support/say.rs"]
mod say;
mod server;
#[path = "../support/workspace.rs"]
#[expect(dead_code, reason = "other test programs use the rest")]
mod support;
mod tested;

use std::fs;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

use crate::engine::Engine;
use crate::expected::Expected;
use crate::support::root;

/// Fewer are not the whole table.
const LEAST: usize = 40;

fn main() -> ExitCode {
    let engine = Engine::from_environment();
    let cases = cases();
    assert!(cases.len() >= LEAST, "only {} cases were found", cases.len());
    let cases = cases.into_iter().filter(|(_, expected)| engine.is_docker() || expected.podman);
    let trials = cases.map(|(name, expected)| {
        Trial::test(name.clone(), move || {
            case::run(&name, &expected, engine);
            Ok(())
        })
    });
    let others = [
        discovery::trials(engine),
        machine::trials(engine),
        lost::trials(engine),
        profiles::trials(engine),
        reuse::trials(engine),
        tested::trials(engine),
        forecast::trials(engine),
    ];
    let trials = trials.chain(others.into_iter().flatten()).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// The directories of the table, sorted, with what is expected of them.
fn cases() -> Vec<(String, Expected)> {
    let table = root().join("tests/engine/table");
    let mut cases: Vec<_> = fs::read_dir(&table)
        .expect("the table is read")
        .map(|entry| entry.expect("the table is read").file_name())
        .map(|name| name.into_string().expect("a case's name is text"))
        .map(|name| {
            let expected = Expected::load(&table.join(&name).join("expected.toml"));
            (name, expected)
        })
        .collect();
    cases.sort_by(|(one, _), (other, _)| one.cmp(other));
    cases
}
