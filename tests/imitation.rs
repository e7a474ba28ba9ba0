//! `--as`: whose rules the local platform follows.

use serde_json::Value;

use crate::support::{Ran, Workspace};

/// A workspace with this manifest.
fn workspace(manifest: &str) -> Workspace {
    let workspace = Workspace::empty();
    workspace.write("sandbox.toml", manifest);
    workspace
}

fn compiled(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.text()))
}

const LOCAL: [&str; 2] = ["--platform", "local"];
const AS_E2B: [&str; 4] = ["--platform", "local", "--as", "e2b"];

#[test]
fn images_are_judged_by_the_rules_that_are_followed() {
    let alpine = workspace("name = \"x\"\nfrom = \"alpine:3.22\"\n");
    for rules in [&LOCAL[..], &["--platform", "local", "--as", "novita"]] {
        let ran = alpine.run(&[&["check"], rules].concat()).ends(1);
        assert!(ran.stdout.contains("`local` cannot start `alpine:3.22`"), "{}", ran.text());
    }
    alpine.run(&[&["check"], &AS_E2B[..]].concat()).ends(0);
    // The manifest may name the platform, and `all` contains it.
    alpine.write("sandbox.toml", "name = \"x\"\nfrom = \"alpine:3.22\"\nplatform = \"local\"\n");
    alpine.run(&["check"]).ends(1);
    alpine.run(&["check", "--as", "e2b"]).ends(0);
    let compiles = |ran: &Ran| -> Vec<String> {
        let row = ran.stdout.lines().find(|line| line.starts_with("compiles")).expect("a row");
        row.split_whitespace().skip(1).map(str::to_owned).collect()
    };
    let all = ["check", "--platform", "all"];
    let ran = alpine.run(&all).ends(1);
    assert_eq!(compiles(&ran), ["no", "yes", "yes", "no"], "{}", ran.text());
    let ran = alpine.run(&[&all[..], &["--as", "e2b"]].concat()).ends(1);
    assert_eq!(compiles(&ran), ["no", "yes", "yes", "yes"], "{}", ran.text());
}

#[test]
fn an_image_s_variables_are_lost_where_the_imitated_platform_loses_them() {
    let text = "name = \"x\"\nfrom = \"rust:1.90\"\n\n[[steps]]\nrun = \"cargo --version\"\n";
    let rust = workspace(text);
    let ran = rust.run(&[&["check"], &LOCAL[..]].concat()).ends(0);
    assert!(ran.stdout.contains("image-config-lost"), "{}", ran.text());
    let ran = rust.run(&[&["check"], &AS_E2B[..]].concat()).ends(0);
    assert!(!ran.stdout.contains("image-config-lost"), "{}", ran.text());
}

#[test]
fn requests_are_those_of_the_imitated_platform() {
    let text = "name = \"x\"\nfrom = \"debian:12\"\nuser = \"bob\"\nsudo = true\n";
    let granted = workspace(text);
    let user = |rules: &[&str]| {
        let ran = granted.run(&[&["compile"], rules].concat()).ends(0);
        compiled(&ran)["steps"][0]["args"].clone()
    };
    assert_eq!(user(&LOCAL), serde_json::json!(["bob"]));
    assert_eq!(user(&AS_E2B), serde_json::json!(["bob", "true"]));
    let body = |rules: &[&str]| {
        let ran = workspace("name = \"x\"\nfrom = { base = true }\n");
        compiled(&ran.run(&[&["compile"], rules].concat()).ends(0))
    };
    assert_eq!(body(&LOCAL)["fromImage"], "novita/base");
    assert_eq!(body(&AS_E2B)["fromImage"], "e2bdev/base");
}

#[test]
fn registries_without_a_password_are_for_platforms_that_know_them() {
    let auth = |kind: &str| {
        format!("name = \"x\"\n[from]\nimage = \"registry.example/app:1\"\n[from.auth]\n{kind}\n")
    };
    let aws = "type = \"aws\"\naccess_key_id = \"AKIAIOSFODNN7EXAMPLE\"\nregion = \"us-east-1\"\n\
               secret_access_key = { env = \"SECRET\" }";
    let ran = workspace(&auth(aws)).run(&[&["check"], &LOCAL[..]].concat()).ends(1);
    let refused = "`local` does not support registries of type `aws`";
    assert!(ran.stdout.contains(refused), "{}", ran.text());
    let basic = "type = \"basic\"\nusername = \"robot\"\npassword = { env = \"PASSWORD\" }";
    workspace(&auth(basic)).run(&[&["check"], &LOCAL[..]].concat()).ends(0);
}

#[test]
fn another_platform_imitates_nothing() {
    let workspace = workspace("name = \"x\"\nfrom = \"python:3.12\"\n");
    let why = "`--as` is for the local platform, and `sandbox.toml` is for `novita`";
    for command in [
        &["check", "--as", "e2b"][..],
        &["check", "--as", "novita", "--fix"],
        &["compile", "--as", "e2b"],
        &["apply", "--as", "e2b"],
        &["apply", "--as", "e2b", "--dry-run"],
    ] {
        let ran = workspace.run(command).ends(2);
        assert!(ran.stderr.contains(why), "{}", ran.text());
        assert!(ran.stderr.contains("add `--platform local`"), "{}", ran.text());
    }
    let ran = workspace.run(&["check", "--platform", "local", "--as", "declaw"]).ends(2);
    assert!(ran.stderr.contains("[possible values: novita, e2b]"), "{}", ran.text());
}

#[test]
fn a_failed_build_is_shown_at_its_place_whatever_was_imitated() {
    let text = "name = \"x\"\nuser = \"bob\"\nsudo = true\nfrom = { template = \"missing\" }\n";
    let workspace = workspace(text);
    workspace.run(&[&["apply"], &AS_E2B[..]].concat()).ends(1);
    let ran = workspace.run(&["status", "--platform", "local"]).ends(1);
    assert!(ran.stderr.contains("sandbox.toml:4:"), "{}", ran.text());
}
