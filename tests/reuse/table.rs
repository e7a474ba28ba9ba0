//! What each platform does at a second `sbx apply`, in one table: a row for what has changed, and a
//! column for each platform.

mod subject;

use std::fmt::Write as _;
use std::fs::{self, File, FileTimes, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::support::faulty::model::Model;
use crate::support::faulty::{Call, Fault, Phase, Plan};
use crate::support::process::ToEnd as _;
use crate::support::{Ran, Workspace, snapshot};
use subject::{Column, Subject};

const COLUMNS: [(&str, Column); 5] = [
    ("e2b", Column::E2b),
    ("e2b, older", Column::Older),
    ("e2b, no tags", Column::Untagged),
    ("declaw", Column::Declaw),
    ("local, recorded", Column::Recorded),
];

/// The cell of what a platform does not have.
const NONE: &str = "-";

/// A second apply after something has changed.
type Row = (&'static str, fn(Column) -> String);

const ROWS: [Row; 12] = [
    ("nothing", |column| after(column, |_| {}, &[])),
    ("a clone with another umask, other times", clone),
    ("a tag is added", tag_added),
    ("a file", |column| after(column, change, &[])),
    ("a file, and back", |column| {
        let mut subject = Subject::new(column);
        subject.apply(&[]);
        change(&subject.workspace);
        subject.apply(&[]);
        subject.workspace.write("app.py", "print()\n");
        subject.apply(&[])
    }),
    ("--rebuild", |column| after(column, |_| {}, &["--rebuild"])),
    ("a tag was moved elsewhere before", moved_before),
    ("a tag is moved elsewhere meanwhile", |column| moved_meanwhile(column, None)),
    ("the same, and the answer is lost", |column| moved_meanwhile(column, Some(Fault::LostAnswer))),
    ("an answer about tags is lost", lost),
    ("two at once", two_at_once),
    ("status and logs of what was found", looks),
];

fn tag_added(column: Column) -> String {
    if column == Column::Declaw {
        return NONE.to_owned();
    }
    after(column, |_| {}, &["--tag", "v2"])
}

/// Whether tags can be listed.
fn knows_tags(column: Column) -> bool {
    matches!(column, Column::E2b | Column::Older)
}

fn change(workspace: &Workspace) {
    workspace.write("app.py", "print(1)\n");
}

/// The second of two runs.
fn after(column: Column, edit: fn(&Workspace), more: &[&str]) -> String {
    let mut subject = Subject::new(column);
    subject.apply(&[]);
    edit(&subject.workspace);
    subject.apply(more)
}

fn clone(column: Column) -> String {
    let mut subject = Subject::new(column);
    subject.apply(&[]);
    let clone = subject.machine();
    let path = clone.path().join("app.py");
    fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("the mode is set");
    let times = FileTimes::new().set_modified(SystemTime::UNIX_EPOCH + Duration::from_hours(24));
    File::options().write(true).open(&path).and_then(|file| file.set_times(times)).expect("set");
    let ran = Ran::of(subject.command(&clone, &[]).to_end());
    subject.cell(&ran)
}

fn moved_before(column: Column) -> String {
    let mut subject = Subject::new(column);
    subject.apply(&[]);
    if !knows_tags(column) {
        return NONE.to_owned();
    }
    subject.model().expect("a server").add("web", "ready", &["v1"]);
    let cell = subject.apply(&[]);
    assert!(subject.is_consistent());
    cell
}

/// Another job moves a tag while this one is about to move it.
fn moved_meanwhile(column: Column, fault: Option<Fault>) -> String {
    if !knows_tags(column) {
        return NONE.to_owned();
    }
    let known: Arc<OnceLock<Arc<Mutex<Model>>>> = Arc::default();
    let (model, mut is_moved) = (Arc::clone(&known), false);
    let plan: Plan = Box::new(move |call, phase| {
        if call != Call::Assign || phase != Phase::Request || is_moved {
            return None;
        }
        is_moved = true;
        let model = model.get().expect("it is set");
        model.lock().expect("not poisoned").add("web", "ready", &["v1"]);
        fault
    });
    let mut subject = Subject::with(column, plan);
    let _ = known.set(Arc::clone(&subject.server.as_ref().expect("a server").model));
    let first = subject.apply(&[]);
    let forced = subject.apply(&["--force"]);
    assert!(subject.is_consistent());
    format!("{first}; --force: {forced}")
}

/// The answer to the request that moves the tags is lost.
fn lost(column: Column) -> String {
    if !knows_tags(column) {
        return NONE.to_owned();
    }
    let mut is_lost = false;
    let plan: Plan = Box::new(move |call, phase| {
        let is_now = call == Call::Assign && phase == Phase::Request && !is_lost;
        is_lost |= is_now;
        is_now.then_some(Fault::LostAnswer)
    });
    let mut subject = Subject::with(column, plan);
    let cell = subject.apply(&[]);
    assert!(subject.is_consistent());
    format!("{cell}; then {}", subject.apply(&[]))
}

/// Two machines apply the same at once. Which of the two builds is up to chance: a start cancels a
/// build that shares a tag, even when it comes too late itself. The one that comes next settles it.
fn two_at_once(column: Column) -> String {
    let mut subject = Subject::new(column);
    let other = subject.machine();
    let run = |workspace| {
        let mut command = subject.command(workspace, &[]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs")
    };
    let runs = [run(&subject.workspace), run(&other)];
    for run in runs {
        let ran = Ran::of(run.to_end());
        assert!([0, 1, 3].contains(&ran.exit), "{}", ran.text());
        // Where a build has the tags, it is the one that has the digest.
        assert!(!knows_tags(column) || ran.exit != 0 || subject.is_consistent(), "{}", ran.text());
    }
    let next = subject.apply(&[]);
    assert!(!next.starts_with("exit"), "{next}");
    assert!(!knows_tags(column) || subject.is_consistent());
    subject.apply(&[])
}

/// What the build that was found is for the commands that look at it.
fn looks(column: Column) -> String {
    let mut subject = Subject::new(column);
    subject.apply(&[]);
    subject.apply(&[]);
    let status = subject.workspace.run(&["status", "--format", "json"]);
    let state: Value = serde_json::from_str(&status.stdout).unwrap_or_default();
    let logs = subject.workspace.run(&["logs", "--follow"]);
    let state = state["status"].as_str().unwrap_or("none");
    format!("{state}, {} lines, exit {}", logs.stdout.lines().count(), logs.exit)
}

#[test]
fn each_platform_does_what_is_due_at_a_second_apply() {
    // Side by side: a column waits for its server most of the time.
    let columns = std::thread::scope(|scope| {
        let columns = COLUMNS.map(|(title, column)| {
            scope.spawn(move || {
                let cells = ROWS.iter().map(|(_, row)| row(column));
                std::iter::once(title.to_owned()).chain(cells).collect::<Vec<String>>()
            })
        });
        columns.map(|column| column.join().expect("the column is made"))
    });
    let titles = std::iter::once("what has changed").chain(ROWS.iter().map(|(title, _)| *title));
    let titles: Vec<String> = titles.map(str::to_owned).collect();
    let mut text = String::new();
    for row in 0..titles.len() {
        let cells = std::iter::once(&titles).chain(&columns).map(|column| {
            let width = column.iter().map(String::len).max().unwrap_or(0) + 2;
            format!("{:width$}", column[row])
        });
        writeln!(text, "{}", cells.collect::<String>().trim_end()).expect("text is written");
    }
    snapshot("snapshots/reuse", "table", &text);
}
