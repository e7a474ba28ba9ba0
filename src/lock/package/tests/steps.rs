//! The steps of templates.

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::host::NoFiles;
use crate::pipeline::analyze_text;
use crate::source::Source;
use crate::template::Template;

fn template(text: &str) -> Template {
    let source = Source::new(Path::new("sandbox.toml"), format!("name = \"x\"\n{text}"));
    analyze_text(&NoFiles, source, None).template.as_ref().clone()
}

fn question(text: &str) -> Question {
    let mut questions = questions(&template(text));
    assert_eq!(questions.len(), 1, "{questions:?}");
    questions.remove(0)
}

#[test]
fn a_step_is_named_by_its_words() {
    for (words, expected) in [
        (pip(&["fastapi"]), "pip install fastapi"),
        (
            pip(&["Uvicorn[Standard, a]", "FastAPI", "fastapi"]),
            "pip install fastapi 'uvicorn[a,standard]'",
        ),
        (pip(&["b >= 1", "--pre", "a"]), "pip install --pre a 'b>= 1'"),
        (npm(&["zod", "-E", "@s/a@next"]), "npm install -E @s/a@next zod"),
        (Installer::Bun.of(["zod"]), "bun install zod"),
        // A lock is meant to be committed.
        (
            pip(&["-i", "https://u:p@a.example/simple", "a"]),
            "pip install -i https://a.example/simple a",
        ),
        (
            pip(&["a @ https://token@a.example/a@1.whl"]),
            "pip install 'a @ https://a.example/a@1.whl'",
        ),
        (
            npm(&["--//a.example/:_authToken=secret", "a"]),
            "npm install --//a.example/:_authToken= a",
        ),
    ] {
        assert_eq!(step_of(&words), expected);
    }
}

#[test]
fn steps_with_the_same_words_share_one_question() {
    let text = "from = { python = \"3.12\" }\nsteps = [{ pip = [\"a\", \"b\"] }, { npm = \"c\" }, \
                { pip = [\"B\", \"A\"] }, { pip = \"d==1\" }, { npm = true }, { run = \"pip install e\" }]";
    let questions = questions(&template(text));
    let steps: Vec<_> = questions.iter().map(|question| question.step.as_str()).collect();
    assert_eq!(steps, ["npm install c", "pip install a b"]);
    assert_eq!(questions[1].views.len(), 1);
}

#[test]
fn profiles_with_other_interpreters_share_one_question() {
    let of = |python: &str| {
        questions(&template(&format!(
            "from = {{ python = \"{python}\" }}\nsteps = [{{ pip = \"a\" }}]"
        )))
    };
    let merged = merge(of("3.12").into_iter().chain(of("3.9-slim")).chain(of("3.12")));
    assert_eq!(merged.len(), 1);
    let pythons: Vec<_> =
        merged[0].views.iter().flat_map(|view| &view.python).map(ToString::to_string).collect();
    assert_eq!(pythons, ["3.12", "3.9"]);
    assert!(!merged[0].guesses_python());
}

#[test]
fn the_python_version_is_the_image_s() {
    for (image, expected) in [
        ("python:3.12", Some("3.12")),
        ("docker.io/library/python:3.12.4-slim-bookworm@sha256:00", Some("3.12.4")),
        ("python:3", None),
        ("python:slim", None),
        ("python:3.14-rc", Some("3.14")),
        ("ghcr.io/astral-sh/uv:python3.11-bookworm", Some("3.11")),
        ("ubuntu:22.04", None),
        ("node:22", None),
        ("registry.example/python:3.12", None),
    ] {
        let question = question(&format!("from = \"{image}\"\nsteps = [{{ pip = \"a\" }}]"));
        let python = question.views[0].python.as_ref().map(ToString::to_string);
        assert_eq!(python.as_deref(), expected, "{image}");
        assert_eq!(question.guesses_python(), expected.is_none());
    }
}

#[test]
fn a_step_sees_the_variables_above_it() {
    let text = "from = \"ubuntu:24.04\"\n[build_env]\nPIP_INDEX_URL = \"https://a.example/\"\nOTHER = \"1\"\n\
                [[steps]]\npip = \"a\"\n[[steps]]\nenv = { PIP_INDEX_URL = \"https://b.example/\" }\n";
    let first = question(text);
    let expected = [("PIP_INDEX_URL".to_owned(), "https://a.example/".to_owned())];
    assert_eq!(first.views[0].variables, BTreeMap::from(expected));
}

#[test]
fn a_word_that_is_not_pinned_is_named_with_the_reason() {
    let text = "from = \"ubuntu:24.04\"\nsteps = [{ pip = [\"a\", \"b>=1\", \"c==1\", \"./d\"] }, \
                { pip = [\"-c\", \"x\", \"e\"] }, { npm = [\"--strange\", \"f\", \"g@^1\"] }]";
    let found: Vec<_> = left(&template(text))
        .into_iter()
        .map(|left| format!("{} {}", left.word, left.reason))
        .collect();
    assert_eq!(
        found,
        [
            "f may be the value of the option before it",
            "g@^1 names a range of versions",
            "e follows `--constraint`, which a lookup in an index does not",
            "./d does not come from an index",
            "b>=1 names a range of versions",
        ]
    );
    let hidden =
        "from = \"ubuntu:24.04\"\nbuild_env = { PIP_NO_INDEX = \"1\" }\nsteps = [{ pip = \"a\" }]";
    assert_eq!(questions(&template(hidden)), []);
    assert_eq!(left(&template(hidden)).len(), 1);
}

#[test]
fn a_lock_s_versions_are_kept_unless_an_update_names_them() {
    let text = "from = \"ubuntu:24.04\"\nsteps = [{ pip = [\"a\", \"b\", \"c\"] }]";
    let locked = |entries: &[(&str, &[&str])]| -> BTreeMap<String, Vec<String>> {
        entries.iter().map(|(step, pins)| ((*step).to_owned(), texts(pins))).collect()
    };
    let asked = |locked: &BTreeMap<_, _>, update: &[&str]| -> Vec<String> {
        let mut question = question(text);
        question.keep(locked, &texts(update));
        question.asked().map(|wanted| wanted.name.clone()).collect()
    };
    let whole = locked(&[("pip install a b c", &["a==1", "b==1", "c==1"])]);
    assert_eq!(asked(&whole, &[]), [""; 0]);
    assert_eq!(asked(&whole, &["B"]), ["b"]);
    // A step that got one more package keeps the others.
    let older =
        locked(&[("pip install a b", &["a==1", "b==1"]), ("pip install b d", &["b==2", "d==1"])]);
    assert_eq!(asked(&older, &[]), ["b", "c"]);
    assert_eq!(asked(&locked(&[("npm install a b c", &["a@1.0.0"])]), &[]), ["a", "b", "c"]);

    let mut question = question(text);
    assert_eq!(question.unanswered(&texts(&["a==1", "c==1"])), ["b"]);
    question.keep(&locked(&[("pip install a b c", &["a==1"])]), &[]);
    let found =
        BTreeMap::from([("b".to_owned(), "2".to_owned()), ("c".to_owned(), "3".to_owned())]);
    assert_eq!(question.answered(&found), ["a==1", "b==2", "c==3"]);
}
