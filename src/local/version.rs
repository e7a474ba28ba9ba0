//! The versions of the builder, which interpret a template differently.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

/// A version of the builder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) enum Version {
    /// The image is built by the client and pushed to the platform's registry.
    #[serde(rename = "v1.0.0")]
    Pushed,
    /// Steps begin as root, and sandboxes start as `user` in its home directory, regardless of
    /// `USER` and `WORKDIR`.
    #[serde(rename = "v2.0.0")]
    Beta,
    /// All other clients.
    #[default]
    #[serde(rename = "v2.1.0")]
    Latest,
}

/// The `User-Agent` prefixes of E2B's official SDKs.
const SDKS: [(&str, &str); 2] = [("e2b-js-sdk/", "JS"), ("e2b-python-sdk/", "Python")];

/// The first version of those SDKs that uses [`Version::Latest`].
const RELEASE: [u64; 3] = [2, 3, 0];

impl Version {
    /// The version for a client with this `User-Agent`. Only E2B's own SDKs are distinguished; the
    /// first of them in the text decides.
    ///
    /// # Errors
    ///
    /// When the version of such an SDK is invalid.
    pub(super) fn of(user_agent: &str) -> Result<Self, String> {
        for word in user_agent.split_whitespace() {
            for (prefix, sdk) in SDKS {
                if let Some(version) = word.strip_prefix(prefix) {
                    let newer = reaches_release(version).ok_or_else(|| {
                        let version = version.strip_prefix('v').unwrap_or(version);
                        format!(
                            "parsing {sdk} SDK version: invalid current version format: v{version}"
                        )
                    })?;
                    return Ok(if newer { Self::Latest } else { Self::Beta });
                }
            }
        }
        Ok(Self::Latest)
    }
}

/// Whether a semantic version, possibly without its last numbers, is [`RELEASE`] or newer; `None`
/// if it is invalid.
fn reaches_release(version: &str) -> Option<bool> {
    let version = version.strip_prefix('v').unwrap_or(version);
    let version = version.split_once('+').map_or(version, |(version, _)| version);
    let (numbers, prerelease) = match version.split_once('-') {
        Some((_, "")) => return None,
        Some((numbers, _)) => (numbers, true),
        None => (version, false),
    };
    let mut parts = [0; 3];
    let mut count = 0;
    for text in numbers.split('.') {
        let sound = text == "0" || !text.starts_with('0');
        *parts.get_mut(count)? = text.parse().ok().filter(|_| sound)?;
        count += 1;
    }
    // A prerelease needs all three numbers, and precedes the release itself.
    if prerelease && count < 3 {
        return None;
    }
    Some(parts > RELEASE || (parts == RELEASE && !prerelease))
}
