//! The ignore rules of `.dockerignore` and the manifest's `ignore`, with Docker's semantics.
//!
//! Patterns are relative to the context, with or without a leading `/`. A pattern that matches a
//! directory ignores everything in it; `!` includes paths again; the last match wins. Like in
//! Docker's own matcher, a pattern is first matched with each parent of a path.

mod matcher;

use matcher::Matcher;

use crate::source::Span;

/// One pattern.
#[derive(Debug)]
pub struct IgnoreRule {
    /// The pattern as written.
    pub written: String,
    /// Its span, if it is in a source that can be shown.
    pub span: Option<Span>,
    matcher: Matcher,
    takes_back: bool,
    parts: Vec<String>,
}

/// For each rule, whether it matched a directory or a parent of it.
#[derive(Debug, Clone)]
pub(super) struct Within(Vec<bool>);

/// The rules in the order in which they apply.
#[derive(Debug, Default)]
pub struct IgnoreRules {
    rules: Vec<IgnoreRule>,
}

impl IgnoreRule {
    /// Parses one pattern; `None` for an empty line or a comment.
    ///
    /// # Errors
    /// The fault of the pattern.
    pub fn parse(written: &str, span: Option<Span>) -> Result<Option<Self>, &'static str> {
        let trimmed = written.trim();
        if trimmed.is_empty() || written.starts_with('#') {
            return Ok(None);
        }
        let (takes_back, pattern) = match trimmed.strip_prefix('!') {
            Some(rest) if rest.trim().is_empty() => return Err("a `!` needs a pattern behind it"),
            Some(rest) => (true, rest.trim()),
            None => (false, trimmed),
        };
        let cleaned = clean(pattern);
        let matcher = Matcher::new(&cleaned)?;
        let parts = cleaned.split('/').map(str::to_owned).collect();
        Ok(Some(Self { written: trimmed.to_owned(), span, matcher, takes_back, parts }))
    }

    /// Whether this pattern may include something in an ignored directory again.
    fn may_take_back_below(&self, directory: &str) -> bool {
        if !self.takes_back {
            return false;
        }
        let mut depth = 0;
        for part in directory.split('/') {
            let Some(pattern) = self.parts.get(depth) else {
                return false;
            };
            if pattern.contains("**") {
                return true;
            }
            if !pattern.contains(['*', '?', '[', '\\']) && pattern != part {
                return false;
            }
            depth += 1;
        }
        self.parts.len() > depth
    }
}

impl IgnoreRules {
    /// Rules in the order in which they apply.
    #[must_use]
    pub const fn new(rules: Vec<IgnoreRule>) -> Self {
        Self { rules }
    }

    /// The patterns as written, in order.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| rule.written.as_str())
    }

    /// The index of a rule.
    pub(super) fn place(&self, rule: &IgnoreRule) -> usize {
        self.rules.iter().position(|known| std::ptr::eq(known, rule)).unwrap_or(usize::MAX)
    }

    /// The span of the rule with an index.
    #[must_use]
    pub fn span(&self, rule: usize) -> Option<Span> {
        self.rules.get(rule)?.span
    }

    /// The rule that ignores `path`, if any.
    #[must_use]
    pub fn ignoring(&self, path: &str) -> Option<&IgnoreRule> {
        let directory = path.rsplit_once('/').map_or(".", |(directory, _)| directory);
        self.ignoring_in(&self.within(directory), path)
    }

    /// The results of the rules for `directory`, to match the paths in it.
    pub(super) fn within(&self, directory: &str) -> Within {
        let mut within = Within(vec![false; self.rules.len()]);
        if matches!(directory, "" | ".") || self.rules.is_empty() {
            return within;
        }
        let ends = directory.match_indices('/').map(|(at, _)| at).chain([directory.len()]);
        for end in ends {
            within = self.enter(&within, &directory[..end]);
        }
        within
    }

    /// The results of the rules for `directory`, a child of the directory of `outer`.
    pub(super) fn enter(&self, outer: &Within, directory: &str) -> Within {
        let mut inner = Within(vec![false; self.rules.len()]);
        self.decide(outer, directory, |at| inner.0[at] = true);
        inner
    }

    /// The rule that ignores `path`, if any, in the directory of `within`.
    pub(super) fn ignoring_in(&self, within: &Within, path: &str) -> Option<&IgnoreRule> {
        self.decide(within, path, |_| {}).map(|at| &self.rules[at])
    }

    /// The index of the rule that ignores `path`; reports each rule that matches.
    fn decide(
        &self,
        within: &Within,
        path: &str,
        mut matching: impl FnMut(usize),
    ) -> Option<usize> {
        let mut decided = None;
        for (at, rule) in self.rules.iter().enumerate() {
            // A pattern that matched a parent matches everything in it. Otherwise, skip patterns
            // that cannot change the result.
            let relevant = rule.takes_back == decided.is_some();
            if within.0[at] || (relevant && rule.matcher.is_match(path)) {
                matching(at);
                decided = (!rule.takes_back).then_some(at);
            }
        }
        decided
    }

    /// Whether an ignored directory must be entered, because a pattern may include something in it.
    #[must_use]
    pub fn may_take_back_below(&self, directory: &str) -> bool {
        self.rules.iter().any(|rule| rule.may_take_back_below(directory))
    }
}

