//! What a person meets on the first day: arguments that other tools take, standard input, the
//! names in messages.

use serde_json::Value;

use crate::support::Workspace;
use crate::support::terminal::at_a_terminal;

const MANIFEST: &str = "name = \"x\"\nfrom = \"python:3.12\"\n";

#[test]
fn a_manifest_is_read_from_standard_input() {
    let workspace = Workspace::empty();
    workspace.write("app.py", "");
    let manifest = format!("{MANIFEST}[[steps]]\ncopy = \"app.py\"\nto = \"/app/\"\n");
    let read = |arguments: &[&str], text: &str| workspace.offer_input(arguments, text).1;
    // Paths are relative to the current directory.
    read(&["check", "-"], &manifest).ends(0);
    let compiled = read(&["compile", "-"], &manifest).ends(0);
    assert!(compiled.stdout.contains("python:3.12"), "{}", compiled.text());
    let missing = read(&["check", "-", "--format", "short"], &manifest.replace("app.py", "b.py"));
    let missing = missing.ends(1);
    assert!(missing.stdout.starts_with("<stdin>:4:"), "{}", missing.text());
    let report = read(&["check", "-", "--format", "json"], "name = 1\n").ends(1);
    let report: Value = serde_json::from_str(&report.stdout).expect("the report is JSON");
    assert_eq!(report["diagnostics"][0]["file"], "<stdin>");
    read(&["check", "-", "--platform", "all"], &manifest).ends(0);
    read(&["check", "-"], "").ends(1);
    // What writes, or remembers a manifest by its path, needs a file.
    let fix = read(&["check", "-", "--fix"], &manifest).ends(2);
    assert!(
        fix.stderr.starts_with("error: `--fix` cannot change standard input"),
        "{}",
        fix.text()
    );
    let apply = read(&["apply", "-"], &manifest).ends(2);
    assert!(apply.stderr.starts_with("error: cannot apply standard input"), "{}", apply.text());
    // A file of that name is read by its path.
    workspace.write("-", MANIFEST);
    read(&["check", "./-"], "").ends(0);
}

#[test]
fn standard_input_is_bounded() {
    let workspace = Workspace::empty();
    let large = "#".repeat(sandbox_toml::parse::MAX_BYTES + 2);
    let ran = workspace.offer_input(&["check", "-"], &large).1.ends(1);
    assert!(ran.everything().contains("larger than"), "{}", ran.text());
}

#[test]
fn an_error_names_the_variable_that_it_comes_from() {
    for (variable, value, arguments) in [
        ("SBX_PLATFORM", "foo", &["check"][..]),
        ("SBX_PLATFORM", "foo", &["apply", "--dry-run"]),
        ("SBX_PLATFORM", "foo", &["list"]),
        ("SBX_PLATFORM", "all", &["list"]),
        ("SBX_NO_HASH_CACHE", "perhaps", &["compile"]),
        ("SBX_NO_IMAGE_CHECK", "perhaps", &["apply", "--dry-run"]),
        ("SBX_LOCAL_URL", "localhost:3000", &["list", "--platform", "local"]),
        ("NOVITA_DOMAIN", "us-01.sandbox.novita.ai", &["list"]),
        ("NOVITA_API_URL", "example.com", &["list"]),
    ] {
        let mut workspace = Workspace::empty();
        workspace.write("sandbox.toml", MANIFEST);
        workspace.set("NOVITA_API_KEY", "key-of-the-test");
        workspace.set(variable, value);
        let ran = workspace.run(arguments);
        assert!(matches!(ran.exit, 2 | 3), "{variable}: {}", ran.text());
        assert!(ran.stderr.contains(variable) && ran.stderr.contains(value), "{}", ran.text());
    }
    // An argument is in sight, and no variable is to blame.
    let mut workspace = Workspace::empty();
    workspace.set("SBX_PLATFORM", "e2b");
    let ran = workspace.run(&["list", "--platform", "foo"]).ends(2);
    assert!(!ran.stderr.contains("SBX_PLATFORM"), "{}", ran.text());
}

#[test]
fn a_word_of_another_tool_leads_to_the_command() {
    let workspace = Workspace::empty();
    for (word, command) in [
        ("lint", "sbx check"),
        ("validate", "sbx check"),
        ("preview", "sbx plan"),
        ("deploy", "sbx apply"),
    ] {
        let ran = workspace.run(&[word]).ends(2);
        assert!(ran.stderr.contains(&format!("`{command}`")), "{}", ran.text());
        assert!(!ran.stderr.contains("similar"), "{}", ran.text());
    }
    let near = workspace.run(&["chekc"]).ends(2);
    assert!(near.stderr.contains("'check'"), "{}", near.text());
    workspace.run(&["tag", "ls", "--help"]).ends(0);
}

#[test]
fn sarif_describes_the_rules_that_occur() {
    let workspace = Workspace::empty();
    workspace.write("sandbox.toml", "name = \"X\"\nfrom = 1\nnmae = \"x\"\nuesr = \"x\"\n");
    let ran = workspace.run(&["check", "--format", "sarif"]).ends(1);
    let log: Value = serde_json::from_str(&ran.stdout).expect("the report is JSON");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("a list");
    let results = run["results"].as_array().expect("a list");
    assert!(rules.len() < results.len(), "{}", ran.stdout);
    for result in results {
        let index = result["ruleIndex"].as_u64().expect("an index");
        let rule = &rules[usize::try_from(index).expect("small")];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(rule["help"]["markdown"].as_str().is_some_and(|page| page.starts_with("# ")));
    }
    assert!(ran.stdout.len() < 16_000, "{} bytes", ran.stdout.len());
    workspace.write("sandbox.toml", MANIFEST);
    let clean = workspace.run(&["check", "--format", "sarif"]).ends(0);
    assert!(clean.stdout.contains("\"rules\":[]"), "{}", clean.stdout);
}

