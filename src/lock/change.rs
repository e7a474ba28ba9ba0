//! What is another one in an image, in the words of people.
//!
//! Nothing is concluded: a word is there if both images say it themselves.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::LockedImage;
use crate::template::ImageConfig;

/// The characters of a digest that are shown, without its algorithm.
const SHOWN: usize = 12;

/// The end of the names of variables that hold a version.
const VERSION: &str = "_VERSION";

/// The ends of the names of variables that follow from a version.
const RECORDS: &[&str] = &["_SHA256", "_SHA512", "GPG_KEY", "GPG_KEYS"];

/// The beginning of a digest, which tells it apart from others.
#[must_use]
pub fn short_digest(digest: &str) -> &str {
    let start = digest.find(':').map_or(0, |colon| colon + 1);
    digest.get(..start + SHOWN).unwrap_or(digest)
}

/// What changed from a locked image to another one: versions first, then dates. `before` is what the
/// registry still has of the locked one.
#[must_use]
pub fn image_changes(
    locked: &LockedImage,
    before: Option<&ImageConfig>,
    now: &ImageConfig,
) -> Vec<String> {
    let new = LockedImage::of(now);
    let mut changes = Vec::new();
    if let Some(before) = before {
        changes.extend(debian(before, now));
        changes.extend(differ("version", before.version.as_deref(), now.version.as_deref()));
    }
    let mut others = BTreeSet::new();
    for name in locked.env.keys().chain(new.env.keys()).collect::<BTreeSet<_>>() {
        match (locked.env.get(name), new.env.get(name)) {
            (Some(old), Some(new)) if old == new => {}
            (Some(old), Some(new)) if name.ends_with(VERSION) => {
                changes.push(format!("{name} {old} → {new}"));
            }
            _ if RECORDS.iter().any(|end| name.ends_with(end)) => {}
            _ => {
                others.insert(name.as_str());
            }
        }
    }
    if !others.is_empty() {
        let names: Vec<_> = others.into_iter().collect();
        changes.push(format!("other variables: {}", names.join(", ")));
    }
    let (old, now_has) = (&locked, &new);
    for (what, same) in [
        ("working directory", old.workdir == now_has.workdir),
        ("user", old.user == now_has.user),
        ("entry point", old.entrypoint == now_has.entrypoint),
        ("command", old.command == now_has.command),
    ] {
        if !same {
            changes.push(format!("another {what}"));
        }
    }
    if let Some(before) = before {
        let day = |config: &ImageConfig| config.created.as_deref().and_then(day);
        changes.extend(differ("made", day(before).as_deref(), day(now).as_deref()));
    }
    changes
}

fn differ(what: &str, old: Option<&str>, new: Option<&str>) -> Option<String> {
    let (old, new) = (old?, new?);
    (old != new).then(|| format!("{what} {old} → {new}"))
}

/// The day of a timestamp. One that no image was made on stands for "not known", as reproducible
/// builds write it.
fn day(created: &str) -> Option<String> {
    let created: Timestamp = created.parse().ok()?;
    (created.as_second() > 0).then(|| created.strftime("%Y-%m-%d").to_string())
}

/// The release of Debian and the day of its archive, from which an official image was made.
fn debian(before: &ImageConfig, now: &ImageConfig) -> Option<String> {
    let (old, new) = (snapshot(&before.history)?, snapshot(&now.history)?);
    differ("Debian", Some(&old), Some(&new))
}

/// Reads `# debian.sh --arch 'amd64' out/ 'bookworm' '@1749513600'`.
fn snapshot(history: &[String]) -> Option<String> {
    let line = history.iter().find(|line| line.contains("debian.sh --arch"))?;
    let mut words = line.split('\'').skip(1).step_by(2).skip(1);
    let (release, at) = (words.next()?, words.next()?.strip_prefix('@')?);
    let at = Timestamp::from_second(at.parse().ok()?).ok()?;
    Some(format!("{release} of {}", at.strftime("%Y-%m-%d")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(version: &str, history: &str, created: &str) -> ImageConfig {
        ImageConfig {
            env: vec![
                ("PATH".to_owned(), "/bin".to_owned()),
                ("PYTHON_VERSION".to_owned(), version.to_owned()),
                ("PYTHON_SHA256".to_owned(), format!("of {version}")),
            ],
            history: vec![history.to_owned()],
            created: Some(created.to_owned()),
            ..ImageConfig::default()
        }
    }

    #[test]
    fn what_both_images_say_is_said() {
        let line = |at| format!("# debian.sh --arch 'amd64' out/ 'bookworm' '@{at}' # buildkit");
        let before = config("3.12.10", &line("1747008000"), "2025-05-13T00:00:00Z");
        let now = config("3.12.11", &line("1749513600"), "2025-06-11T01:02:03.5Z");
        let locked = LockedImage::of(&before);
        assert_eq!(
            image_changes(&locked, Some(&before), &now),
            [
                "Debian bookworm of 2025-05-12 → bookworm of 2025-06-10",
                "PYTHON_VERSION 3.12.10 → 3.12.11",
                "made 2025-05-13 → 2025-06-11",
            ]
        );
        let from_lock = image_changes(&locked, None, &now);
        assert_eq!(from_lock, ["PYTHON_VERSION 3.12.10 → 3.12.11"], "the registry has lost it");
        assert_eq!(image_changes(&locked, Some(&before), &before), [""; 0]);
    }

    #[test]
    fn nothing_is_concluded() {
        let before = config("1", "RUN true", "0001-01-01T00:00:00Z");
        let mut now =
            config("1", "# debian.sh --arch 'amd64' out/ 'bookworm' '@1'", "1970-01-01T00:00:00Z");
        let locked = LockedImage::of(&before);
        assert_eq!(image_changes(&locked, Some(&before), &now), [""; 0]);
        now.cmd = vec!["x".to_owned()];
        now.env.push(("LANG".to_owned(), "C".to_owned()));
        let changes = image_changes(&locked, Some(&before), &now);
        assert_eq!(changes, ["other variables: LANG", "another command"]);
    }

    #[test]
    fn a_digest_is_shortened_and_anything_else_is_not() {
        assert_eq!(short_digest("sha256:0123456789abcdef"), "sha256:0123456789ab");
        assert_eq!(short_digest("sha256:ä"), "sha256:ä");
    }
}
