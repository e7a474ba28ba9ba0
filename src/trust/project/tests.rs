use std::fs;
use std::os::unix::fs::symlink;

use super::*;
use crate::host::{NoFiles, Overlay, System};

/// A directory `outside` beside a project with a manifest in `project/deep`.
fn tree() -> (tempfile::TempDir, PathBuf) {
    let root = tempfile::tempdir().expect("a directory");
    let at = |name: &str| root.path().join(name);
    for directory in ["outside", "project/deep/er"] {
        fs::create_dir_all(at(directory)).expect("made");
    }
    for file in ["outside/key", "project/above", "project/deep/here"] {
        fs::write(at(file), "x").expect("written");
    }
    symlink("../../outside/key", at("project/deep/to-file")).expect("made");
    symlink("../../outside", at("project/deep/to-directory")).expect("made");
    symlink("er", at("project/deep/inside")).expect("made");
    symlink("nowhere", at("project/deep/dangling")).expect("made");
    let deep = at("project/deep");
    (root, deep)
}

fn is_refused<T>(result: io::Result<T>) -> bool {
    result.err().is_some_and(|error| outside(&error).is_some())
}

#[test]
fn without_a_repository_the_project_is_the_directory() {
    let (_root, deep) = tree();
    let files = Confined::new(&System, &deep, &[]);
    assert!(files.read(&deep.join("here"), 9).is_ok());
    assert!(files.read(&deep.join("er/../here"), 9).is_ok());
    for path in
        ["../above", "../../outside/key", "to-file", "to-directory/key", "inside/../../above"]
    {
        assert!(is_refused(files.read(&deep.join(path), 9)), "{path}");
        assert!(is_refused(files.read_private(&deep.join(path), 9)), "{path}");
        assert!(is_refused(files.metadata(&deep.join(path))), "{path}");
    }
    assert!(is_refused(files.read_dir(&deep.join("to-directory"))));
    assert!(is_refused(files.read_dir(&deep.join(".."))));
    assert!(is_refused(files.read(Path::new("/etc/passwd"), 9)));
    assert!(files.read_dir(&deep.join("inside")).is_ok());
}

#[test]
fn a_link_itself_is_inside_wherever_it_leads() {
    let (_root, deep) = tree();
    let files = Confined::new(&System, &deep, &[]);
    for link in ["to-file", "to-directory", "dangling"] {
        assert!(files.symlink_metadata(&deep.join(link)).is_ok(), "{link}");
        assert!(files.read_link(&deep.join(link)).is_ok(), "{link}");
    }
    let error = files.metadata(&deep.join("dangling")).expect_err("it leads nowhere");
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    assert!(is_refused(files.symlink_metadata(&deep.join("to-directory/key"))));
}

#[test]
fn a_repository_is_one_project() {
    let (root, deep) = tree();
    fs::write(root.path().join("project/.git"), "gitdir: elsewhere").expect("written");
    let files = Confined::new(&System, &deep, &[]);
    assert!(files.read(&deep.join("../above"), 9).is_ok());
    assert!(files.read_dir(&deep.join("..")).is_ok());
    assert!(is_refused(files.read(&deep.join("../../outside/key"), 9)));
    assert!(is_refused(files.read(&deep.join("to-file"), 9)));
}

#[test]
fn what_a_person_allows_is_inside() {
    let (root, deep) = tree();
    for allowed in [root.path().join("outside"), deep.join("to-directory"), deep.join("to-file")] {
        let files = Confined::new(&System, &deep, &[allowed]);
        assert!(files.read(&deep.join("../../outside/key"), 9).is_ok());
        assert!(is_refused(files.read(&deep.join("../above"), 9)));
    }
}

#[test]
fn files_in_memory_are_confined_as_well() {
    let files =
        Overlay::new(&NoFiles).with("Dockerfile", "FROM x").with("a/b", "").with("../c", "");
    let files = Confined::new(&files, Path::new(""), &[]);
    assert!(files.read(Path::new("Dockerfile"), 9).is_ok());
    assert!(files.read(Path::new("a/b"), 9).is_ok());
    assert!(files.read(Path::new("../c"), 9).is_err());
}
