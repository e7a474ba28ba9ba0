//! Files of `write` steps and of here-documents, written by real shells.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Output};

use proptest::prelude::*;
use sandbox_toml::host::System;
use sandbox_toml::pipeline::{self, Secrets};
use sandbox_toml::platform::Platform;
use sandbox_toml::source::Source;
use serde_json::Value;

use crate::support::Workspace;
use crate::support::process::ToEnd as _;

/// The longest argument that Linux gives to a process, in bytes.
const LONGEST_ARGUMENT: usize = 128 * 1024;

/// The commands that a platform of the E2B family runs for a manifest at a path.
fn commands(path: &Path, manifest: &str) -> Vec<String> {
    let source = Source::new(path, manifest.to_owned());
    let analysis = pipeline::analyze_text(&System, source, Some(Platform::E2b));
    let plan = analysis.plan(&Secrets::Hidden);
    let plan = plan.unwrap_or_else(|faults| panic!("{:?} {faults:?}", analysis.diagnostics));
    let runs = plan.steps.iter().filter(|step| step.request["type"] == "RUN");
    let commands = runs.map(|step| {
        assert_eq!(step.request["args"][1], "root", "{step:?}");
        step.request["args"][0].as_str().expect("a command").to_owned()
    });
    commands.collect()
}

/// Runs a command as the builder does, in a directory that is not the user's own. What the user's own
/// profile has a login shell do is no part of it.
fn run(shell: &[&str], command: &str, directory: &Path) -> Output {
    assert!(command.len() < LONGEST_ARGUMENT, "{} bytes", command.len());
    let mut login = Command::new(shell[0]);
    login.args(&shell[1..]).args(["-c", command]).current_dir(directory).env("HOME", directory);
    login.to_end()
}

fn succeeds(shell: &[&str], command: &str, directory: &Path) {
    let ran = run(shell, command, directory);
    let error = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(ran.status.success() && ran.stdout.is_empty() && error.is_empty(), "{error} {command}");
}

const BASH: &[&str] = &["bash", "-l"];

/// A text as a string of TOML and of JSON.
fn quoted(text: &str) -> String {
    // TOML wants the one character escaped that JSON does not.
    serde_json::to_string(text).expect("text is JSON").replace('\u{7f}', "\\u007F")
}

/// A manifest that writes a file, which belongs to the user who runs the tests.
fn manifest(path: &str, content: &str, workspace: &Workspace) -> String {
    let own = fs::metadata(workspace.path()).expect("it is there");
    format!(
        "name = \"x\"\nfrom = \"python:3.12\"\n[[steps]]\nwrite = {}\ncontent = {}\nowner = \"{}:{}\"\n",
        quoted(&path.replace('$', "$$")),
        quoted(content),
        own.uid(),
        own.gid(),
    )
}

/// The path of a file in a workspace, as a step names it.
fn within(workspace: &Workspace, path: &str) -> String {
    workspace.path().join(path).to_str().expect("a text").to_owned()
}

fn read(workspace: &Workspace, name: &str) -> String {
    fs::read_to_string(workspace.path().join(name)).expect("it is there")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o7777
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_content_arrives_as_it_is_at_any_path(
        content in prop_oneof![
            "[ -~\n\t'\"$%\\\\`!#äß漢🙂]{0,48}",
            any::<String>(),
            "(\r\n|\n|\u{0}|EOF\n|\\\\\n){0,12}",
        ],
        name in "[ -.0-~ä]{1,12}".prop_filter("a name", |name| name != "." && name != ".."),
    ) {
        for shell in [BASH, &["sh"]] {
            let workspace = Workspace::empty();
            let path = within(&workspace, &format!("a/{name}/{name}"));
            let commands = commands(Path::new("sandbox.toml"), &manifest(&path, &content, &workspace));
            succeeds(shell, &commands[0], Path::new("/"));
            prop_assert_eq!(fs::read(&path).expect("written"), content.as_bytes());
            prop_assert_eq!(mode(Path::new(&path)), 0o644);
        }
    }
}

#[test]
fn the_largest_content_and_the_longest_path_fit_into_one_argument() {
    let workspace = Workspace::empty();
    let content = "'".repeat(32 * 1024);
    let path = within(&workspace, &format!("{}x", format!("{}/", "'".repeat(9)).repeat(300)));
    let commands = commands(Path::new("sandbox.toml"), &manifest(&path, &content, &workspace));
    succeeds(BASH, &commands[0], Path::new("/"));
    assert_eq!(fs::read_to_string(&path).expect("written"), content);
}

