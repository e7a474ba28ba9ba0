//! How far an analysis goes, what it reads for that, and what it reads again.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser as _;
use sandbox_toml::cancellation::Cancellation;
use sandbox_toml::cli::Cli;
use sandbox_toml::commands::{self, Exit};
use sandbox_toml::context::FileSet;
use sandbox_toml::diagnostic::{Code, Diagnostic};
use sandbox_toml::host::{FileSystem, Memory, NoFiles, Overlay, System};
use sandbox_toml::pipeline::{self, Analysis, Depth, Options, Secrets};
use sandbox_toml::platform::Platform;
use sandbox_toml::printer::Printer;
use sandbox_toml::settings::{self, Command};
use sandbox_toml::source::Source;

use crate::support::recording::{Calls, Recording};
use crate::support::{Workspace, files, root};

/// A manifest that copies two directories and reads a Dockerfile.
const MANIFEST: &str = r#"name = "depths"
platform = "e2b"
from = { dockerfile = "Dockerfile" }
ignore = ["*.log"]

[[steps]]
copy = ["one", "two"]
to = "/srv/"
"#;

/// The same with a comment that silences nothing on any platform.
const UNUSED_COMMENT: &str = "user = \"root\" # sbx: allow(literal-tilde)\n";

fn workspace(text: &str) -> (Workspace, PathBuf) {
    let workspace = Workspace::empty();
    for name in ["one/a", "one/deep/b", "two/c", "two/d.log"] {
        workspace.write(name, name);
    }
    workspace.write("Dockerfile", "FROM python:3.12\nRUN make\n");
    let manifest = workspace.write("sandbox.toml", text);
    (workspace, manifest)
}

/// The calls of an analysis.
fn calls(manifest: &Path, options: impl Into<Options>) -> Calls {
    let recording = Recording::default();
    let analysis = pipeline::analyze(&recording, manifest, options);
    assert!(!analysis.diagnostics.has_errors(), "{:?}", analysis.diagnostics);
    recording.take()
}

/// Runs a command in this process, with a host that records.
fn run(arguments: &[&str], state: &Path) -> (Exit, Calls) {
    let cli = Cli::try_parse_from(arguments).expect("the arguments are understood");
    let mut printer = Printer::new(settings::output_options(&cli.global));
    let command = Command::from_cli(cli.command, &System, &System).expect("the settings are sound");
    let recording = Recording::default();
    let state = state.to_str().expect("a path that is text");
    let host = Memory::new(recording.clone()).with_variable("SBX_STATE", state);
    (commands::run(command, &host, &mut printer), recording.take())
}

#[test]
fn each_depth_reads_no_more_than_it_needs() {
    let (workspace, manifest) = workspace(MANIFEST);
    let at = |name: &str| workspace.path().join(name);
    let only_manifest = Calls { files: vec![manifest.clone()], ..Calls::default() };
    assert_eq!(calls(&manifest, Depth::Syntax), only_manifest);

    let with_dockerfile = vec![manifest.clone(), at("Dockerfile"), at("sandbox.lock")];
    let expected = Calls { files: with_dockerfile, ..Calls::default() };
    let mut found = calls(&manifest, Depth::Manifest);
    // Where the project ends, and whether one of the files is a link that leads out of it.
    let named = [at("Dockerfile"), at("sandbox.lock")];
    found.metadata.retain(|path| !path.ends_with(".git") && !named.contains(path));
    assert_eq!(found, expected, "no directory, and no other metadata");

    let all = calls(&manifest, Depth::Files);
    let ignore_files = [at("Dockerfile.dockerignore"), at(".dockerignore")];
    assert_eq!(all.files[..3], [manifest.clone(), at("Dockerfile"), at("sandbox.lock")]);
    assert_eq!(all.files[3..], ignore_files, "the first one is not there");
    assert_eq!(all.directories, [at("one"), at("one/deep"), at("two")]);
}

#[test]
fn only_the_files_that_add_names_are_read_once_each() {
    let (workspace, manifest) = workspace(MANIFEST);
    let dockerfile =
        "FROM python:3.12\nADD . /all/\nADD one/a /a\nADD one/a two/c /b/\nCOPY two/c /\n";
    workspace.write("Dockerfile", dockerfile);
    let read = |depth| {
        let mut files = calls(&manifest, depth).files;
        files.retain(|path| path.starts_with(workspace.path().join("one")) || path.ends_with("c"));
        files
    };
    assert_eq!(read(Depth::Manifest), Vec::<PathBuf>::new());
    let expected = ["one/a", "two/c"].map(|path| workspace.path().join(path));
    assert_eq!(read(Depth::Files), expected);
}

