//! Laws of imports, whatever the source holds.

use std::path::Path;

use proptest::prelude::*;
use sandbox_toml::diagnostic::Code;
use sandbox_toml::format::format;
use sandbox_toml::host::{NoFiles, Overlay};
use sandbox_toml::import::{self, Devcontainer, Imported};
use sandbox_toml::pipeline::{Depth, analyze_text};
use sandbox_toml::source::{FileId, Source};
use sandbox_toml::{dockerfile, parse};

use crate::support::Workspace;

const MANIFEST: &str = "name = \"x\"\n\n[from]\ndockerfile = \"Dockerfile\"\n";

/// The import of a Dockerfile, if it could be read.
fn of_dockerfile(text: &str) -> Option<Imported> {
    let files = Overlay::new(&NoFiles).with("/p/Dockerfile", text);
    let source = Source::new(Path::new("/p/sandbox.toml"), MANIFEST.to_owned());
    let analysis = analyze_text(&files, source, Depth::Manifest);
    let (file, source) = analysis.sources.iter().nth(1)?;
    let (dockerfile, _) = dockerfile::parse(file, source.text());
    let imported =
        import::dockerfile(&dockerfile, source, &analysis.template, &analysis.diagnostics);
    for span in imported.notes.iter().filter_map(|note| note.span) {
        let text = analysis.sources.get(span.file).text();
        assert!(text.get(span.start..span.end).is_some(), "{span:?} in {text:?}");
    }
    Some(imported)
}

/// What every manifest of an import is: valid TOML with known keys, and formatted.
fn is_a_manifest(imported: &Imported) {
    let text = imported.draft.text();
    assert_eq!(format(&text).expect("it is TOML"), text);
    let (_, faults) = parse::parse(&text);
    let about_form = |code: Code| {
        let forms = [Code::TomlSyntax, Code::UnknownKey, Code::WrongType, Code::ConflictingKeys];
        forms.contains(&code)
    };
    let fault = faults.iter().find(|fault| about_form(fault.code));
    assert!(fault.is_none(), "{fault:?}\n{text}");
}

fn pieces(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    let piece =
        prop_oneof![4 => prop::sample::select(words).prop_map(str::to_owned), 1 => any::<String>()];
    prop::collection::vec(piece, 0..50).prop_map(|pieces| pieces.concat())
}

const DOCKERFILE: &[&str] = &[
    "FROM debian:12\n",
    "FROM python:3.12 AS a\n",
    "FROM ",
    "\nRUN ",
    "\nENV ",
    "\nARG ",
    "\nCOPY ",
    "\nADD ",
    "\nWORKDIR ",
    "\nUSER ",
    "\nCMD ",
    "\nENTRYPOINT ",
    "\nHEALTHCHECK ",
    "\nEXPOSE 80\n",
    "\n# note\n",
    "\n# sbx: allow(apt-needs-root)\n",
    "\\\n",
    " ",
    " && ",
    "apt-get update",
    "apt-get install -y git",
    "pip install a",
    "npm install -g ",
    "git clone https://a/b",
    "mkdir -p /a",
    "rm -rf /b",
    "ln -s a b",
    "mv a b",
    "<<EOF",
    "\nEOF\n",
    "A=1",
    "B='x y'",
    "$A",
    "${A:-b}",
    "\"",
    "'",
    "'''",
    "[\"a\", \"b\"]",
    "--chown=a",
    "--chmod=755",
    "--from=a",
    "/",
    ".",
    "ä",
    "#",
    "*",
    "$PATH",
    "root",
    "CMD curl -f http://a/",
];

const JSON: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"steps\":[",
    "\"fromImage\":\"debian:12\"",
    "{\"type\":\"RUN\",\"args\":[",
    "\"ENV\"",
    "\"COPY\"",
    "\"image\":\"debian:12\"",
    "\"features\":{",
    "\"postCreateCommand\":",
    "\"a\"",
    "1",
    "null",
    "true",
    "// a\n",
    "/* b */",
    "\"${localEnv:A}\"",
    "\"containerEnv\":{",
    "\"\\u0000\"",
    " ",
];

