//! What secrets look like, and where they stand.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use regex::Regex;

use super::Hit;
use super::shape::{is_made_of_words, is_placeholder, is_random, is_varied, is_weak};
use crate::lint::shell::{Script, Simple, Word};

/// How sure a form is by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sure {
    /// The text around it leaves no doubt.
    Quite,
    /// If what follows the prefix is no placeholder.
    Body,
    /// If what follows looks as if a machine had made it: the prefix is short.
    Random,
    /// If it is none of the tokens that examples are full of.
    Jwt,
}

/// Forms that a service gives to its keys: what they are, how sure that is, the prefix, and what
/// follows it. A longer prefix stands before one that it begins with.
const FORMS: &[(&str, Sure, &str, &str)] = &[
    (
        "a private key",
        Sure::Quite,
        "-----BEGIN ",
        r"(?:[A-Z]+ ){0,2}PRIVATE KEY(?: BLOCK)?-----[^-]{40,}(?:-----END [A-Z ]{1,40}-----)?",
    ),
    ("a key of age", Sure::Body, "AGE-SECRET-KEY-1", r"[0-9A-Z]{58}"),
    ("an Anthropic API key", Sure::Body, "sk-ant-", r"[A-Za-z0-9_-]{24,}"),
    ("an OpenRouter API key", Sure::Body, "sk-or-", r"[A-Za-z0-9_-]{24,}"),
    ("an OpenAI API key", Sure::Body, "sk-(?:proj|svcacct|admin)-", r"[A-Za-z0-9_-]{24,}"),
    ("an API key", Sure::Random, "sk-", r"[A-Za-z0-9]{32,}"),
    ("a Stripe key", Sure::Body, "[sr]k_live_", r"[A-Za-z0-9]{16,}"),
    ("a GitHub token", Sure::Body, "gh[opsur]_", r"[A-Za-z0-9]{36,}"),
    ("a GitHub token", Sure::Body, "github_pat_", r"[A-Za-z0-9_]{50,}"),
    ("a GitLab token", Sure::Body, "gl(?:pat|ptt|dt|rt|cbt|oas)-", r"[A-Za-z0-9_.-]{20,}"),
    ("an AWS access key", Sure::Body, "A(?:KIA|SIA)", r"[0-9A-Z]{16}"),
    ("a Google API key", Sure::Body, "AIza", r"[0-9A-Za-z_-]{35}"),
    ("a Google client secret", Sure::Body, "GOCSPX-", r"[0-9A-Za-z_-]{28}"),
    ("a Slack token", Sure::Body, "xox[abeoprs]-", r"[0-9A-Za-z]+-[0-9A-Za-z-]{10,}"),
    (
        "a Slack webhook",
        Sure::Body,
        r"https://hooks\.slack\.com/services/",
        r"T[0-9A-Z]{6,}/B[0-9A-Z]{6,}/[0-9A-Za-z]{20,}",
    ),
    ("an npm token", Sure::Body, "npm_", r"[A-Za-z0-9]{36}"),
    ("a PyPI token", Sure::Body, "pypi-", r"AgE[A-Za-z0-9_-]{50,}"),
    ("a Docker Hub token", Sure::Body, "dckr_(?:pat|oat)_", r"[A-Za-z0-9_-]{20,}"),
    ("a Hugging Face token", Sure::Body, "hf_", r"[A-Za-z0-9]{30,}"),
    ("an E2B access token", Sure::Body, "sk_e2b_", r"[0-9a-f]{32,64}"),
    ("an API key", Sure::Random, "sk_", r"[A-Za-z0-9_-]{40,}"),
    ("an E2B API key", Sure::Body, "e2b_", r"[0-9a-f]{32,64}"),
    ("a Groq API key", Sure::Body, "gsk_", r"[A-Za-z0-9]{40,}"),
    ("an xAI API key", Sure::Body, "xai-", r"[A-Za-z0-9]{60,}"),
    ("a Replicate token", Sure::Body, "r8_", r"[A-Za-z0-9]{37}"),
    ("a Perplexity API key", Sure::Body, "pplx-", r"[A-Za-z0-9]{40,}"),
    ("a Tavily API key", Sure::Random, "tvly-", r"[A-Za-z0-9-]{28,}"),
    ("a Linear API key", Sure::Body, "lin_(?:api|oauth)_", r"[A-Za-z0-9]{32,}"),
    ("a Databricks token", Sure::Body, "dapi", r"[0-9a-f]{32}"),
    ("a DigitalOcean token", Sure::Body, "do[opr]_v1_", r"[0-9a-f]{64}"),
    ("a SendGrid API key", Sure::Body, r"SG\.", r"[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    ("a Vault token", Sure::Body, r"hv[bs]\.", r"[A-Za-z0-9_-]{24,}"),
    (
        "a signed token",
        Sure::Jwt,
        "eyJ",
        r"[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{20,}",
    ),
];

/// All forms in one: the group's number tells which.
static KNOWN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let forms =
        FORMS.iter().map(|(_, _, prefix, body)| format!("{}(?:{prefix})({body})", edge(prefix)));
    Regex::new(&forms.collect::<Vec<_>>().join("|")).ok()
});

