//! Faults that a review, real files, real builds and attacks have shown, and the tests that hold
//! each.
//!
//! Each origin is a module. A fault keeps the number that it had when it was found. A test is the
//! path of a case, or the path of a source file, `::`, and what stands in it: a function's name, or
//! a part of a case.

mod attacks;
mod attributes;
mod first_day;
mod real_builds;
mod real_files;
mod review;

use std::collections::BTreeSet;
use std::fs;

use crate::support::root;

use attributes::is_run;

/// The numbers that must have a row: changes of meaning in silence, builds that cannot work, false
/// alarms, misleading messages, what a first day and real builds showed, and what broke under attack.
const REQUIRED: &[(&str, &[u8])] = &[
    ("B", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    (
        "F",
        &[
            0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,
            24, 25, 26, 27, 28, 29, 30,
        ],
    ),
    ("N", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
    ("R", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
];

/// Number, what was wrong, the tests that hold it.
type Fault = (&'static str, &'static str, &'static [&'static str]);

/// The faults of each origin.
const FAULTS: &[&[Fault]] =
    &[attacks::FAULTS, first_day::FAULTS, real_builds::FAULTS, real_files::FAULTS, review::FAULTS];

#[test]
fn each_known_fault_has_tests_that_exist() {
    for (number, what, tests) in FAULTS.iter().copied().flatten() {
        assert!(!what.is_empty() && !tests.is_empty(), "{number}: what was wrong, and its test");
        for test in *tests {
            let (path, part) = test.split_once("::").unwrap_or((test, ""));
            let text = fs::read_to_string(root().join(path));
            let text = text.unwrap_or_else(|error| panic!("{number}: {path}: {error}"));
            assert!(text.contains(part), "{number}: {path} has no `{part}`");
            if let Some(name) = part.strip_prefix("fn ")
                && !path.starts_with("tests/cases/")
            {
                assert!(is_run(&text, name), "{number}: `{name}` of {path} is not run as a test");
            }
        }
    }
}

#[test]
fn each_required_fault_has_one_row() {
    let mut rows = BTreeSet::new();
    for (number, ..) in FAULTS.iter().copied().flatten() {
        assert!(rows.insert((*number).to_owned()), "{number} occurs twice");
    }
    let required = REQUIRED.iter().flat_map(|(letter, numbers)| {
        numbers.iter().map(move |number| format!("{letter}{number}"))
    });
    let missing: Vec<_> = required.filter(|number| !rows.contains(number)).collect();
    assert!(missing.is_empty(), "faults without a row: {missing:?}");
}
