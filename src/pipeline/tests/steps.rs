//! Each kind of step on each platform.

use super::*;
use crate::host::System;
use crate::manifest::ActionKind;

/// The smallest step of a kind, followed by a comma. A copy takes a file of this repository,
/// because a plan reads what it sends from the disk.
fn step_of(kind: ActionKind) -> String {
    let step = kind.smallest_step().replace("copy = \"x\"", "copy = \"Cargo.toml\"");
    format!("{step}, ")
}

/// A manifest on the base that the action works on, with this step first.
fn manifest_with(kind: ActionKind, step: &str) -> String {
    let from = match kind {
        ActionKind::Mcp => "{ template = \"mcp-gateway\" }",
        ActionKind::Devcontainer => "{ template = \"devcontainer\" }",
        _ => "\"ubuntu:24.04\"",
    };
    format!("name = \"x\"\nfrom = {from}\nsteps = [{step}{{ run = \"true\" }}]\n")
}

fn analyzed_on(platform: Platform, text: String) -> Analysis {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("sandbox.toml");
    analyze_text(&System, Source::new(&path, text), Some(platform))
}

fn plan_of(analysis: &Analysis) -> Plan {
    let plan = analysis.plan(&Secrets::Hidden);
    plan.unwrap_or_else(|faults| panic!("{faults:?} {:?}", analysis.diagnostics))
}

/// Whether the platform is said not to have what is asked for.
fn is_reported(analysis: &Analysis) -> bool {
    analysis.diagnostics.iter().any(|diagnostic| {
        [Code::UnsupportedOnPlatform, Code::IgnoredOnPlatform].contains(&diagnostic.code)
    })
}

#[test]
fn each_kind_of_step_reaches_the_request_or_is_reported() {
    for platform in Platform::ALL {
        for kind in ActionKind::ALL {
            let step = step_of(*kind);
            let with = analyzed_on(*platform, manifest_with(*kind, &step));
            if is_reported(&with) {
                continue;
            }
            let without = analyzed_on(*platform, manifest_with(*kind, ""));
            let bodies = (plan_of(&with).body(), plan_of(&without).body());
            assert_ne!(bodies.0, bodies.1, "{platform:?} {kind:?}");
        }
    }
}

#[test]
fn each_kind_of_step_is_a_step_where_platforms_have_all_of_them() {
    let platforms = Platform::ALL.iter().filter(|platform| **platform != Platform::Declaw);
    for platform in platforms {
        for kind in ActionKind::ALL {
            let step = step_of(*kind);
            let analysis = analyzed_on(*platform, manifest_with(*kind, &step));
            assert!(!is_reported(&analysis), "{platform:?} {kind:?}");
            let text = analysis.sources.manifest().text();
            let range = text.find(&step).map(|start| start..start + step.len());
            let steps = plan_of(&analysis).steps;
            let origin = steps.first().and_then(|step| step.origin.span());
            let is_there = range.zip(origin).is_some_and(|(range, at)| range.contains(&at.start));
            assert!(is_there, "{platform:?} {kind:?} {steps:?}");
        }
    }
}

#[test]
fn sudo_is_sent_where_the_platform_grants_it() {
    let text = "name = \"x\"\nfrom = \"ubuntu:24.04\"\nuser = \"app\"\nsudo = true\n";
    let steps = |platform| plan_of(&analyzed_on(platform, text.to_owned())).body()["steps"].clone();
    assert_eq!(steps(Platform::E2b)[0]["args"], serde_json::json!(["app", "true"]));
    assert_eq!(steps(Platform::Novita)[0]["args"], serde_json::json!(["app"]));
}
