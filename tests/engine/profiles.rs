//! Two profiles of one manifest on the engine: built together, tested and verified.

use libtest_mimic::Trial;
use serde_json::Value;

use crate::case::{Cleanup, says};
use crate::engine::Engine;
use crate::support::{Ran, Workspace};

const MANIFEST: &str = r#"name = "profiled"
platform = "local"
tags = ["pr-{env:PR_NUMBER}", "default"]
from = { debian = "12" }
env = { STAGE = "production" }

[[steps]]
run = 'echo "built for $STAGE" > /stage'
user = "root"

[[tests]]
name = "the stage"
run = 'test "$(cat /stage)" = "built for $STAGE" && echo "$STAGE"'
stdout = { matches = "^(production|staging)$" }

[profiles.staging]
name = "profiled-staging"
tags = ["default"]
env.STAGE = "staging"

[profiles.copy]
name = "profiled-copy"
tags = ["default"]
"#;

/// The tests for an engine.
pub fn trials(engine: Engine) -> Vec<Trial> {
    let test = move || {
        two_profiles_are_built_tested_and_verified(engine);
        Ok(())
    };
    vec![Trial::test("profiles::two_profiles_are_built_tested_and_verified", test)]
}

fn objects(ran: &Ran) -> Vec<Value> {
    let lines = ran.stdout.lines();
    lines.map(|line| serde_json::from_str(line).expect("an object a line")).collect()
}

fn two_profiles_are_built_tested_and_verified(engine: Engine) {
    let mut workspace = Workspace::empty();
    Engine::pass_on(&mut workspace);
    workspace.write("sandbox.toml", MANIFEST);
    workspace.set("PR_NUMBER", "42");
    let _cleanup = Cleanup { workspace: &workspace, engine };
    let both = ["--profile", "base,staging"];
    let with = |words: &[&str]| workspace.run(&[words, &both[..]].concat());
    says(&with(&["apply"]).ends(0), "test passed: the stage");
    let tested = with(&["test"]).ends(0);
    for build in ["profiled:pr-42", "profiled-staging:default"] {
        says(&tested, build);
    }
    let verified = objects(&with(&["verify", "--format", "json"]).ends(0));
    let verdict = |at: usize| (&verified[at]["profile"], &verified[at]["verified"]);
    assert_eq!(verdict(0), (&Value::Null, &Value::Bool(true)));
    assert_eq!(verdict(1), (&Value::from("staging"), &Value::Bool(true)));
    assert_ne!(verified[0]["digest"], verified[1]["digest"]);
    let planned = objects(&with(&["plan", "--format", "json"]).ends(0));
    assert!(planned.iter().all(|plan| plan["action"] == "up-to-date"), "{planned:?}");

    // Under another name, the same content is a build of its own.
    let note = "the manifest without a profile builds the same as `profiled`";
    says(&workspace.run(&["plan", "--profile", "copy"]).ends(0), note);
    says(&workspace.run(&["apply", "--profile", "copy"]).ends(0), note);
    let verified = objects(&workspace.run(&["verify", "--format", "json", "--profile", "copy"]));
    assert_eq!(verified[0]["verified"], true, "{verified:?}");
}