#[test]
fn the_table_of_platforms_is_as_narrow_as_its_terminal() {
    let workspace = Workspace::empty();
    let manifest = format!("{MANIFEST}[resources]\ncpu = 4\ndisk = \"10GiB\"\n");
    workspace.write("sandbox.toml", manifest);
    for columns in [120, 80, 60, 40] {
        let arguments = ["check", "--platform", "all"];
        let (screen, exit) = at_a_terminal(&workspace, &arguments, columns, "");
        assert_eq!(exit, 0, "{screen}");
        let is_row = |line: &&str| {
            ["where", "sandbox.toml:5", "compiles"].iter().any(|start| line.starts_with(start))
        };
        assert!(screen.lines().filter(is_row).count() > 1, "{screen}");
        for line in screen.lines().filter(is_row) {
            assert!(line.chars().count() <= usize::from(columns), "{columns}: {line}\n{screen}");
        }
        assert!(screen.contains("novita") && screen.contains("compiles"), "{screen}");
    }
}

/// What bash offers for the last of these words.
fn completions(workspace: &Workspace, words: &[&str]) -> Vec<String> {
    let script = workspace.run(&["completions", "bash"]).ends(0).stdout;
    let path = workspace.write("sbx.bash", script);
    let last = words.last().copied().unwrap_or_default();
    let before = words.iter().rev().nth(1).copied().unwrap_or_default();
    let ask = format!(
        "source '{}'; COMP_WORDS=({}); COMP_CWORD={}; _sbx sbx '{last}' '{before}'; \
         printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        path.display(),
        words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" "),
        words.len() - 1,
    );
    let mut bash = std::process::Command::new("bash");
    let output = bash.args(["--norc", "-c", &ask]).current_dir(workspace.path()).output();
    let output = output.expect("bash runs");
    String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect()
}

#[test]
fn completions_offer_the_values_of_options() {
    let workspace = Workspace::empty();
    let offers = |words: &[&str]| completions(&workspace, words);
    assert_eq!(offers(&["sbx", "apply", "--platform", ""]), ["novita", "e2b", "declaw", "local"]);
    assert!(offers(&["sbx", "explain", "unknown-k"]).contains(&"unknown-key".to_owned()));
    let lints = offers(&["sbx", "check", "--deny", ""]);
    assert!(lints.contains(&"warnings".to_owned()), "{lints:?}");
    assert!(lints.contains(&"unpinned-image".to_owned()), "{lints:?}");
    assert!(!lints.contains(&"unknown-key".to_owned()), "an error has no level");
    assert!(offers(&["sbx", "ap"]).contains(&"apply".to_owned()));
}

#[test]
fn completions_offer_the_profiles_of_the_manifest() {
    let workspace = Workspace::empty();
    let offers = |words: &[&str]| completions(&workspace, words);
    assert_eq!(offers(&["sbx", "apply", "--profile", ""]), ["base"], "without a manifest");
    let profiles = "[profiles.staging]\ntags = [\"staging\"]\n[profiles.staging.env]\nA = 1\n\
                    [profiles.pr-1]\n  [ profiles . odd ]\n";
    workspace.write("sandbox.toml", format!("name = \"x\"\nfrom = \"python\"\n{profiles}"));
    assert_eq!(offers(&["sbx", "apply", "--profile", ""]), ["base", "pr-1", "staging"]);
    assert_eq!(offers(&["sbx", "tag", "list", "--profile", "st"]), ["staging"]);
    workspace.write("sandbox.toml", "profiles.a.name = \"a\"\nprofiles.b.name = \"b\"\n");
    assert_eq!(offers(&["sbx", "check", "--profile", ""]), ["a", "b", "base"]);
    for (shell, option, name) in [
        ("bash", "--profile)", "_sbx_profiles)"),
        ("zsh", "--profile=[", ":_sbx_profiles'"),
        ("fish", "-l profile", "(__sbx_profiles)"),
    ] {
        let script = workspace.run(&["completions", shell]).ends(0).stdout;
        let count = |text: &str| script.matches(text).count();
        assert!(count(option) > 10 && count(option) == count(name), "{shell}");
    }
}

#[test]
fn completions_offer_no_key_on_the_command_line() {
    let workspace = Workspace::empty();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = workspace.run(&["completions", shell]).ends(0).stdout;
        assert!(script.contains("quiet") && script.contains("explain"), "{shell}");
        assert!(!script.contains("access-token"), "{shell}");
        assert!(!script.replace("api-key-env", "").contains("api-key"), "{shell}");
    }
}

#[test]
fn patterns_of_versions_are_no_mistakes() {
    let workspace = Workspace::empty();
    for (from, step) in [
        ("python:3.12", r#"apt = ["nodejs=18.*", "git"]"#),
        ("python:3.12", r#"pip = ["x==1.*", "pkg[extra]==2.0"]"#),
        ("node:22", r#"npm = ["@scope/x@^1", "y@~2.1", "z@1.x"]"#),
    ] {
        workspace
            .write("sandbox.toml", format!("name = \"x\"\nfrom = \"{from}\"\n[[steps]]\n{step}\n"));
        let ran = workspace.run(&["check", "--format", "short"]).ends(0);
        assert_eq!(ran.stdout, "", "{step}");
    }
}
