//! Looks for secrets in whatever was printed or written, however they are written there.
//!
//! This does not know how `sbx` hides them: it undoes encodings instead of trying them.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// The shortest line of a secret that gives something away.
const LINE: usize = 16;

/// The first of `secrets` that a text gives away, and how it is written there.
pub fn find(text: &str, secrets: &[&str]) -> Option<String> {
    let probes: Vec<&str> = secrets
        .iter()
        .flat_map(|secret| [secret.trim()].into_iter().chain(secret.lines().map(str::trim)))
        .filter(|probe| !probe.starts_with("-----") && !probe.ends_with('{'))
        .filter(|probe| probe.len() >= LINE || secrets.contains(probe))
        .collect();
    let told = |how: &str, probe: &str| Some(format!("{probe:?}, {how}"));
    let mut views = vec![("plain", text.to_owned())];
    views.push(("in a URL", percent_decoded(text)));
    views.push(("in a form", percent_decoded(&text.replace('+', " "))));
    let mut unescaped = text.to_owned();
    for how in ["in JSON", "in JSON in JSON", "in JSON in JSON in JSON"] {
        unescaped = unescape(&unescaped);
        views.push((how, unescaped.clone()));
    }
    for (how, view) in &views {
        if let Some(probe) = probes.iter().find(|probe| view.contains(**probe)) {
            return told(how, probe);
        }
        // What was broken into lines, within a frame.
        let drawn = |c: char| c.is_whitespace() || "│·╰╭─┬".contains(c);
        let squeezed: String = view.chars().filter(|c| !drawn(*c)).collect();
        let squeeze = |probe: &str| probe.chars().filter(|c| !drawn(*c)).collect::<String>();
        if let Some(probe) = probes.iter().find(|probe| squeezed.contains(&squeeze(probe))) {
            return told(&format!("{how}, in pieces"), probe);
        }
    }
    for (_, view) in &views {
        for decoded in base64_decoded(view) {
            let found = probes.iter().find(|probe| contains(&decoded, probe.as_bytes()));
            if let Some(probe) = found {
                return told("in base64", probe);
            }
        }
    }
    None
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn percent_decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// One level of JSON's escapes less.
fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('n') => plain.push('\n'),
                Some('t') => plain.push('\t'),
                Some('r') => plain.push('\r'),
                Some('u') => {
                    let digits: String = chars.by_ref().take(4).collect();
                    let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                    plain.extend(code);
                }
                other => plain.extend(other),
            },
            (c, false) => plain.push(c),
        }
    }
    plain
}

/// Whatever base64 may stand in a text, from each of its first four digits on.
fn base64_decoded(text: &str) -> Vec<Vec<u8>> {
    let lenient = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let mut decoded = Vec::new();
    for (alphabet, others) in [(STANDARD, "+/"), (URL_SAFE, "-_")] {
        let engine = GeneralPurpose::new(&alphabet, lenient);
        let is_digit = |c: char| c.is_ascii_alphanumeric() || others.contains(c);
        for run in text.split(|c| !is_digit(c)).filter(|run| run.len() >= 8) {
            for first in 0..4 {
                let digits = &run[first..];
                // One digit alone is no byte.
                let whole = digits.len() - usize::from(digits.len() % 4 == 1);
                decoded.extend(engine.decode(&digits[..whole]));
            }
        }
    }
    decoded
}

#[test]
fn every_writing_is_found() {
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use serde_json::json;

    let secret = "pa55\"wörd\\of/the test+%~?>";
    let found = |text: &str| find(text, &[secret]).is_some();
    assert!(found(&format!("x{secret}y")));
    assert!(found(&format!("x{}y", utf8_percent_encode(secret, NON_ALPHANUMERIC))));
    assert!(found(&url::form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>()));
    let once = json!({ "x": secret }).to_string();
    assert!(found(&once));
    assert!(found(&json!({ "x": once }).to_string()));
    for before in ["", "a", "ab"] {
        let text = format!("{before}{secret}z");
        assert!(found(&format!("x:{}:y", STANDARD_NO_PAD.encode(&text))), "{before}");
        assert!(found(&format!("x {} y", URL_SAFE_NO_PAD.encode(&text))), "{before}");
    }
    assert!(found("  │ pa55\"wörd\\of\n  │ /the test+%~?>"));
    assert!(!found("the test of pa55words"));
    let lines = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\n-----END KEY-----\n";
    assert!(find("[1] MIIEvQIBADANBgkqhkiG9w0BAQ", &[lines]).is_some());
    assert!(find("-----BEGIN KEY-----", &[lines]).is_none());
}
