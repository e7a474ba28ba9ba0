//! Lint levels: which warnings are reported, and which stop the build.

use super::{Code, Diagnostics, Severity};

/// The level of a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// It is not reported.
    Allow,
    /// It is reported.
    Warn,
    /// It is reported, and stops the build like an error.
    Deny,
}

impl Level {
    /// Every level with its word in manifests and arguments.
    pub const ALL: [(&'static str, Self); 3] =
        [("allow", Self::Allow), ("warn", Self::Warn), ("deny", Self::Deny)];

    /// The level of that word.
    #[must_use]
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| *name == word).map(|(_, level)| *level)
    }
}

/// The warnings that a level applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Every warning that has no level of its own.
    Warnings,
    /// The warning of one code.
    Code(Code),
}

impl Target {
    /// The word for every warning.
    pub const WARNINGS: &'static str = "warnings";
}

/// The levels that were set. Errors have none: they are always reported and stop the build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Levels {
    list: Vec<(Target, Level)>,
}

impl Levels {
    /// Sets a level; the first one that is set for a target applies.
    pub fn set(&mut self, target: Target, level: Level) {
        self.list.push((target, level));
    }

    /// The level that was set for a target.
    #[must_use]
    pub fn get(&self, target: Target) -> Option<Level> {
        self.list.iter().find(|(known, _)| *known == target).map(|(_, level)| *level)
    }

    /// These levels, which override those of `other`.
    #[must_use]
    pub fn over(&self, other: &Self) -> Self {
        Self { list: [self.list.as_slice(), &other.list].concat() }
    }

    /// The level of a code: its own, else that of all warnings, else `warn`.
    #[must_use]
    pub fn of(&self, code: Code) -> Level {
        self.get(Target::Code(code)).or_else(|| self.get(Target::Warnings)).unwrap_or(Level::Warn)
    }

    /// Drops the warnings that are allowed and marks those that are denied.
    pub fn apply(&self, diagnostics: &mut Diagnostics) {
        if self.list.is_empty() {
            return;
        }
        diagnostics.list.retain_mut(|diagnostic| {
            if diagnostic.severity() == Severity::Error {
                return true;
            }
            let level = self.of(diagnostic.code);
            diagnostic.denied = level == Level::Deny;
            level != Level::Allow
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_specific_level_wins_and_then_the_first() {
        let mut arguments = Levels::default();
        arguments.set(Target::Warnings, Level::Deny);
        let mut manifest = Levels::default();
        manifest.set(Target::Warnings, Level::Allow);
        manifest.set(Target::Code(Code::TagsWithoutDefault), Level::Warn);
        let levels = arguments.over(&manifest);
        assert_eq!(levels.of(Code::TagsWithoutDefault), Level::Warn);
        assert_eq!(levels.of(Code::StartWithoutReady), Level::Deny);
        assert_eq!(Levels::default().of(Code::StartWithoutReady), Level::Warn);
    }
}
