//! The versions of the builder, which differ in what a template means.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

/// The version of the builder that a build was asked of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) enum Version {
    /// The image is built by the client and pushed to the platform's registry.
    #[serde(rename = "v1.0.0")]
    Pushed,
    /// Steps begin as root, and sandboxes start as `user` in its home whatever USER and WORKDIR
    /// said last.
    #[serde(rename = "v2.0.0")]
    Beta,
    /// What everyone else gets.
    #[default]
    #[serde(rename = "v2.1.0")]
    Latest,
}

/// What the official SDKs of E2B call themselves.
const SDKS: [(&str, &str); 2] = [("e2b-js-sdk/", "JS"), ("e2b-python-sdk/", "Python")];

/// The first version of those SDKs that is meant for [`Version::Latest`].
const RELEASE: [u64; 3] = [2, 3, 0];

impl Version {
    /// The version that a client with this `User-Agent` is served with. Only E2B's own SDKs are
    /// told apart; the first of them in the text decides.
    ///
    /// # Errors
    ///
    /// When such an SDK's version cannot be read.
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

/// Whether a semantic version, of which the last numbers may be missing, is [`RELEASE`] or newer;
/// `None` if it is none.
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
    // A prerelease needs all three numbers, and comes before the release itself.
    if prerelease && count < 3 {
        return None;
    }
    Some(parts > RELEASE || (parts == RELEASE && !prerelease))
}
