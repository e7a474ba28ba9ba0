//! Whatever a manifest holds: no panic, every place within its file, the same answer twice.

use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;
use sandbox_toml::diagnostic::render::{self, Style};
use sandbox_toml::diagnostic::{Code, Diagnostic};
use sandbox_toml::host::System;
use sandbox_toml::pipeline::{self, Analysis, Secrets};
use sandbox_toml::platform::Platform;
use sandbox_toml::source::Source;

/// A manifest in which everything stands once.
const EVERYTHING: &str = r#"edition = 1
name = "team/everything"
tags = ["v1", "default"]
platform = "novita"
context = "."
ignore = ["*.log", "!keep.log"]
user = "user"
workdir = "/app"
start = { cmd = "run" }
ready = { url = "http://localhost:80/", status = 204 }
build_env = { A = "1", B = "$A/x" }
steps = [
  { run = ["a", "b"], user = "root", label = "l", no_cache = true },
  { apt = "git", recommends = false, fix_missing = true },
  { pip = ".", global = false }, { npm = true, dev = true }, { bun = ["x"] },
  { git = "https://x/y.git", to = "y", branch = "b", depth = 1 },
  { mkdir = "/d", mode = 0o755 }, { remove = "/e", recursive = true, force = true },
  { rename = "a", to = "b" }, { symlink = "a", target = "b" },
  { env = { C = "${B}$$", D = 1, E = true } }, { user = "x" }, { workdir = "/y" },
]
[from]
image = "ghcr.io/x/y:1"
inherit = ["env"]
[from.auth]
type = "basic"
username = "u"
password = { env = "P" }
[resources]
cpu = 2
memory = "2GiB"
[novita]
pre_boot = "true"
"#;

fn analyze(text: &str) -> Analysis {
    // A directory without files: a copy finds nothing.
    let source = Source::new(Path::new("/nonexistent/sandbox.toml"), text.to_owned());
    pipeline::analyze_text(&System, source, Some(Platform::Novita))
}

/// Says something, and in what it says beside it no line is empty.
fn is_worded(diagnostic: &Diagnostic) -> Result<(), TestCaseError> {
    prop_assert!(!diagnostic.message.trim().is_empty(), "{diagnostic:?}");
    let help = diagnostic.help.iter().flat_map(|help| help.split('\n'));
    let fix = diagnostic.fix.iter().map(|fix| fix.title.as_str());
    for text in help.chain(fix) {
        prop_assert!(!text.trim().is_empty(), "{diagnostic:?}");
    }
    for label in &diagnostic.related {
        prop_assert!(!label.message.trim().is_empty(), "{diagnostic:?}");
    }
    Ok(())
}

fn holds(text: &str) -> Result<(), TestCaseError> {
    let analysis = analyze(text);
    let shown = analysis.diagnostics.sorted();
    for diagnostic in &shown {
        let places = diagnostic.span.into_iter().chain(diagnostic.related.iter().map(|it| it.span));
        for span in places {
            let text = analysis.sources.get(span.file).text();
            prop_assert!(span.start <= span.end && span.end <= text.len(), "{diagnostic:?}");
            prop_assert!(text.is_char_boundary(span.start), "{diagnostic:?}");
            prop_assert!(text.is_char_boundary(span.end), "{diagnostic:?}");
        }
        is_worded(diagnostic)?;
        let code = diagnostic.code.name();
        for (width, told) in [(40, false), (100, false), (100, true)] {
            let style = Style { color: true, width, narrated: told };
            let human = render::human(diagnostic, &analysis.sources, style);
            prop_assert!(human.contains(code), "{human}");
        }
        let short = render::short(diagnostic, &analysis.sources);
        prop_assert_eq!(short.matches('\n').count(), 1);
        prop_assert!(short.contains(&format!("[{code}]: ")), "{short}");
        let json = render::json(diagnostic, &analysis.sources, None);
        prop_assert_eq!(json["code"].as_str(), Some(code));
    }
    prop_assert_eq!(&shown, &analyze(text).diagnostics.sorted());
    let twice = [(); 2].map(|()| {
        let plan = analysis.plan(&Secrets::Hidden).ok()?;
        serde_json::to_string(&plan.preview()).ok()
    });
    prop_assert_eq!(&twice[0], &twice[1]);
    Ok(())
}

