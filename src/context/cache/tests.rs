use std::thread;

use super::super::{Context, IgnoreRules, hash_all};
use super::*;
use crate::host::System;
use crate::template::Copy;

/// More than the grain of the clocks of file systems that tests run on.
const TICK: Duration = Duration::from_millis(50);

fn copy_of(source: &str) -> Copy {
    Copy::new(source, "/x/")
}

fn select(root: &Path) -> FileSet {
    let context = Context::new(&System, root.to_owned(), IgnoreRules::default());
    context.select(&copy_of("tree")).expect("it matches")
}

/// A tree, and a cache beside it.
fn workspace() -> (tempfile::TempDir, HashCache) {
    let root = tempfile::tempdir().expect("a directory");
    fs::create_dir(root.path().join("tree")).expect("made");
    fs::write(root.path().join("tree/file"), "content").expect("written");
    let cache = HashCache::within(&root.path().join("cache/sbx")).with_grain(TICK);
    (root, cache)
}

/// Hashes that no copy has.
fn made_of(digit: &str) -> CopyHash {
    let digits = digit.repeat(64);
    CopyHash { archive: FilesHash(digits.clone()), content: ContentHash(digits) }
}

fn kept(cache: &HashCache) -> usize {
    cache.open().kept.len()
}

/// The hashes through the cache, which are the true ones.
fn hash(root: &Path, cache: &HashCache) -> CopyHash {
    let set = select(root);
    let hash = hash_all(&[&set], cache).pop().expect("one").expect("hashed");
    assert_eq!(hash, set.hashes().expect("hashed"));
    hash
}

/// Writes other hashes where the true ones are kept, so that their use shows.
fn mark(cache: &HashCache) -> CopyHash {
    let marked = made_of("0");
    let mut session = cache.open();
    for kept in &mut session.kept {
        *kept = Kept::new(kept.key.clone(), &marked);
    }
    session.changed = true;
    session.close();
    marked
}

#[test]
fn unchanged_files_are_not_read() {
    let (root, cache) = workspace();
    thread::sleep(TICK * 2);
    hash(root.path(), &cache);
    assert_eq!(kept(&cache), 1);
    let marked = mark(&cache);
    let again = hash_all(&[&select(root.path())], &cache).pop().expect("one").expect("known");
    assert_eq!(again, marked);
    // Another target is another hash.
    let context = Context::new(&System, root.path().to_owned(), IgnoreRules::default());
    let other = context.select(&Copy { target: "/y/".to_owned(), ..copy_of("tree") });
    let other = other.expect("it matches");
    let hashed = hash_all(&[&other], &cache).pop().expect("one").expect("hashed");
    assert_eq!(hashed, other.hashes().expect("hashed"));
}

#[test]
fn recent_changes_are_not_cached() {
    let (root, cache) = workspace();
    let cautious = cache.clone().with_grain(Duration::from_hours(1));
    thread::sleep(TICK * 2);
    hash(root.path(), &cautious);
    assert_eq!(kept(&cautious), 0);
    hash(root.path(), &cache);
    assert_eq!(kept(&cache), 1);
    // A time in the future was set by a program, and identifies the state as well.
    let file = fs::File::open(root.path().join("tree/file")).expect("opened");
    let day = Duration::from_hours(24);
    file.set_modified(SystemTime::now() + day).expect("set");
    thread::sleep(TICK * 2);
    hash(root.path(), &cache);
    assert_eq!(kept(&cache), 2);
}

#[test]
fn a_corrupt_file_is_ignored() {
    let (root, cache) = workspace();
    thread::sleep(TICK * 2);
    let true_hash = hash(root.path(), &cache);
    let file = cache.file.clone().expect("a file");
    let sound = fs::read_to_string(&file).expect("read");
    let digit = sound.find(true_hash.content.as_str()).expect("it is kept");
    let mut flipped = sound.clone().into_bytes();
    flipped[digit] = if flipped[digit] == b'0' { b'1' } else { b'0' };
    for damaged in [
        flipped,
        b"\xff\xfe\x00".to_vec(),
        sound.as_bytes()[..sound.len() - 5].to_vec(),
        sound.replace(HEADER, "sbx files-hash 1").into_bytes(),
        sound.replace(true_hash.archive.as_str(), "").into_bytes(),
        vec![b'\n'; 3 << 20],
        Vec::new(),
    ] {
        fs::write(&file, damaged).expect("written");
        assert_eq!(hash(root.path(), &cache), true_hash);
        // And the next run has a sound one again.
        assert_eq!(cache.open().kept.last().and_then(Kept::hash), Some(true_hash.clone()));
    }
    fs::remove_file(&file).expect("removed");
    fs::create_dir(&file).expect("made");
    assert_eq!(hash(root.path(), &cache), true_hash);
    let nowhere = HashCache::within(Path::new("/dev/null/cache")).with_grain(TICK);
    assert_eq!(hash(root.path(), &nowhere), true_hash);
}

#[test]
fn the_hashes_used_last_are_kept() {
    let (root, cache) = workspace();
    let set = select(root.path());
    let hash = made_of("1");
    thread::sleep(TICK * 2);
    let set = FileSet { since: SystemTime::now(), ..set };
    let mut session = cache.open();
    for at in 0..MOST + 10 {
        session.put(&set, format!("key{at}"), &hash);
        if at % 1000 == 0 {
            session.get("key0").expect("it is kept");
        }
    }
    session.close();
    let mut session = cache.open();
    assert_eq!(session.kept.len(), MOST);
    assert_eq!(session.get("key0"), Some(hash));
    assert_eq!(session.get("key1"), None);
    let bytes = fs::metadata(cache.file.as_ref().expect("a file")).expect("there").len();
    assert!(bytes < MOST_BYTES, "{bytes} bytes");
}

#[test]
fn wrong_hashes_are_removed() {
    let (root, cache) = workspace();
    thread::sleep(TICK * 2);
    let true_hash = hash(root.path(), &cache);
    mark(&cache);
    cache.forget([&select(root.path())]);
    assert_eq!(kept(&cache), 0);
    assert_eq!(hash(root.path(), &cache), true_hash);
}

#[test]
fn changes_within_one_tick_of_the_clock_are_noticed() {
    let (root, cache) = workspace();
    let file = root.path().join("tree/file");
    for at in 0..200 {
        fs::write(&file, [at; 8]).expect("written");
        let restored = fs::File::open(&file).expect("opened");
        restored.set_modified(SystemTime::UNIX_EPOCH).expect("set");
        hash(root.path(), &cache);
    }
}
