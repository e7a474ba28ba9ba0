//! Laws of the reading of Dockerfiles, whatever they hold.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use proptest::prelude::*;
use rustix::time::{ClockId, clock_gettime};
use sandbox_toml::dockerfile::{self, MAX_BYTES};
use sandbox_toml::scalar::Text;
use sandbox_toml::source::{FileId, Span};

use crate::support::{Workspace, snapshot};

const MANIFEST: &str = "name = \"example\"\n\n[from]\ndockerfile = \"Dockerfile\"\n";

#[test]
fn a_file_that_cannot_be_read_is_a_fault_of_the_key() {
    let workspace = Workspace::fixture();
    workspace.write("sandbox.toml", MANIFEST);
    snapshot("ui/unreadable-file", "dockerfile-missing", &workspace.run(&["check"]).ends(1).text());
    workspace.write("Dockerfile", "FROM debian\n".repeat(MAX_BYTES / 12 + 1));
    snapshot(
        "ui/unreadable-file",
        "dockerfile-too-large",
        &workspace.run(&["check"]).ends(1).text(),
    );
    workspace.write("Dockerfile", b"FROM debian\n# \xff\n");
    snapshot("ui/not-utf8", "dockerfile", &workspace.run(&["check"]).ends(1).text());
    workspace.write("sandbox.toml", MANIFEST.replace("\"Dockerfile\"", "\"Dockerfile.txt\""));
    let ran = workspace.run(&["check"]).ends(1).text();
    assert!(ran.contains("did you mean `Dockerfile`?"), "{ran}");
    fs::rename(workspace.path().join("Dockerfile"), workspace.path().join("Dockerfile.dev"))
        .expect("a file");
    workspace.write("sandbox.toml", MANIFEST);
    let ran = workspace.run(&["check"]).ends(1).text();
    assert!(ran.contains("did you mean `Dockerfile.dev`?"), "{ran}");
}

#[test]
fn another_dockerfile_beside_a_missing_one_is_proposed() {
    let workspace = Workspace::fixture();
    let proposed = |named: &str, beside: &[&str]| {
        for name in beside {
            workspace.write(name, "FROM debian:12\n");
        }
        workspace.write("sandbox.toml", MANIFEST.replace("\"Dockerfile\"", named));
        let ran = workspace.run(&["check"]).ends(1).text();
        for name in beside {
            fs::remove_file(workspace.path().join(name)).expect("a file");
        }
        let (_, after) = ran.split_once("did you mean `").unwrap_or_default();
        after.split_once('`').unwrap_or_default().0.to_owned()
    };
    let usual = "\"Dockerfile\"";
    assert_eq!(proposed(usual, &["Containerfile", "sandbox.Dockerfile.old"]), "Containerfile");
    assert_eq!(proposed(usual, &["sandbox.Dockerfile", "Dockerfile.e2b"]), "Dockerfile.e2b");
    assert_eq!(proposed("\"Dockerfil.dev\"", &["Dockerfile", "Dockerfile.dev"]), "Dockerfile.dev");
    for none in [&["Dockerfile.dockerignore"][..], &["docker-compose.yml", "dockerfiles.md"], &[]] {
        assert_eq!(proposed(usual, none), "", "{none:?}");
    }
}

#[test]
fn a_nul_character_is_reported_where_it_is() {
    let workspace = Workspace::fixture();
    workspace.write("sandbox.toml", MANIFEST);
    workspace.write("Dockerfile", "FROM debian:12\nRUN echo a\0b\n");
    let ran = workspace.run(&["check"]).ends(1).text();
    assert!(ran.contains("the Dockerfile contains a NUL character"), "{ran}");
    assert!(ran.contains("Dockerfile:2:11"), "{ran}");
}

/// What `compile` prints for Declaw, and whether it reports anything.
fn on_declaw(dockerfile: &str, more: &str) -> String {
    let workspace = Workspace::fixture();
    workspace.write("sandbox.toml", format!("{MANIFEST}{more}"));
    workspace.write("Dockerfile", dockerfile);
    workspace.run(&["compile", "--platform", "declaw"]).text()
}

