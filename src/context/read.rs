//! The hashes of several copies at once, each file read once.
//!
//! One hash is one SHA-256 over everything in order, which no second thread can share. What other
//! threads do is read ahead: the files come in batches, and this thread only hashes.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::Path;
use std::thread;

use super::batch::{self, Batch, Opener};
use super::entry::Entry;
use super::hash::{ContentHash, CopyHash, FilesHash, Hasher};
use super::{ContextError, FileSet};
use crate::parallel;

/// The fewest bytes that are worth a thread's start.
const WORTH_THREADS: u64 = 128 * 1024;

/// The hashes of each set. All are of one context.
pub(super) fn hash(sets: &[&FileSet]) -> Vec<Result<CopyHash, ContextError>> {
    let groups = groups(sets);
    let bytes: u64 = sets.iter().map(|set| set.bytes()).sum();
    let entries: usize = sets.iter().map(|set| set.entries.len()).sum();
    let is_small = bytes < WORTH_THREADS && entries < batch::MOST_ENTRIES;
    let most = if is_small { 1 } else { parallel::threads() };
    // Sets that share no file are hashed side by side.
    let side_by_side = groups.len().min(most);
    let threads = most.div_ceil(side_by_side.max(1));
    let hashed = parallel::map(&groups, side_by_side, |group| {
        let of: Vec<_> = group.iter().map(|at| sets[*at]).collect();
        match together(&of, threads) {
            Ok(hashes) => hashes.into_iter().map(Ok).collect(),
            Err(error) if of.len() == 1 => vec![Err(error)],
            // Whose fault it is shows when each is read by itself.
            Err(_) => of.iter().map(|set| alone(set, threads)).collect::<Vec<_>>(),
        }
    });
    let mut by_place: Vec<_> =
        groups.into_iter().flatten().zip(hashed.into_iter().flatten()).collect();
    by_place.sort_unstable_by_key(|(at, _)| *at);
    by_place.into_iter().map(|(_, hash)| hash).collect()
}

fn alone(set: &FileSet, threads: usize) -> Result<CopyHash, ContextError> {
    let mut hashes = together(&[set], threads)?;
    hashes.pop().ok_or_else(|| ContextError::Changed(set.copy.source.clone()))
}

/// The places of the sets, those together that have a file in common.
fn groups(sets: &[&FileSet]) -> Vec<Vec<usize>> {
    if sets.len() == 1 {
        return vec![vec![0]];
    }
    let mut leader: Vec<usize> = (0..sets.len()).collect();
    let mut first_with: HashMap<(&Path, &str), usize> = HashMap::new();
    for (at, set) in sets.iter().enumerate() {
        for entry in set.entries.iter().filter(|entry| entry.is_file()) {
            let other = *first_with.entry((&set.root, &entry.path)).or_insert(at);
            let (from, to) = (leader[at], leader[other]);
            if from != to {
                leader.iter_mut().filter(|it| **it == from).for_each(|it| *it = to);
            }
        }
    }
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); sets.len()];
    for (at, leader) in leader.into_iter().enumerate() {
        groups[leader].push(at);
    }
    groups.retain(|group| !group.is_empty());
    groups
}

/// Hashes sets that share files.
fn together(sets: &[&FileSet], threads: usize) -> Result<Vec<CopyHash>, ContextError> {
    let root = sets.first().map_or(Path::new("."), |set| set.root.as_path());
    let mut files: Vec<&Entry> =
        sets.iter().flat_map(|set| set.entries.iter()).filter(|entry| entry.is_file()).collect();
    if sets.len() > 1 {
        // A file that changed while the sets were matched is another one in each.
        files.sort_by_key(|file| (&file.path, file.size));
        files.dedup_by_key(|file| (&file.path, file.size));
    }
    let batches = batch::divide(files.iter().map(|file| file.size));
    let mut feeds: Vec<_> = sets.iter().flat_map(|set| Feed::both(set)).collect();
    let fill = |batch: &Batch, bytes: &mut Vec<u8>| {
        bytes.clear();
        let mut opener = Opener::new(root);
        match batch {
            Batch::Whole(range) => files[range.clone()]
                .iter()
                .try_for_each(|file| batch::read_whole(root, file, &opener.open(file)?, bytes)),
            Batch::Part { at, bytes: part } => {
                let file = opener.open(files[*at])?;
                batch::read_part(root, files[*at], &file, part, bytes)
            }
        }
    };
    parallel::pipe(&batches, threads, fill, |batch, bytes| {
        if feeds.len() > 1 && bytes.len() as u64 >= WORTH_THREADS {
            thread::scope(|scope| {
                for feed in &mut feeds {
                    let (files, bytes) = (&files, &*bytes);
                    scope.spawn(move || feed.batch(batch, files, bytes));
                }
            });
        } else {
            for feed in &mut feeds {
                feed.batch(batch, &files, bytes);
            }
        }
        Ok(())
    })?;
    let mut hashes = feeds.into_iter().map(Feed::finish);
    let mut both = Vec::with_capacity(sets.len());
    while let (Some(archive), Some(content)) = (hashes.next(), hashes.next()) {
        both.push(CopyHash { archive: FilesHash(archive), content: ContentHash(content) });
    }
    Ok(both)
}

/// One of a set's hashes on its way.
struct Feed<'a> {
    entries: &'a [Entry],
    hasher: Hasher,
}

impl<'a> Feed<'a> {
    /// Those of the archive and of the content.
    fn both(set: &'a FileSet) -> [Self; 2] {
        [Hasher::of_archive(&set.copy), Hasher::of_content(&set.copy)]
            .map(|hasher| Self { entries: &set.entries, hasher })
    }

    /// Takes what a batch holds of this set.
    fn batch(&mut self, batch: &Batch, files: &[&Entry], bytes: &[u8]) {
        match batch {
            Batch::Whole(range) => {
                let mut rest = bytes;
                for file in &files[range.clone()] {
                    let size = usize::try_from(file.size).unwrap_or(usize::MAX);
                    let (content, after) = rest.split_at(size.min(rest.len()));
                    rest = after;
                    self.part(file, true, true, content);
                }
            }
            Batch::Part { at, bytes: part } => {
                let file = files[*at];
                self.part(file, part.start == 0, part.end == file.size, bytes);
            }
        }
    }

    fn part(&mut self, file: &Entry, first: bool, last: bool, content: &[u8]) {
        self.skip();
        let Some((next, rest)) = self.entries.split_first() else { return };
        if (&next.path, next.size) != (&file.path, file.size) {
            return;
        }
        if first {
            self.hasher.begin(next);
        }
        self.hasher.content(content);
        if last {
            self.entries = rest;
        }
    }

    /// Hashes the directories and links that come before the next file.
    fn skip(&mut self) {
        while let Some((next, rest)) = self.entries.split_first().filter(|(it, _)| !it.is_file()) {
            self.hasher.begin(next);
            self.entries = rest;
        }
    }

    fn finish(mut self) -> String {
        self.skip();
        self.hasher.finish()
    }
}
