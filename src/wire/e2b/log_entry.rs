//! A line of a build's log. A log may have a million of them, so they are read without a tree of values
//! in between.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use jiff::Timestamp;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// One line of a build's log. A field that cannot be read is left out: no line of a log is worth
/// the rest of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogEntry {
    /// Its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Timestamp>,
    /// Its level.
    pub level: LogLevel,
    /// The line without its line break; it may contain terminal escape sequences.
    pub message: String,
    /// `"base"`, `"finalize"`, `"resize-disk"`, `"optimize"`, or the number of a step, counted
    /// from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
}

impl Default for LogEntry {
    /// An entry without any field.
    fn default() -> Self {
        Self { timestamp: None, level: LogLevel::Info, message: String::new(), step: None }
    }
}

impl<'de> Deserialize<'de> for LogEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Lenient(PhantomData))
    }
}

/// The level of a log entry, in ascending order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Details for the platform's developers.
    Debug,
    /// Normal output.
    Info,
    /// A warning.
    Warn,
    /// An error.
    Error,
    /// A level of a newer server.
    #[serde(untagged)]
    Other(String),
}

impl LogLevel {
    fn named(name: &str) -> Self {
        match name {
            "debug" => Self::Debug,
            "info" => Self::Info,
            "warn" => Self::Warn,
            "error" => Self::Error,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl<'de> Deserialize<'de> for LogLevel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|name| Self::named(&name))
    }
}

/// Reads a value of any type, in place of which there may be nothing.
struct Lenient<T>(PhantomData<T>);

/// What is read of a value; of one that does not fit, the default.
trait Read<'de>: Default {
    fn text(_: Cow<'de, str>) -> Self {
        Self::default()
    }

    fn object<A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }
}

impl<'de, T: Read<'de>> Visitor<'de> for Lenient<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<T, E> {
        Ok(T::text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<T, E> {
        Ok(T::text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<T, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(T::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<T, A::Error> {
        T::object(object)
    }
}

/// A text.
#[derive(Default)]
struct Text<'de>(Option<Cow<'de, str>>);

impl<'de> Read<'de> for Text<'de> {
    fn text(text: Cow<'de, str>) -> Self {
        Self(Some(text))
    }
}

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Lenient(PhantomData))
    }
}

impl<'de> Read<'de> for LogEntry {
    fn object<A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        let mut entry = Self::default();
        while let Some(Text(key)) = object.next_key()? {
            let Text(value) = object.next_value()?;
            match key.as_deref() {
                Some("timestamp") => entry.timestamp = value.and_then(|time| time.parse().ok()),
                Some("level") => {
                    entry.level = value.map_or(LogLevel::Info, |level| LogLevel::named(&level));
                }
                Some("message") => entry.message = value.unwrap_or_default().into_owned(),
                Some("step") => entry.step = value.map(Cow::into_owned),
                _ => {}
            }
        }
        Ok(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_left_out() {
        let read = |text| serde_json::from_str::<Vec<LogEntry>>(text).unwrap();
        let message =
            |message: &str| LogEntry { message: message.to_owned(), ..LogEntry::default() };
        let text = r#"[{"message": "a\nb", "level": {"x": [1]}, "step": 2, "timestamp": "never"},
            {"message": ["a"], "other": {"message": "b"}}, null, true, -1, 1.5, "text", [{}], {},
            {"message": "a", "message": "b"}]"#;
        let nothing = LogEntry::default();
        let mut expected = vec![message("a\nb")];
        expected.extend(vec![nothing; 8]);
        expected.push(message("b"));
        assert_eq!(read(text), expected);

        let text = r#"[{"timestamp": "2026-01-02T03:04:05.6Z", "level": "fatal", "message": "x", "step": "1"}]"#;
        let whole = LogEntry {
            timestamp: Some("2026-01-02T03:04:05.6Z".parse().unwrap()),
            level: LogLevel::Other("fatal".to_owned()),
            message: "x".to_owned(),
            step: Some("1".to_owned()),
        };
        assert_eq!(read(text), [whole]);
    }
}