/// The shortest equivalent pattern, without a leading `/`.
fn clean(pattern: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let absolute = pattern.starts_with('/');
    for part in pattern.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            part => parts.push(part),
        }
    }
    if parts.is_empty() { if absolute { "/" } else { "." }.to_owned() } else { parts.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(patterns: &[&str]) -> IgnoreRules {
        let rules = patterns.iter().filter_map(|p| IgnoreRule::parse(p, None).expect("valid"));
        IgnoreRules::new(rules.collect())
    }

    fn ignores(patterns: &[&str], path: &str) -> bool {
        rules(patterns).ignoring(path).is_some()
    }

    #[test]
    fn ignoring_a_directory_includes_its_content_and_the_last_rule_wins() {
        assert!(ignores(&["node_modules"], "node_modules/a/b"));
        assert!(!ignores(&["node_modules"], "x/node_modules"));
        assert!(ignores(&["**/node_modules"], "x/y/node_modules/z"));
        assert!(ignores(&["/a"], "a"));
        assert!(!ignores(&["*.log", "!keep.log"], "keep.log"));
        assert!(ignores(&["!keep.log", "*.log"], "keep.log"));
        assert!(!ignores(&["dir", "!dir/keep"], "dir/keep"));
        assert!(ignores(&["dir", "!dir/keep"], "dir/other"));
    }

    #[test]
    fn double_stars_match_any_beginning_middle_or_end() {
        assert!(ignores(&["**foo"], "xfoo"));
        assert!(!ignores(&["**/foo"], "xfoo"));
        assert!(ignores(&["**/foo"], "foo"));
        assert!(ignores(&["a/**"], "a/b"));
        assert!(!ignores(&["a/**"], "a"));
        assert!(ignores(&["a/**/c"], "a/b/b/c"));
        assert!(ignores(&["a/**/c"], "a/c"));
        assert!(ignores(&["**"], "anything"));
        assert!(ignores(&["**/*.py[co]"], "x/y.pyc"));
    }

    #[test]
    fn classes_and_escapes_follow_docker() {
        assert!(ignores(&["[^a]x"], "bx"));
        assert!(!ignores(&["[^a]x"], "ax"));
        assert!(ignores(&[r"\[x\]"], "[x]"));
        assert!(ignores(&["a.b"], "a.b"));
        assert!(!ignores(&["a.b"], "axb"));
        assert!(IgnoreRule::parse("a[", None).is_err());
        assert!(IgnoreRule::parse("!", None).is_err());
        assert!(IgnoreRule::parse("# comment", None).expect("valid").is_none());
    }

    #[test]
    fn an_ignored_directory_is_entered_only_if_a_pattern_may_include_something() {
        let rules = rules(&["vendor", "!vendor/keep/*.txt"]);
        assert!(rules.may_take_back_below("vendor"));
        assert!(rules.may_take_back_below("vendor/keep"));
        assert!(!rules.may_take_back_below("vendor/other"));
        assert!(!rules.may_take_back_below("other"));
    }
}
