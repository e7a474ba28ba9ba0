//! What the tests share: the binary in a directory of its own, and snapshots beside the cases.

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use super::process::ToEnd as _;

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A directory for one test, gone at its end.
pub struct Workspace {
    directory: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

/// What a run of the binary printed, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    pub exit: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Workspace {
    pub fn empty() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        Self { directory, variables: Vec::new() }
    }

    /// A copy of the context that the UI cases and the pages are checked in.
    pub fn fixture() -> Self {
        let workspace = Self::empty();
        copy_tree(&root().join("tests/ui/context"), workspace.path());
        workspace
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Writes a file, with its directories.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).expect("directories are made");
        }
        fs::write(&path, content).expect("the file is written");
        path
    }

    /// Sets a variable for what is run.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// A command that runs the binary here, knowing nothing of the machine's environment.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sbx"));
        command
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path().join("home"))
            .env("SBX_DATA", self.path().join("home/data"))
            // The images of most tests are nowhere, and no test leaves this machine.
            .env("SBX_NO_IMAGE_CHECK", "1")
            // What a test sees does not depend on the engines of this machine.
            .env("SBX_ENGINE", "none")
            // The waits between attempts and questions are short.
            .env("SBX_RETRY_SCALE", "0.1")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Runs the binary to its end.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Ran {
        Ran::to_end(&mut self.command(arguments))
    }

    /// The report of a check of `sandbox.toml` as JSON, and the manifest after it.
    pub fn check_json(&self, arguments: &[&str]) -> (Value, String) {
        let ran = self.run(&[&["check", "--format", "json"], arguments].concat());
        let report = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.text()));
        let text = fs::read_to_string(self.path().join("sandbox.toml"));
        (report, text.expect("the manifest is read"))
    }
}

impl Ran {
    /// Runs the binary to its end. JSON that it prints is kept in the directory that
    /// `SBX_JSON_RECORDS` names, for `tests/output`.
    pub fn to_end(command: &mut Command) -> Self {
        let ran = Self::of(command.to_end());
        if let Some(directory) = std::env::var_os("SBX_JSON_RECORDS") {
            record(Path::new(&directory), command, &ran.stdout);
        }
        ran
    }

    /// The run of a process that has ended.
    pub fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("what is printed is UTF-8");
        Self {
            exit: output.status.code().expect("the binary was not killed"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// The run as a snapshot has it.
    pub fn text(&self) -> String {
        format!(
            "exit: {}\n----- stdout -----\n{}----- stderr -----\n{}",
            self.exit, self.stdout, self.stderr
        )
    }

    /// What was printed on either stream.
    pub fn everything(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// Panics unless the run ended like this, and shows it.
    pub fn ends(self, exit: i32) -> Self {
        assert_eq!(self.exit, exit, "{}", self.text());
        self
    }
}

/// Appends what a run printed to a file of this process, if it is JSON.
fn record(directory: &Path, command: &Command, stdout: &str) {
    let arguments: Vec<_> = command.get_args().map(OsStr::to_string_lossy).collect();
    if !arguments.windows(2).any(|pair| pair == ["--format", "json"]) {
        return;
    }
    let line = json!({ "arguments": arguments, "stdout": stdout }).to_string() + "\n";
    let path = directory.join(format!("{}.jsonl", std::process::id()));
    let file = fs::OpenOptions::new().create(true).append(true).open(path);
    // Written at once, since tests run at the same time.
    file.and_then(|mut file| file.write_all(line.as_bytes())).expect("the record is written");
}

/// Copies a directory with all in it.
pub fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the directory is made");
    for entry in fs::read_dir(from).expect("the directory is read") {
        let entry = entry.expect("the directory is read");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("the entry has a type").is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("the file is copied");
        }
    }
}

/// Compares with the snapshot `NAME.snap` in a directory of the tests.
/// `INSTA_UPDATE=always` writes it.
pub fn snapshot(directory: &str, name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(root().join("tests").join(directory));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// Compares a committed file with what the sources generate; writes it where `SBX_UPDATE` is set.
#[track_caller]
pub fn assert_generated(path: &Path, generated: &str) {
    if std::env::var_os("SBX_UPDATE").is_some() {
        fs::write(path, generated).expect("the file is written");
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    let path = path.display();
    assert!(committed == generated, "{path} is stale: run the tests with SBX_UPDATE=1");
}

/// Every file below a directory of the repository with that ending, sorted.
pub fn files(directory: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(&root().join(directory), ending, &mut found);
    found.sort();
    found
}

fn collect(directory: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("the directory is read") {
        let path = entry.expect("the directory is read").path();
        if path.is_dir() {
            collect(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
}
