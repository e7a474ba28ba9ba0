//! What is true of paths, and since when.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::Moment;

/// A property of paths at each moment.
#[derive(Debug)]
pub(super) struct Timeline<T> {
    /// What was said of a path itself, in the order of time.
    own: BTreeMap<String, Vec<(Moment, T)>>,
    /// What was said of everything below a path.
    below: BTreeMap<String, Vec<(Moment, T)>>,
}

impl<T> Default for Timeline<T> {
    fn default() -> Self {
        Self { own: BTreeMap::new(), below: BTreeMap::new() }
    }
}

impl<T> Timeline<T> {
    /// Says something of a path.
    pub(super) fn set(&mut self, path: &str, at: Moment, value: T) {
        self.own.entry(path.to_owned()).or_default().push((at, value));
    }

    /// Says something of everything below a path, but not of the path itself.
    pub(super) fn set_below(&mut self, path: &str, at: Moment, value: T) {
        self.below.entry(path.to_owned()).or_default().push((at, value));
    }

    /// The paths of which something was said themselves, and which begin so.
    pub(super) fn below(&self, prefix: &str) -> impl Iterator<Item = &str> {
        let paths = self.own.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
        paths.map(|(path, _)| path.as_str()).take_while(move |path| path.starts_with(prefix))
    }

    /// What was said last of a path or of a directory above it, before a moment.
    pub(super) fn last(&self, path: &str, now: Moment) -> Option<&T> {
        self.last_with_time(path, now).map(|(_, value)| value)
    }

    /// As [`Timeline::last`], with the time at which it was said.
    pub(super) fn last_with_time(&self, path: &str, now: Moment) -> Option<(Moment, &T)> {
        let before = |said: &'_ [(Moment, T)]| said.partition_point(|(at, _)| *at < now);
        let latest = |map: &'_ BTreeMap<String, Vec<(Moment, T)>>, key: &str| -> Option<_> {
            let said = map.get(key)?;
            Some((key.len(), before(said).checked_sub(1)?))
        };
        let mut found = latest(&self.own, path).map(|(_, at)| (&self.own, path, at));
        for parent in parents(path) {
            let Some((_, at)) = latest(&self.below, parent) else { continue };
            let time = |map: &BTreeMap<String, Vec<(Moment, T)>>, key: &str, at: usize| {
                map.get(key).and_then(|said| said.get(at)).map(|(time, _)| *time)
            };
            let is_later = found.is_none_or(|(map, key, place)| {
                time(&self.below, parent, at) > time(map, key, place)
            });
            if is_later {
                found = Some((&self.below, parent, at));
            }
        }
        let (map, key, at) = found?;
        map.get(key)?.get(at).map(|(time, value)| (*time, value))
    }
}

/// Whether a path is a directory or below it.
pub(in crate::lint) fn is_within(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The directories above an absolute path, the nearest first.
pub(super) fn parents(path: &str) -> impl Iterator<Item = &str> {
    let nearest = |path: &'_ str| -> Option<usize> {
        if path == "/" { None } else { Some(path.rfind('/')?.max(1)) }
    };
    std::iter::successors(nearest(path).map(|end| &path[..end]), move |parent| {
        nearest(parent).map(|end| &parent[..end])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_word_on_a_path_or_above_it_counts() {
        let at = |instruction| Moment { instruction, command: 0 };
        let mut timeline = Timeline::default();
        timeline.set("/a", at(1), "made");
        timeline.set("/a/b", at(2), "copied");
        timeline.set_below("/a", at(3), "chowned");
        timeline.set("/a/c", at(4), "written");
        assert_eq!(timeline.last("/a", at(1)), None, "only what was before");
        assert_eq!(timeline.last("/a", at(9)), Some(&"made"));
        assert_eq!(timeline.last("/a/b", at(3)), Some(&"copied"));
        assert_eq!(timeline.last("/a/b", at(9)), Some(&"chowned"));
        assert_eq!(timeline.last("/a/c", at(9)), Some(&"written"));
        assert_eq!(timeline.last("/ab", at(9)), None);
        assert_eq!(parents("/a/b/c").collect::<Vec<_>>(), ["/a/b", "/a", "/"]);
        assert_eq!(parents("/").count(), 0);
    }
}
