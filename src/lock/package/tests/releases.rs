//! Which release of a Python package is taken.

use super::super::release::{File, Releases};
use super::*;

fn file(name: &str) -> File {
    File { name: name.to_owned(), ..File::default() }
}

fn newest(files: &[File], python: Option<&str>) -> Option<String> {
    let python = python.map(|python| Python::parse(python).expect("a version"));
    Releases::of("a-b", files, python.as_ref()).newest(false)
}

#[test]
fn the_newest_final_release_is_taken() {
    let files = [
        "a_b-1.9.tar.gz",
        "A.B-1.10.zip",
        "a-b-1.10.post1-1.tar.gz",
        "a_b-2.0rc1.tar.gz",
        "a_b-2.0.dev1-py3-none-any.whl",
        "other-9.0.tar.gz",
        "a_b-c-9.0.tar.gz",
        "a_b-9.0.exe",
        "a_b-9.0.tar.gz.asc",
        "a_b-9.0-py3.10.egg",
    ];
    let files: Vec<_> = files.iter().map(|name| file(name)).collect();
    assert_eq!(newest(&files, None).as_deref(), Some("1.10"));
    let releases = Releases::of("a-b", &files, None);
    assert_eq!(releases.newest(true).as_deref(), Some("2.0rc1"));
    // As with pip, where there is no other.
    assert_eq!(newest(&files[3..], None).as_deref(), Some("2.0rc1"));
    assert_eq!(newest(&files[5..], None), None);
}

#[test]
fn a_withdrawn_file_does_not_count() {
    let yanked = File { is_yanked: true, ..file("a_b-2.0.tar.gz") };
    assert_eq!(newest(&[file("a_b-1.0.tar.gz"), yanked.clone()], None).as_deref(), Some("1.0"));
    assert_eq!(
        newest(&[file("a_b-2.0-py3-none-any.whl"), yanked.clone()], None).as_deref(),
        Some("2.0")
    );
    assert_eq!(newest(&[yanked], None), None);
}

#[test]
fn a_release_fits_the_python_version() {
    let files =
        [("1.0", ">=2.7"), ("2.0", ">=3.8,!=3.9.*"), ("3.0", ">=3.13"), ("0.9", "nonsense")];
    let files = files.map(|(version, required)| File {
        requires_python: Some(required.to_owned()),
        ..file(&format!("a_b-{version}.tar.gz"))
    });
    for (python, expected) in [
        (None, "3.0"),
        (Some("3.13"), "3.0"),
        (Some("3.12.1"), "2.0"),
        (Some("3.9"), "1.0"),
        (Some("3.7"), "1.0"),
        (Some("2.6"), "0.9"),
    ] {
        assert_eq!(newest(&files, python).as_deref(), Some(expected), "{python:?}");
    }
    // A tag without a patch moves with the patches.
    let required = File { requires_python: Some(">=3.12.4".to_owned()), ..file("a_b-4.0.tar.gz") };
    assert!(newest(std::slice::from_ref(&required), Some("3.12")).is_some());
    assert!(newest(&[required], Some("3.12.3")).is_none());
}

#[test]
fn a_wheel_fits_the_interpreter_and_the_platform() {
    for (tags, fitting, other) in [
        ("py3-none-any", true, true),
        ("py2.py3-none-any", true, true),
        ("py2-none-any", false, false),
        ("1build-py3-none-any", true, true),
        ("cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64", true, false),
        ("cp311-cp311-manylinux_2_17_x86_64", false, true),
        ("cp38-abi3-manylinux_2_17_x86_64", true, true),
        ("cp312-abi3-linux_x86_64", true, false),
        ("cp312-cp312-musllinux_1_2_x86_64", true, false),
        ("cp312-cp312t-manylinux_2_17_x86_64", false, false),
        ("cp37-cp37m-manylinux1_x86_64", false, false),
        ("py37-none-any", true, true),
        ("py313-none-any", false, false),
        ("pp310-pypy310_pp73-manylinux_2_17_x86_64", false, false),
        ("cp312-cp312-win_amd64", false, false),
        ("cp312-cp312-macosx_11_0_arm64", false, false),
        ("cp312-cp312-manylinux_2_17_aarch64", false, false),
        ("cp312-cp312-manylinux_2_17_i686", false, false),
    ] {
        let files = [file(&format!("a_b-1.0-{tags}.whl"))];
        assert_eq!(newest(&files, Some("3.12")).is_some(), fitting, "{tags}");
        assert_eq!(newest(&files, Some("3.11")).is_some(), other, "{tags}");
    }
}

#[test]
fn an_answer_fits_several_interpreters() {
    let files = [("1.0", ">=3.8"), ("2.0", ">=3.11"), ("3.0", ">=3.13")];
    let files = files.map(|(version, required)| File {
        requires_python: Some(required.to_owned()),
        ..file(&format!("a_b-{version}.tar.gz"))
    });
    let of = |python| Releases::of("a-b", &files, Python::parse(python).as_ref());
    assert_eq!(of("3.13").common(&of("3.12")).newest(false).as_deref(), Some("2.0"));
    assert_eq!(of("3.13").common(&of("3.9")).newest(false).as_deref(), Some("1.0"));
}
