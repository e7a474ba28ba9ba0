//! The forms that a secret may come back in.

use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// The shortest line of a secret with many that is looked for alone, in bytes.
const SHORTEST_LINE: usize = 12;

/// How often a text may have been put into JSON within JSON.
const LEVELS: usize = 3;

/// What a URL's path or query leaves as it is, as RFC 3986 has it.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What a form leaves as it is.
const FORM: &AsciiSet = &UNRESERVED.add(b'~').remove(b'*').remove(b' ');

/// What URLs in the wild leave as it is besides.
const LENIENT: &AsciiSet = &UNRESERVED
    .remove(b'!')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b':')
    .remove(b'@')
    .remove(b'$')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b'&')
    .remove(b'+');

/// Every form of a secret, itself among them.
pub(super) fn of(secret: &str) -> Vec<String> {
    let mut texts = vec![secret.to_owned()];
    let trimmed = secret.trim();
    texts.extend((trimmed != secret).then(|| trimmed.to_owned()));
    // A file of credentials holds the secret proper in one of its values.
    if let Ok(document) = serde_json::from_str(trimmed) {
        collect(&document, &mut texts);
    }
    let mut parts = Vec::new();
    for text in &texts {
        // A log is shown line by line.
        let lines = text.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_LINE);
        parts.extend(lines.filter(|line| line != text).map(str::to_owned));
    }
    texts.extend(parts);
    let mut forms: Vec<String> = texts.iter().flat_map(|text| encoded(text)).collect();
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// The values of a document that are secret, as far as their keys tell.
fn collect(document: &Value, texts: &mut Vec<String>) {
    match document {
        Value::Object(object) => {
            for (key, value) in object {
                match value {
                    Value::String(text) if is_secret(key) && text.len() >= SHORTEST_LINE => {
                        texts.push(text.clone());
                    }
                    value => collect(value, texts),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, texts)),
        _ => {}
    }
}

fn is_secret(key: &str) -> bool {
    let key = key.to_lowercase();
    ["key", "secret", "token", "password"].iter().any(|word| key.contains(word))
}

fn encoded(text: &str) -> Vec<String> {
    let mut forms = vec![text.to_owned(), text.escape_debug().to_string()];
    transported(text, &mut forms);
    let mut escaped = text.to_owned();
    for _ in 0..LEVELS {
        let quoted = Value::from(escaped.as_str()).to_string();
        quoted[1..quoted.len() - 1].clone_into(&mut escaped);
        forms.push(escaped.escape_debug().to_string());
        forms.push(escaped.clone());
        // Some writers of JSON escape the slash, too.
        forms.push(escaped.replace('/', "\\/"));
        // A request that is repeated as a part of a URL, or in base64, has its escapes.
        if escaped != text {
            transported(&escaped, &mut forms);
        }
    }
    forms
}

/// Adds a text as URLs have it, and in base64.
fn transported(text: &str, forms: &mut Vec<String>) {
    for set in [NON_ALPHANUMERIC, UNRESERVED, LENIENT, FORM] {
        let percent = utf8_percent_encode(text, set).to_string();
        forms.push(lower_escapes(&percent));
        forms.push(percent.replace(' ', "+"));
    }
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        for before in 0..3 {
            forms.push(core(text, before, &engine));
        }
    }
}

/// `%2F` as `%2f`.
fn lower_escapes(text: &str) -> String {
    let mut parts = text.split('%');
    let mut lower = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        lower.extend(["%", &digits.to_ascii_lowercase(), rest]);
    }
    lower
}

/// The base64 of a text that follows `before` bytes of something, without the digits
/// that depend on what is around it.
fn core(text: &str, before: usize, engine: &impl base64::Engine) -> String {
    let mut bytes = vec![0; before];
    bytes.extend_from_slice(text.as_bytes());
    let digits = engine.encode(&bytes);
    let first = (before * 8).div_ceil(6);
    let last = bytes.len() * 8 / 6;
    digits.get(first..last).unwrap_or_default().to_owned()
}
