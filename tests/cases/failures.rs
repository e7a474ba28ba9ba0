//! Why builds fail: each cause of the catalogue with cases of it.
//!
//! A file of `failures` is one failed build: who printed its words, the platform's message, the
//! manifest, and the failed step's log. `NAME.txt` or `NAME.VARIANT.txt` shows the cause `NAME`.
//! The test puts before each line of a step's log what E2B's builder does. `words` says how sure
//! they are: `recorded` from a run of the tool, its paths perhaps changed; those of its or the
//! server's `source`; from a public `report`; or `composed` of what is known of the tool, which
//! awaits a recording. Below `harmless` are logs in which no cause may be seen.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::Trial;
use sandbox_toml::diagnostic::Code;
use sandbox_toml::diagnostic::render::{self, Style};
use sandbox_toml::failure::catalogue::causes;
use sandbox_toml::failure::{self, FailedBuild};
use sandbox_toml::host::System;
use sandbox_toml::lower::{BuildStep, Plan};
use sandbox_toml::pipeline::{Analysis, Secrets, analyze};
use sandbox_toml::platform::Platform;
use sandbox_toml::scalar::LogLevel;
use sandbox_toml::secrets::Redaction;
use sandbox_toml::submit::{LogLine, Reason};

use crate::support::{Workspace, assert_generated, files, root, snapshot};
use crate::{stem, trial};

/// `failures::CAUSE` or `failures::CAUSE.VARIANT` for each failed build, `failures::harmless::LOG`
/// for each log without a cause, and what holds of the whole catalogue.
pub fn trials() -> Vec<Trial> {
    let failed = paths()
        .into_iter()
        .map(|path| trial(format!("failures::{}", stem(&path)), move || test(&path)));
    let harmless = files("tests/failures/harmless", ".txt").into_iter();
    let harmless = harmless.map(|path| {
        trial(format!("failures::harmless::{}", stem(&path)), move || test_harmless(&path))
    });
    failed
        .chain(harmless)
        .chain([
            trial("failures::catalogue", each_cause_has_a_case_and_each_case_a_cause),
            trial("failures::repeated-command", the_command_that_a_message_repeats_is_no_evidence),
            trial("failures::numbers", numbers_are_explained),
            trial("failures::page", the_page_lists_each_cause),
        ])
        .collect()
}

/// What stands in a file.
struct Case {
    name: String,
    evidence: String,
    words: String,
    platform: Platform,
    step: String,
    message: String,
    manifest: String,
    dockerfile: String,
    log: String,
}

impl Case {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("the case is read");
        let section = |name: &str| {
            let (_, rest) = text.split_once(&format!("--- {name}\n"))?;
            Some(rest.split_once("\n--- ").map_or(rest, |(section, _)| section).to_owned())
        };
        let head = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name}:")));
            line.expect("the head has it").trim().to_owned()
        };
        Self {
            name: stem(path),
            evidence: head("evidence"),
            words: head("words"),
            platform: platform(&head("platform")),
            step: head("step"),
            message: section("message").expect("a message"),
            manifest: section("manifest").expect("a manifest"),
            dockerfile: section("Dockerfile").unwrap_or_default(),
            log: section("log").unwrap_or_default(),
        }
    }

    fn cause(&self) -> &str {
        self.name.split('.').next().unwrap_or_default()
    }

    /// The log as the platform gives it out.
    fn lines(&self) -> Vec<LogLine> {
        let numbered = self.step.parse::<usize>().is_ok();
        let prefix = if numbered && !self.log.contains("[unpack] ") {
            format!("[builder {0}/{0}] [stderr]: ", self.step)
        } else {
            String::new()
        };
        let step = BuildStep::parse(&self.step);
        let line = |line: &str| LogLine {
            timestamp: None,
            level: LogLevel::Info,
            message: format!("{prefix}{line}"),
            step: step.clone(),
        };
        self.log.lines().filter(|line| !line.trim().is_empty()).map(line).collect()
    }

    fn in_workspace<T>(&self, look: impl FnOnce(&Analysis, &FailedBuild<'_>) -> T) -> T {
        let workspace = Workspace::empty();
        workspace.write("app.py", "print()\n");
        workspace.write("Dockerfile", &self.dockerfile);
        let path = workspace.write("sandbox.toml", &self.manifest);
        let analysis = analyze(&System, &path, Some(self.platform));
        let plan = analysis.plan(&Secrets::Hidden);
        let plan: Plan =
            plan.unwrap_or_else(|_| panic!("{}: {:?}", self.name, analysis.diagnostics));
        let step = BuildStep::parse(&self.step);
        let reason = Reason { message: self.message.clone(), step };
        look(
            &analysis,
            &FailedBuild {
                plan: &plan,
                template: &analysis.template,
                platform: self.platform,
                sources: &analysis.sources,
                reason: (!self.message.is_empty()).then_some(&reason),
                log: &self.lines(),
                redaction: &Redaction::default(),
            },
        )
    }

    /// The name of the cause that is recognised.
    fn recognized(&self) -> Option<&'static str> {
        self.in_workspace(|_, build| failure::recognize(build)).map(|finding| finding.cause)
    }

    /// What people are shown, with the workspace's path cut.
    fn shown(&self) -> String {
        self.in_workspace(|analysis, build| {
            let diagnostic = failure::diagnose(build);
            assert_eq!(diagnostic.code, Code::BuildFailed);
            assert!(!diagnostic.message.contains('\n'), "{}: the message stands alone", self.name);
            let text = render::human(&diagnostic, &analysis.sources, Style::default());
            let directory = analysis.sources.manifest().path().parent().expect("a directory");
            text.replace(&format!("{}/", directory.display()), "")
        })
    }
}