#[test]
fn a_step_does_not_move_the_start_command_on_declaw() {
    let step = "\n[[steps]]\nrun = \"true\"\n";
    let ran = on_declaw("FROM python:3.12\nRUN true\nCMD [\"./start\"]\n", step);
    assert!(ran.contains("\"start_cmd\": \"./start\""), "{ran}");
    assert!(!ran.contains("cd ") && !ran.contains("ignored-on-platform"), "{ran}");
    let ran = on_declaw("FROM python:3.12\nRUN true\n", "");
    assert!(!ran.contains("ignored-on-platform"), "{ran}");
    // A directory that is written still applies, and is still reported.
    let ran = on_declaw("FROM python:3.12\nWORKDIR /app\nCMD [\"./start\"]\n", step);
    assert!(ran.contains("\"start_cmd\": \"cd /app && ./start\""), "{ran}");
    assert!(ran.contains("ignored-on-platform"), "{ran}");
}

#[test]
fn declaw_expands_variables_of_a_dockerfile_that_stands_alone() {
    let dockerfile = "FROM python:3.12\nENV PATH=/x:$PATH\n";
    assert!(!on_declaw(dockerfile, "").contains("unsupported-on-platform"));
    let step = "\n[[steps]]\nrun = \"true\"\n";
    assert!(on_declaw(dockerfile, step).contains("unsupported-on-platform"));
}

#[test]
fn declaw_runs_the_shell_that_a_dockerfile_asks_for() {
    let shell = "SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]";
    let dockerfile = format!("FROM python:3.12\n{shell}\nRUN a | b\nRUN [\"c\"]\n");
    let ran = on_declaw(&dockerfile, "\n[[steps]]\nrun = \"true\"\n");
    assert!(ran.contains("\"bash -c 'set -o pipefail; a | b'\""), "{ran}");
    assert!(ran.contains("\"c\"") && ran.contains("\"true\""), "{ran}");
}

#[test]
fn a_relative_copy_of_a_dockerfile_starts_from_the_image_s_directory_on_declaw() {
    let copied = |instructions: &str| {
        on_declaw(&format!("FROM python:3.12\n{instructions}\nRUN true\n"), "")
    };
    for instructions in
        ["COPY app.py ./", "COPY app.py src/", "COPY app.py /x\nCOPY <<EOF y\na\nEOF"]
    {
        let ran = copied(instructions);
        assert!(ran.contains(r#"\"$PWD\""#) && !ran.contains("HOME"), "{ran}");
    }
    let ran = copied("WORKDIR /srv\nCOPY app.py ./");
    assert!(ran.contains("mkdir -p /srv &&") && !ran.contains("PWD"), "{ran}");
    // The manifest's own steps start from the home directory.
    let step = "\n[[steps]]\ncopy = \"app.py\"\nto = \"./\"\n";
    let ran = on_declaw("FROM python:3.12\nRUN true\n", step);
    assert!(ran.contains("HOME") && !ran.contains("PWD"), "{ran}");
}

/// What is made of a text, as text; every place that is named lies within it.
fn converted(text: &str, given: &BTreeMap<String, Text>) -> String {
    let (dockerfile, mut faults) = dockerfile::parse(FileId::MANIFEST, text);
    let (converted, more) = dockerfile.convert(given, None);
    faults.append(more);
    let within = |span: Span| {
        assert!(span.start <= span.end, "{span:?} in {text:?}");
        assert!(text.get(span.start..span.end).is_some(), "{span:?} in {text:?}");
    };
    for fault in faults.iter() {
        fault.span.into_iter().chain(fault.related.iter().map(|label| label.span)).for_each(within);
    }
    for instruction in &converted.instructions {
        instruction.origin.span().into_iter().for_each(within);
    }
    format!("{:?} {converted:?}", faults.sorted())
}

/// Pieces that Dockerfiles are made of, so that arbitrary texts reach beyond the first word.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "FROM debian:12\n",
            "FROM ",
            "RUN ",
            "ENV ",
            "ARG ",
            "COPY ",
            "ADD ",
            "WORKDIR ",
            "USER ",
            "CMD ",
            "ENTRYPOINT ",
            "LABEL ",
            "ONBUILD ",
            "# escape=`\n",
            "# syntax=x\n",
            "\n",
            "\r\n",
            "\\\n",
            "`\n",
            " ",
            "\t",
            "<<EOF",
            "<<-'E F'",
            "EOF\n",
            "A",
            "B=",
            "=",
            "$A",
            "${A",
            "${A:-",
            "${B:+",
            "${C?",
            "}",
            "$",
            "\"",
            "'",
            "\\",
            "`",
            "[\"a\"",
            ", ",
            "]",
            "--chown=",
            "--chmod=7",
            "--chmod=u+x,g=",
            "--checksum=sha256:",
            "https://a/b.git#",
            "https://a/b",
            "--mount=type=cache",
            "--from=x",
            "*",
            "../",
            "ä",
            "\u{2028}",
            "\u{feff}",
            "#",
            "PATH",
            "a.txt",
            "/",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1500) })]

    #[test]
    fn any_text_is_converted_alike_and_every_place_is_its_own(text in pieces()) {
        let given = BTreeMap::from([("A".to_owned(), Text::literal("given"))]);
        let first = converted(&text, &given);
        prop_assert_eq!(&first, &converted(&text, &given));
    }

    #[test]
    fn any_text_after_from_is_no_trouble(text in pieces()) {
        converted(&format!("FROM debian:12\n{text}"), &BTreeMap::new());
    }
}

