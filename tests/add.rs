//! `ADD` of a Dockerfile: its commands are run in a directory of this machine.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::Workspace;
use crate::support::process::ToEnd as _;

/// What stands in for `curl` here: it writes the URL to the file, unless that is not found.
const CURL: &str = "#!/bin/sh\ncase $3 in *missing*) exit 22;; esac\nprintf %s \"$3\" >\"$2\"\n";

/// The SHA-256 of the text `https://example.com/a`.
const SHA256: &str = "2dce0a4c50441bfccfa9caf4b58c3cba6e06c420505dd829f0436de1aa44baac";

/// A directory to add files to, and a place for programs.
struct Machine {
    workspace: Workspace,
    path: String,
}

impl Machine {
    fn new() -> Self {
        let workspace = Workspace::empty();
        workspace.write("sandbox.toml", "name = \"x\"\nfrom = { dockerfile = \"Dockerfile\" }\n");
        let curl = workspace.write("bin/curl", CURL);
        fs::set_permissions(curl, fs::Permissions::from_mode(0o755)).expect("mode");
        fs::create_dir(workspace.path().join("root")).expect("a directory");
        let path = std::env::var("PATH").expect("a path");
        let path = format!("{}:{path}", workspace.path().join("bin").display());
        Self { workspace, path }
    }

    fn root(&self) -> std::path::PathBuf {
        self.workspace.path().join("root")
    }

    /// Runs the commands of instructions in order, and returns the last result.
    fn add(&self, instructions: &str) -> Output {
        self.workspace.write("Dockerfile", format!("FROM debian:12\n{instructions}\n"));
        let ran = self.workspace.run(&["compile", "--platform", "e2b"]).ends(0);
        let compiled: Value = serde_json::from_str(&ran.stdout).expect("JSON");
        let steps = compiled["steps"].as_array().expect("steps");
        let mut last = None;
        for step in steps.iter().filter(|step| step["type"] == "RUN") {
            let staging = self.workspace.path().join("staging");
            let command = step["args"][0].as_str().expect("a command");
            let mut shell = Command::new("sh");
            shell.arg("-c").arg(command.replace("/.sbx-add", &staging.display().to_string()));
            shell.current_dir(self.root()).env("PATH", &self.path);
            for (at, (key, value)) in self.git().into_iter().enumerate() {
                shell.env(format!("GIT_CONFIG_KEY_{at}"), key);
                shell.env(format!("GIT_CONFIG_VALUE_{at}"), value);
            }
            shell.env("GIT_CONFIG_COUNT", self.git().len().to_string());
            last = Some(shell.to_end());
        }
        last.expect("a command")
    }

    /// Settings of `git` that lead to a repository of this machine.
    fn git(&self) -> Vec<(String, String)> {
        let local = self.workspace.path().join("repositories/");
        let local = format!("url.file://{}.insteadOf", local.display());
        vec![
            (local, "https://example.com/".to_owned()),
            ("protocol.file.allow".to_owned(), "always".to_owned()),
        ]
    }

    /// Adds an archive of the context, which is where the copy before the command puts it.
    fn add_archive(&self, arguments: &str, name: &str) -> Output {
        let staging = self.workspace.path().join("staging");
        fs::create_dir(&staging).expect("a directory");
        fs::copy(self.workspace.path().join(name), staging.join(name)).expect("a copy");
        let ran = self.add(&format!("ADD {arguments}"));
        if ran.status.success() {
            assert!(!staging.exists(), "the copy stays");
        } else {
            fs::remove_dir_all(staging).expect("a directory");
        }
        ran
    }

    fn text(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.root().join(path)).ok()
    }

    fn mode(&self, path: &str) -> String {
        let metadata = fs::metadata(self.root().join(path)).expect("a file");
        format!("{:o}", metadata.mode() & 0o7777)
    }
}

