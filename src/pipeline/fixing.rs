//! Applies the fixes of diagnostics until none is left.

use super::{Analysis, Variants};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Fix, fix};
use crate::host::FileSystem;
use crate::manifest::Manifest;
use crate::source::FileId;

/// A fix may uncover a problem that another one fixes: more rounds than this are a cycle.
const MOST_ROUNDS: usize = 16;

/// The most fixes that are tried one by one.
const MOST_TRIALS: usize = 32;

/// Problems that are fixed together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FixRound {
    /// Comments that silence nothing, neither without a profile nor in one.
    Unused,
    /// The problems of the manifest without a profile, or in one.
    Profile(Option<String>),
}

impl FixRound {
    /// The rounds that fix a manifest and all of its profiles. As in a manifest without profiles,
    /// comments that silence nothing are fixed before other problems, and again after them.
    #[must_use]
    pub fn of_all(manifest: &Manifest) -> Vec<Self> {
        let named = manifest.profile_names().map(|name| Self::Profile(Some(name.to_owned())));
        let profiles: Vec<_> = std::iter::once(Self::Profile(None)).chain(named).collect();
        if profiles.len() == 1 {
            return profiles;
        }
        [vec![Self::Unused], profiles, vec![Self::Unused]].concat()
    }

    /// The diagnostics that the round is about. `analyze` analyses the text in a profile.
    pub fn diagnostics(
        &self,
        file_system: &dyn FileSystem,
        analyze: impl FnOnce(Option<String>) -> Analysis,
    ) -> Diagnostics {
        match self {
            Self::Profile(profile) => analyze(profile.clone()).diagnostics,
            Self::Unused => {
                let mut unused = Diagnostics::new();
                unused.extend(Variants::of(analyze(None), file_system).unused());
                unused
            }
        }
    }
}

/// A manifest's text with the wanted fixes applied, and their number. `check` returns the
/// diagnostics of a text.
pub fn fixed(
    text: &str,
    check: impl Fn(&str) -> Diagnostics,
    wanted: impl Fn(&Fix) -> bool,
) -> (String, usize) {
    let mut text = text.to_owned();
    let mut count = 0;
    let mut diagnostics = check(&text);
    for _ in 0..MOST_ROUNDS {
        let sorted = diagnostics.sorted();
        let is_wanted = |fix: &Fix| fix.is_of(FileId::MANIFEST) && wanted(fix);
        let has_wanted = |diagnostic: &&Diagnostic| diagnostic.fix.as_ref().is_some_and(is_wanted);
        let mut fixable: Vec<_> = sorted.iter().filter(has_wanted).collect();
        // A misspelled `allow` comment is fixed first: it may silence the other problems.
        let is_allow = |diagnostic: &&Diagnostic| diagnostic.code == Code::UnusedAllow;
        if fixable.iter().any(is_allow) {
            fixable.retain(is_allow);
        }
        let fixes: Vec<_> = fixable.iter().filter_map(|one| one.fix.as_ref()).collect();
        let before = broken(&diagnostics);
        // Two fixes together may duplicate a key: then they are tried one by one.
        let one_by_one = fixes.iter().map(std::slice::from_ref).take(MOST_TRIALS);
        let next = std::iter::once(fixes.as_slice()).chain(one_by_one).find_map(|fixes| {
            let (next, made) = fix::apply(&text, fixes.iter().copied());
            // Fixes that cancel each other are not applied.
            let after = (made > 0 && next != text).then(|| check(&next))?;
            (broken(&after) <= before).then_some((next, after, made))
        });
        let Some((next, after, made)) = next else { break };
        (text, diagnostics) = (next, after);
        count += made;
    }
    (text, count)
}

/// The number of syntax errors: fixes that add one are not applied.
fn broken(diagnostics: &Diagnostics) -> usize {
    diagnostics.iter().filter(|diagnostic| diagnostic.code == Code::TomlSyntax).count()
}
