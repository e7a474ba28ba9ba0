//! The laws of the text of a lock, and of merging two of them.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs;
use std::process::Command;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use sandbox_toml::lock::{ImageKey, Lock, LockedImage, TemplateKey, read, recover, write};
use sandbox_toml::source::FileId;

use crate::support::Workspace;
use crate::support::process::ToEnd as _;

/// The references of images, few enough that two locks have some in common.
const IMAGES: &[&str] = &[
    "debian:12",
    "ghcr.io/a/b:1",
    "localhost:5000/a",
    "node:22",
    "oven/bun:1.3",
    "python:3.12",
    "python:3.12-slim",
    "python@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "ubuntu:24.04",
];

/// A string as images and steps can have it.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z/:. ]{0,12}", "\\PC{0,12}", "[\"\\\\\n\t\r\u{1}\u{7f}<=>|#']{0,8}"]
}

fn any_digest() -> impl Strategy<Value = String> {
    (0..4_u8).prop_map(|digit| format!("sha256:{}", digit.to_string().repeat(64)))
}

fn any_image() -> impl Strategy<Value = LockedImage> {
    (
        any_digest(),
        any_digest(),
        btree_map("[A-C_]{1,2}", any_text(), 0..4),
        option::of(any_text()),
        option::of("[a-z]{1,4}"),
        vec(any_text(), 0..3),
        vec(any_text(), 0..3),
    )
        .prop_map(|(index, amd64, env, workdir, user, entrypoint, command)| LockedImage {
            index,
            amd64,
            env,
            workdir,
            user,
            entrypoint,
            command,
        })
}

fn any_key() -> impl Strategy<Value = ImageKey> {
    proptest::sample::select(IMAGES)
        .prop_map(|reference| ImageKey::of(reference).expect("a reference"))
}

fn any_template() -> impl Strategy<Value = TemplateKey> {
    ("[a-c](:v1)?", proptest::sample::select(&["e2b", "novita", "local"][..]))
        .prop_map(|(reference, platform)| TemplateKey { reference, platform: platform.to_owned() })
}

fn any_packages() -> impl Strategy<Value = Vec<String>> {
    btree_map("[a-d]", "[0-9]", 0..4).prop_map(|packages| {
        packages.iter().map(|(name, version)| format!("{name}=={version}")).collect()
    })
}

/// A lock. What is pinned by the manifest itself has no other digest.
fn any_lock() -> impl Strategy<Value = Lock> {
    let images = btree_map(any_key(), any_image(), 0..6).prop_map(|images| {
        let images = images.into_iter().map(|(key, mut image)| {
            if let Some(digest) = key.digest() {
                digest.clone_into(&mut image.index);
            }
            (key, image)
        });
        images.collect::<BTreeMap<_, _>>()
    });
    (
        images,
        btree_map(any_template(), "sbx-[0-9a-f]{2}", 0..4),
        btree_map("sbx-[0-9a-f]{2}", "[a-z]{3}@sha256:0", 0..3),
        btree_map("(pip|npm) install [a-c]( [d-f])?", any_packages(), 0..5),
    )
        .prop_map(|(images, templates, builds, packages)| Lock {
            images,
            templates,
            builds,
            packages,
        })
}

/// One of two locks for each entry: `None` takes it from the first.
fn mixed<K: Ord + Clone, V: Clone>(
    base: &BTreeMap<K, V>,
    other: &BTreeMap<K, V>,
    mask: u32,
) -> BTreeMap<K, V> {
    let keys: Vec<_> = base.keys().chain(other.keys()).collect();
    let picked = keys.iter().enumerate().filter_map(|(at, key)| {
        let from = if mask & (1 << (at % 32)) == 0 { base } else { other };
        from.get(key).map(|value| ((*key).clone(), value.clone()))
    });
    picked.collect()
}

/// A branch of `base`, with some entries as in `other`.
fn branch(base: &Lock, other: &Lock, mask: u32) -> Lock {
    Lock {
        images: mixed(&base.images, &other.images, mask),
        templates: mixed(&base.templates, &other.templates, mask.rotate_left(7)),
        builds: mixed(&base.builds, &other.builds, mask.rotate_left(14)),
        packages: mixed(&base.packages, &other.packages, mask.rotate_left(21)),
    }
}

