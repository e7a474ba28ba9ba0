//! Matches the evidence of a failed build with the catalogue.

use std::sync::OnceLock;

use regex::{Regex, RegexSet};

use super::catalogue::causes;
use super::cause::{Cause, Sign, Source};
use super::facts::Facts;
use super::{Evidence, Finding};

/// The number of characters kept of a match.
const MOST_SUBJECT: usize = 120;

/// Every sign with its cause, in the order of the catalogue, and their patterns as one automaton,
/// which is compiled when a build has failed.
struct Signs {
    signs: Vec<(&'static Cause, &'static Sign)>,
    set: RegexSet,
}

fn signs() -> Option<&'static Signs> {
    static SIGNS: OnceLock<Option<Signs>> = OnceLock::new();
    let made = SIGNS.get_or_init(|| {
        let signs: Vec<_> =
            causes().flat_map(|cause| cause.signs.iter().map(move |sign| (cause, sign))).collect();
        let set = RegexSet::new(signs.iter().map(|(_, sign)| sign.pattern)).ok()?;
        Some(Signs { signs, set })
    });
    made.as_ref()
}

/// The cause that the evidence indicates.
pub(super) fn recognize(evidence: &Evidence, facts: &Facts<'_>) -> Option<Finding> {
    let signs = signs()?;
    let search = Search { signs, evidence, facts };
    search
        .in_message(Source::Said)
        .or_else(|| search.in_log(|source| matches!(source, Source::Root(_))))
        .or_else(|| search.in_log(|source| matches!(source, Source::Log(_))))
        .or_else(|| search.in_message(Source::SaidAtLast))
        .or_else(|| search.in_exit())
}

struct Search<'a> {
    signs: &'static Signs,
    evidence: &'a Evidence,
    facts: &'a Facts<'a>,
}

impl Search<'_> {
    fn in_message(&self, source: Source) -> Option<Finding> {
        self.first(&self.evidence.said, |sign| sign.source == source)
    }

    /// The match closest to the end of the log. If several signs match that line, the first one of
    /// the catalogue wins.
    fn in_log(&self, kind: impl Fn(Source) -> bool) -> Option<Finding> {
        let lines = self.evidence.lines.iter().rev();
        // The repeated output of a probe says nothing about a start command that exited.
        let start_ended = self.evidence.start_failed();
        let lines = lines.filter(|line| !start_ended || line.writer.as_deref() != Some("ready"));
        let texts = lines.filter_map(|line| line.text.as_deref());
        texts.enumerate().find_map(|(distance, text)| {
            self.first(text, |sign| kind(sign.source) && self.counts(sign, distance))
        })
    }

    /// Whether a sign counts at this distance from the last line.
    fn counts(&self, sign: &Sign, distance: usize) -> bool {
        let (Source::Root(reach) | Source::Log(reach)) = sign.source else {
            return false;
        };
        let as_expected = match self.evidence.exit {
            Some(exit) => sign.exits.is_empty() || sign.exits.contains(&exit),
            None => true,
        };
        distance < if as_expected { reach } else { usize::from(reach > 1) }
    }

    fn in_exit(&self) -> Option<Finding> {
        let exit = self.evidence.exit?;
        let mut signs = self.signs.signs.iter();
        let (cause, _) =
            signs.find(|(_, sign)| sign.source == Source::Exit && sign.exits.contains(&exit))?;
        Some(self.finding(cause, None))
    }

    fn first(&self, text: &str, wanted: impl Fn(&Sign) -> bool) -> Option<Finding> {
        self.signs.set.matches(text).iter().find_map(|at| {
            let (cause, sign) = self.signs.signs.get(at)?;
            if sign.source == Source::Exit || !wanted(sign) || !cause.when.holds(self.facts) {
                return None;
            }
            let found = Regex::new(sign.pattern).ok()?.captures(text)?;
            Some(self.finding(cause, found.name("it").map(|group| group.as_str())))
        })
    }

    fn finding(&self, cause: &Cause, it: Option<&str>) -> Finding {
        let it =
            it.map(|it| it.chars().filter(|c| *c != '`').take(MOST_SUBJECT).collect::<String>());
        let subject = it.as_deref().unwrap_or_default();
        Finding {
            cause: cause.name,
            found: self.facts.fill(cause.found, subject),
            help: self.facts.fill(cause.help, subject),
            subject: it,
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_pattern_compiles() {
        assert!(super::signs().is_some());
    }
}