/// What stands before a prefix: a word begins there, if it begins with a word's character.
fn edge(prefix: &str) -> &'static str {
    if prefix.starts_with('-') { "" } else { r"(?-u:\b)" }
}

/// A URL with a user and a password.
static URL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?-u:\b)[a-z][a-z0-9+.-]{1,20}://([^\s/:@"'<>$`{}*]*):([^\s/@"'<>$`{}*]{3,})@([A-Za-z0-9.-]+)"#,
    )
    .ok()
});

/// A header that signs in.
static HEADER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)authorization["']?\s*[:=]\s*["']?(?:bearer|token|basic)\s+([a-z0-9._~+/=-]{16,})"#,
    )
    .ok()
});

/// `NAME=value`, `"name": "value"` and `--name value`.
static ASSIGNED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let value = r#"["']?([^\s"'`;|&<>(),$]{8,})"#;
    Regex::new(&format!(
        r#"(?:--([a-z][a-z-]+)[=\s]|([A-Za-z_][A-Za-z0-9_-]{{3,}})["']?\s*[=:]\s*){value}"#
    ))
    .ok()
});

/// The secrets that show by themselves.
pub(super) fn hits(text: &str) -> Vec<Hit> {
    let mut hits = Vec::new();
    for found in KNOWN.iter().flat_map(|known| known.captures_iter(text)) {
        let (Some(whole), Some((form, body))) = (
            found.get(0),
            FORMS.iter().enumerate().find_map(|(at, form)| Some((form, found.get(at + 1)?))),
        ) else {
            continue;
        };
        let (what, sure, _, _) = form;
        let body = body.as_str();
        let counts = match sure {
            Sure::Quite => !is_placeholder_key(body),
            Sure::Body => is_varied(body) && !is_placeholder(body),
            Sure::Random => is_random(body) && !is_placeholder(body),
            Sure::Jwt => !is_demonstration(whole.as_str()),
        };
        if counts {
            hits.push(Hit { range: whole.range(), what });
        }
    }
    for found in URL.iter().flat_map(|url| url.captures_iter(text)) {
        let (Some(user), Some(password), Some(host)) = (found.get(1), found.get(2), found.get(3))
        else {
            continue;
        };
        let is_known = hits.iter().any(|hit| hit.range.contains(&password.start()));
        if !is_known
            && is_elsewhere(host.as_str())
            && password.as_str() != user.as_str()
            && !is_weak(password.as_str())
        {
            hits.push(Hit { range: password.range(), what: "a URL with a password" });
        }
    }
    for found in HEADER.iter().flat_map(|header| header.captures_iter(text)) {
        let Some(value) = found.get(1) else { continue };
        let is_known = hits.iter().any(|hit| hit.range.contains(&value.start()));
        if !is_known && is_random(value.as_str()) && !is_placeholder(value.as_str()) {
            hits.push(Hit { range: value.range(), what: "a header that signs in" });
        }
    }
    hits.sort_by_key(|hit| hit.range.start);
    hits
}

/// The secrets that a command gives to a name that promises one.
pub(super) fn assigned(text: &str) -> Vec<Hit> {
    let found = ASSIGNED.iter().flat_map(|assigned| assigned.captures_iter(text));
    let hits = found.filter_map(|found| {
        let (name, value) = (found.get(1).or(found.get(2))?, found.get(3)?);
        named(name.as_str(), value.as_str())
            .then(|| Hit { range: value.range(), what: "what looks like a secret" })
    });
    hits.collect()
}

/// The passwords that `curl -u` and the like are given.
pub(super) fn signed_in(text: &str, script: &Script) -> Vec<Hit> {
    let mut hits = Vec::new();
    for command in &script.commands {
        let words = command.command();
        let is_far = || words.iter().any(|word| word.prefix.contains("://") && !is_near(word));
        if command.program() != Some("curl") || !is_far() {
            continue;
        }
        let Some(given) = user_option(command) else { continue };
        let Some((user, password)) =
            given.literal.as_deref().and_then(|literal| literal.split_once(':'))
        else {
            continue;
        };
        if is_weak(password) || password == user {
            continue;
        }
        if let Some(at) = text[given.range.clone()].find(password) {
            let start = given.range.start + at;
            let range = start..start + password.len();
            hits.push(Hit { range, what: "a password for `curl`" });
        }
    }
    hits
}