const CONFIG: &[&str] = &[
    "template_name = ",
    "start_cmd = ",
    "cpu_count = ",
    "memory_mb = ",
    "dockerfile = ",
    "id = ",
    "\"a\"",
    "1",
    "0x10",
    "\n",
    "[a]",
    "x.y = 2",
    "'''",
    "#",
    "-1",
    "1.5",
    "2_048",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(800) })]

    #[test]
    fn any_dockerfile_becomes_a_manifest(text in pieces(DOCKERFILE)) {
        if let Some(imported) = of_dockerfile(&format!("FROM debian:12\n{text}")) {
            is_a_manifest(&imported);
        }
        if let Some(imported) = of_dockerfile(&text) {
            is_a_manifest(&imported);
        }
    }

    #[test]
    fn any_json_is_imported_or_refused(text in pieces(JSON)) {
        for text in [text.clone(), format!("{{{text}}}")] {
            if let Ok(imported) = import::template(FileId::MANIFEST, &text) {
                is_a_manifest(&imported);
            }
            if let Ok(source) = Devcontainer::parse(FileId::MANIFEST, &text) {
                let _ = source.build();
                is_a_manifest(&source.complete(source.image()));
            }
        }
    }

    #[test]
    fn any_configuration_is_imported_or_refused(text in pieces(CONFIG)) {
        if let Ok(config) = import::config(FileId::MANIFEST, &text) {
            let imported = of_dockerfile("FROM debian:12\nCMD a\n").expect("it is read");
            is_a_manifest(&config.complete(imported));
        }
    }
}

#[test]
fn nothing_is_overwritten_unasked() {
    let workspace = Workspace::empty();
    workspace.write("Dockerfile", "FROM debian:12\nRUN true\n");
    workspace.write("sandbox.toml", "name = \"mine\"\n");
    let ran = workspace.run(&["import"]).ends(2);
    assert!(ran.stderr.contains("`--force` overwrites it"), "{}", ran.text());
    let text = || std::fs::read_to_string(workspace.path().join("sandbox.toml")).expect("a text");
    assert_eq!(text(), "name = \"mine\"\n");
    workspace.write("other/a.txt", "");
    workspace.run(&["import", "-o", "other/below.toml"]).ends(0);
    let below = std::fs::read_to_string(workspace.path().join("other/below.toml")).expect("a text");
    assert!(below.contains("run = \"true\""), "{below}");
    workspace.run(&["import", "--force", "--name", "team/new"]).ends(0);
    assert!(text().contains("name    = \"team/new\""), "{}", text());
    for wrong in [
        &["import", "--name", "No Name", "-o", "x.toml"][..],
        &["import", "missing"],
        &["import", "-o", "-", "--force"],
        &["import", "-o", "missing/x.toml"],
        &["import", "Dockerfile", "--target", "none", "-o", "x.toml"],
    ] {
        let ran = workspace.run(wrong).ends(2);
        assert!(ran.stderr.starts_with("error: "), "{}", ran.text());
    }
    assert!(!workspace.path().join("x.toml").exists());
}

#[test]
fn what_is_wrong_with_a_source_is_said() {
    let workspace = Workspace::empty();
    for (name, text, reason) in [
        ("e2b.toml", "start_cmd = [\n", "is not valid TOML"),
        ("novita.toml", "start_cmd = \"a\"\n", "names no Dockerfile"),
        ("a.json", "{]", "is not the JSON of an SDK's template"),
        ("b.json", "{\"name\": \"x\"}", "has neither `fromImage`"),
        ("devcontainer.json", "[1]", "is not a devcontainer.json"),
    ] {
        workspace.write(name, text);
        let ran = workspace.run(&["import", name]).ends(1);
        assert!(ran.stderr.contains(reason), "{}", ran.text());
    }
    let empty = Workspace::empty();
    let ran = empty.run(&["import"]).ends(2);
    assert!(ran.stderr.contains("there is nothing to import"), "{}", ran.text());
}

#[test]
fn a_program_is_not_run_unasked() {
    let workspace = Workspace::empty();
    let mark = workspace.path().join("ran");
    workspace.write("template.py", format!("open({:?}, 'w')\n", mark.display().to_string()));
    let ran = workspace.run(&["import"]).ends(2);
    assert!(ran.stderr.contains("sbx import template.py --run"), "{}", ran.text());
    assert!(!mark.exists());
}