#[test]
fn a_url_is_downloaded_to_where_docker_puts_it() {
    let machine = Machine::new();
    let url = "https://example.com/a?b=[1-9]&c={d,e}";
    assert!(machine.add(&format!("ADD {url} new/directory/")).status.success());
    assert_eq!(machine.text("new/directory/a").as_deref(), Some(url));
    assert_eq!(machine.mode("new/directory/a"), "600");
    assert!(machine.add("ADD --chmod=u+x https://example.com/a new/name").status.success());
    assert_eq!(machine.mode("new/name"), "700");
    // A directory is a directory, whatever the form of the target is.
    assert!(machine.add("ADD https://example.com/b new/directory").status.success());
    assert!(machine.text("new/directory/b").is_some());
    // A link at the target is replaced, and not written through.
    std::os::unix::fs::symlink("directory/a", machine.root().join("new/link")).expect("a link");
    assert!(machine.add("ADD https://example.com/c new/link").status.success());
    assert_eq!(machine.text("new/directory/a").as_deref(), Some(url));
    assert!(machine.add("ADD https://example.com/x%20y https://example.com/z .").status.success());
    assert!(machine.text("x y").is_some() && machine.text("z").is_some());
}

#[test]
fn no_shell_reads_a_url() {
    let machine = Machine::new();
    let url = "https://example.com/it's$(touch${IFS}no)`touch${IFS}no`;touch${IFS}no\"";
    let escaped = url.chars().fold(String::new(), |escaped, c| {
        let escape = if "$'\"`".contains(c) { "\\" } else { "" };
        format!("{escaped}{escape}{c}")
    });
    let json = serde_json::to_string(&[escaped.as_str(), "-file"]).expect("JSON");
    assert!(machine.add(&format!("ADD {json}")).status.success());
    assert!(machine.text("no").is_none());
    assert_eq!(machine.text("-file").as_deref(), Some(url));
}

#[test]
fn a_download_that_fails_ends_the_build() {
    let machine = Machine::new();
    assert!(!machine.add("ADD https://example.com/missing /tmp/").status.success());
    let checked = |digits: &str| {
        machine.add(&format!("ADD --checksum=sha256:{digits} https://example.com/a a"))
    };
    assert!(!checked(&"0".repeat(64)).status.success());
    let ran = checked(SHA256);
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

fn git(directory: &Path, arguments: &[&str]) -> bool {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=x", "-c", "user.email=x@example.com"]).args(arguments);
    git.current_dir(directory).output().is_ok_and(|output| output.status.success())
}

#[test]
fn a_repository_is_copied_without_what_git_keeps() {
    let machine = Machine::new();
    let repository = machine.workspace.path().join("repositories/a.git");
    for (file, text) in [("README", "a"), ("docs/page", "b"), ("docs/.hidden", "c")] {
        machine.workspace.write(&format!("repositories/a.git/{file}"), text);
    }
    if !git(&repository, &["init", "-q", "-b", "main"]) {
        // There is no `git` here.
        return;
    }
    assert!(git(&repository, &["add", "."]) && git(&repository, &["commit", "-qm", "a"]));
    assert!(git(&repository, &["tag", "v1"]));
    machine.workspace.write("repositories/a.git/README", "changed");
    assert!(git(&repository, &["commit", "-qam", "b"]));
    let head = fs::read_to_string(repository.join(".git/refs/heads/main")).expect("a commit");
    let head = head.trim();

    fs::create_dir_all(machine.root().join("there")).expect("a directory");
    let closed = fs::Permissions::from_mode(0o711);
    fs::set_permissions(machine.root().join("there"), closed).expect("mode");
    let ran = machine.add("ADD https://example.com/a.git there");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(machine.text("there/README").as_deref(), Some("changed"));
    assert_eq!(machine.mode("there"), "711");
    assert!(!machine.root().join("there/.git").exists());

    assert!(machine.add("ADD https://example.com/a.git#v1:docs docs/").status.success());
    assert_eq!(machine.text("docs/page").as_deref(), Some("b"));
    assert_eq!(machine.text("docs/.hidden").as_deref(), Some("c"));
    assert!(machine.text("docs/README").is_none());

    let kept = format!("ADD --keep-git-dir https://example.com/a.git#{} kept", &head[..9]);
    assert!(machine.add(&kept).status.success());
    assert!(machine.root().join("kept/.git/HEAD").exists());
    let checked = |digits: &str| {
        machine.add(&format!("ADD --checksum={digits} https://example.com/a.git checked")).status
    };
    assert!(checked(&head[..7]).success());
    assert!(!checked("0000000").success());
    assert!(!machine.add("ADD https://example.com/a.git#gone gone").status.success());
    assert!(!machine.add("ADD https://example.com/a.git#main:gone gone").status.success());
}

/// An archive of one file below `lib`, which has an entry for its own directory, too.
fn archive() -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut entry = |path: &str, kind: tar::EntryType, mode: u32, content: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_size(content.len() as u64);
        builder.append_data(&mut header, path, content).expect("an entry");
    };
    entry("./", tar::EntryType::Directory, 0o700, b"");
    entry("lib/", tar::EntryType::Directory, 0o750, b"");
    entry("lib/tool", tar::EntryType::Regular, 0o755, b"tool");
    builder.into_inner().expect("an archive")
}