/// A small change to a text.
#[derive(Debug, Clone)]
enum Edit {
    Insert(Index, String),
    Delete(Index, usize),
    Repeat(Index, usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    let token = prop_oneof![
        Just("\"".to_owned()),
        Just("'''".to_owned()),
        Just("[".to_owned()),
        Just("]]".to_owned()),
        Just("{".to_owned()),
        Just("}".to_owned()),
        Just("=".to_owned()),
        Just(",".to_owned()),
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("#".to_owned()),
        Just("\\".to_owned()),
        Just("${".to_owned()),
        Just("\u{feff}".to_owned()),
        Just("漢🙂".to_owned()),
        Just("1e999".to_owned()),
        Just("[[steps]]\n".to_owned()),
        Just("a.b.c".to_owned()),
        any::<String>(),
    ];
    prop_oneof![
        (any::<Index>(), token).prop_map(|(at, text)| Edit::Insert(at, text)),
        (any::<Index>(), 1..40_usize).prop_map(|(at, count)| Edit::Delete(at, count)),
        (any::<Index>(), 1..40_usize).prop_map(|(at, count)| Edit::Repeat(at, count)),
    ]
}

fn apply(text: &str, edits: &[Edit]) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for edit in edits {
        let length = characters.len() + 1;
        match edit {
            Edit::Insert(at, inserted) => {
                let at = at.index(length);
                characters.splice(at..at, inserted.chars());
            }
            Edit::Delete(at, count) => {
                let at = at.index(length);
                characters.drain(at..(at + count).min(characters.len()).max(at));
            }
            Edit::Repeat(at, count) => {
                let at = at.index(length);
                let part = characters[at..(at + count).min(characters.len()).max(at)].to_vec();
                characters.splice(at..at, part);
            }
        }
    }
    characters.into_iter().collect()
}

#[test]
fn the_manifest_that_is_edited_is_read_whole() {
    let analysis = analyze(EVERYTHING);
    let codes: Vec<_> = analysis.diagnostics.iter().map(|it| it.code.name()).collect();
    assert!(codes.iter().all(|code| *code == "unsupported-on-platform"), "{codes:?}");
    holds(EVERYTHING).expect("the laws hold");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in any::<String>()) {
        holds(&text)?;
    }

    #[test]
    fn a_manifest_with_slips_of_the_hand(edits in prop::collection::vec(edit(), 1..6)) {
        holds(&apply(EVERYTHING, &edits))?;
    }
}

#[test]
fn of_two_names_that_are_as_near_the_first_is_proposed_each_time() {
    let text = "name = \"x\"\nfrom = \"debian:12\"\n[env]\nHOST_A = \"1\"\nHOST_B = \"2\"\nHOST_C = \"3\"\nX = \"$HOST_\"\n";
    for _ in 0..20 {
        let analysis = analyze(text);
        let helps: Vec<_> = analysis.diagnostics.iter().filter_map(|it| it.help.clone()).collect();
        assert_eq!(helps, ["did you mean `$HOST_A`?"]);
    }
}

#[test]
fn thousands_of_variables_that_nothing_sets_are_told_without_comparing_all_with_all() {
    let variables: Vec<_> =
        (0..1000).map(|at| format!("VARIABLE_{at} = \"$VARIABEL_{at}\"")).collect();
    let text = format!("name = \"x\"\nfrom = \"debian:12\"\n[env]\n{}\n", variables.join("\n"));
    let found = analyze(&text).diagnostics.sorted();
    assert_eq!(found.len(), 1000);
    let proposed = |it: &&Diagnostic| it.help.as_ref().is_some_and(|help| help.contains("mean"));
    assert_eq!(found.iter().filter(proposed).count(), 50, "the first ones get a proposal");
}

#[test]
fn two_places_on_one_long_line_are_not_drawn_with_all_that_is_between() {
    let tags = vec!["\"v0\""; 2000].join(", ");
    let text = format!("name = \"x\"\nfrom = \"debian:12\"\ntags = [{tags}]\n");
    let analysis = analyze(&text);
    let repeated: Vec<_> =
        analysis.diagnostics.iter().filter(|it| it.code == Code::DuplicateTag).collect();
    assert_eq!(repeated.len(), 1999);
    for diagnostic in repeated {
        let drawn = render::human(diagnostic, &analysis.sources, Style::default());
        assert!(drawn.len() < 10_000, "{} bytes", drawn.len());
        assert!(drawn.contains("first here"), "{drawn}");
    }
}
