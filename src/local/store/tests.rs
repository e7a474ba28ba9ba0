use tempfile::TempDir;

use std::collections::BTreeMap;

use super::{Build, Built, Context, Execution, Reason, State, Store, Template};
use crate::wire::e2b::LogLevel;

fn template() -> Template {
    let mut template = Template::new("t".repeat(20), "name".to_owned());
    template.builds = ["one", "two"].map(|id| Build::new(id.to_owned(), 2, 1024)).into();
    template
}

#[test]
fn a_tag_resolves_to_the_last_ready_build_that_it_was_assigned_to() {
    const ONE: &str = "6f1d4c1e-0d5b-4a53-9d35-0f8b0f0c7a01";
    let mut template = template();
    template.builds[0].id = ONE.to_owned();
    template.assign("v1", ONE);
    template.assign("v1", "two");
    assert!(template.ready("v1").is_none());
    template.build_mut(ONE).unwrap().end(Ok(Execution::default()));
    assert_eq!(template.ready("v1").unwrap().id, ONE);
    template.build_mut("two").unwrap().end(Ok(Execution::default()));
    assert_eq!(template.ready("v1").unwrap().id, "two");
    assert_eq!(template.ready(&ONE.to_uppercase()).unwrap().id, ONE);
    assert!(template.ready("two").is_none(), "an ID is a UUID");
    assert!(template.ready("v2").is_none());
}

#[test]
fn builds_share_a_tag_that_was_moved_since() {
    let mut template = template();
    template.assign("a", "one");
    template.assign("b", "two");
    template.assign("a", "two");
    let shared = |tags: &[&str], except| {
        let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        template.sharing(&tags, State::Waiting, except)
    };
    assert_eq!(shared(&["a"], ""), ["one", "two"]);
    assert_eq!(shared(&["a"], "two"), ["one"]);
    assert_eq!(shared(&["b", "c"], ""), ["two"]);
    assert!(shared(&["c"], "").is_empty());
}

#[test]
fn long_lines_are_shortened() {
    let data = TempDir::new().unwrap();
    let mut store = Store::open(data.path()).unwrap();
    let text = format!("first\n{}\n\nlast", "ä".repeat(5000));
    store.logs().append("b", &LogLevel::Info, Some("1"), &text).unwrap();
    let entries = store.logs().entries("b").unwrap();
    let messages: Vec<&str> = entries.iter().map(|entry| &entry.message[..]).collect();
    let long = format!("{}… (904 more characters)", "ä".repeat(4096));
    assert_eq!(messages, ["first", &long, "", "last"]);
}

#[test]
fn only_a_running_build_can_be_finished() {
    let data = TempDir::new().unwrap();
    let mut store = Store::open(data.path()).unwrap();
    let template = template();
    let id = template.id.clone();
    store.put(template).unwrap();
    store.finish(&id, "one", Ok(Execution::default())).unwrap();
    assert_eq!(store.build(&id, "one").unwrap().state, State::Waiting);
    store.change_build(&id, "one", |build| build.state = State::Building).unwrap();
    store.finish(&id, "one", Err(Reason::new("why", None))).unwrap();
    store.finish(&id, "one", Ok(Execution::default())).unwrap();
    assert_eq!(store.build(&id, "one").unwrap().state, State::Error);
    assert_eq!(store.logs().entries("one").unwrap().len(), 1);
}

#[test]
fn a_build_of_a_version_without_engines_is_a_recorded_one() {
    let mut build = Build::new("one".to_owned(), 2, 1024);
    let context =
        Context { user: "user".to_owned(), workdir: None, variables: BTreeMap::default() };
    let (engine, image) = ("docker".to_owned(), "image".to_owned());
    let result = Built { engine, image, context, start: None };
    build.end(Ok(Execution::Run(Box::new(result))));
    assert!(!build.is_recorded());
    assert!(build.built().is_some());
    let mut stored = serde_json::to_value(&build).unwrap();
    stored.as_object_mut().unwrap().remove("execution");
    let build: Build = serde_json::from_value(stored).unwrap();
    assert!(build.is_recorded());
    assert_eq!(build.recorded_because(), None);
}
