//! Any text through the formatter: the same values, and nothing changes the second time.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use sandbox_toml::format::format;
use sandbox_toml::outline::Outline;
use toml::{Table, Value};

fuzz_target!(|text: &str| {
    let Ok(formatted) = format(text) else { return };
    assert_eq!(format(&formatted).ok().as_ref(), Some(&formatted), "twice: {text:?}");
    assert_eq!(values(&formatted), values(text), "{text:?} became {formatted:?}");
    assert_eq!(comments(&formatted), comments(text), "{text:?} became {formatted:?}");
});

/// The values of a text, as text with sorted keys: a NaN is not equal to itself. `None` for a number
/// that does not fit.
fn values(text: &str) -> Option<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let table: Table = text.parse().ok()?;
    Some(sorted(&Value::Table(table)))
}

fn sorted(value: &Value) -> String {
    match value {
        Value::Table(table) => {
            let entries = table.iter().map(|(key, value)| (key, sorted(value)));
            format!("{:?}", entries.collect::<BTreeMap<_, _>>())
        }
        Value::Array(array) => format!("{:?}", array.iter().map(sorted).collect::<Vec<_>>()),
        scalar => format!("{scalar:?}"),
    }
}

fn comments(text: &str) -> Vec<&str> {
    let outline = Outline::new(text);
    let comments = outline.comments.iter().map(|range| text[range.clone()].trim_end());
    let mut comments: Vec<_> = comments.collect();
    comments.sort_unstable();
    comments
}
