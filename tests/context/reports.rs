//! What a check says of the files that steps copy.

use std::fs;

use crate::support::{Workspace, snapshot};

/// A manifest that copies `app` and `data` and nothing else.
const COPIES: &str = "name = \"x\"\nfrom = \"python:3.12\"\n\n[[steps]]\n\
                      copy = [\"app\", \"data\"]\nto = \"/home/user/\"\n";

/// A file that takes no space on the disk.
fn sparse(workspace: &Workspace, name: &str, mib: u64) {
    let path = workspace.write(name, "");
    let file = fs::File::options().write(true).open(path).expect("the file is opened");
    file.set_len(mib * 1024 * 1024).expect("it is made longer");
}

#[test]
fn very_large_copies_are_reported_with_what_is_largest() {
    let workspace = Workspace::empty();
    workspace.write("sandbox.toml", COPIES);
    workspace.write("app/main.py", "x".repeat(2048));
    sparse(&workspace, "data/raw/a.bin", 39);
    sparse(&workspace, "data/raw/b.bin", 30);
    sparse(&workspace, "data/train.csv", 30);
    assert_eq!(workspace.run(&["check"]).ends(0).stdout, "");
    sparse(&workspace, "data/test.csv", 2);
    let ran = workspace.run(&["check"]).ends(0);
    snapshot("ui/large-context", "bytes", &ran.text());
    // Where nothing is uploaded, the limit is another one.
    let declaw = workspace.run(&["check", "--platform", "declaw"]).everything();
    assert!(!declaw.contains("large-context"), "{declaw}");
}

#[test]
fn very_many_files_are_reported() {
    let workspace = Workspace::empty();
    workspace.write("sandbox.toml", COPIES);
    workspace.write("app/main.py", "x");
    for at in 0..10_000 {
        workspace.write(&format!("data/{}/{at}", at % 7), "x");
    }
    let ran = workspace.run(&["check"]).ends(0);
    snapshot("ui/large-context", "files", &ran.text());
}

#[test]
fn clutter_is_known_by_what_is_in_it() {
    let workspace = Workspace::empty();
    let manifest = "name = \"x\"\nfrom = \"node:22\"\n\n[[steps]]\ncopy = \".\"\n\
                    to = \"/home/user/app/\"\n";
    workspace.write("sandbox.toml", manifest);
    for name in ["web/node_modules/a/index.js", "target/notes.md", "venv/readme", ".git-keep"] {
        workspace.write(name, "x");
    }
    let quiet = workspace.run(&["check"]).ends(0);
    assert_eq!(quiet.stdout, "", "neither is what its name says");
    for name in [
        ".git/HEAD",
        "venv/pyvenv.cfg",
        "target/CACHEDIR.TAG",
        "a/__pycache__/x",
        "b/__pycache__/x",
    ] {
        workspace.write(name, "x");
    }
    workspace.write("a/.aws/credentials", "x");
    workspace.write("b/id_rsa.pub", "x");
    workspace.write("b/.env.example", "x");
    workspace.write("b/.env", "");
    let install = "\n[[steps]]\nrun = \"npm ci\"\n";
    workspace.write("sandbox.toml", format!("{manifest}{install}"));
    snapshot("ui/junk-in-context", "everything", &workspace.run(&["check"]).ends(0).text());
}

#[test]
fn the_configuration_of_npm_is_a_secret_if_a_token_is_written_into_it() {
    const TOKEN: &str = "6f1b2a90-4c7e-4d1f-9b3a-8e5d2c7f0a61";
    let workspace = Workspace::empty();
    let manifest = |copy: &str| {
        format!(
            "name = \"x\"\nfrom = \"node:22\"\n\n[[steps]]\ncopy = \"{copy}\"\nto = \"/app/\"\n"
        )
    };
    let warned = |copy: &str| {
        workspace.write("sandbox.toml", manifest(copy));
        let ran = workspace.run(&["check"]).ends(0);
        assert!(!ran.everything().contains(TOKEN), "{}", ran.text());
        ran.stdout
    };
    workspace.write("web/package.json", "{}");
    for harmless in [
        "registry=https://npm.acme.dev/\n".to_owned(),
        "//npm.acme.dev/:_authToken=${NPM_TOKEN}\n".to_owned(),
        format!("# //npm.acme.dev/:_authToken={TOKEN}\n"),
        format!("//localhost:4873/:_authToken={TOKEN}\n"),
    ] {
        workspace.write("web/.npmrc", &harmless);
        assert_eq!(warned("web"), "", "{harmless}");
    }
    workspace.write("web/.npmrc", format!("//npm.acme.dev/:_authToken={TOKEN}\n"));
    let shown = warned("web");
    assert!(shown.contains("secret-in-context"), "{shown}");
    assert!(shown.contains("the copy of `web` includes `web/.npmrc`"), "{shown}");
    assert_eq!(warned("web/.npmrc"), "", "it is copied on purpose");
    workspace.write(".dockerignore", "**/.npmrc\n");
    assert_eq!(warned("web"), "");
}