/// What both branches changed together; `None` if they disagree.
fn merged<K: Ord + Clone, V: Clone + PartialEq>(
    base: &BTreeMap<K, V>,
    ours: &BTreeMap<K, V>,
    theirs: &BTreeMap<K, V>,
) -> Option<BTreeMap<K, V>> {
    let mut all = BTreeMap::new();
    for key in base.keys().chain(ours.keys()).chain(theirs.keys()) {
        let (base, ours, theirs) = (base.get(key), ours.get(key), theirs.get(key));
        let value = match (ours == theirs, ours == base, theirs == base) {
            (true, ..) | (_, _, true) => ours,
            (_, true, _) => theirs,
            _ => return None,
        };
        if let Some(value) = value {
            all.insert(key.clone(), value.clone());
        }
    }
    Some(all)
}

fn merge(base: &Lock, ours: &Lock, theirs: &Lock) -> Option<Lock> {
    Some(Lock {
        images: merged(&base.images, &ours.images, &theirs.images)?,
        templates: merged(&base.templates, &ours.templates, &theirs.templates)?,
        builds: merged(&base.builds, &ours.builds, &theirs.builds)?,
        packages: merged(&base.packages, &ours.packages, &theirs.packages)?,
    })
}

/// What is found is what is expected, and at most entries of the base beside it.
fn remains<K: Ord + Clone + Debug, V: Clone + PartialEq + Debug>(
    base: &BTreeMap<K, V>,
    expected: &BTreeMap<K, V>,
    found: &BTreeMap<K, V>,
) -> Result<(), TestCaseError> {
    let mut without = found.clone();
    without.retain(|key, value| expected.contains_key(key) || base.get(key) != Some(value));
    prop_assert_eq!(&without, expected);
    Ok(())
}

/// What Git makes of the texts of two branches.
fn git_merge(workspace: &Workspace, base: &Lock, ours: &Lock, theirs: &Lock) -> String {
    let [base, ours, theirs] = [("base", base), ("ours", ours), ("theirs", theirs)]
        .map(|(name, lock)| workspace.write(name, write(lock)));
    let merged = Command::new("git").args(["merge-file", "-p"]).args([ours, base, theirs]).to_end();
    String::from_utf8(merged.stdout).expect("text")
}

/// The lock, if nothing is reported.
fn read_back(text: &str) -> Option<Lock> {
    let (lock, diagnostics) = read(text, FileId::MANIFEST);
    (!diagnostics.has_errors()).then_some(lock)
}

