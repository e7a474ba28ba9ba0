use std::fs;

use super::align::{Pair, align};
use super::*;
use crate::host::System;
use crate::lower;
use crate::pipeline::{Secrets, analyze_text};
use crate::platform::Platform;
use crate::source::Source;

fn plan(root: &std::path::Path, text: &str) -> lower::Plan {
    let source = Source::new(&root.join("sandbox.toml"), format!("name = \"laws\"\n{text}"));
    let analysis = analyze_text(&System, source, Some(Platform::E2b));
    let plan = analysis.plan(&Secrets::Hidden);
    plan.unwrap_or_else(|faults| panic!("{faults:?} {:?}", analysis.diagnostics))
}

fn inputs(text: &str) -> Inputs {
    let root = tempfile::tempdir().expect("a directory");
    fs::write(root.path().join("a"), "a").expect("written");
    Inputs::of(&plan(root.path(), text), Salt::new("salt".to_owned()))
}

/// A manifest with commands as its steps.
fn runs(commands: &str) -> Inputs {
    let steps = commands.chars().map(|command| format!("[[steps]]\nrun = \"{command}\"\n"));
    inputs(&format!("from = \"debian:12\"\n{}", steps.collect::<String>()))
}

#[test]
fn steps_are_paired_in_their_order() {
    use Pair::{Added, Both, Removed};
    let cases: [(&str, &str, &[Pair]); 7] = [
        ("", "", &[]),
        ("", "a", &[Added(0)]),
        ("a", "", &[Removed { old: 0, after: 0 }]),
        ("ab", "axb", &[Both(0, 0), Added(1), Both(1, 2)]),
        ("axb", "ab", &[Both(0, 0), Removed { old: 1, after: 1 }, Both(2, 1)]),
        ("axb", "ayb", &[Both(0, 0), Both(1, 1), Both(2, 2)]),
        ("abc", "bca", &[Removed { old: 0, after: 0 }, Both(1, 0), Both(2, 1), Added(2)]),
    ];
    for (before, now, expected) in cases {
        assert_eq!(align(&runs(before).steps, &runs(now).steps), expected, "{before} {now}");
    }
}

#[test]
fn each_step_of_both_is_in_one_pair() {
    let texts = ["", "k", "km", "mk", "kmp", "pkm", "kkm", "mkk", "xkymzp", "kxmypz"];
    for before in texts {
        for now in texts {
            let (before, now) = (runs(before), runs(now));
            let pairs = align(&before.steps, &now.steps);
            let old = pairs.iter().filter_map(|pair| match pair {
                Pair::Both(old, _) | Pair::Removed { old, .. } => Some(*old),
                Pair::Added(_) => None,
            });
            let new = pairs.iter().filter_map(|pair| match pair {
                Pair::Both(_, new) | Pair::Added(new) => Some(*new),
                Pair::Removed { .. } => None,
            });
            assert!(old.eq(0..before.steps.len()), "{pairs:?}");
            assert!(new.eq(0..now.steps.len()), "{pairs:?}");
        }
    }
}

#[test]
fn equal_inputs_do_not_differ() {
    let text = "from = \"debian:12\"\nstart = \"a\"\n[env]\nA = \"1\"\n[[steps]]\ncopy = \"a\"\n\
                to = \"/a\"\n";
    assert_eq!(compare(&inputs(text), &inputs(text)), []);
    assert_eq!(unchanged(&inputs(text), &inputs(text)), 3);
}

#[test]
fn a_change_of_a_variable_is_told_once_and_without_its_value() {
    let text = |value: &str| format!("from = \"debian:12\"\n[env]\nA = \"{value}\"\nB = \"2\"\n");
    let (before, now) = (inputs(&text("hunter2")), inputs(&text("other")));
    let kept = serde_json::to_string(&before).expect("it is written");
    assert!(!kept.contains("hunter2"), "{kept}");
    let names = [("A".to_owned(), Change::Changed)].into();
    let expected = [Difference::Variables { step: Some(0), names }];
    assert_eq!(compare(&before, &now), expected);
    assert_eq!(unchanged(&before, &now), 0);
}

#[test]
fn what_is_kept_is_read_again() {
    let text = "from = { template = \"base\" }\n[resources]\ncpu = 2\n[[steps]]\ncopy = \"a\"\n\
                to = \"/a\"\n";
    let inputs = inputs(text);
    assert_eq!(inputs.from, "template base");
    let kept = serde_json::to_string(&inputs).expect("it is written");
    assert_eq!(serde_json::from_str::<Inputs>(&kept).expect("it is read"), inputs);
}

/// A dictionary does not tell which of its words a fingerprint is of: too many have the same one.
#[test]
fn many_values_share_a_fingerprint() {
    let salt = Salt::new("salt".to_owned());
    let secret = salt.value("hunter2");
    let same = (0..400_000).filter(|word: &u32| salt.value(&word.to_string()) == secret).count();
    assert!(same > 0, "no other word has it");
}