#[test]
fn sources_of_one_step_need_a_directory() {
    let reported = |steps: &str| {
        let workspace = Workspace::empty();
        for file in ["a.txt", "b.txt", "c.md", "dir/d.txt", "[e].txt"] {
            workspace.write(file, file);
        }
        let manifest = format!("name = \"x\"\nfrom = \"python:3.12\"\nsteps = [\n{steps}\n]\n");
        workspace.write("sandbox.toml", manifest);
        let ran = workspace.run(&["check"]).text();
        ran.contains("several sources are copied to the one file")
    };
    for wrong in [
        r#"{ copy = ["a.txt", "b.txt"], to = "/x" }"#,
        r#"{ copy = ["a.txt", "dir"], to = "/x" }"#,
        r#"{ copy = ["./a.txt", "*.md"], to = "x/y" }"#,
        r#"{ workdir = "/srv/application" }, { copy = ["a.txt", "b.txt"], to = "/srv/app" }"#,
        r#"{ copy = ["a.txt", "b.txt"], to = "/x" }, { run = "mkdir /x" }"#,
        r#"{ copy = ["a.txt", "*.txt", "./a.txt"], to = "/x" }"#,
        r#"{ copy = ["a.txt", "./a.txt", "b.txt"], to = "/x" }"#,
    ] {
        assert!(reported(wrong), "{wrong}");
    }
    for right in [
        r#"{ copy = ["a.txt", "b.txt"], to = "/x/" }"#,
        r#"{ copy = ["a.txt", "./a.txt", "a.*"], to = "/x" }"#,
        r#"{ copy = ["a.txt", "b.txt"], to = "." }"#,
        r#"{ copy = ["a.txt", "b.txt"], to = "x/.." }"#,
        r#"{ copy = ["a.txt", "b.txt"], to = "/etc" }"#,
        r#"{ env = { D = "/etc" } }, { copy = ["a.txt", "b.txt"], to = "$D" }"#,
        r#"{ env = { D = "/x/" } }, { copy = ["a.txt", "b.txt"], to = "${D}" }"#,
        r#"{ copy = ["dir", "a.txt"], to = "/x" }"#,
        r#"{ copy = ["dir"], to = "/x" }"#,
        r#"{ copy = ["*.txt", "c.md"], to = "/x" }"#,
        r#"{ copy = ["a.txt"], to = "/x" }"#,
        r#"{ workdir = "/srv/app/src" }, { copy = ["a.txt", "b.txt"], to = "/srv/app" }"#,
        r#"{ copy = "c.md", to = "/x/" }, { copy = ["a.txt", "b.txt"], to = "/x" }"#,
        r#"{ mkdir = "/x", user = "root" }, { copy = ["a.txt", "b.txt"], to = "/x" }"#,
        r#"{ copy = "a.txt", to = "/x" }, { copy = "b.txt", to = "/x" }"#,
    ] {
        assert!(!reported(right), "{right}");
    }
}

#[test]
fn no_ignore_file_is_proposed_for_a_copy() {
    let ran = |files: &[&str]| {
        let workspace = Workspace::empty();
        for file in files {
            workspace.write(file, "");
        }
        workspace.write(".dockerignore", "*\n");
        let manifest =
            "name = \"a\"\nfrom = \"debian:12\"\nsteps = [{ copy = \".\", to = \"/x\" }]\n";
        workspace.write("sandbox.toml", manifest);
        workspace.run(&["check", "--format", "short"]).stdout
    };
    let alone = ran(&[]);
    assert!(alone.contains("remove the pattern `*`"), "{alone}");
    let others = ran(&["app.py"]);
    assert!(others.contains("`ignore = [\"!app.py\"]`"), "{others}");
}

#[test]
fn a_name_that_reads_like_a_pattern_is_proposed_with_escapes() {
    let workspace = Workspace::empty();
    workspace.write("notes[1].txt", "");
    let manifest = |source: &str| {
        format!(
            "name = \"a\"\nfrom = \"debian:12\"\nsteps = [{{ copy = '{source}', to = \"/x\" }}]\n"
        )
    };
    workspace.write("sandbox.toml", manifest("notes[1].txt"));
    let ran = workspace.run(&["check", "--format", "short"]).stdout;
    assert!(ran.contains(r"did you mean `notes\[1].txt`?"), "{ran}");
    workspace.write("sandbox.toml", manifest(r"notes\[1].txt"));
    assert_eq!(workspace.run(&["check", "--format", "short"]).stdout, "");
}
