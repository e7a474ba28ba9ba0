//! Where keys come from, and where not.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::scripted::{Scripted, call, ok};
use crate::support::{Ran, Workspace};

const KEY: &str = "e2b_key-of-the-test";

fn run(file: Option<(&str, u32)>, variable: bool) -> (Ran, Vec<String>) {
    let server = Scripted::start(vec![call("GET /v2/templates?limit=100", &[ok("[]")])]);
    let mut workspace = Workspace::empty();
    workspace.set("E2B_API_URL", &server.url);
    workspace.set("SBX_PLATFORM", "e2b");
    if let Some((content, mode)) = file {
        let path = workspace.write("key", content);
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the mode is set");
        workspace.set("E2B_API_KEY_FILE", "key");
    }
    if variable {
        workspace.set("E2B_API_KEY", KEY);
    }
    let ran = workspace.run(&["list"]);
    assert!(!ran.everything().contains(KEY), "{}", ran.text());
    (ran, server.story())
}

#[test]
fn a_key_may_stand_in_a_file_that_nobody_else_reads() {
    for mode in [0o600, 0o400] {
        let (ran, story) = run(Some((&format!("{KEY}\n"), mode)), false);
        ran.ends(0);
        assert_eq!(story.len(), 1);
    }
}

#[test]
fn a_file_that_others_read_is_refused_with_the_reason() {
    for (mode, shown) in [(0o644, "0644"), (0o640, "0640"), (0o602, "0602")] {
        let (ran, story) = run(Some((KEY, mode)), false);
        let ran = ran.ends(2);
        assert!(ran.stderr.contains(&format!("its mode is {shown}")), "{}", ran.text());
        assert!(ran.stderr.contains("`chmod 600 key`"), "{}", ran.text());
        assert!(story.is_empty(), "nobody was asked: {story:?}");
    }
}

#[test]
fn a_file_holds_one_key_and_stands_alone() {
    for content in ["", "\n", &format!("{KEY} {KEY}"), &"x".repeat(70_000)] {
        let ran = run(Some((content, 0o600)), false).0.ends(2);
        assert!(ran.stderr.contains("does not hold one key"), "{}", ran.text());
    }
    let ran = run(Some((KEY, 0o600)), true).0.ends(2);
    let both = "`E2B_API_KEY` and `E2B_API_KEY_FILE` are both set";
    assert!(ran.stderr.contains(both), "{}", ran.text());
    let mut workspace = Workspace::empty();
    workspace.set("E2B_API_KEY_FILE", "nowhere/key");
    let ran = workspace.run(&["list", "--platform", "e2b"]).ends(2);
    assert!(ran.stderr.contains("cannot be read: no such file"), "{}", ran.text());
}

#[test]
fn a_key_is_not_taken_from_the_command_line() {
    let workspace = Workspace::empty();
    let mut refused = 0;
    for option in ["--api-key", "--key", "--token", "--access-token", "--password", "--secret"] {
        let joined = format!("{option}={KEY}");
        for arguments in [
            &["list", option, KEY][..],
            &["list", &joined],
            &[option, KEY, "list"],
            &["apply", "--platform", "local", option, KEY],
            &["tag", "add", "x", "y", option],
        ] {
            let ran = workspace.run(arguments).ends(2);
            assert!(!ran.everything().contains(KEY), "{}", ran.text());
            assert!(ran.stderr.contains("`E2B_API_KEY`"), "{}", ran.text());
            refused += 1;
        }
    }
    assert_eq!(refused, 30);
    for option in ["--api-url", "--domain"] {
        let url = format!("https://user:{KEY}@example.com");
        let ran = workspace.run(&["list", option, &url]).ends(2);
        assert!(!ran.everything().contains(KEY), "{}", ran.text());
    }
    let help = workspace.run(&["list", "--help"]).ends(0);
    assert!(!help.stdout.contains("--api-key"), "{}", help.text());
}
