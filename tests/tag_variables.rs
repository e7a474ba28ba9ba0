//! Variables of the environment in tags, on each command that uses the tags.

use serde_json::Value;

use crate::support::{Ran, Workspace};

const MANIFEST: &str = "name = \"web\"\nplatform = \"local\"\n\
                        tags = [\"pr-{env:PR_NUMBER}\", \"default\"]\nfrom = \"python:3.12\"\n\
                        [[tests]]\nrun = \"true\"\n";

fn workspace(value: Option<&str>) -> Workspace {
    let mut workspace = Workspace::empty();
    workspace.write("sandbox.toml", MANIFEST);
    if let Some(value) = value {
        workspace.set("PR_NUMBER", value);
    }
    workspace
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(ran.stdout.lines().next().unwrap_or_default()).expect("JSON")
}

/// The tags that the platform has of the template.
fn tags(workspace: &Workspace) -> Vec<String> {
    let shown = json(&workspace.run(&["tag", "list", "--format", "json"]).ends(0));
    let tags = shown.as_array().or_else(|| shown["tags"].as_array()).expect("a list");
    let names = tags.iter().filter_map(|tag| tag["tag"].as_str().map(str::to_owned));
    let mut names: Vec<_> = names.filter(|tag| !tag.starts_with("sbx-")).collect();
    names.sort();
    names
}

#[test]
fn a_value_is_the_same_on_every_command_that_uses_the_tags() {
    let mut workspace = workspace(Some("42A"));
    // These do not expand the tag.
    workspace.run(&["check"]).ends(0);
    let compiled = workspace.run(&["compile", "--requests"]).ends(0);
    assert!(compiled.stdout.contains("pr-{env:PR_NUMBER}"), "{}", compiled.text());

    let planned = json(&workspace.run(&["plan", "--format", "json"]).ends(0));
    assert_eq!(planned["tags"][0]["tag"], "pr-42a", "{planned}");
    let dry = workspace.run(&["apply", "--dry-run"]).ends(0);
    assert!(dry.everything().contains("pr-42a"), "{}", dry.text());
    workspace.run(&["apply", "--no-test"]).ends(0);
    assert_eq!(tags(&workspace), ["default", "pr-42a"]);
    let status = json(&workspace.run(&["status", "--format", "json"]).ends(0));
    assert_eq!(status["tags"][0], "pr-42a", "{status}");
    let verified = workspace.run(&["verify", "--format", "json"]);
    assert_eq!(json(&verified)["tags"][0]["tag"], "pr-42a", "{}", verified.text());
    let before = json(&workspace.run(&["plan", "--format", "json"]).ends(0));

    // Another value is another tag of the same content.
    workspace.set("PR_NUMBER", "43");
    let after = json(&workspace.run(&["plan", "--format", "json"]).ends(0));
    assert_eq!(before["digest"], after["digest"]);
    let verified = workspace.run(&["verify"]).ends(1);
    assert!(verified.stdout.contains("web:pr-43 on local"), "{}", verified.text());
    let tested = workspace.run(&["test"]).ends(3);
    assert!(tested.stderr.contains("there is no build `web:pr-43`"), "{}", tested.text());
    workspace.run(&["apply", "--no-test"]).ends(0);
    assert_eq!(tags(&workspace), ["default", "pr-42a", "pr-43"]);
    let rolled = workspace.run(&["rollback", "sandbox.toml", "--yes"]);
    assert!(!rolled.stderr.contains("{env:"), "{}", rolled.text());
    assert!(rolled.everything().contains("pr-43"), "{}", rolled.text());
}

#[test]
fn a_variable_that_is_not_set_or_empty_is_an_error_before_any_request() {
    let words: &[&[&str]] = &[
        &["plan"],
        &["apply"],
        &["apply", "--dry-run"],
        &["verify"],
        &["test"],
        &["rollback", "sandbox.toml", "--yes"],
    ];
    for value in [None, Some("")] {
        let mut workspace = workspace(value);
        // Nothing is there to answer.
        workspace.set("SBX_LOCAL_URL", "http://127.0.0.1:9");
        for words in words {
            let ran = workspace.run(words).ends(1);
            assert!(ran.stderr.contains("unset-tag-variable"), "{words:?}: {}", ran.text());
            assert!(ran.stderr.contains("`PR_NUMBER` is not set, or empty"), "{}", ran.text());
            assert!(ran.stderr.contains("sandbox.toml:3:9"), "{}", ran.text());
        }
        workspace.run(&["check"]).ends(0);
        workspace.run(&["compile"]).ends(0);
    }
}

#[test]
fn a_value_that_makes_no_valid_tag_is_an_error_at_the_tag() {
    for (value, code, reason) in [
        ("feature/x", "invalid-tag", "a tag consists of lower-case letters"),
        ("0".repeat(126).as_str(), "invalid-tag", "a tag has at most 128 characters"),
    ] {
        let ran = workspace(Some(value)).run(&["apply"]).ends(1);
        assert!(ran.stderr.lines().any(|line| line == code), "{}", ran.text());
        assert!(ran.stderr.contains(reason), "{}", ran.text());
    }
    let mut workspace = workspace(None);
    workspace.write("sandbox.toml", MANIFEST.replace("pr-{env", "{env"));
    workspace.set("PR_NUMBER", "SBX-1");
    let ran = workspace.run(&["plan"]).ends(1);
    assert!(ran.stderr.contains("reserved-tag"), "{}", ran.text());
    // A value may be a tag that is declared already.
    workspace.set("PR_NUMBER", "default");
    workspace.run(&["apply", "--no-test"]).ends(0);
    assert_eq!(tags(&workspace), ["default"]);
}

