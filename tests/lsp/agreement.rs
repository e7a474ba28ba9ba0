//! The server reports what `sbx check` reports: the same codes, severities and ranges, in the same
//! files, in each encoding.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::client::{Abilities, Client, uri};
use crate::support::{Workspace, copy_tree, files, root};

/// One problem: its file, code, severity, range, and the first line of its message.
type Problem = (String, String, u64, [[usize; 2]; 2], String);

#[test]
fn every_ui_case_is_reported_as_the_command_line_does() {
    let cases = files("tests/ui", ".toml");
    assert!(cases.len() > 150, "{} cases", cases.len());
    let mut servers = Servers::start();
    for case in cases {
        let workspace = Workspace::fixture();
        workspace.write("sandbox.toml", fs::read(&case).expect("the case is read"));
        let dockerfile = case.with_extension("Dockerfile");
        if dockerfile.exists() {
            workspace.write("Dockerfile", fs::read(dockerfile).expect("the case is read"));
        }
        servers.compare(&workspace, &case);
    }
    servers.end();
}

#[test]
fn every_manifest_of_the_corpus_is_reported_as_the_command_line_does() {
    let mut servers = Servers::start();
    let cases = files("tests/corpus", "/sandbox.toml");
    assert!(cases.len() > 60, "{} cases", cases.len());
    for case in cases {
        let workspace = Workspace::empty();
        copy_tree(case.parent().expect("a directory"), workspace.path());
        servers.compare(&workspace, &case);
    }
    servers.end();
}

#[test]
fn a_selected_profile_is_the_only_one_that_is_reported() {
    let text = "name = \"x\"\nfrom = \"debian:12\"\n[profiles.pr]\ntags = [\"PR 1\"]\n";
    let named = json!({ "profiles": ["pr"] });
    let cases = [(None, vec![named]), (Some("base"), vec![]), (Some("pr"), vec![Value::Null])];
    for (profile, expected) in cases {
        let mut workspace = Workspace::empty();
        if let Some(profile) = profile {
            workspace.set("SBX_PROFILE", profile);
        }
        let manifest = uri(&workspace.write("sandbox.toml", text));
        let mut server = Client::start(&workspace, Abilities::default());
        server.open(&manifest, "toml", text);
        let settled = server.settled(&manifest);
        let faults = settled.iter().filter(|diagnostic| diagnostic["code"] == "invalid-tag");
        let data: Vec<_> = faults.map(|diagnostic| diagnostic["data"].clone()).collect();
        assert_eq!(data, expected, "{profile:?}");
        assert!(server.end().success());
    }
}

/// A server for each encoding.
struct Servers {
    directory: Workspace,
    clients: Vec<(bool, Client)>,
    different: Vec<String>,
}

impl Servers {
    fn start() -> Self {
        let directory = Workspace::empty();
        let start =
            |utf8| (utf8, Client::start(&directory, Abilities { utf8, ..Abilities::default() }));
        let clients = vec![start(true), start(false)];
        for (utf8, server) in &clients {
            let name = if *utf8 { "utf-8" } else { "utf-16" };
            assert_eq!(server.capabilities["positionEncoding"], name);
        }
        Self { directory, clients, different: Vec::new() }
    }

    fn compare(&mut self, workspace: &Workspace, case: &Path) {
        let path = workspace.path().join("sandbox.toml");
        let ran = self.directory.run(&["check", "--format", "json", path.to_str().expect("text")]);
        let report: Value =
            serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.text()));
        let text = fs::read(&path).expect("the case is read");
        // An editor cannot send what is not UTF-8.
        let Ok(text) = String::from_utf8(text) else { return };
        let manifest = uri(&path);
        for (utf8, server) in &mut self.clients {
            server.open(&manifest, "toml", &text);
            let own = server.settled(&manifest);
            assert_eq!(own, server.shown(&manifest), "what is pulled is what is pushed");
            let got = shown(server, workspace.path());
            let expected = reported(&report, *utf8);
            if got != expected {
                let name = case.strip_prefix(root()).unwrap_or(case).display();
                self.different.push(format!("{name}\n  got {got:?}\n  not {expected:?}"));
            }
            server.close(&manifest);
            // Everything is cleared before the next case.
            server.settled(&manifest);
            assert_eq!(shown(server, workspace.path()), [], "{}", case.display());
        }
    }

    fn end(self) {
        assert!(self.different.is_empty(), "{}", self.different.join("\n"));
        for (_, server) in self.clients {
            assert!(server.end().success());
        }
    }
}

/// What a server shows for the files in a directory.
fn shown(server: &Client, directory: &Path) -> Vec<Problem> {
    let prefix = uri(directory);
    let mut problems = Vec::new();
    for (file, (_, list)) in server.published.iter().filter(|(file, _)| file.starts_with(&prefix)) {
        for diagnostic in list {
            let place = |at: &str| {
                let place = &diagnostic["range"][at];
                let number = |key: &str| place[key].as_u64().expect("a number");
                ["line", "character"].map(|key| usize::try_from(number(key)).expect("small"))
            };
            let text = |value: &Value| value.as_str().expect("text").to_owned();
            let message = text(&diagnostic["message"]);
            problems.push((
                file.clone(),
                text(&diagnostic["code"]),
                diagnostic["severity"].as_u64().expect("a severity"),
                [place("start"), place("end")],
                message.lines().next().unwrap_or_default().to_owned(),
            ));
            assert_eq!(diagnostic["source"], "sbx");
            assert!(text(&diagnostic["codeDescription"]["href"]).contains("/docs/codes/"));
        }
    }
    problems.sort();
    problems
}

/// What a report of the command line says, in the terms of the protocol.
fn reported(report: &Value, utf8: bool) -> Vec<Problem> {
    let list = report["diagnostics"].as_array().expect("a list");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let problem = |diagnostic: &Value| {
        let file = text(&diagnostic["file"]);
        let place = |at: &str| {
            let offset = diagnostic["range"][at]["offset"].as_u64()?;
            let source = fs::read_to_string(&file).expect("the file is read");
            Some(position(&source, usize::try_from(offset).expect("small"), utf8))
        };
        let range =
            place("start").zip(place("end")).map_or([[0; 2]; 2], |(start, end)| [start, end]);
        let severity = if diagnostic["severity"] == json!("error") { 1 } else { 2 };
        let message = text(&diagnostic["message"]);
        let message = message.lines().next().unwrap_or_default().to_owned();
        (uri(Path::new(&file)), text(&diagnostic["code"]), severity, range, message)
    };
    let mut problems: Vec<_> = list.iter().map(problem).collect();
    problems.sort();
    problems
}

/// The line and the column of an offset, counted one character after the other.
pub fn position(text: &str, offset: usize, utf8: bool) -> [usize; 2] {
    let before = &text[..offset];
    let line = before.matches('\n').count();
    let rest = before.rsplit('\n').next().unwrap_or_default();
    // A line break is in no column.
    let is_break = text[offset..].is_empty() || text[offset..].starts_with('\n');
    let rest = if is_break { rest.strip_suffix('\r').unwrap_or(rest) } else { rest };
    let column = if utf8 { rest.len() } else { rest.encode_utf16().count() };
    [line, column]
}