proptest! {
    #[test]
    fn what_is_written_is_read(lock in any_lock()) {
        let text = write(&lock);
        prop_assert_eq!(read_back(&text), Some(lock), "{}", text);
    }

    /// Entries come in any order, as from an older version or a person; the text is one.
    #[test]
    fn the_text_does_not_depend_on_the_order_of_entries(lock in any_lock(), seed in any::<u64>()) {
        let text = write(&lock);
        let mut parts: Vec<_> = text.split("\n\n").collect();
        let mut entries = parts.split_off(1);
        let count = entries.len().max(1) as u64;
        for at in 0..entries.len() {
            let other = usize::try_from(seed.wrapping_mul(at as u64 + 7) % count).expect("small");
            entries.swap(at, other);
        }
        parts.extend(entries);
        let shuffled = parts.join("\n\n");
        prop_assert_eq!(read_back(&shuffled).map(|lock| write(&lock)), Some(text), "{}", shuffled);
    }

    #[test]
    fn entries_and_facts_are_sorted_and_have_lines_of_their_own(lock in any_lock()) {
        let text = write(&lock);
        let of = |prefix: &str| -> Vec<_> {
            text.lines().filter_map(|line| line.strip_prefix(prefix).map(str::to_owned)).collect()
        };
        prop_assert_eq!(of("amd64 = ").len(), lock.images.len());
        let variables: usize = lock.images.values().map(|image| image.env.len()).sum();
        prop_assert_eq!(of("env.").len(), variables);
        let packages: usize = lock.packages.values().map(Vec::len).sum();
        prop_assert_eq!(of("  \"").len(), packages);
        let steps = of("step = ");
        let steps: Vec<_> = steps.iter().map(|step| step.trim_matches('"')).collect();
        prop_assert!(steps.is_sorted(), "{}", text);
        prop_assert!(text.ends_with('\n') && !text.contains("\n\n\n") && !text.contains('\r'));
    }

    /// A merge without a conflict means what both branches mean; everything else is reported. An
    /// entry that a branch has removed may remain, because Git takes lines of another entry for the
    /// removed ones if they are equal: `sbx lock --check` reports it as unused.
    #[test]
    fn two_branches_merge_or_conflict(
        base in any_lock(),
        other in any_lock(),
        masks in any::<(u32, u32)>(),
    ) {
        let workspace = Workspace::empty();
        let (ours, theirs) = (branch(&base, &other, masks.0), branch(&base, &other, masks.1));
        let text = git_merge(&workspace, &base, &ours, &theirs);
        if let Some(found) = read_back(&text) {
            let expected = merge(&base, &ours, &theirs);
            prop_assert!(expected.is_some(), "{}", text);
            let expected = expected.unwrap_or_default();
            remains(&base.images, &expected.images, &found.images)?;
            remains(&base.templates, &expected.templates, &found.templates)?;
            remains(&base.builds, &expected.builds, &found.builds)?;
            remains(&base.packages, &expected.packages, &found.packages)?;
        }
    }

    /// Whatever `sbx lock` keeps of a conflict is in one of both branches, and what is in both is
    /// kept.
    #[test]
    fn what_both_sides_of_a_conflict_have_is_kept(
        base in any_lock(),
        ours in any_lock(),
        theirs in any_lock(),
    ) {
        let workspace = Workspace::empty();
        let text = git_merge(&workspace, &base, &ours, &theirs);
        let Some(kept) = recover(&text) else { return Ok(()) };
        for (key, image) in &kept.images {
            let sides = [ours.images.get(key), theirs.images.get(key)];
            prop_assert!(sides.contains(&Some(image)), "{}", text);
        }
        for (key, image) in &ours.images {
            if theirs.images.get(key) == Some(image) {
                prop_assert_eq!(kept.images.get(key), Some(image), "{}", text);
            }
        }
    }
}

/// The case that people meet: two branches add an image each, at different places.
#[test]
fn branches_that_lock_different_things_merge() {
    let lock = |references: &[&str]| {
        let image = |reference: &&str| {
            let key = ImageKey::of(reference).expect("a reference");
            let digest = format!("sha256:{:0>64}", reference.len());
            let env = BTreeMap::from([("PATH".to_owned(), "/bin".to_owned())]);
            let image =
                LockedImage { index: digest.clone(), amd64: digest, env, ..LockedImage::default() };
            (key, image)
        };
        Lock { images: references.iter().map(image).collect(), ..Lock::default() }
    };
    let base = lock(&["debian:12", "node:22", "ubuntu:24.04"]);
    let ours = lock(&["debian:12", "golang:1.24", "node:22", "ubuntu:24.04"]);
    let theirs = lock(&["debian:12", "node:22", "python:3.12", "ubuntu:24.04"]);
    let all = lock(&["debian:12", "golang:1.24", "node:22", "python:3.12", "ubuntu:24.04"]);
    let workspace = Workspace::empty();
    assert_eq!(read_back(&git_merge(&workspace, &base, &ours, &theirs)), Some(all));

    let theirs = lock(&["debian:12", "golang:1.25-alpine", "node:22", "ubuntu:24.04"]);
    let text = git_merge(&workspace, &base, &ours, &theirs);
    assert_eq!(read_back(&text), None, "{text}");
    let both = lock(&["debian:12", "golang:1.24", "golang:1.25-alpine", "node:22", "ubuntu:24.04"]);
    assert_eq!(recover(&text), Some(both));
    fs::remove_dir_all(workspace.path()).expect("the workspace is removed");
}