#[test]
fn an_archive_is_extracted_into_its_target() {
    let machine = Machine::new();
    machine.workspace.write("a.dat", archive());
    let root = machine.root();
    fs::create_dir_all(root.join("there/usr/lib")).expect("directories");
    std::os::unix::fs::symlink("usr/lib", root.join("there/lib")).expect("a link");
    fs::write(root.join("there/usr/lib/other"), "other").expect("a file");
    fs::set_permissions(root.join("there"), fs::Permissions::from_mode(0o711)).expect("mode");
    let ran = machine.add_archive("a.dat there", "a.dat");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(machine.text("there/usr/lib/tool").as_deref(), Some("tool"));
    assert_eq!(machine.text("there/usr/lib/other").as_deref(), Some("other"));
    assert_eq!(machine.mode("there/usr/lib/tool"), "755");
    assert_eq!(machine.mode("there"), "711", "the archive has a mode for its root");

    let own = fs::metadata(&root).expect("a directory");
    let owned = format!("--chown={}:{} a.dat new/owned/", own.uid(), own.gid());
    assert!(machine.add_archive(&owned, "a.dat").status.success());
    assert_eq!(machine.text("new/owned/lib/tool").as_deref(), Some("tool"));
    assert_eq!(machine.mode("new/owned/lib"), "750");
}

#[test]
fn an_archive_that_cannot_be_extracted_ends_the_build() {
    let machine = Machine::new();
    machine.workspace.write("b.txz", b"\xfd7zXZ\0");
    assert!(
        machine.add_archive("b.txz there", "b.txz").status.code().is_some_and(|code| code != 0)
    );
    // `tar` may take an archive without its end, but not one without its content.
    let truncated = [&archive()[..1600], b"x"].concat();
    machine.workspace.write("a.tar", truncated);
    assert!(!machine.add_archive("a.tar there", "a.tar").status.success());
}

#[test]
fn logs_show_the_instruction_in_place_of_the_command() {
    let machine = Machine::new();
    machine.workspace.write("a.tar", archive());
    let dockerfile = "FROM debian:12\nADD https://example.com/a /b/\nADD a.tar /c\n";
    machine.workspace.write("Dockerfile", dockerfile);
    let ran = machine.workspace.run(&["apply", "--platform", "local"]).ends(0).everything();
    assert!(ran.contains("ADD https://example.com/a /b/"), "{ran}");
    assert!(ran.contains("ADD a.tar /c"), "{ran}");
    assert!(!ran.contains("SBX_"), "{ran}");
}
