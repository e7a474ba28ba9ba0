//! Reading a lock: each fault at its place, and nothing of a wrong lock.

use sandbox_toml::diagnostic::{Code, Severity};
use sandbox_toml::lock::{ImageKey, Lock, path_of, read};
use sandbox_toml::source::FileId;

const DIGEST: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// What is reported: the message, and the text at its place.
fn faults(text: &str) -> Vec<(String, String)> {
    let (_, diagnostics) = read(text, FileId::MANIFEST);
    let faults = diagnostics.iter().map(|fault| {
        assert_eq!((fault.code, fault.severity()), (Code::InvalidLock, Severity::Error));
        assert!(fault.help.is_some(), "{fault:?}");
        let span = fault.span.expect("a place");
        (fault.message.clone(), text[span.start..span.end].to_owned())
    });
    faults.collect()
}

fn lock(rest: &str) -> String {
    format!("version = 1\n{}", rest.replace("DIGEST", DIGEST))
}

#[test]
fn each_fault_has_its_place() {
    let image = "[[image]]\nreference = \"a:1@DIGEST\"\namd64 = \"DIGEST\"\n";
    for (text, message, place) in [
        (String::new(), "`version` is missing", ""),
        ("version = 2\nmore = 1\n".to_owned(), "version 2", "2"),
        ("version = \"1\"\n".to_owned(), "not a number", "\"1\""),
        (lock("name = \"x\"\n"), "no key `name`", "name"),
        (lock("image = 1\n"), "not an array of tables", "1"),
        (lock("[[image]]\nreference = \"a:1@DIGEST\"\n"), "`amd64` is missing", "[[image]]"),
        (lock(&format!("{image}size = 1\n")), "no key `size`", "size"),
        (lock(&format!("{image}env.A-B = \"\"\n")), "`A-B` is not a valid name", "A-B"),
        (lock(&format!("{image}env.A = 1\n")), "`env` is not a string", "1"),
        (lock(&format!("{image}command = \"a\"\n")), "`command` is not an array", "\"a\""),
        (
            lock(&format!("{image}{}", image.replace("a:1", "docker.io/library/a:1"))),
            "`a:1` is locked twice",
            "\"docker.io/library/a:1@DIGEST\"",
        ),
        (
            lock("[[image]]\nreference = \"a:1\"\namd64 = \"DIGEST\"\n"),
            "not a reference with a digest",
            "\"a:1\"",
        ),
        (
            lock("[[image]]\nreference = \"a:1@DIGEST\"\namd64 = \"12\"\n"),
            "`12` is not a digest",
            "\"12\"",
        ),
        (
            lock("[[template]]\nreference = \"a\"\nplatform = \"x\"\nbuild = \"b\"\n"),
            "`x` is not a platform",
            "\"x\"",
        ),
        (lock("[[package]]\nstep = \"pip install a\"\n"), "`resolved` is missing", "[[package]]"),
        (lock("version = 1\n"), "duplicate key", "version"),
        (lock("[[image]\n"), "unclosed array table", ""),
        (lock("<<<<<<< ours\n=======\n>>>>>>> theirs\n"), "merge conflicts", "<<<<<<< ours"),
    ] {
        let found = faults(&text);
        let [(said, at)] = found.as_slice() else { panic!("{text}: {found:?}") };
        assert!(said.contains(message), "{said} instead of {message}");
        assert_eq!(*at, place.replace("DIGEST", DIGEST), "{said}");
    }
}

#[test]
fn an_unknown_version_is_not_read_any_further() {
    let (lock, diagnostics) = read("version = 2\nmore = 1\n", FileId::MANIFEST);
    assert_eq!((lock, diagnostics.iter().count()), (Lock::default(), 1));
    let help = diagnostics.iter().next().and_then(|fault| fault.help.clone());
    assert!(help.expect("advice").contains("update `sbx`"));
}

#[test]
fn unlike_spellings_are_the_same_image() {
    let key = |text: &str| ImageKey::of(text).map(|key| (key.as_str().to_owned(), key.to_string()));
    let python = Some(("docker.io/library/python:3.12".to_owned(), "python:3.12".to_owned()));
    for spelling in ["python:3.12", "docker.io/python:3.12", "index.docker.io/library/python:3.12"]
    {
        assert_eq!(key(spelling), python, "{spelling}");
    }
    for (written, full, short) in [
        ("python", "docker.io/library/python:latest", "python:latest"),
        ("oven/bun:1", "docker.io/oven/bun:1", "oven/bun:1"),
        ("GHCR.io/a/b", "ghcr.io/a/b:latest", "ghcr.io/a/b:latest"),
        ("localhost:5000/a", "localhost:5000/a:latest", "localhost:5000/a:latest"),
    ] {
        assert_eq!(key(written), Some((full.to_owned(), short.to_owned())));
    }
    let pinned = format!("python:3.12@{DIGEST}");
    let full = format!("docker.io/library/python@{DIGEST}");
    assert_eq!(ImageKey::of(&pinned).expect("a reference").as_str(), full, "the tag says nothing");
}

#[test]
fn a_name_on_the_command_line_is_an_image_or_all_of_a_repository() {
    let key = |text: &str| ImageKey::of(text).expect("a reference");
    for name in ["python:3.12", "python", "docker.io/library/python"] {
        assert!(key("python:3.12").is_named(name), "{name}");
    }
    for name in ["python:3.13", "pypy:3.12", "python:latest", "ghcr.io/python"] {
        assert!(!key("python:3.12").is_named(name), "{name}");
    }
}

#[test]
fn a_lock_is_beside_its_manifest() {
    for (manifest, lock) in [
        ("sandbox.toml", "sandbox.lock"),
        ("a/agent.v2.toml", "a/agent.v2.lock"),
        ("a/manifest", "a/manifest.lock"),
        ("x.sandbox", "x.sandbox.lock"),
    ] {
        assert_eq!(path_of(manifest.as_ref()).to_str(), Some(lock));
    }
}