#[test]
fn unchanged_files_are_not_looked_at_again() {
    let (workspace, manifest) = workspace(MANIFEST);
    let options = Options::default();
    let recording = Recording::default();
    let analyze = |text: &str| {
        let source = Source::new(&manifest, text.to_owned());
        let analysis = pipeline::analyze_text(&recording, source, options.clone());
        (analysis, recording.take())
    };
    let paths = |analysis: &Analysis| {
        let sets = analysis.files.values().flat_map(FileSet::entries);
        sets.map(|entry| entry.path.clone()).collect::<Vec<_>>()
    };
    let (first, cold) = analyze(MANIFEST);
    assert_eq!(cold.directories.len(), 3);

    // What is typed moves the place of everything behind it.
    let typed = format!("# {MANIFEST}").replace("# name", "# a\nname").replace("/srv/", "/opt/");
    let (second, warm) = analyze(&typed);
    assert_eq!(warm.directories, Vec::<PathBuf>::new());
    assert_eq!(paths(&second), paths(&first));

    let (_, ignoring) = analyze(&MANIFEST.replace("*.log", "**/deep"));
    assert_eq!(ignoring.directories.len(), 2, "other patterns select other files");

    workspace.write("one/new", "");
    options.cache.begin_revision();
    let (third, again) = analyze(MANIFEST);
    assert_eq!(again.directories, cold.directories);
    assert_eq!(paths(&third).len(), paths(&first).len() + 1);
}

#[test]
fn a_place_in_the_ignore_list_is_right_although_the_files_are_known() {
    let (_workspace, manifest) = workspace("");
    let text = MANIFEST.replace("*.log", "one");
    let options = Options::default();
    for prefix in ["", "# a line more\n"] {
        let source = Source::new(&manifest, format!("{prefix}{text}"));
        let analysis = pipeline::analyze_text(&System, source, options.clone());
        let ignored = analysis.diagnostics.iter().find(|it| it.code == Code::SourceIgnored);
        let related = ignored.expect("one is ignored").related.first().expect("by a pattern").span;
        let written = &analysis.sources.get(related.file).text()[related.start..related.end];
        assert_eq!(written, "\"one\"");
    }
}

#[test]
fn a_comment_that_silences_nothing_costs_no_second_look() {
    let (_workspace, manifest) = workspace(MANIFEST);
    let plain = calls(&manifest, Depth::Files);
    let text = MANIFEST.replacen("ignore", &format!("{UNUSED_COMMENT}ignore"), 1);
    fs::write(&manifest, text).expect("written");
    assert_eq!(calls(&manifest, Depth::Files), plain);
    let analysis = pipeline::analyze(&System, &manifest, None);
    assert!(analysis.diagnostics.iter().any(|it| it.code == Code::UnusedAllow));
}

#[test]
fn all_platforms_together_read_what_one_reads() {
    let (workspace, manifest) = workspace(MANIFEST);
    let one = calls(&manifest, Depth::Files);
    let file = manifest.to_str().expect("text");
    let (exit, all) = run(&["sbx", "check", "--platform", "all", file], workspace.path());
    assert_eq!(exit, Exit::Done);
    assert_eq!(all, one);
}

#[test]
fn status_learns_the_platform_from_the_manifest_alone() {
    let (workspace, manifest) = workspace(MANIFEST);
    let file = manifest.to_str().expect("text");
    let (exit, calls) = run(&["sbx", "status", file], workspace.path());
    assert_eq!(exit, Exit::Platform, "no build is remembered");
    assert_eq!(calls, Calls { files: vec![manifest], ..Calls::default() });
}

#[test]
fn tags_of_arguments_are_seen_by_the_rules() {
    let workspace = Workspace::fixture();
    let text = "name = \"x\"\nfrom = \"python:3.12\"\ntags = [\"v1\"]\n";
    workspace.write("sandbox.toml", text);
    let apply = ["apply", "--dry-run", "--platform", "local", "--deny", "warnings"];
    let ran = workspace.run(&apply).ends(1);
    assert!(ran.stderr.contains("tags-without-default"), "{}", ran.text());
    let ran = workspace.run(&[&apply[..], &["--tag", "default"]].concat()).ends(0);
    assert!(!ran.everything().contains("tags-without-default"), "{}", ran.text());
}

