//! Fingerprints that do not give away what they are of.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::scalar::hex;

/// The hexadecimal digits of the fingerprint of a value or of a file. A short password has many
/// others with the same one, so trying all words of a dictionary does not find it. That two values
/// share one by chance, and a change of it is overlooked, happens once in 65,536 times; the digest
/// of the template shows even then that something has changed.
const VALUE: usize = 4;

/// The hexadecimal digits of the fingerprint of a step, which is compared with those of all others.
const SHAPE: usize = 6;

/// A random text that all fingerprints of a build begin with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Salt(String);

impl Salt {
    /// A salt of random digits.
    #[must_use]
    pub const fn new(random: String) -> Self {
        Self(random)
    }

    /// The fingerprint of a value or of a file.
    #[must_use]
    pub fn value(&self, value: &str) -> String {
        self.fingerprint(value, VALUE)
    }

    /// The fingerprint of a step or of a command.
    #[must_use]
    pub fn shape(&self, shape: &str) -> String {
        self.fingerprint(shape, SHAPE)
    }

    fn fingerprint(&self, text: &str, digits: usize) -> String {
        let mut hash = Sha256::new();
        hash.update(&self.0);
        hash.update([0]);
        hash.update(text);
        let mut fingerprint = hex(&hash.finalize());
        fingerprint.truncate(digits);
        fingerprint
    }
}
