//! Merge conflicts in a lock.
//!
//! Strings have no line breaks in a lock, so a line that begins with a marker is one.

use std::collections::BTreeMap;

use super::{Lock, read};
use crate::source::{FileId, Span};

/// The first marker of a conflict, if there is one.
pub(super) fn marker(text: &str, file: FileId) -> Option<Span> {
    let mut start = 0;
    text.split_inclusive('\n').find_map(|line| {
        let (from, content) = (start, line.trim_end());
        start += line.len();
        Marker::of(content).map(|_| Span { file, start: from, end: from + content.len() })
    })
}

/// The parts of a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Marker {
    Ours,
    Base,
    Theirs,
    End,
}

impl Marker {
    fn of(line: &str) -> Option<Self> {
        const LEN: usize = 7;
        let mark = line.get(..LEN)?;
        if !matches!(line.as_bytes().get(LEN), None | Some(b' ')) {
            return None;
        }
        match mark {
            "<<<<<<<" => Some(Self::Ours),
            "|||||||" => Some(Self::Base),
            "=======" => Some(Self::Theirs),
            ">>>>>>>" => Some(Self::End),
            _ => None,
        }
    }
}

/// The entries of a lock with merge conflicts on which both sides agree, or which only one has;
/// `None` if there is no conflict, or a side cannot be read. What the sides disagree about is to be
/// looked up again.
#[must_use]
pub fn recover(text: &str) -> Option<Lock> {
    let (ours, theirs) = sides(text)?;
    let side = |text: &str| {
        let (lock, diagnostics) = read(text, FileId::MANIFEST);
        (!diagnostics.has_errors()).then_some(lock)
    };
    let (ours, theirs) = (side(&ours)?, side(&theirs)?);
    Some(Lock {
        images: agreed(ours.images, theirs.images),
        templates: agreed(ours.templates, theirs.templates),
        builds: agreed(ours.builds, theirs.builds),
        packages: agreed(ours.packages, theirs.packages),
    })
}

/// The two texts that were to be merged.
fn sides(text: &str) -> Option<(String, String)> {
    let (mut ours, mut theirs) = (String::new(), String::new());
    let mut within = None;
    let mut has_conflict = false;
    for line in text.split_inclusive('\n') {
        if let Some(marker) = Marker::of(line.trim_end()) {
            has_conflict = true;
            within = (marker != Marker::End).then_some(marker);
            continue;
        }
        if matches!(within, None | Some(Marker::Ours)) {
            ours.push_str(line);
        }
        if matches!(within, None | Some(Marker::Theirs)) {
            theirs.push_str(line);
        }
    }
    has_conflict.then_some((ours, theirs))
}

fn agreed<K: Ord, V: PartialEq>(ours: BTreeMap<K, V>, theirs: BTreeMap<K, V>) -> BTreeMap<K, V> {
    let mut all = ours;
    for (key, value) in theirs {
        match all.entry(key) {
            std::collections::btree_map::Entry::Occupied(known) if *known.get() != value => {
                known.remove();
            }
            std::collections::btree_map::Entry::Occupied(_) => {}
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(value);
            }
        }
    }
    all
}