fn user_option(command: &Simple) -> Option<&Word> {
    let words = command.command();
    let at = words.iter().position(|word| matches!(word.prefix.as_str(), "-u" | "--user"))?;
    words.get(at + 1)
}

fn is_near(word: &Word) -> bool {
    let host = word.prefix.split_once("://").map_or("", |(_, rest)| rest);
    !is_elsewhere(host.split(['/', ':', '?']).next().unwrap_or(host))
}

/// Whether a host is one that others can reach: a password for a service beside the program is
/// none of anybody's business.
fn is_elsewhere(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let is_example = ["example.com", "example.org", "example.net"];
    let reserved = [".local", ".localhost", ".internal", ".example", ".test", ".invalid"];
    let is_address = host.chars().all(|c| c.is_ascii_digit() || c == '.');
    host.contains('.')
        && !is_address
        && !is_example.iter().any(|it| host == *it || host.ends_with(&format!(".{it}")))
        && !reserved.iter().any(|ending| host.ends_with(ending))
}

/// Endings of names that promise a secret, in upper case; the second tells whether it is one that
/// people make up.
const NAMES: &[(&str, bool)] = &[
    ("PASSWORD", true),
    ("PASSWD", true),
    ("PASSPHRASE", true),
    ("_PASS", true),
    ("_PWD", true),
    ("TOKEN", false),
    ("SECRET", false),
    ("APIKEY", false),
    ("API_KEY", false),
    ("ACCESS_KEY", false),
    ("SECRET_KEY", false),
    ("SECRET_KEY_BASE", false),
    ("PRIVATE_KEY", false),
    ("APP_KEY", false),
    ("AUTH_KEY", false),
    ("FERNET_KEY", false),
    ("ACCOUNT_KEY", false),
    ("ENCRYPTION_KEY", false),
    ("MASTER_KEY", false),
    ("SIGNING_KEY", false),
    ("SERVICE_KEY", false),
    ("SERVICE_ROLE_KEY", false),
    ("CREDENTIALS", false),
    ("_PAT", false),
];

/// What takes the promise back: such keys are given to everybody.
const OPEN: &[&str] =
    &["PUBLIC", "PUBLISHABLE", "ANON", "SITE_KEY", "CLIENT_TOKEN", "GPG", "SHA", "MD5", "HASH"];

/// Whether a variable of that name holds a secret.
pub(super) fn named(name: &str, value: &str) -> bool {
    let name = name.to_ascii_uppercase().replace('-', "_");
    let ending = NAMES.iter().find(|(ending, _)| name.ends_with(ending));
    let Some((_, made_up)) = ending.filter(|_| !OPEN.iter().any(|open| name.contains(open))) else {
        return false;
    };
    let is_text = value.chars().all(|c| c.is_ascii_graphic());
    let elsewhere = value.contains("://")
        || value.starts_with(['/', '.', '~', '<', '{', '[', '$', '%', '@'])
        || value.contains("${")
        || value.contains("{{");
    if !is_text || elsewhere || is_placeholder(value) {
        return false;
    }
    is_random(value) || (*made_up && !is_weak(value) && is_mixed(value))
}

/// Whether a password was made to be hard to guess.
fn is_mixed(value: &str) -> bool {
    let kinds: [fn(char) -> bool; 4] = [
        |c| c.is_ascii_lowercase(),
        |c| c.is_ascii_uppercase(),
        |c| c.is_ascii_digit(),
        |c| c.is_ascii_punctuation(),
    ];
    value.len() >= 8
        && !is_made_of_words(value)
        && kinds.iter().filter(|kind| value.chars().any(**kind)).count() >= 3
}

/// Whether a key's text is left out, as in documentation.
fn is_placeholder_key(body: &str) -> bool {
    body.contains("...") || body.contains('…') || body.contains('$') || body.contains('<')
}

/// The tokens of tutorials, and those that are meant for everybody.
fn is_demonstration(token: &str) -> bool {
    let payload = token.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let Some(payload) = payload else { return true };
    let payload = String::from_utf8_lossy(&payload).replace(' ', "");
    ["\"anon\"", "supabase-demo", "1234567890", "JohnDoe", "example"]
        .iter()
        .any(|word| payload.contains(word))
}
