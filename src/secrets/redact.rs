//! What no output says: the secrets that were read, in every form that a server or an error may
//! repeat them in.
//!
//! Secrets are told to a [`Redaction`] when they are read, and whatever is printed passes through
//! it. It is the last line: nothing should bring a secret that far, but a server that repeats a
//! request in its refusal, or a build that prints what it was given, does.

mod forms;

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use super::{MIN_LEN, PLACEHOLDER};

/// The secrets that are known; clones share them.
#[derive(Clone, Default)]
pub struct Redaction {
    /// Every form of every secret, the longest first: one may be a part of another.
    forms: Arc<RwLock<Vec<String>>>,
}

impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redaction").finish_non_exhaustive()
    }
}

impl Redaction {
    /// Takes up a secret. One that is shorter than [`MIN_LEN`] is not looked for.
    pub fn hide(&self, secret: &str) {
        let mut known = self.forms.write().unwrap_or_else(PoisonError::into_inner);
        for form in forms::of(secret) {
            if form.len() >= MIN_LEN && !known.contains(&form) {
                known.push(form);
            }
        }
        known.sort_by_key(|form| std::cmp::Reverse(form.len()));
    }

    /// A text without the secrets.
    #[must_use]
    pub fn clean<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let known = self.forms.read().unwrap_or_else(PoisonError::into_inner);
        let mut clean = Cow::Borrowed(text);
        for form in known.iter() {
            if clean.contains(form) {
                clean = Cow::Owned(clean.replace(form, PLACEHOLDER));
            }
        }
        clean
    }
}

#[cfg(test)]
mod tests;
