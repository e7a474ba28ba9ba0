//! Laws of the instructions that are made of steps.

use proptest::prelude::*;

use super::{Inputs, resolve};
use crate::lock::package::questions;
use crate::manifest::examples::manifest_of;
use crate::manifest::{ActionKind, Manifest, PROBES};
use crate::parse::parse;
use crate::scalar::shell::quote;
use crate::template::{InstructionKind, Origin, Resolution, Template};

fn template(text: &str) -> Template {
    let (manifest, diagnostics) = parse(text);
    assert!(!diagnostics.has_errors(), "{text}\n{diagnostics:?}");
    resolved(&manifest, &Resolution::default())
}

fn resolved(manifest: &Manifest, resolution: &Resolution) -> Template {
    resolve(manifest, Inputs { resolution, dockerfile: None, extra_tags: &[] }).0
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
fn locked_versions_are_in_the_commands_and_not_in_what_is_asked_for() {
    let steps = [
        "pip = [\"FastAPI[all]\", \"b>=1\"], global = false",
        "npm = [\"zod\"], dev = true",
        "bun = \"zod\"",
    ];
    let text = manifest_of(&steps.map(|step| format!("{{ {step} }}")));
    let (manifest, _) = parse(&text);
    let entries = [
        ("pip install 'b>=1' 'fastapi[all]'", "fastapi==1"),
        ("npm install zod", "zod@2.0.0"),
        ("bun install zod", "zod@3.0.0"),
    ];
    let packages = entries.map(|(step, pin)| (step.to_owned(), vec![pin.to_owned()]));
    let resolution = Resolution { packages: packages.into(), ..Resolution::default() };
    let commands = |resolution: &Resolution| -> Vec<String> {
        let template = resolved(&manifest, resolution);
        let runs = template.instructions.iter().filter_map(|instruction| match &instruction.kind {
            InstructionKind::Run(run) => Some(run.command.clone()),
            _ => None,
        });
        runs.collect()
    };
    let locked = commands(&resolution);
    assert_eq!(
        locked,
        [
            "pip install --user 'FastAPI[all]==1' 'b>=1'",
            "npm install --save-dev zod@2.0.0",
            "bun install zod@3.0.0",
        ]
    );
    assert_eq!(commands(&Resolution::default())[1], "npm install --save-dev zod");
    let asked = questions(&resolved(&manifest, &resolution));
    assert_eq!(asked, questions(&resolved(&manifest, &Resolution::default())));
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
