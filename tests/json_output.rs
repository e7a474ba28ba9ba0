//! `docs/json.md` lists every event with its keys.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::{Ran, Workspace, root};

/// The keys of each documented event.
fn documented() -> BTreeMap<String, BTreeSet<String>> {
    let page = std::fs::read_to_string(root().join("docs/json.md")).expect("the page is read");
    let (_, events) = page.split_once("## Events of").expect("the page has events");
    let (events, _) = events.split_once("\n## ").expect("another part follows");
    let quoted = |cell: &str| -> BTreeSet<String> {
        cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let rows = events.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<_> = row.trim_matches('|').split('|').collect();
        (cells[0].trim().trim_matches('`').to_owned(), quoted(cells[1]))
    })
    .collect()
}

#[test]
fn each_event_of_the_code_is_documented() {
    let path = root().join("src/commands/report/json_lines.rs");
    let code = std::fs::read_to_string(path).expect("the source is read");
    let calls = code.split("self.emit").filter_map(|call| call.split_once('('));
    // Without those that pass on a name.
    let names =
        calls.filter_map(|(_, rest)| rest.trim_start().strip_prefix('"')?.split('"').next());
    let emitted: BTreeSet<_> = names.map(str::to_owned).collect();
    assert_eq!(emitted, documented().into_keys().collect());
}

/// Checks that each event has the documented keys and no other, and counts the events by name.
fn check(ran: &Ran, seen: &mut BTreeSet<String>) {
    let documented = documented();
    for line in ran.stdout.lines() {
        let event: Value = serde_json::from_str(line).expect("an event is JSON");
        let name = event["event"].as_str().expect("an event has a name").to_owned();
        let keys = event.as_object().expect("an object").keys().cloned();
        let keys: BTreeSet<_> = keys.filter(|key| key != "event" && key != "file").collect();
        let expected = documented.get(&name).unwrap_or_else(|| panic!("{name} is not documented"));
        if name != "diagnostic" {
            let optional = ["result", "digest", "tags", "reason", "command"].map(str::to_owned);
            assert!(keys.is_subset(expected), "{line}");
            let missing: BTreeSet<_> = expected.difference(&keys).cloned().collect();
            let excused = name == "finished" && missing.iter().all(|key| optional.contains(key));
            assert!(missing.is_empty() || excused, "{line}: {missing:?}");
        }
        seen.insert(name);
    }
}

#[test]
fn the_events_of_a_run_have_the_documented_keys() {
    let mut workspace = Workspace::empty();
    workspace.set("SBX_PLATFORM", "local");
    workspace.write(".git/HEAD", "");
    workspace.write("app.py", "print()\n");
    workspace.write(
        "base/sandbox.toml",
        "name = \"base\"\nfrom = \"python:3.12\"\ncontext = \"..\"\n\n[[steps]]\ncopy = \"app.py\"\nto = \"/app/\"\n",
    );
    workspace.write("broken/sandbox.toml", "name = \"broken\"\nfrom = { template = \"none\" }\n");
    workspace.write("app/sandbox.toml", "name = \"app\"\nfrom = { template = \"broken\" }\n");
    let json = ["--format", "json"];
    let mut seen = BTreeSet::new();
    let plan = workspace.run(&[&["apply", "base", "--dry-run"], &json[..]].concat()).ends(0);
    check(&plan, &mut seen);
    check(&workspace.run(&[&["apply", "base"], &json[..]].concat()).ends(0), &mut seen);
    check(&workspace.run(&[&["apply", "app", "broken"], &json[..]].concat()).ends(1), &mut seen);
    check(&workspace.run(&[&["logs", "base"], &json[..]].concat()).ends(0), &mut seen);
    let expected =
        ["diagnostic", "finished", "log", "plan", "registered", "skipped", "started", "upload"];
    assert_eq!(seen, expected.map(str::to_owned).into());
}
