//! The laws of locked packages.

mod laws;
mod releases;
mod steps;

use super::*;
use crate::template::{Install, Installer};

fn pip(words: &[&str]) -> Install {
    Installer::Pip.of(words.iter().copied())
}

fn npm(words: &[&str]) -> Install {
    Installer::Npm.of(words.iter().copied())
}

fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// A word with version 1.2.3 of its package, if it names none.
fn locked(install: &Install, pin: &str) -> String {
    apply(install, &texts(&[pin])).concat()
}

#[test]
fn a_word_of_pip_without_a_version_gets_one() {
    for (word, expected) in [
        ("fastapi", "fastapi==1.2.3"),
        ("FastAPI", "FastAPI==1.2.3"),
        (" fastapi ", " fastapi==1.2.3 "),
        ("fastapi[all]", "fastapi[all]==1.2.3"),
        ("fastapi [all, standard]", "fastapi [all, standard]==1.2.3"),
        ("fastapi; python_version < \"3.11\"", "fastapi==1.2.3; python_version < \"3.11\""),
        ("fastapi ; os_name == 'posix'", "fastapi==1.2.3 ; os_name == 'posix'"),
    ] {
        assert_eq!(locked(&pip(&[word]), "fastapi==1.2.3"), expected);
    }
    assert_eq!(locked(&pip(&["Ruamel_Yaml"]), "ruamel-yaml==1!2.0+cpu"), "Ruamel_Yaml==1!2.0+cpu");
}

#[test]
fn any_other_word_of_pip_stays() {
    for word in [
        "fastapi==1",
        "fastapi==1.*",
        "fastapi>=1",
        "fastapi (>=1)",
        "fastapi~=1.0",
        "fastapi!=1",
        "fastapi===1",
        "fastapi @ https://a.example/fastapi.whl",
        "fastapi@git+https://a.example/a",
        "git+https://a.example/fastapi",
        "https://a.example/fastapi.tar.gz",
        ".",
        "./fastapi",
        "../fastapi",
        "/fastapi",
        "fastapi/",
        "fastapi.whl",
        "fastapi.tar.gz",
        "fastapi.txt",
        "fastapi[",
        "fastapi[a b]",
        "-fastapi",
        "",
        "fastapi other",
        "fastapí",
    ] {
        assert_eq!(locked(&pip(&[word]), "fastapi==1.2.3"), word);
    }
}

#[test]
fn a_word_of_npm_without_a_version_gets_one() {
    for (word, pin, expected) in [
        ("zod", "zod@1.2.3", "zod@1.2.3"),
        ("@scope/zod", "@scope/zod@1.2.3", "@scope/zod@1.2.3"),
        ("zod@latest", "zod@1.2.3", "zod@1.2.3"),
        ("@scope/zod@next", "@scope/zod@1.2.3-rc.1", "@scope/zod@1.2.3-rc.1"),
        ("z@npm:zod", "zod@1.2.3", "z@npm:zod@1.2.3"),
        ("@a/z@npm:@scope/zod@next", "@scope/zod@1.2.3", "@a/z@npm:@scope/zod@1.2.3"),
        ("zod@vnext", "zod@1.2.3", "zod@1.2.3"),
    ] {
        assert_eq!(locked(&npm(&[word]), pin), expected);
        assert_eq!(apply(&Installer::Bun.of([word]), &texts(&[pin])), [expected]);
    }
}

#[test]
fn any_other_word_of_npm_stays() {
    for word in [
        "zod@1",
        "zod@1.2.3",
        "zod@^1",
        "zod@~1.2",
        "zod@>=1 <2",
        "zod@*",
        "zod@x",
        "zod@1.x",
        "zod@v1",
        "zod@",
        "zod@1 || 2",
        "zod@https://a.example/zod.tgz",
        "zod@file:../zod",
        "zod@github:a/zod",
        "a/zod",
        "github:a/zod",
        "git+ssh://git@a.example/zod",
        "./zod",
        "/zod",
        "~/zod",
        "zod.tgz",
        "z@npm:zod@1",
        "z@npm:zod@^1",
        "z@npm:y@npm:zod",
        "@scope",
        "@scope/",
        "Zod",
        "",
        "_zod",
        ".",
    ] {
        assert_eq!(locked(&npm(&[word]), "zod@1.2.3"), word);
    }
}

#[test]
fn the_value_of_an_option_is_no_package() {
    for (words, expected) in [
        (&["-r", "a", "b"][..], &["-r", "a", "b==1"][..]),
        (&["-ra", "b"], &["-ra", "b==1"]),
        (&["--requirement=a", "b"], &["--requirement=a", "b==1"]),
        (&["-U", "a", "b"], &["-U", "a==1", "b==1"]),
        (&["-qU", "a"], &["-qU", "a==1"]),
        (&["--upgrade", "a"], &["--upgrade", "a==1"]),
        (&["--from-the-future", "a", "b"], &["--from-the-future", "a", "b==1"]),
        (&["--from-the-future", "--pre", "a"], &["--from-the-future", "--pre", "a==1"]),
        (&["--", "a"], &["--", "a==1"]),
        // What else they install or decide, a lookup does not follow.
        (&["-c", "b", "a"], &["-c", "b", "a"]),
        (&["--no-index", "a"], &["--no-index", "a"]),
        (&["a", "--find-links=b"], &["a", "--find-links=b"]),
    ] {
        assert_eq!(apply(&pip(words), &texts(&["a==1", "b==1"])), expected);
    }
    for (words, expected) in [
        (&["--registry", "a", "b"][..], &["--registry", "a", "b@1.0.0"][..]),
        (&["--@s:registry", "a", "b"], &["--@s:registry", "a", "b@1.0.0"]),
        (&["-E", "a"], &["-E", "a@1.0.0"]),
        (&["--before", "2026-01-01", "a"], &["--before", "2026-01-01", "a"]),
        (&["a", "a@next"], &["a", "a@next"]),
    ] {
        assert_eq!(apply(&npm(words), &texts(&["a@1.0.0", "b@1.0.0"])), expected);
    }
}

#[test]
fn an_entry_in_the_form_of_another_installer_is_ignored() {
    assert_eq!(locked(&npm(&["zod"]), "zod==1.2.3"), "zod");
    assert_eq!(locked(&pip(&["zod"]), "zod@1.2.3"), "zod");
    assert_eq!(locked(&pip(&["zod"]), "zod==1; rm -rf /"), "zod");
}

#[test]
fn a_change_is_said_in_words() {
    let before = texts(&["fastapi==0.115.0", "gone==1", "same==1"]);
    let after = texts(&["fastapi==0.116.1", "new==2", "same==1"]);
    let expected = ["fastapi 0.115.0 → 0.116.1", "new 2 is new", "gone 1 is not needed any more"];
    assert_eq!(changes(&before, &after), expected);
}

#[test]
fn a_pin_is_read_as_it_is_written() {
    for text in ["a==1.0", "a-b==1!2+cpu.1", "a@1.2.3", "@s/a@1.2.3-rc.1+x"] {
        assert_eq!(Pin::parse(text).map(|pin| pin.to_string()).as_deref(), Some(text));
    }
    for text in ["", "a", "a==", "a==*", "a@", "@s/a", "a@^1", "a@latest", "../a@1.0.0", "a== 1"] {
        assert_eq!(Pin::parse(text), None, "{text}");
    }
}
