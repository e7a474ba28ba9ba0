use std::collections::BTreeMap;

use super::*;
use crate::plan::{Inputs, Salt};

fn record(manifest: &Path, build_id: &str) -> Record {
    let time = Timestamp::UNIX_EPOCH;
    Record {
        profile: None,
        manifest: canonical(manifest).display().to_string(),
        platform: "novita".to_owned(),
        imitates: None,
        api_url: None,
        template_id: "t".to_owned(),
        build_id: build_id.to_owned(),
        name: "x".to_owned(),
        tags: vec!["v1".to_owned()],
        requests: Digest { whole: "0".to_owned(), parts: BTreeMap::new() },
        digest: None,
        stage: Stage::Registered,
        untested: false,
        registered_at: time,
        updated_at: time,
    }
}

fn store() -> (tempfile::TempDir, Store, PathBuf) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let manifest = directory.path().join("sandbox.toml");
    fs::write(&manifest, "").expect("written");
    let store = Store::at(directory.path().join("a/state"));
    (directory, store, manifest)
}

#[test]
fn the_build_that_was_registered_last_is_recorded() {
    let (_directory, store, manifest) = store();
    let last = || store.last(&manifest, Platform::Novita).expect("it is read");
    assert_eq!(last(), None);
    let (first, second) = (record(&manifest, "first"), record(&manifest, "second"));
    store.remember(&first).expect("written");
    store.advance(&first, Stage::Started, Timestamp::now()).expect("written");
    assert_eq!(last().map(|record| record.stage), Some(Stage::Started));
    store.remember(&second).expect("written");
    // An update about the first build does not change the second.
    store.advance(&first, Stage::Ready, Timestamp::now()).expect("nothing to write");
    assert_eq!(last(), Some(second.clone()));
    assert_eq!(store.last(&manifest, Platform::E2b).expect("it is read"), None);
    assert_eq!(store.find("t", "second"), Some(second));
    assert_eq!(store.find("t", "first"), None);
}

#[test]
fn only_the_owner_can_read_records_and_no_temporary_files_remain() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_directory, store, manifest) = store();
    store.remember(&record(&manifest, "b")).expect("written");
    // An old temporary file is removed, a new one of another process stays.
    let old = store.directory.join(".new-old");
    let fresh = store.directory.join(".new-fresh");
    File::create(&fresh).expect("created");
    let before = std::time::SystemTime::now() - 2 * LEFTOVER;
    File::create(&old).and_then(|file| file.set_modified(before)).expect("created");
    store.remember(&record(&manifest, "c")).expect("written");
    assert!(fresh.exists() && !old.exists());
    fs::remove_file(fresh).expect("removed");
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&store.directory), 0o700);
    let entries: Vec<_> = fs::read_dir(&store.directory).expect("read").flatten().collect();
    assert_eq!(entries.len(), 1);
    assert_eq!(mode(&entries[0].path()), 0o600);
}

#[test]
fn an_invalid_record_is_an_error_and_can_be_overwritten() {
    let (_directory, store, manifest) = store();
    let good = record(&manifest, "b");
    store.remember(&good).expect("written");
    let path = store.path_of(&good.manifest, None, "novita");
    fs::write(&path, "{").expect("written");
    let error = store.last(&manifest, Platform::Novita).expect_err("it is broken");
    assert!(error.to_string().contains("is invalid"), "{error}");
    assert_eq!(store.find("t", "b"), None);
    store.remember(&good).expect("written");
    assert_eq!(store.last(&manifest, Platform::Novita).expect("read"), Some(good));
}

#[test]
fn concurrent_writers_leave_one_complete_record() {
    let (_directory, store, manifest) = store();
    let write = |number: usize| {
        let record = record(&manifest, &format!("build-{number}"));
        for _ in 0..20 {
            store.remember(&record).expect("written");
            store.advance(&record, Stage::Ready, Timestamp::now()).expect("written");
            assert!(store.last(&manifest, Platform::Novita).expect("never torn").is_some());
        }
    };
    std::thread::scope(|scope| {
        for number in 0..4 {
            scope.spawn(move || write(number));
        }
    });
    assert_eq!(fs::read_dir(&store.directory).expect("read").count(), 1);
}

/// What a build was made of.
fn made(build_id: &str, value: &str) -> Built {
    let salt = Salt::new("salt".to_owned());
    let variables = [("A".to_owned(), salt.value(value))].into();
    let inputs = Inputs {
        salt,
        from: "debian:12".to_owned(),
        resources: BTreeMap::new(),
        fields: BTreeMap::new(),
        variables,
        steps: Vec::new(),
    };
    let (template_id, build_id) = ("t".to_owned(), build_id.to_owned());
    Built { template_id, build_id, inputs, image: None, tags: Vec::new() }
}

#[test]
fn what_the_newest_builds_were_made_of_is_kept() {
    let (_directory, store, manifest) = store();
    let platform = Platform::Novita;
    assert_eq!(store.history(&manifest, platform), None);
    for build_id in ["1", "2", "3", "4", "5", "6", "2"] {
        let built = made(build_id, build_id);
        store.remember_inputs(&manifest, platform, "x", built).expect("written");
    }
    let history = store.history(&manifest, platform).expect("it is read");
    let ids: Vec<_> = history.builds.iter().map(|built| built.build_id.as_str()).collect();
    assert_eq!(ids, ["2", "6", "5", "4", "3"]);
    assert_eq!(store.histories(), [history]);
    // A record of the build is another file.
    assert_eq!(store.last(&manifest, platform).expect("it is read"), None);
    assert_eq!(store.find("t", "2"), None);
}

#[test]
fn tags_are_added_to_a_build_that_is_known() {
    let (_directory, store, manifest) = store();
    let platform = Platform::Novita;
    let tag = |build_id: &str, tag: &str| {
        store.remember_tags(&manifest, platform, build_id, &[tag.to_owned()]).expect("written");
    };
    tag("1", "before");
    assert_eq!(store.history(&manifest, platform), None);
    store.remember_inputs(&manifest, platform, "x", made("1", "a")).expect("written");
    for name in ["v2", "v1", "v2"] {
        tag("1", name);
    }
    tag("2", "v1");
    let history = store.history(&manifest, platform).expect("it is read");
    assert_eq!(history.builds.len(), 1);
    assert_eq!(history.builds[0].tags, ["v1", "v2"]);
}

#[test]
fn a_history_of_another_version_is_ignored_and_replaced() {
    let (_directory, store, manifest) = store();
    let platform = Platform::Novita;
    let remember = || store.remember_inputs(&manifest, platform, "x", made("1", "a"));
    remember().expect("written");
    let path = fs::read_dir(store.directory()).expect("it is read").next();
    let path = path.expect("a file").expect("it is read").path();
    let text = fs::read_to_string(&path).expect("it is read");
    for other in [text.replace("\"version\":1", "\"version\":2"), "{".to_owned(), String::new()] {
        fs::write(&path, other).expect("written");
        assert_eq!(store.history(&manifest, platform), None);
        assert_eq!(store.histories(), []);
        remember().expect("written");
        assert!(store.history(&manifest, platform).is_some());
    }
}
