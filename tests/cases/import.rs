//! `sbx import`: `tests/import/NAME` is imported, and means what its source means.
//!
//! The law for Dockerfiles, over these and over all of `tests/dockerfiles`: the manifest compiles to
//! the steps of `from.dockerfile`, or a note at the line of each step that differs says why.

use std::collections::BTreeSet;
use std::fs;

use libtest_mimic::Trial;
use sandbox_toml::format::format;
use sandbox_toml::host::System;
use sandbox_toml::lower::{LoweredStep, Plan};
use sandbox_toml::pipeline::{Analysis, Depth, Options, Secrets, analyze_text};
use sandbox_toml::platform::Platform;
use sandbox_toml::source::{FileId, Source};
use serde_json::Value;

use crate::support::{Workspace, snapshot};
use crate::{copy_of, names, trial};

/// `import::NAME` for each directory, and `import::dockerfiles::NAME` for each Dockerfile.
pub fn trials() -> Vec<Trial> {
    let pairs = names("tests/import").into_iter().filter(|name| !name.contains('.'));
    let pairs = pairs.map(|name| trial(format!("import::{name}"), move || pair(&name)));
    let others = names("tests/dockerfiles").into_iter().map(|name| {
        trial(format!("import::dockerfiles::{name}"), move || {
            let workspace = copy_of(&format!("tests/dockerfiles/{name}"));
            let own = workspace.path().join("sandbox.toml");
            // These build a Dockerfile in a way of their own.
            if own.exists() {
                return;
            }
            let imported = import(&workspace, &["Dockerfile"]);
            law(&workspace, &imported, "Dockerfile", None);
        })
    });
    pairs.chain(others).collect()
}

/// What an import printed.
struct Imported {
    report: Value,
    exit: i32,
}

impl Imported {
    fn text(&self) -> &str {
        self.report["manifest"].as_str().expect("a manifest")
    }

    /// The lines of the source that notes are about.
    fn lines(&self) -> BTreeSet<u64> {
        let notes = self.report["notes"].as_array().expect("notes");
        notes.iter().filter_map(|note| note["location"]["line"].as_u64()).collect()
    }
}

fn import(workspace: &Workspace, arguments: &[&str]) -> Imported {
    let all = [&["import", "-o", "-", "--format", "json"], arguments].concat();
    let ran = workspace.run(&all);
    assert!(ran.exit <= 1, "{}", ran.text());
    let report: Value = serde_json::from_str(&ran.stdout).expect("a report");
    let lost = report["lost"].as_u64().expect("a number");
    assert_eq!(ran.exit, i32::from(lost > 0), "{report:#}");
    let imported = Imported { report, exit: ran.exit };
    let text = imported.text();
    assert_eq!(format(text).expect("it is TOML"), text, "it is formatted");
    imported
}

fn pair(name: &str) {
    let workspace = copy_of(&format!("tests/import/{name}"));
    let arguments = fs::read_to_string(workspace.path().join("arguments")).unwrap_or_default();
    let arguments: Vec<_> = arguments.split_whitespace().collect();
    let _ = fs::remove_file(workspace.path().join("arguments"));
    let imported = import(&workspace, &arguments);
    let people = workspace.run(&[&["import"], arguments.as_slice()].concat());
    let written = fs::read_to_string(workspace.path().join("sandbox.toml")).expect("it is written");
    assert_eq!(written, imported.text());
    // A template is called after its directory, whose name is another one in each run.
    let directory = workspace.path().file_name().expect("a name").to_string_lossy().to_lowercase();
    let directory = directory.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    let shown = format!("{written}\n----\n{}", people.stderr).replace(&directory, "directory");
    snapshot("snapshots/import", name, &shown);
    let clean = analysis(&workspace, &written);
    assert!(imported.exit == 1 || !clean.diagnostics.has_errors(), "{:?}", clean.diagnostics);
    fs::remove_file(workspace.path().join("sandbox.toml")).expect("it is there");
    if imported.report["kind"] == "dockerfile" && !arguments.contains(&"--keep") {
        let source = imported.report["source"].as_str().expect("a path");
        let target = arguments.iter().skip_while(|it| **it != "--target").nth(1);
        law(&workspace, &imported, source, target.copied());
    }
}

fn analysis(workspace: &Workspace, text: &str) -> Analysis {
    let source = Source::new(&workspace.path().join("sandbox.toml"), text.to_owned());
    let options = Options { platform: Some(Platform::E2b), ..Options::from(Depth::Files) };
    analyze_text(&System, source, options)
}

