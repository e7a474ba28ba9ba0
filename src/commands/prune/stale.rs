//! The tags of `sbx` that a template does not need any more.

use std::time::Duration;

use jiff::Timestamp;

use crate::scalar::{is_digest, is_temporary};
use crate::submit::templates::TagAssignment;

/// How old a temporary tag must be: the build that had it has failed, or its command was killed.
const WEEK: Duration = Duration::from_hours(7 * 24);

/// How many digests are kept in any case: `sbx apply` of an older commit finds its build by them.
const KEPT: usize = 20;

/// The temporary tags that are older than a week, and the digests beyond the newest 20 whose builds
/// have no other tag. A tag whose time cannot be read is kept.
pub(super) fn stale(tags: &[TagAssignment], now: Timestamp) -> Vec<String> {
    let is_old = |tag: &TagAssignment| {
        let age = created(tag).map(|created| now.duration_since(created));
        age.and_then(|age| Duration::try_from(age).ok()).is_some_and(|age| age > WEEK)
    };
    let temporary: Vec<&TagAssignment> =
        tags.iter().filter(|tag| is_temporary(&tag.tag) && is_old(tag)).collect();
    let is_kept = |tag: &TagAssignment| !temporary.iter().any(|old| old.tag == tag.tag);
    let is_accompanied = |digest: &TagAssignment| {
        let mut others = tags.iter().filter(|tag| !is_digest(&tag.tag) && is_kept(tag));
        others.any(|tag| tag.build_id == digest.build_id)
    };
    let mut digests: Vec<&TagAssignment> =
        tags.iter().filter(|tag| is_digest(&tag.tag) && created(tag).is_some()).collect();
    digests.sort_by_key(|tag| std::cmp::Reverse(created(tag)));
    let digests = digests.into_iter().skip(KEPT).filter(|digest| !is_accompanied(digest));
    temporary.iter().copied().chain(digests).map(|tag| tag.tag.clone()).collect()
}

fn created(tag: &TagAssignment) -> Option<Timestamp> {
    tag.created_at.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(tag: &str, build: &str, day: usize) -> TagAssignment {
        TagAssignment {
            tag: tag.to_owned(),
            build_id: build.to_owned(),
            status: None,
            created_at: format!("2026-11-{day:02}T00:00:00Z"),
        }
    }

    fn now(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn temporary_tags_are_removed_after_a_week() {
        let tags = [tag("sbx-tmp-old", "a", 1), tag("sbx-tmp-new", "b", 8), tag("v1", "c", 1)];
        assert!(stale(&tags, now("2026-11-08T00:00:00Z")).is_empty());
        assert_eq!(stale(&tags, now("2026-11-08T00:00:01Z")), ["sbx-tmp-old"]);
        // A clock that is wrong removes nothing.
        assert!(stale(&tags, now("2020-01-01T00:00:00Z")).is_empty());
    }

    #[test]
    fn digests_beyond_the_newest_are_removed_unless_a_tag_accompanies_them() {
        let digest = |number: usize| format!("sbx-{number:016x}");
        let mut tags: Vec<_> =
            (1..=24).map(|day| tag(&digest(day), &format!("build-{day}"), day)).collect();
        tags.push(tag("prod", "build-1", 24));
        tags.push(tag("sbx-tmp-x", "build-2", 2));
        tags.push(tag("sbx-tmp-y", "build-3", 24));
        let expected = ["sbx-tmp-x".to_owned(), digest(4), digest(2)];
        assert_eq!(stale(&tags, now("2026-11-25T00:00:00Z")), expected);
        let unreadable =
            TagAssignment { created_at: "soon".to_owned(), ..tag(&digest(99), "z", 1) };
        tags.push(unreadable);
        assert_eq!(stale(&tags, now("2026-11-25T00:00:00Z")), expected);
    }
}
