//! The names of profiles.

/// The name that stands for the manifest without a profile.
pub const BASE: &str = "base";

/// The characters of a profile's name, as a pattern.
pub const PROFILE_NAME: &str = "^[a-z0-9-]+$";

/// Whether a text has only characters of a profile's name.
#[must_use]
pub fn is_profile_name(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(is_part)
}
