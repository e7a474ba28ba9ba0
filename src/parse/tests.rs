//! Laws of the reader.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{parse, parse_observed};
use crate::diagnostic::{Code, Diagnostics};
use crate::manifest::examples::manifest_of;
use crate::manifest::{Action, ActionKind, COMMON_KEYS, Step};

/// The only step of a manifest, and what was reported.
fn read(step: String) -> (Step, Diagnostics) {
    let (manifest, diagnostics) = parse(&manifest_of(&[step]));
    (manifest.steps()[0].value.clone(), diagnostics)
}

fn codes(diagnostics: &Diagnostics) -> Vec<Code> {
    diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

#[test]
fn the_smallest_and_the_largest_step_of_each_kind_are_read_as_that_kind() {
    for kind in ActionKind::ALL {
        for text in [kind.smallest_step(), kind.largest_step()] {
            let (step, diagnostics) = read(text.clone());
            assert_eq!(codes(&diagnostics), [], "{text}");
            assert_eq!(step.action.as_ref().map(Action::kind), Some(*kind), "{text}");
            assert_eq!(step.rejected, [], "{text}");
        }
    }
}

#[test]
fn a_key_that_an_action_needs_is_asked_for_and_the_action_is_kept_for_later_rules() {
    for kind in ActionKind::ALL.iter().filter(|kind| !kind.needs().is_empty()) {
        let (step, diagnostics) = read(format!("{{ {} = \"x\" }}", kind.key()));
        assert_eq!(codes(&diagnostics), vec![Code::MissingKey; kind.needs().len()], "{kind:?}");
        assert_eq!(step.action, None, "{kind:?}");
        let rejected: Vec<_> = step.rejected.iter().map(Action::kind).collect();
        assert_eq!(rejected, [*kind]);
    }
}

#[test]
fn a_modifier_of_another_action_is_reported_and_one_of_this_action_is_not() {
    for kind in ActionKind::ALL {
        for modifier in ActionKind::modifiers().iter().copied() {
            if modifier == kind.key() || kind.needs().contains(&modifier) {
                continue;
            }
            let (step, diagnostics) = read(kind.step_with(&[modifier]));
            // A variable or a directory beside a user is one action too many.
            let settings = [ActionKind::Env, ActionKind::Workdir];
            let several = modifier == ActionKind::User.key() && settings.contains(kind);
            let expected: &[_] = if kind.allows(modifier) { &[] } else { &[Code::ConflictingKeys] };
            assert_eq!(codes(&diagnostics), expected, "{kind:?} {modifier}");
            assert_eq!(step.action.is_none(), several, "{kind:?} {modifier}");
        }
    }
}

#[test]
fn two_actions_are_one_problem_and_both_are_kept_for_later_rules() {
    for first in ActionKind::ALL {
        for second in ActionKind::ALL.iter().filter(|second| second.key() > first.key()) {
            if [first, second].contains(&&ActionKind::User) {
                continue;
            }
            let needs = second.needs().iter().filter(|key| !first.needs().contains(key));
            let keys: Vec<_> = [second.key()].into_iter().chain(needs.copied()).collect();
            let text = first.step_with(&keys);
            let (step, diagnostics) = read(text.clone());
            assert_eq!(codes(&diagnostics), [Code::ConflictingKeys], "{text}");
            assert_eq!((step.action.is_none(), step.rejected.len()), (true, 2), "{text}");
        }
    }
}

/// Tables of the language, each with a place for a key.
const TABLES: &[(&str, &str)] = &[
    ("Manifest", "KEY = 1\nname = \"x\"\nfrom = \"x\"\n"),
    ("From", "name = \"x\"\nfrom = { image = \"x\", KEY = 1 }\n"),
    ("Step", "name = \"x\"\nfrom = \"x\"\nsteps = [{ run = \"x\", KEY = 1 }]\n"),
    ("Start", "name = \"x\"\nfrom = \"x\"\nstart = { cmd = \"x\", KEY = 1 }\n"),
    ("Ready", "name = \"x\"\nfrom = \"x\"\nready = { port = 1, KEY = 1 }\n"),
    ("Test", "name = \"x\"\nfrom = \"x\"\ntests = [{ port = 1, KEY = 1 }]\n"),
    ("Lints", "name = \"x\"\nfrom = \"x\"\nlints = { KEY = 1 }\n"),
];

fn keys() -> Vec<&'static str> {
    let top = crate::manifest::TOP_LEVEL_KEYS.iter().chain(COMMON_KEYS).copied();
    top.chain(ActionKind::keys().iter().copied())
        .chain(ActionKind::modifiers().iter().copied())
        .collect()
}

/// Any value of TOML, in which tables have keys of the language and others.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("1".to_owned()),
        Just("-0x1".to_owned()),
        Just("1.5".to_owned()),
        Just("true".to_owned()),
        Just("1979-05-27".to_owned()),
        "[ -~é]{0,8}".prop_map(|text| format!("{text:?}")),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        let array = prop::collection::vec(inner.clone(), 0..4);
        let table = prop::collection::vec((key(), inner), 0..4);
        prop_oneof![
            array.prop_map(|values| format!("[{}]", values.join(", "))),
            table.prop_map(|pairs| {
                let pairs = pairs.iter().map(|(key, value)| format!("{key} = {value}"));
                format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
            }),
        ]
    })
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(keys()).prop_map(str::to_owned),
        1 => "[a-z_-]{1,10}",
    ]
}

proptest! {
    #[test]
    fn every_unknown_key_is_reported_where_it_is(
        key in "[a-z][a-z_]{0,11}",
        (table, text) in prop::sample::select(TABLES),
    ) {
        let text = text.replace("KEY", &key);
        let mut known: BTreeSet<&str> = BTreeSet::new();
        let mut observer = |name: &'static str, keys: &[&'static str]| {
            if name == table {
                known.extend(keys);
            }
        };
        let (_, diagnostics) = parse_observed(&text, Some(&mut observer));
        let reported = diagnostics.iter().any(|diagnostic| {
            let place = diagnostic.span.map(|span| &text[span.start..span.end]);
            diagnostic.code == Code::UnknownKey && place == Some(key.as_str())
        });
        prop_assert_eq!(reported, !known.contains(key.as_str()), "{}", text);
    }

    #[test]
    fn any_table_is_read_without_a_panic_and_every_place_is_in_the_text(
        pairs in prop::collection::vec((key(), value()), 0..8),
    ) {
        let lines = pairs.iter().map(|(key, value)| format!("{key} = {value}\n"));
        let text: String = lines.collect();
        let (_, diagnostics) = parse(&text);
        for diagnostic in diagnostics.iter() {
            let places = diagnostic.span.into_iter();
            for span in places.chain(diagnostic.related.iter().map(|related| related.span)) {
                prop_assert!(text.get(span.start..span.end).is_some(), "{diagnostic:?}");
            }
        }
    }
}
