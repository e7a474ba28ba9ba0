//! What becomes of warnings: `[lints]` in the manifest, `--deny`, `--warn`, `--allow`, comments.

use serde_json::Value;

use crate::support::{Workspace, snapshot};

/// Two warnings, `tags-without-default` and `start-without-ready`.
const TWO: &str = "name = \"x\"\nfrom = \"python:3.12\"\ntags = [\"v1\"]\nstart = \"serve\"\n";

fn workspace(lints: &str) -> Workspace {
    let workspace = Workspace::fixture();
    workspace.write("sandbox.toml", format!("{TWO}{lints}"));
    workspace
}

/// The codes of a check, each with `!` if it stops a build.
fn codes(workspace: &Workspace, arguments: &[&str], exit: i32) -> Vec<String> {
    let ran = workspace.run(&[&["check", "--format", "json"], arguments].concat()).ends(exit);
    let report: Value = serde_json::from_str(&ran.stdout).expect("the report is JSON");
    let list = report["diagnostics"].as_array().expect("a list");
    let denied = list.iter().filter(|it| it["denied"] == true).count();
    assert_eq!(report["summary"]["denied"].as_u64().unwrap_or(0), denied as u64);
    list.iter()
        .map(|it| {
            let stops = if it["denied"] == true { "!" } else { "" };
            format!("{}{stops}", it["code"].as_str().expect("a code"))
        })
        .collect()
}

const TAGS: &str = "tags-without-default";
const READY: &str = "start-without-ready";

#[test]
fn arguments_set_the_level_of_one_code_or_of_all() {
    let plain = workspace("");
    let denied = |code: &str| format!("{code}!");
    assert_eq!(codes(&plain, &[], 0), [TAGS, READY]);
    assert_eq!(codes(&plain, &["--allow", TAGS], 0), [READY]);
    assert_eq!(codes(&plain, &["--allow", "warnings"], 0), Vec::<String>::new());
    assert_eq!(codes(&plain, &["--deny", READY], 1), [TAGS, &denied(READY)]);
    assert_eq!(codes(&plain, &["--deny", "warnings"], 1), [denied(TAGS), denied(READY)]);
    let both = ["--deny", "warnings", "--warn", TAGS];
    assert_eq!(codes(&plain, &both, 1), [TAGS, &denied(READY)], "the code wins over all");
    let both = ["--warn", TAGS, "--deny", "warnings"];
    assert_eq!(codes(&plain, &both, 1), [TAGS, &denied(READY)], "in either order");
    let list = format!("{TAGS},{READY}");
    assert_eq!(codes(&plain, &["--allow", &list], 0), Vec::<String>::new());
}

#[test]
fn the_manifest_sets_levels_and_arguments_win() {
    let manifest = workspace(&format!("[lints]\n{TAGS} = \"allow\"\n{READY} = \"deny\"\n"));
    assert_eq!(codes(&manifest, &[], 1), [format!("{READY}!")]);
    assert_eq!(codes(&manifest, &["--warn", READY], 0), [READY]);
    assert_eq!(codes(&manifest, &["--deny", TAGS], 1).len(), 2);
    let all = workspace(&format!("[lints]\nwarnings = \"deny\"\n{TAGS} = \"warn\"\n"));
    assert_eq!(codes(&all, &[], 1), [TAGS.to_owned(), format!("{READY}!")]);
    assert_eq!(codes(&all, &["--allow", READY], 0), [TAGS]);
}

#[test]
fn a_denied_warning_stops_every_command() {
    let workspace = workspace(&format!("[lints]\n{READY} = \"deny\"\n{TAGS} = \"allow\"\n"));
    snapshot("snapshots/levels", "check", &workspace.run(&["check"]).ends(1).text());
    let compile = workspace.run(&["compile"]).ends(1);
    assert_eq!(compile.stdout, "", "nothing is compiled");
    snapshot("snapshots/levels", "compile", &compile.text());
    for arguments in [
        &["apply", "--dry-run"][..],
        &["apply", "--dry-run", "--platform", "local"],
        &["apply", "--platform", "local"],
    ] {
        let ran = workspace.run(arguments).ends(1);
        assert!(ran.everything().contains(READY), "{}", ran.text());
        assert_eq!(ran.stdout, "", "{arguments:?}");
    }
    workspace.run(&["compile", "--allow", READY]).ends(0);
    let mut workspace = workspace;
    workspace.set("NOVITA_API_KEY", "k-of-the-test");
    workspace.run(&["apply", "--dry-run", "--warn", READY]).ends(0);
    // Declaw asks for no such check: what is not there cannot be denied.
    workspace.run(&["compile", "--platform", "declaw"]).ends(0);
}

#[test]
fn levels_are_those_of_warnings() {
    let workspace = workspace("");
    for (name, arguments) in [
        ("unknown", &["check", "--deny", "start-without-redy"][..]),
        ("renamed", &["check", "--deny", "split-apt"]),
        ("error", &["check", "--allow", "unknown-key"]),
        ("twice", &["check", "--allow", READY, "--deny", READY]),
    ] {
        let ran = workspace.run(arguments);
        snapshot("snapshots/levels", &format!("usage-{name}"), &ran.text());
    }
    for (name, lints) in [
        ("unknown", "[lints]\nstart-without-redy = \"allow\"\n"),
        ("error", "[lints]\nunknown-key = \"allow\"\n"),
        ("level", "[lints]\nwarnings = \"forbid\"\n"),
    ] {
        workspace.write("sandbox.toml", format!("{TWO}{lints}"));
        let ran = workspace.run(&["check", "--format", "short"]).ends(1);
        snapshot("snapshots/levels", &format!("manifest-{name}"), &ran.text());
    }
}

#[test]
fn an_error_is_silenced_by_nothing() {
    let workspace = Workspace::fixture();
    workspace.write(
        "sandbox.toml",
        "name = \"x\"\nfrom = \"python:3.12\"\nuser = \"\" # sbx: allow(empty-value)\n\
         [lints]\nwarnings = \"allow\"\n",
    );
    assert_eq!(codes(&workspace, &["--allow", "warnings"], 1), ["empty-value"]);
}

#[test]
fn comments_win_over_denial() {
    let workspace = Workspace::fixture();
    let text = TWO.replace("]\n", "] # sbx: allow(tags-without-default)\n");
    workspace.write("sandbox.toml", &text);
    assert_eq!(codes(&workspace, &["--deny", "warnings"], 1), [format!("{READY}!")]);
    workspace.write("sandbox.toml", text.replace('\n', "\r\n"));
    assert_eq!(codes(&workspace, &["--deny", "warnings"], 1), [format!("{READY}!")]);
    workspace.write("sandbox.toml", text.replace("default)", "default, unused-allow)"));
    let unused = codes(&workspace, &["--deny", "unused-allow"], 1);
    assert_eq!(unused, ["unused-allow!", READY], "nothing silences what silences nothing");
}