/// The manifest compiles to what `from.dockerfile` compiles to, or a note says where not.
fn law(workspace: &Workspace, imported: &Imported, dockerfile: &str, target: Option<&str>) {
    let target = target.map_or(String::new(), |target| format!("target = {target:?}\n"));
    let text = format!("name = \"example\"\n[from]\ndockerfile = {dockerfile:?}\n{target}");
    let reference = analysis(workspace, &text);
    let own = analysis(workspace, imported.text());
    let (Ok(old), Ok(new)) = (reference.plan(&Secrets::Hidden), own.plan(&Secrets::Hidden)) else {
        let is_lost = imported.exit == 1 || !own.diagnostics.has_errors();
        assert!(is_lost || reference.diagnostics.has_errors(), "{}", imported.text());
        return;
    };
    let codes = |analysis: &Analysis| -> BTreeSet<_> {
        analysis.diagnostics.iter().map(|diagnostic| diagnostic.code.name()).collect()
    };
    let added: Vec<_> = codes(&own).difference(&codes(&reference)).copied().collect();
    assert_eq!(added, Vec::<&str>::new(), "it has no other warnings\n{}", imported.text());
    let noted = imported.lines();
    for step in unmatched(&old, &new) {
        let line = line_of(&reference, step);
        assert!(
            line.is_some_and(|line| noted.contains(&line)),
            "line {line:?} of the source has no note: {}\n{}",
            step.request,
            imported.text()
        );
    }
    let body = |plan: &Plan, key: &str| plan.body().get(key).cloned();
    for key in ["fromImage", "startCmd"] {
        assert_eq!(body(&new, key), body(&old, key), "{key}");
    }
    if body(&new, "readyCmd") != body(&old, "readyCmd") {
        let report = imported.report["notes"].to_string();
        assert!(report.contains("HEALTHCHECK"), "{report}");
    }
}

fn line_of(analysis: &Analysis, step: &LoweredStep) -> Option<u64> {
    let span = step.origin.span()?;
    if span.file == FileId::MANIFEST {
        return None;
    }
    let source = analysis.sources.get(span.file);
    // An instruction of several lines is noted at its first one.
    let text = &source.text()[..span.start];
    let mut start = text.rfind('\n').map_or(0, |at| at + 1);
    while text[..start].trim_end_matches(['\n', '\r']).ends_with('\\') {
        start = text[..start - 1].rfind('\n').map_or(0, |at| at + 1);
    }
    u64::try_from(source.position(start).line).ok()
}

/// The steps of the old plan that the new one does not have in the same order, and those next to
/// steps that only the new one has.
fn unmatched<'p>(old: &'p Plan, new: &Plan) -> Vec<&'p LoweredStep> {
    let same = |a: &LoweredStep, b: &LoweredStep| {
        let part = |step: &LoweredStep| {
            let args = normal(&step.request["args"], &step.request["type"]);
            (step.request["type"].clone(), args, step.request["filesHash"].clone())
        };
        part(a) == part(b)
    };
    let (rows, columns) = (old.steps.len(), new.steps.len());
    let mut longest = vec![vec![0_usize; columns + 1]; rows + 1];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            longest[row][column] = if same(&old.steps[row], &new.steps[column]) {
                longest[row + 1][column + 1] + 1
            } else {
                longest[row + 1][column].max(longest[row][column + 1])
            };
        }
    }
    let (mut row, mut column) = (0, 0);
    let mut gone = Vec::new();
    // Steps that only the new plan has, with what the old one has in their place, and then.
    let mut added = vec![(Vec::new(), false, None)];
    while row < rows || column < columns {
        if row < rows && column < columns && same(&old.steps[row], &new.steps[column]) {
            added.push((Vec::new(), false, None));
            (row, column) = (row + 1, column + 1);
        } else if column == columns
            || (row < rows && longest[row + 1][column] >= longest[row][column + 1])
        {
            gone.push(&old.steps[row]);
            added.last_mut().expect("there is one").1 = true;
            row += 1;
        } else {
            let (steps, _, next) = added.last_mut().expect("there is one");
            steps.push(&new.steps[column]);
            *next = old.steps.get(row).or(old.steps.last());
            column += 1;
        }
    }
    // One that was moved is explained where it was.
    let is_moved = |step: &&LoweredStep| gone.iter().any(|old| same(old, step));
    let alone =
        added.iter().filter(|(steps, replaces, _)| !replaces && !steps.iter().all(&is_moved));
    let unexplained: Vec<_> = alone.filter_map(|(_, _, next)| *next).collect();
    gone.into_iter().chain(unexplained).collect()
}

/// The arguments of a step. A command that root runs names root or not, which is the same where the
/// current user is root; the steps of a Dockerfile begin so.
fn normal(args: &Value, kind: &Value) -> Value {
    let mut args = args.clone();
    if kind == "RUN"
        && let Some(list) = args.as_array_mut()
        && list.get(1).is_some_and(|user| user == "root")
    {
        list.truncate(1);
    }
    args
}