/// The files of the failed builds.
fn paths() -> Vec<PathBuf> {
    let mut all = files("tests/failures", ".txt");
    all.retain(|path| !path.components().any(|part| part.as_os_str() == "harmless"));
    all
}

fn cases() -> Vec<Case> {
    paths().iter().map(|path| Case::read(path)).collect()
}

fn each_cause_has_a_case_and_each_case_a_cause() {
    let known: BTreeSet<_> = causes().map(|cause| cause.name.to_owned()).collect();
    assert_eq!(known.len(), causes().count(), "names are unique");
    let shown: BTreeSet<_> = cases().iter().map(|case| case.cause().to_owned()).collect();
    assert_eq!(shown, known);
    for case in cases() {
        assert!(!case.evidence.is_empty(), "{}: has no evidence", case.name);
        let known = ["recorded", "source", "report", "composed"];
        assert!(known.contains(&case.words.as_str()), "{}: {}", case.name, case.words);
    }
    for cause in causes() {
        assert!(!cause.evidence.is_empty(), "{}: has no evidence", cause.name);
        for text in [cause.about, cause.found, cause.help] {
            assert!(!text.is_empty() && !text.ends_with('.'), "{}: {text}", cause.name);
        }
    }
}

/// The cause is recognised, and people are shown what the snapshot has.
fn test(path: &Path) {
    let case = Case::read(path);
    assert_eq!(case.recognized(), Some(case.cause()));
    let shown = case.shown();
    for braces in ["{it}", "{port}", "{base}", "{memory}", "{disk}", "{as root}", "{install"] {
        assert!(!shown.contains(braces), "{shown}");
    }
    snapshot("failures", &case.name, &shown);
}

/// No cause is seen in a log that shows none.
fn test_harmless(path: &Path) {
    let manifest = "name = \"x\"\nfrom = { debian = \"12\" }\n[[steps]]\nrun = \"./build.sh\"\n";
    for status in [1, 2, 22, 100, 127, 128] {
        let message = format!("failed to run command './build.sh': exit status {status}");
        let case = Case {
            name: path.display().to_string(),
            evidence: String::new(),
            words: String::new(),
            platform: Platform::Novita,
            step: "1".to_owned(),
            message,
            manifest: manifest.to_owned(),
            dockerfile: String::new(),
            log: fs::read_to_string(path).expect("the log is read"),
        };
        assert_eq!(case.recognized(), None, "with {status}");
    }
}

fn the_command_that_a_message_repeats_is_no_evidence() {
    let mut case = cases().into_iter().find(|case| case.name == "command-unknown").expect("it");
    let command = "echo 'E: Unable to locate package x'; echo 'toomanyrequests: '; false";
    case.message = format!("failed to run command '{command}': exit status 1");
    case.log = String::new();
    assert_eq!(case.recognized(), None);
    assert!(!case.shown().contains("toomanyrequests"), "{}", case.shown());
    // A command of many lines, and one with what ends a quotation in it.
    for command in ["set -e\nE: Unable to locate package x\ntrue", "echo 'a': b"] {
        case.message = format!("failed to run command '{command}': exit status 139");
        case.manifest =
            format!("name = \"x\"\nfrom = {{ debian = \"12\" }}\n[[steps]]\nrun = {command:?}\n");
        assert_eq!(case.recognized(), None);
        assert!(
            case.shown().contains("failed to run the command: exit status 139"),
            "{}",
            case.shown()
        );
    }
}

fn numbers_are_explained() {
    let mut case = cases().into_iter().find(|case| case.name == "command-unknown").expect("it");
    case.log = String::new();
    for (status, words) in [(126, "cannot be executed"), (127, "was not found"), (139, "crashed")] {
        case.message = format!("failed to run command 'x': exit status {status}");
        assert!(case.shown().contains(words), "{}", case.shown());
    }
}

fn the_page_lists_each_cause() {
    const HEADER: &str = "| cause | what it is |\n|---|---|\n";
    let path = root().join("docs/codes/build-failed.md");
    let page = fs::read_to_string(&path).expect("the page is read");
    let (before, _) = page.split_once(HEADER).expect("the page ends with the table");
    let causes: Vec<_> =
        causes().map(|cause| format!("| `{}` | {} |\n", cause.name, cause.about)).collect();
    let causes = causes.concat();
    assert_generated(&path, &format!("{before}{HEADER}{causes}"));
}

fn platform(name: &str) -> Platform {
    let mut all = Platform::ALL.iter().copied();
    all.find(|platform| platform.name() == name).expect("a platform")
}