#[test]
fn what_is_there_is_overwritten_and_a_link_is_replaced() {
    let workspace = Workspace::empty();
    workspace.write("old", "old and longer");
    workspace.write("kept", "kept");
    fs::set_permissions(workspace.path().join("old"), fs::Permissions::from_mode(0o600))
        .expect("changed");
    symlink("kept", workspace.path().join("link")).expect("linked");
    for name in ["old", "link"] {
        let path = within(&workspace, name);
        let commands = commands(Path::new("sandbox.toml"), &manifest(&path, "new", &workspace));
        succeeds(BASH, &commands[0], Path::new("/"));
        assert_eq!(fs::read_to_string(&path).expect("written"), "new");
        assert_eq!(mode(Path::new(&path)), 0o644);
    }
    assert_eq!(read(&workspace, "kept"), "kept");
}

#[test]
fn a_file_that_cannot_be_written_fails_the_step() {
    let workspace = Workspace::empty();
    workspace.write("file", "");
    fs::create_dir(workspace.path().join("directory")).expect("made");
    for name in ["directory", "file/x", "file/x/y"] {
        let text = manifest(&within(&workspace, name), "x", &workspace);
        let ran = run(BASH, &commands(Path::new("sandbox.toml"), &text)[0], Path::new("/"));
        assert!(!ran.status.success(), "{name}");
    }
    let path = within(&workspace, "x");
    let text = manifest(&path, "x", &workspace);
    let text =
        text.lines().filter(|line| !line.starts_with("owner")).collect::<Vec<_>>().join("\n");
    let text = text + "\nowner = \"there-is-no-such-user\"\n";
    let ran = run(BASH, &commands(Path::new("sandbox.toml"), &text)[0], Path::new("/"));
    assert!(!ran.status.success(), "an owner that does not exist");
}

/// Only root can give files away.
#[test]
fn directories_that_are_created_get_the_owner() {
    let workspace = Workspace::empty();
    let own = fs::metadata(workspace.path()).expect("it is there").uid();
    if own != 0 {
        return;
    }
    fs::create_dir(workspace.path().join("a")).expect("made");
    let text = format!(
        "name = \"x\"\nfrom = \"python:3.12\"\nworkdir = {}\n[[steps]]\nwrite = \"a/b/c/d\"\n\
         content = \"\"\nmode = 0o4750\nowner = \"1234\"\n",
        quoted(&within(&workspace, "")),
    );
    let commands = commands(Path::new("sandbox.toml"), &text);
    succeeds(BASH, &commands[0], workspace.path());
    let owner = |path: &str| {
        let found = fs::metadata(workspace.path().join(path)).expect("it is there");
        (found.uid(), found.gid())
    };
    assert_eq!(owner("a"), (0, 0));
    for path in ["a/b", "a/b/c", "a/b/c/d"] {
        assert_eq!(owner(path), (1234, 1234), "{path}");
    }
    assert_eq!(mode(&workspace.path().join("a/b/c/d")), 0o4750);
    assert_eq!(mode(&workspace.path().join("a/b")), 0o755);
}

/// A relative path starts where the target of a copy does.
#[test]
fn a_relative_path_starts_at_the_working_directory_or_at_home() {
    let step = "[[steps]]\nwrite = \"x/y\"\ncontent = \"\"\nowner = \"root\"\n";
    let command = |before: &str| {
        let text = format!("name = \"x\"\nfrom = \"python:3.12\"\n{before}{step}");
        commands(Path::new("sandbox.toml"), &text).remove(0)
    };
    assert!(command("workdir = \"/app\"\n").starts_with("sbx_dir=./x && "));
    assert!(command("user = \"root\"\n").starts_with("sbx_dir=./x && "));
    for (before, user) in [("", "user"), ("user = \"app\"\n", "app")] {
        let home = format!(
            "{{ [ \"$PWD\" != \"$HOME\" ] || cd \"$(getent passwd {user} | cut -d: -f6)\"; }} && "
        );
        let command = command(before);
        assert!(command.starts_with(&home), "{command}");
    }
}

/// The commands of a Dockerfile, whose `@` is a directory that the tests may write to.
fn of_dockerfile(workspace: &Workspace, lines: &str) -> Vec<String> {
    let own = fs::metadata(workspace.path()).expect("it is there");
    let lines = lines
        .replace(" @", &format!(" {}", workspace.path().display()))
        .replace("OWN", &format!("{}:{}", own.uid(), own.gid()));
    workspace.write("Dockerfile", format!("FROM python:3.12\n{lines}"));
    let text = "name = \"x\"\nfrom = { dockerfile = \"Dockerfile\" }\n";
    workspace.write("sandbox.toml", text);
    commands(&workspace.path().join("sandbox.toml"), text)
}