#[test]
fn arguments_have_variables_too() {
    let mut workspace = workspace(Some("7"));
    workspace.set("CHANNEL", "Nightly");
    let tag = "{env:CHANNEL}-x";
    let planned = json(&workspace.run(&["plan", "--format", "json", "--tag", tag]).ends(0));
    assert_eq!(planned["tags"][2]["tag"], "nightly-x", "{planned}");
    workspace.run(&["apply", "--no-test", "--tag", tag]).ends(0);
    assert_eq!(tags(&workspace), ["default", "nightly-x", "pr-7"]);
    for command in ["plan", "apply", "verify", "rollback"] {
        for (tag, words) in [
            ("{env:NOWHERE}", "needs the variable `NOWHERE`, which is not set"),
            ("v-{env:GITHUB_TOKEN}", "`v-{env:GITHUB_TOKEN}` is not a valid tag"),
            ("v-${CHANNEL}", "is not a valid tag"),
        ] {
            let ran = workspace.run(&[command, "--tag", tag]).ends(2);
            assert!(ran.stderr.contains(words), "{command}: {}", ran.text());
        }
    }
}

/// Two profiles whose tags only values tell apart.
const PROFILES: &str = "name = \"web\"\nplatform = \"local\"\nfrom = \"python:3.12\"\n\
                        [profiles.a]\ntags = [\"{env:A}\"]\nenv.STAGE = \"a\"\n\
                        [profiles.b]\ntags = [\"{env:B}\"]\nenv.STAGE = \"b\"\n";

#[test]
fn profiles_and_manifests_have_tags_of_their_own() {
    let mut workspace = Workspace::empty();
    workspace.write("sandbox.toml", PROFILES);
    workspace.write("other/sandbox.toml", MANIFEST.replace("web", "other"));
    workspace.set("A", "one");
    // Only what is selected needs its values.
    workspace.run(&["apply"]).ends(0);
    workspace.run(&["apply", "--profile", "a"]).ends(0);
    let ran = workspace.run(&["apply", "--profile", "a,b"]).ends(1);
    assert!(ran.stderr.contains("`B`, which is not set"), "{}", ran.text());
    workspace.set("B", "two");
    workspace.set("PR_NUMBER", "5");
    workspace.run(&["apply", "--profile", "a,b"]).ends(0);
    assert_eq!(tags(&workspace), ["default", "one", "two"]);
    workspace.run(&["apply", "--no-test", "sandbox.toml", "other"]).ends(0);

    workspace.set("B", "ONE");
    for command in ["plan", "apply", "verify", "test"] {
        let ran = workspace.run(&[command, "--profile", "a,b"]).ends(1);
        let clash = "`sandbox.toml (a)` and `sandbox.toml (b)` both build `web:one` on local";
        assert_eq!(ran.stderr.matches(clash).count(), 2, "{}", ran.text());
    }
    workspace.run(&["check", "--profile", "a,b"]).ends(0);
}

#[test]
fn a_secret_is_in_no_tag_and_in_no_output() {
    let key = format!("sk-ant-{}", "aB3dE5gH7jK9mN1pQ3sT5vW7yZ");
    let commands: &[&[&str]] = &[
        &["check"],
        &["plan"],
        &["apply"],
        &["apply", "--dry-run", "--format", "json"],
        &["verify"],
        &["test"],
        &["rollback", "sandbox.toml", "--yes"],
        &["run", "--", "true"],
        &["compile", "--requests"],
    ];
    for name in ["ANTHROPIC_API_KEY", "GITHUB_TOKEN", "INNOCENT"] {
        let mut workspace = Workspace::empty();
        workspace.write("sandbox.toml", MANIFEST.replace("PR_NUMBER", name));
        workspace.set(name, &key);
        for words in commands {
            let ran = workspace.run(words);
            let text = ran.text();
            assert!(!text.to_lowercase().contains(&key[10..].to_lowercase()), "{name}: {text}");
            let is_as_written = matches!(words[0], "check" | "compile");
            // These two look for the template first, which is not there.
            let is_missing = matches!(words[0], "run" | "rollback");
            let has_fault = text.contains("invalid-tag-variable") || is_missing;
            if name != "INNOCENT" || !is_as_written {
                assert!(ran.exit != 0, "{words:?}: {text}");
                assert!(has_fault, "{words:?}: {text}");
            }
        }
    }
}

#[test]
fn a_tag_that_may_be_the_default_is_no_warning() {
    let workspace = Workspace::empty();
    for (tag, warns) in [("{env:CHANNEL}", false), ("pr-{env:PR_NUMBER}", true)] {
        let text = format!("name = \"x\"\ntags = [\"{tag}\"]\nfrom = \"python:3.12\"\n");
        workspace.write("sandbox.toml", text);
        let ran = workspace.run(&["check"]).ends(0);
        assert_eq!(ran.stdout.contains("tags-without-default"), warns, "{}", ran.text());
    }
}
