use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn cleaned(secret: &str, text: &str) -> String {
    Redaction::of([secret]).clean(text).into_owned()
}

proptest! {
    #[test]
    fn no_form_of_a_secret_is_left(
        secret in "[ -~]{12,40}", before in "[a-z:]{0,4}", after in "[a-z]{0,4}"
    ) {
        prop_assume!(secret.trim() == secret);
        let whole = format!("{before}{secret}{after}");
        let gone = |text: &str, what: &str| {
            let left = cleaned(&secret, text);
            prop_assert!(left.contains(PLACEHOLDER), "{}: {:?} of {:?}", what, left, text);
            Ok(())
        };
        gone(&whole, "plain")?;
        gone(&utf8_percent_encode(&whole, NON_ALPHANUMERIC).to_string(), "percent")?;
        gone(&url::form_urlencoded::byte_serialize(whole.as_bytes()).collect::<String>(), "form")?;
        gone(&STANDARD.encode(&whole), "base64")?;
        gone(&URL_SAFE.encode(&whole), "base64url")?;
        let once = json!({ "x": whole }).to_string();
        gone(&once, "json")?;
        let twice = json!({ "message": once }).to_string();
        gone(&twice, "json in json")?;
        gone(&format!("{whole:?}"), "debug")?;
    }

    #[test]
    fn a_text_without_secrets_stays_the_same(text in "[a-z \\n]{0,80}", secret in "[A-Z0-9]{6,40}") {
        let redaction = Redaction::of([secret.as_str()]);
        // The forms in base64 hold lower-case letters, too, so a text may hold one by chance.
        prop_assume!(!forms::of(&secret).iter().any(|form| text.contains(form)));
        let is_same = matches!(redaction.clean(&text), Cow::Borrowed(same) if same == text);
        prop_assert!(is_same);
    }

    #[test]
    fn what_is_clean_stays_as_it_is(
        secrets in prop::collection::vec("[a-c]{4,9}|secret|password", 0..4),
        text in "([a-c]|secret|password|\\[secret\\]| ){0,40}",
    ) {
        let redaction = Redaction::of(secrets.iter().map(String::as_str));
        let once = redaction.clean(&text).into_owned();
        prop_assert_eq!(redaction.clean(&once), once.as_str());
        let shown = once.replace(PLACEHOLDER, "|");
        for secret in secrets.iter().filter(|secret| secret.len() >= MIN_LEN) {
            prop_assert!(!shown.contains(secret), "{} in {}", secret, once);
        }
    }
}

#[test]
fn no_part_of_secrets_that_overlap_is_left() {
    let redaction = Redaction::of(["abcdef", "defghi"]);
    assert_eq!(redaction.clean("abcdefghi-"), "[secret]-");
    redaction.register("further-secret");
    assert_eq!(redaction.clean("further-secret"), "[secret]", "after a search");
}

#[test]
fn a_secret_of_many_lines_is_hidden_line_by_line_and_in_its_document() {
    let key =
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\n-----END PRIVATE KEY-----\n";
    let document = serde_json::to_string_pretty(&json!({
        "type": "service_account", "private_key": key,
    }))
    .expect("a value is text");
    let text = "| MIIEvQIBADANBgkqhkiG9w0BAQ |";
    assert_eq!(cleaned(key, text), "| [secret] |");
    assert_eq!(cleaned(&document, text), "| [secret] |");
    let compact = json!({ "private_key": key }).to_string();
    assert!(!cleaned(&document, &compact).contains("MIIE"), "{compact}");
}

#[test]
fn the_longer_of_two_secrets_goes_first_and_a_short_one_stays() {
    let redaction = Redaction::of(["abc", "password", "password-of-the-test"]);
    assert_eq!(redaction.clean("abc password-of-the-test password"), "abc [secret] [secret]");
}

#[test]
fn nothing_is_printed_of_the_secrets_themselves() {
    let redaction = Redaction::of(["password-of-the-test"]);
    assert!(!format!("{redaction:#?}").contains("password"));
}

#[test]
fn the_escapes_of_a_secret_are_hidden_in_urls_and_base64() {
    let secret = r#"pass"word\of-the-test"#;
    let escaped = r#"pass\"word\\of-the-test"#;
    for echo in ["pass%5C%22word%5C%5Cof-the-test", "pass%5c%22word%5c%5cof-the-test"] {
        assert_eq!(cleaned(secret, echo), "[secret]");
    }
    for text in [secret, escaped] {
        let echo = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text);
        assert!(cleaned(secret, &echo).starts_with("[secret]"), "{echo}");
    }
}
