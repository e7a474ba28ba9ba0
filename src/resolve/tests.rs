//! Laws of the instructions that are made of steps.

use proptest::prelude::*;

use super::{Inputs, resolve};
use crate::manifest::examples::manifest_of;
use crate::manifest::{ActionKind, PROBES};
use crate::parse::parse;
use crate::template::{Origin, Resolution, Template};

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

proptest! {
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
