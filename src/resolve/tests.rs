//! Laws of the instructions that are made of steps.

use proptest::prelude::*;

use super::{Inputs, resolve};
use crate::manifest::examples::manifest_of;
use crate::manifest::{ActionKind, PROBES};
use crate::parse::parse;
use crate::scalar::shell::quote;
use crate::template::{InstructionKind, Origin, Resolution, Template};

fn template(text: &str) -> Template {
    let (manifest, diagnostics) = parse(text);
    assert!(!diagnostics.has_errors(), "{text}\n{diagnostics:?}");
    let resolution = Resolution::default();
    resolve(&manifest, Inputs { resolution: &resolution, dockerfile: None, extra_tags: &[] }).0
}

#[test]
fn each_kind_of_step_makes_an_instruction() {
    for kind in ActionKind::ALL {
        for step in [kind.smallest_step(), kind.largest_step()] {
            let template = template(&manifest_of(&[step]));
            assert!(!template.instructions.is_empty(), "{kind:?}");
        }
    }
}

#[test]
fn a_step_gives_its_instructions_its_label_and_turns_the_cache_off_for_all_that_follow() {
    for kind in ActionKind::ALL {
        let steps = [kind.largest_step(), kind.smallest_step()];
        let template = template(&manifest_of(&steps));
        let labels: Vec<_> =
            template.instructions.iter().map(|instruction| instruction.label.as_deref()).collect();
        assert_eq!(labels, [Some("x"), None], "{kind:?}");
        let stated =
            template.instructions.iter().map(|instruction| instruction.spans.no_cache.is_some());
        assert_eq!(stated.collect::<Vec<_>>(), [true, false], "{kind:?}");
        assert!(template.instructions.iter().all(|instruction| instruction.no_cache), "{kind:?}");
    }
}

#[test]
fn each_probe_makes_a_command() {
    for probe in PROBES {
        let value = match *probe {
            "port" => "1",
            "url" => "\"http://localhost/\"",
            "wait" => "\"1s\"",
            _ => "\"x\"",
        };
        let text = format!("name = \"x\"\nfrom = \"x\"\nready = {{ {probe} = {value} }}\n");
        assert!(template(&text).ready.is_some_and(|ready| !ready.text.is_empty()), "{probe}");
    }
}

/// The last command of a template.
fn last_command(template: &Template) -> &str {
    let commands =
        template.instructions.iter().rev().find_map(|instruction| match &instruction.kind {
            InstructionKind::Run(run) => Some(run.command.as_str()),
            _ => None,
        });
    commands.expect("a command")
}

fn mkdir(head: &str, word: &str) -> String {
    let word = serde_json::Value::from(word);
    let text =
        format!("name = \"x\"\nfrom = \"ubuntu:24.04\"\n{head}steps = [{{ mkdir = {word} }}]\n");
    last_command(&template(&text)).to_owned()
}

#[test]
fn references_become_their_values_before_words_are_quoted() {
    for (word, command) in [
        ("/srv/$A", "mkdir -p '/srv/x y'"),
        ("/srv/${B}c", "mkdir -p /srv/bc"),
        ("$$A", "mkdir -p '$A'"),
        ("$5$", "mkdir -p '$5$'"),
        ("$EMPTY", "mkdir -p ''"),
    ] {
        let head = "build_env = { B = \"b\", EMPTY = \"\" }\nenv = { A = \"x y\" }\n";
        assert_eq!(mkdir(head, word), command);
    }
}

#[test]
fn references_reach_every_place_that_takes_them() {
    let text = r#"
name    = "x"
from    = "ubuntu:24.04"
env     = { A = "a" }
user    = "$A"
workdir = "/$A"
steps = [
    { copy = "f", to = "/$A/", owner = "$A:$A" },
    { apt = "$A=1.*" },
    { git = "https://x/y.git", to = "$A", branch = "$A", user = "$A" },
    { symlink = "$A", target = "${A}b" },
]
"#;
    let template = template(text);
    let written = format!("{:?}", template.instructions);
    assert!(!written.contains('$'), "{written}");
    assert_eq!(last_command(&template), "ln -s ab a");
}

proptest! {
    #[test]
    fn a_word_without_a_dollar_is_quoted_as_it_is_written(word in "[^$\\p{Cc}]{1,20}") {
        prop_assert_eq!(mkdir("", &word), format!("mkdir -p {}", quote(&word)));
    }

    #[test]
    fn a_reference_is_quoted_like_its_value(value in "[^$\\p{Cc}]{0,20}", end in "[a-z /]{0,5}") {
        let text = serde_json::Value::from(value.as_str());
        let command = mkdir(&format!("env = {{ A = {text} }}\n"), &format!("${{A}}{end}"));
        prop_assert_eq!(command, format!("mkdir -p {}", quote(&format!("{value}{end}"))));
    }

    #[test]
    fn steps_keep_their_order_and_lead_back_to_the_text(
        kinds in prop::collection::vec(prop::sample::select(ActionKind::ALL), 0..12),
    ) {
        let steps: Vec<_> = kinds.iter().map(|kind| kind.smallest_step()).collect();
        let text = manifest_of(&steps);
        let template = template(&text);
        let lines: Vec<_> = text.lines().collect();
        let mut at = Vec::new();
        for instruction in &template.instructions {
            let Origin::Written(span) = instruction.origin else {
                return Err(TestCaseError::fail(format!("{instruction:?}")));
            };
            let written = text.get(span.start..span.end);
            prop_assert!(written.is_some_and(|written| !written.is_empty()), "{instruction:?}");
            at.push(text[..span.start].matches('\n').count());
        }
        let first = lines.iter().position(|line| line.starts_with("steps")).map_or(0, |at| at + 1);
        prop_assert_eq!(at, (first..first + steps.len()).collect::<Vec<_>>());
    }
}
