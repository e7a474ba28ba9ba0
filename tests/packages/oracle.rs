//! The answers for the cases of `tests/packages/run.py`, which holds them against official tools.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::Machine;

/// Reads the cases from one file and writes the answers to another.
#[test]
#[ignore = "tests/packages/run.sh starts the indexes that it asks"]
fn answers_for_official_tools_to_compare() {
    let path = std::env::var("SBX_PACKAGES_CASES").expect("the cases are named");
    let cases: Vec<Value> =
        serde_json::from_str(&fs::read_to_string(&path).expect("they are read")).expect("JSON");
    let answers: Vec<_> = cases.iter().map(answer).collect();
    let text = serde_json::to_string(&answers).expect("JSON");
    fs::write(Path::new(&path).with_extension("answers.json"), text).expect("they are written");
}

fn answer(case: &Value) -> Value {
    let texts = |key: &str| -> BTreeMap<String, String> {
        serde_json::from_value(case[key].clone()).unwrap_or_default()
    };
    let mut machine = Machine::new();
    for (name, value) in texts("variables") {
        machine.variables.push((name, value));
    }
    for (path, text) in texts("files") {
        machine = machine.file(&path, &text);
    }
    let python = case["python"].as_str().unwrap_or("3.12");
    let steps = case["steps"].as_str().expect("a case has steps");
    match machine.lock_on(python, steps).0 {
        Ok(pins) => json!({ "pins": pins }),
        Err(error) => json!({ "error": error.to_string(), "absent": error.is_absent() }),
    }
}
