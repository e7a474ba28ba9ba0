//! Values in the forms of protobuf's JSON.

use std::fmt;

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, general_purpose};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A message without fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Empty {}

/// Bytes, which JSON has as Base64.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Bytes(pub Vec<u8>);

impl fmt::Debug for Bytes {
    /// Shows only their number: they may be an entry of a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&general_purpose::STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    /// Reads either alphabet, with and without padding, as protobuf asks for.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true);
        let text = String::deserialize(deserializer)?;
        let is_url_safe = text.contains(['-', '_']);
        let alphabet = if is_url_safe { &URL_SAFE } else { &STANDARD };
        let bytes = GeneralPurpose::new(alphabet, CONFIG).decode(text.as_bytes());
        bytes.map(Self).map_err(D::Error::custom)
    }
}

/// 64-bit integers, which JSON has as strings.
pub(super) mod int64 {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};
    use serde_json::Value;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
    pub(in super::super) fn serialize<S: Serializer>(
        number: &i64,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<i64, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let number = match &value {
            Value::String(text) => text.parse().ok(),
            value => value.as_i64(),
        };
        number.ok_or_else(|| D::Error::custom(format!("`{value}` is not an integer")))
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
    pub(in super::super) const fn is_zero(number: &i64) -> bool {
        *number == 0
    }
}

/// Whether a number is left out.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
pub(super) const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Whether a signed number is left out.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
pub(super) const fn is_zero_signed(number: &i32) -> bool {
    *number == 0
}

/// Whether a flag is left out.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
pub(super) const fn is_false(flag: &bool) -> bool {
    !*flag
}
