use super::forms::{self, named};
use super::marks::Marks;
use super::{Hit, services};

/// Forty random characters. The prefixes of services are only added at run time, so that no
/// scanner takes this file for a leak.
const BODY: &str = "q7Rk2xW9vTz4LmB8nYc1HsJd6UfGe0Pa3QiXoVtK";

fn assigned(text: &str) -> Vec<Hit> {
    forms::assigned(text, &Marks::of(text))
}

fn found(text: &str) -> Vec<&str> {
    forms::hits(text, &Marks::of(text)).into_iter().map(|hit| &text[hit.range]).collect()
}

#[test]
fn keys_of_services_are_found_by_their_prefix() {
    let hex = "91c05d7e3fa84b6288d1f0467a3e95bc07d2e814";
    let long = format!("{BODY}{BODY}");
    for (prefix, body) in [
        ("sk-", BODY),
        ("sk-proj-", BODY),
        ("sk-ant-", BODY),
        ("sk_live_", &BODY[..24]),
        ("sk_", &long[..43]),
        ("sk_e2b_", hex),
        ("e2b_", hex),
        ("ghp_", &BODY[..36]),
        ("github_pat_", &long[..60]),
        ("glpat-", &BODY[..20]),
        ("AKIA", "Q7RK2XW9VTZ4LMB8"),
        ("AIza", &BODY[..35]),
        ("npm_", &BODY[..36]),
        ("hf_", &BODY[..34]),
        ("gsk_", BODY),
        ("dckr_pat_", &BODY[..27]),
    ] {
        let key = format!("{prefix}{body}");
        assert_eq!(found(&format!("x --key '{key}' y")), [key.as_str()], "{prefix}");
        let placeholder = format!("{prefix}{}", "x".repeat(body.len()));
        assert!(found(&placeholder).is_empty(), "{placeholder}");
        let within = format!("ab{key}");
        assert!(found(&within).is_empty(), "{prefix} within a word");
    }
}

#[test]
fn keys_and_tokens_of_examples_are_not_reported() {
    for text in [
        "AKIAIOSFODNN7EXAMPLE",
        "sk-your-key-goes-here-and-nowhere-else",
        "sk-1234567890abcdef1234567890abcdef",
        "sk-ant-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        "sk-fading-circle-animation-with-a-delay",
        // The token of every tutorial.
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    ] {
        assert_eq!(found(text), Vec::<&str>::new(), "{text}");
    }
}

#[test]
fn a_private_key_is_found_with_all_its_lines() {
    let key =
        format!("-----BEGIN RSA {}-----\n{BODY}\n{BODY}\n-----END RSA {0}-----", "PRIVATE KEY");
    assert_eq!(found(&format!("a\n{key}\nb")), [key.as_str()]);
}

#[test]
fn urls_with_a_password_for_a_remote_host_are_found() {
    assert_eq!(found("https://ci:q7Rk2xW9@git.acme.dev/x"), ["q7Rk2xW9"]);
    for text in [
        "postgres://postgres:postgres@db.acme.dev/x",
        "postgres://app:q7Rk2xW9@localhost/x",
        "postgres://app:q7Rk2xW9@db:5432/x",
        "postgres://app:q7Rk2xW9@127.0.0.1/x",
        "https://user:pass1word@example.com/",
        "https://x-access-token:${TOKEN1}@github.com/a/b",
        "https://git@github.com/a/b",
        "ssh://git@github.com:22/a/b",
        "http://a.dev:8080/@b.dev",
    ] {
        assert_eq!(found(text), Vec::<&str>::new(), "{text}");
    }
}

#[test]
fn name_and_value_must_both_suggest_a_secret() {
    let random = &BODY[..24];
    for name in
        ["API_KEY", "DB_PASSWORD", "NPM_TOKEN", "secret-key", "apiKey", "AWS_SECRET_ACCESS_KEY"]
    {
        assert!(named(name, random), "{name}");
    }
    assert!(named("DB_PASSWORD", "q7Rk-2xW"));
    for name in [
        "GPG_KEY",
        "PUBLIC_TOKEN",
        "NEXT_PUBLIC_API_KEY",
        "MAX_TOKENS",
        "KEY",
        "GRAYLOG_SHA256_PASSWORD",
        "CACHE",
    ] {
        assert!(!named(name, random), "{name}");
    }
    for value in [
        "changeme",
        "P@ssw0rd!2024",
        "test-token-for-integration-1",
        "my-session-signing-2024-prod",
        "00000000-0000-0000-0000-000000000000",
        "ABCDEFGHIJKLMNOP1234",
        "/run/secrets/api_key_2b7e",
        "https://vault.acme.dev/v1/a8f3e9c1",
        "<your-value-8f3e9c1b2d4a>",
        "arn aws 8f3e9c1b2d4a5f6e",
        "true",
        "4096",
        "",
    ] {
        assert!(!named("API_TOKEN", value), "{value}");
        assert!(!named("DB_PASSWORD", value), "{value}");
    }
}

#[test]
fn assignments_in_commands_are_found() {
    let random = &BODY[..24];
    for text in [
        format!("export API_TOKEN={random} && make"),
        format!("tool --api-key {random}"),
        format!("tool --password={random}"),
        format!("npm config set //registry.npmjs.org/:_authToken={random}"),
        format!(r#"echo '{{"apiKey": "{random}"}}' > a.json"#),
    ] {
        let hits: Vec<_> = assigned(&text).into_iter().map(|hit| &text[hit.range]).collect();
        assert_eq!(hits, [random], "{text}");
    }
    for text in [
        "export API_TOKEN=$(cat /run/token)",
        "SECRET_KEY=dummy python manage.py collectstatic",
        "echo \"TOKEN=${GITHUB_TOKEN}\" > .env",
        "mysqladmin --password root12345",
        "test --token-file /a/b1c2d3e4f5a6b7c8d9",
    ] {
        assert!(assigned(text).is_empty(), "{text}");
    }
}

#[test]
fn a_signed_token_is_found_behind_a_false_beginning() {
    let part = &BODY[..20];
    let token = format!("eyJ{part}.eyJ{part}.{BODY}");
    // Three parts, the first of which is not valid base64.
    let payload = "eyJzdWIiOiI3N2MxIiwicm9sZSI6InNlcnZpY2UifQ";
    let signed = token.replace(&format!(".eyJ{part}."), &format!(".{payload}."));
    let text = format!("eyJ-eyJ-eyJshort {signed} eyJ-eyJ.eyJ");
    assert_eq!(found(&text), [signed.as_str()]);
}

#[test]
fn every_name_and_prefix_has_a_mark() {
    for (ending, _) in forms::NAMES {
        for name in [ending.to_lowercase(), ending.replace('_', "-")] {
            assert!(Marks::of(&format!("x{name}=1")).name, "{name}");
        }
    }
    for (at, form) in services::FORMS.iter().enumerate() {
        for prefix in form.prefixes {
            let marks = Marks::of(prefix);
            let is_found =
                marks.prefixes.iter().any(|prefix| prefix.range.start == 0 && prefix.form == at);
            assert!(is_found, "{prefix}");
        }
        // A longer prefix comes before one that it begins with.
        let shadowed = services::FORMS[..at].iter().flat_map(|earlier| earlier.prefixes);
        for earlier in shadowed {
            assert!(form.prefixes.iter().all(|prefix| !prefix.starts_with(earlier)), "{earlier}");
        }
    }
    for (text, url) in [("git+https://a@b/c", true), ("https://b/@c", false), ("a@b", false)] {
        assert_eq!(Marks::of(text).url, url, "{text}");
    }
}