#[test]
fn a_cancelled_analysis_says_so_and_has_no_plan() {
    let (_workspace, manifest) = workspace(MANIFEST);
    let cancellation = Cancellation::default();
    let options = Options { cancellation: cancellation.clone(), ..Options::default() };
    assert!(!pipeline::analyze(&System, &manifest, options.clone()).is_cancelled());
    cancellation.cancel();
    let recording = Recording::default();
    let analysis = pipeline::analyze(&recording, &manifest, options);
    assert!(analysis.is_cancelled());
    assert_eq!(recording.take().directories, Vec::<PathBuf>::new());
    assert!(analysis.plan(&Secrets::Hidden).is_err());
}

#[test]
fn a_walk_stops_where_it_is_cancelled() {
    let (_workspace, manifest) = workspace(MANIFEST);
    let cancellation = Cancellation::default();
    let recording = Recording::cancelling(cancellation.clone());
    let options = Options { cancellation, ..Options::default() };
    let analysis = pipeline::analyze(&recording, &manifest, options);
    assert!(analysis.is_cancelled());
    assert_eq!(recording.take().directories.len(), 1);
    assert!(!analysis.diagnostics.has_errors(), "it reports nothing that is not so");
}

#[test]
fn secrets_are_returned_and_not_registered() {
    let text = "name = \"x\"\n[from]\nimage = \"example.com/x:1\"\n\
                auth = { type = \"basic\", username = \"u\", password = \"hunter2-and-more\" }\n";
    let host = Memory::new(NoFiles);
    let source = Source::new(Path::new("sandbox.toml"), text.to_owned());
    let analysis = pipeline::analyze_text(&host, source, Some(Platform::E2b));
    let places: Vec<_> =
        analysis.secrets.iter().map(|it| &text[it.span.start..it.span.end]).collect();
    assert!(places.contains(&"\"hunter2-and-more\""), "{places:?}");
    assert_eq!(host.secrets(), Vec::<String>::new());
}

/// Every manifest of the UI cases and examples, with the file system that it is read from: the
/// cases in their directory's copy, so that nothing is written.
fn corpus() -> Vec<PathBuf> {
    let cases = files("tests/ui", ".toml").into_iter().chain(files("examples", ".toml"));
    let cases: Vec<_> =
        cases.filter(|path| !path.starts_with(root().join("tests/ui/context"))).collect();
    assert!(cases.len() > 100, "the corpus is there");
    cases
}

fn sorted(files: &dyn FileSystem, at: &Path, text: &str, depth: Depth) -> Vec<Vec<Diagnostic>> {
    let source = Source::new(at, text.to_owned());
    let first = pipeline::analyze_text(files, source, depth);
    Platform::ALL.iter().map(|platform| first.on(*platform).diagnostics.sorted()).collect()
}

#[test]
fn a_lesser_depth_reports_nothing_that_a_greater_one_does_not() {
    let context = root().join("tests/ui/context");
    for case in corpus() {
        let text = fs::read_to_string(&case).expect("the case is read");
        let at = context.join("sandbox.toml");
        let reports = |depth| sorted(&System, &at, &text, depth);
        let (syntax, manifest, all) =
            (reports(Depth::Syntax), reports(Depth::Manifest), reports(Depth::Files));
        for ((syntax, manifest), all) in syntax.iter().zip(&manifest).zip(&all) {
            for (lesser, greater) in [(syntax, manifest), (manifest, all)] {
                let more = lesser.iter().find(|diagnostic| !greater.contains(diagnostic));
                assert!(more.is_none(), "{}: {more:?}", case.display());
            }
        }
    }
}

#[test]
fn an_analysis_on_files_in_memory_is_that_on_the_disk() {
    let context = root().join("tests/ui/context");
    let mut memory = Overlay::new(&NoFiles);
    for path in files("tests/ui/context", "") {
        memory.insert(&path, fs::read(&path).expect("a file of the context"));
    }
    for case in corpus() {
        let text = fs::read_to_string(&case).expect("the case is read");
        let at = context.join("sandbox.toml");
        let on_disk = sorted(&System, &at, &text, Depth::Files);
        assert_eq!(sorted(&memory, &at, &text, Depth::Files), on_disk, "{}", case.display());
        assert_eq!(sorted(&System, &at, &text, Depth::Files), on_disk, "twice the same");
    }
}