/// Texts of about so many bytes, each of one kind of line or word.
fn monotonous(bytes: usize) -> Vec<String> {
    let fill = |piece: &str| format!("FROM debian:12\n{}", piece.repeat(bytes / piece.len()));
    let numbered = |make: &dyn Fn(usize) -> String| {
        let mut text = "FROM debian:12\n".to_owned();
        let mut at = 0;
        while text.len() < bytes {
            text += &make(at);
            at += 1;
        }
        text
    };
    let underscores = numbered(&|at| format!("SBX_HEREDOC_E{}\n", "_".repeat(at % 1500)));
    vec![
        fill("x\n"),
        fill("\n"),
        fill("RUN a\\\n"),
        fill("RUN a\n"),
        fill("RUN <<E\nE\n"),
        fill("RUN <<E\n"),
        fill("RUN <<E "),
        format!("RUN {}\nE\n", "<<E ".repeat(bytes / 8)),
        fill("RUN --mount=type=cache "),
        fill("COPY a b\n"),
        fill("ADD https://a/b c/\n"),
        fill("ADD https://a/b.git c\n"),
        format!("FROM a\nADD --chmod={} b /c\n", "u+x,".repeat(bytes / 4)),
        fill("FROM a AS b\nFROM b\nONBUILD RUN a\n"),
        format!("FROM a\nCOPY {}", "a ".repeat(bytes / 2)),
        format!("FROM a\nCOPY <<E /x\n{underscores}E\n"),
        fill("ENV A=$A$A\n"),
        format!("FROM a\nENV A={}\n{}", "x".repeat(bytes / 10), "ENV B=$A\n".repeat(bytes / 11)),
        format!("FROM a\nENV {}", "${A:-".repeat(bytes / 5)),
        format!("FROM a\nENV A={}", "${A:-}".repeat(bytes / 6)),
        format!("FROM a\nENV A={}", "$B".repeat(bytes / 2)),
        format!("FROM a\nENV {}", "'".repeat(bytes)),
        format!("FROM a\nRUN {}", "[".repeat(bytes)),
        format!("FROM a\nRUN [{}\"\"]", "\"a\",".repeat(bytes / 4)),
        format!("FROM a\nWORKDIR {}", "a/".repeat(bytes / 2)),
        fill("WORKDIR a/b\n"),
        fill("ENV A\n"),
        fill("LABEL a=b\n"),
        fill("FROM debian:12\n"),
        numbered(&|at| format!("ARG A{at}=$B{at}\n")),
        numbered(&|at| format!("ENV A{at}=${{A{at}:+x}}\n")),
        format!("FROM a\nENV {}", numbered(&|at| format!("A{at}=1 ")).replace('\n', " ")),
        "# escape=\\\n".repeat(bytes / 11),
        "é".repeat(bytes / 2),
    ]
}

/// The processor time that this thread takes for the conversion.
fn cost(text: &str) -> Duration {
    let now = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).expect("a time");
    let begun = now();
    let (dockerfile, faults) = dockerfile::parse(FileId::MANIFEST, text);
    std::hint::black_box((dockerfile.convert(&BTreeMap::new(), None), faults));
    now().saturating_sub(begun)
}

/// Four times as much of anything costs about four times as much; what is quadratic costs 16 times.
#[test]
fn the_cost_of_a_dockerfile_grows_with_its_length() {
    const BYTES: usize = 32 << 10;
    let texts = monotonous(BYTES).into_iter().zip(monotonous(4 * BYTES));
    let quadratic = texts.filter_map(|(small, large)| {
        let least = (0..3).map(|_| cost(&small)).min().unwrap_or_default();
        // What is too short for the clock to tell is allowed.
        let allowed = (least * 9).max(Duration::from_millis(20));
        let most = (0..3).map(|_| cost(&large)).find(|most| *most < allowed);
        most.is_none().then(|| (least, small.chars().take(80).collect::<String>()))
    });
    assert_eq!(quadratic.collect::<Vec<_>>(), []);
}
