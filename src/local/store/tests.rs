use std::collections::BTreeMap;
use std::sync::Arc;

use tempfile::TempDir;

use super::{Build, Built, Context, Execution, Page, Reason, State, Store, Template};
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
    let page = Page { level: &LogLevel::Debug, limit: 10 };
    assert_eq!(store.logs().get("one").after(0, page).unwrap().len(), 1);
}

#[test]
fn a_log_that_is_written_to_is_opened_once() {
    let data = TempDir::new().unwrap();
    let mut store = Store::open(data.path()).unwrap();
    let log = store.logs().get("one");
    log.append(&LogLevel::Info, None, "line").unwrap();
    for other in 0..100 {
        store.logs().get(&other.to_string());
    }
    assert!(Arc::ptr_eq(&log, &store.logs().get("one")));
}

#[test]
fn the_log_of_a_deleted_build_ends() {
    let data = TempDir::new().unwrap();
    let mut store = Store::open(data.path()).unwrap();
    let template = template();
    let id = template.id.clone();
    store.put(template).unwrap();
    let log = store.logs().get("one");
    log.append(&LogLevel::Info, None, "line").unwrap();
    store.remove(&id).unwrap();
    log.append(&LogLevel::Info, None, "late").unwrap_err();
    assert_eq!(std::fs::read_dir(data.path().join("logs")).unwrap().count(), 0);
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
