use serde_json::json;

use super::*;

/// A plan of two steps, of which the second has a label.
fn plan(platform: Platform, body: Value, layout: Layout) -> Plan {
    let because = "a test needs it";
    let step = |request, label: Option<&str>| LoweredStep {
        request,
        origin: Origin::Added { because, span: None },
        label: label.map(str::to_owned),
        hides_command: label.is_some(),
        content: None,
    };
    let request = |purpose, body| Request { purpose, method: "POST", path: "/".to_owned(), body };
    Plan {
        platform,
        name: "x".to_owned(),
        tags: Vec::new(),
        public: None,
        steps: vec![
            step(json!({ "args": ["true"] }), None),
            step(json!({ "args": [] }), Some("label")),
        ],
        uploads: Vec::new(),
        base: Origin::Added { because, span: None },
        finalize: None,
        sends_dockerfile: false,
        replace: false,
        requests: vec![
            request(Purpose::Register, Some(json!({ "name": "x", "force": "a name" }))),
            request(Purpose::Build, Some(body)),
        ],
        layout,
    }
}

const LAYOUT: Layout = Layout { steps: "/steps", command: "/args/0", force: Some("/force") };

#[test]
fn a_request_is_complete_once_its_steps_are_in_their_place() {
    let body = json!({ "a": 1, "steps": [], "z": 2 });
    let plan = plan(Platform::DEFAULT, body, LAYOUT);
    let whole = r#"{"a":1,"steps":[{"args":["true"]},{"args":[]}],"z":2}"#;
    assert_eq!(plan.body().to_string(), whole);
    assert_eq!(plan.preview()[1].body, Some(plan.body()));
    assert_eq!(plan.body_of(Purpose::Register)["name"], "x");
    assert_eq!(plan.body_of(Purpose::Upload), Value::Null);
}

#[test]
fn layers_are_forced_in_the_build_request_alone() {
    let mut plan = plan(Platform::DEFAULT, json!({ "steps": [], "force": false }), LAYOUT);
    plan.force();
    assert_eq!(plan.body()["force"], true);
    assert_eq!(plan.body_of(Purpose::Register)["force"], "a name");
    plan.layout.force = None;
    plan.force();
    assert_eq!(plan.body()["force"], true);
}

#[test]
fn what_a_platform_names_leads_back_to_the_step() {
    let plan = plan(Platform::DEFAULT, json!({ "steps": [] }), LAYOUT);
    let origin = |name: &str| plan.origin_of(&BuildStep::parse(name).expect("a step"));
    assert_eq!(origin("base"), Some(plan.base));
    assert_eq!(origin("1"), Some(plan.steps[0].origin));
    assert_eq!(origin("2"), Some(plan.steps[1].origin));
    for unknown in ["3", "0", "finalize", "optimize"] {
        assert_eq!(origin(unknown), None, "{unknown}");
    }
    assert_eq!(plan.label_of(&BuildStep::at(1)), Some("label"));
    assert_eq!(plan.command_of(&BuildStep::at(0)), Some("true"));
    let commands: Vec<_> = plan.commands().collect();
    assert_eq!(commands, [(BuildStep::at(0), "true")]);
}

#[test]
fn a_summary_says_what_would_be_deleted() {
    let mut plan = plan(Platform::DEFAULT, json!({ "steps": [] }), LAYOUT);
    assert_eq!(plan.summary(&CopyMap::new()).deletes, None);
    plan.replace = true;
    let summary = plan.summary(&CopyMap::new());
    assert_eq!((summary.deletes, summary.steps), (Some("x"), 2));
}

#[test]
fn labels_replace_the_scripts_that_people_do_not_see() {
    let mut plan = plan(Platform::DEFAULT, json!({ "steps": [] }), LAYOUT);
    plan.steps[0].label = Some("a step".to_owned());
    plan.steps[1].request = json!({ "args": ["printf eA== | base64 -d > /x", "root"] });
    let shown = |text| plan.with_labels(text).into_owned();
    assert_eq!(
        shown("[builder 2/2] RUN printf eA== | base64 -d > /x [0f]"),
        "[builder 2/2] RUN label [0f]"
    );
    assert_eq!(
        shown("failed to run command 'printf eA== | base64 -d > /x': exit status 1"),
        "failed to run command 'label': exit status 1"
    );
    assert_eq!(shown("[builder 1/2] RUN true"), "[builder 1/2] RUN true");
}