#[test]
fn here_documents_are_expanded_as_docker_does() {
    let workspace = Workspace::empty();
    let commands = of_dockerfile(
        &workspace,
        concat!(
            "ARG PORT=80\n",
            "ENV HOST=example.com\n",
            "COPY --chown=OWN <<EOF @/plain\n",
            "$HOST:${PORT} \\$HOST 'x' \"$PORT\" `date` $(date) \\\\ \\n $1$@ ${NO:-none}\n",
            "\tpath=$PATH\n",
            "EOF\n",
            "COPY --chown=OWN --chmod=755 <<\"EOF\" @/quoted\n",
            "$HOST \\$HOST `date`\n",
            "EOF\n",
            "COPY --chown=OWN <<-ONE <<-'TWO' @/dir/\n",
            "\t\tone $PORT\n",
            "\tONE\n",
            "\t\ttwo $PORT\n",
            "\tTWO\n",
            "ADD --chown=OWN <<NAME @/dir\n",
            "NAME\n",
        ),
    );
    for command in commands.iter().filter(|command| command.contains("sbx_file")) {
        succeeds(BASH, command, Path::new("/"));
    }
    let path = run(BASH, "printf %s \"$PATH\"", Path::new("/"));
    let path = String::from_utf8(path.stdout).expect("text");
    let first = "example.com:80 $HOST 'x' \"80\" `date` $(date) \\ n  none";
    assert_eq!(read(&workspace, "plain"), format!("{first}\n\tpath={path}\n"));
    assert_eq!(read(&workspace, "quoted"), "$HOST \\$HOST `date`\n");
    assert_eq!(read(&workspace, "dir/ONE"), "one 80\n");
    assert_eq!(read(&workspace, "dir/TWO"), "two $PORT\n");
    assert_eq!(read(&workspace, "dir/NAME"), "", "the target is a directory by then");
    let mode = |path: &str| mode(&workspace.path().join(path));
    assert_eq!((mode("plain"), mode("quoted"), mode("dir/ONE")), (0o644, 0o755, 0o644));
}

/// The label of a step is shown, and never what carries its content.
#[test]
fn logs_show_labels_in_place_of_scripts() {
    let workspace = Workspace::empty();
    workspace.write(
        "sandbox.toml",
        "name = \"x\"\nfrom = \"python:3.12\"\nenv = { A = \"b\" }\n\n[[steps]]\n\
         write = \"/etc/pip.conf\"\ncontent = \"[global]\"\n\n[[steps]]\nwrite = \"/etc/b\"\n\
         content = \"\"\nlabel = \"settings\"\n",
    );
    for format in ["human", "json"] {
        let applied = workspace
            .run(&["apply", "--platform", "local", "--data", "data", "--format", format])
            .ends(0);
        let log = format!("{}{}", applied.stdout, applied.stderr);
        for seen in ["write /etc/pip.conf", "settings", "environment of the sandbox"] {
            assert!(log.contains(seen), "{seen}: {log}");
        }
        for hidden in ["base64", "sbx_file", "W2dsb2JhbF0"] {
            assert!(!log.contains(hidden), "{hidden}: {log}");
        }
    }
    let compiled = workspace.run(&["compile", "--platform", "local"]).ends(0);
    let body: Value = serde_json::from_str(&compiled.stdout).expect("the request is JSON");
    assert!(body.to_string().contains("W2dsb2JhbF0"), "the request has the content");
}

#[test]
fn all_written_files_have_a_limit_together() {
    let workspace = Workspace::empty();
    let step = |name: &str, bytes: usize| {
        format!("[[steps]]\nwrite = \"/{name}\"\ncontent = \"{}\"\n", "x".repeat(bytes))
    };
    let head = "name = \"x\"\nfrom = \"python:3.12\"\n";
    for (small, ends) in [(768, 0), (769, 1)] {
        let text = format!("{head}{}{}", step("a", small), step("b", 32_000));
        workspace.write("sandbox.toml", text);
        for platform in ["e2b", "declaw"] {
            let ran = workspace.run(&["check", "--format", "short", "--platform", platform]);
            let ran = ran.ends(ends);
            let said = "sandbox.toml:8:11: error[invalid-value]: the files of `write` steps have \
                        32769 bytes together, but the limit is 32768 (put the text into a file of \
                        the build context, and `copy` it)\n";
            assert_eq!(ran.stdout, if ends == 0 { "" } else { said });
        }
    }
    let text = format!("{head}{}[[steps]]\ncopy = \"f\"\nto = \"/f\"\n", step("a", 30_000));
    workspace.write("sandbox.toml", text);
    workspace.write("f", "x".repeat(3000));
    workspace.run(&["check", "--platform", "e2b"]).ends(0);
    let ran = workspace.run(&["check", "--platform", "declaw"]).ends(1);
    assert!(
        ran.stdout.contains("the files in the build request have 33000 bytes"),
        "{}",
        ran.stdout
    );
}
