//! Keys of services, which are recognized by their prefix.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use regex::Regex;

use super::Hit;
use super::marks::Prefix;
use super::shape::{is_placeholder, is_random, is_varied};

/// The evidence that a form needs beyond its prefix.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sure {
    /// None: the text around it leaves no doubt.
    Quite,
    /// The text behind the prefix is not a placeholder.
    Body,
    /// The text behind the prefix looks randomly generated, because the prefix is short.
    Random,
    /// It is not one of the tokens that are common in examples.
    Jwt,
}

/// The form of the keys of one service.
pub(super) struct Form {
    /// A description with its article.
    what: &'static str,
    sure: Sure,
    /// The prefixes, any of which a key begins with.
    pub(super) prefixes: &'static [&'static str],
    /// A regular expression for the text behind the prefix.
    body: &'static str,
    /// The same, compiled for the first text that contains a prefix: most contain none, and
    /// compiling all of them takes longer than the rest of a check.
    regex: OnceLock<Option<Regex>>,
}

const fn form(
    what: &'static str,
    sure: Sure,
    prefixes: &'static [&'static str],
    body: &'static str,
) -> Form {
    Form { what, sure, prefixes, body, regex: OnceLock::new() }
}

/// All forms. A longer prefix comes before one that it begins with.
pub(super) static FORMS: [Form; 33] = [
    form(
        "a private key",
        Sure::Quite,
        &["-----BEGIN "],
        r"(?:[A-Z]+ ){0,2}PRIVATE KEY(?: BLOCK)?-----[^-]{40,}(?:-----END [A-Z ]{1,40}-----)?",
    ),
    form("a key of age", Sure::Body, &["AGE-SECRET-KEY-1"], r"[0-9A-Z]{58}"),
    form("an Anthropic API key", Sure::Body, &["sk-ant-"], r"[A-Za-z0-9_-]{24,}"),
    form("an OpenRouter API key", Sure::Body, &["sk-or-"], r"[A-Za-z0-9_-]{24,}"),
    form(
        "an OpenAI API key",
        Sure::Body,
        &["sk-proj-", "sk-svcacct-", "sk-admin-"],
        r"[A-Za-z0-9_-]{24,}",
    ),
    form("an API key", Sure::Random, &["sk-"], r"[A-Za-z0-9]{32,}"),
    form("a Stripe key", Sure::Body, &["sk_live_", "rk_live_"], r"[A-Za-z0-9]{16,}"),
    form(
        "a GitHub token",
        Sure::Body,
        &["gho_", "ghp_", "ghs_", "ghu_", "ghr_"],
        r"[A-Za-z0-9]{36,}",
    ),
    form("a GitHub token", Sure::Body, &["github_pat_"], r"[A-Za-z0-9_]{50,}"),
    form(
        "a GitLab token",
        Sure::Body,
        &["glpat-", "glptt-", "gldt-", "glrt-", "glcbt-", "gloas-"],
        r"[A-Za-z0-9_.-]{20,}",
    ),
    form("an AWS access key", Sure::Body, &["AKIA", "ASIA"], r"[0-9A-Z]{16}"),
    form("a Google API key", Sure::Body, &["AIza"], r"[0-9A-Za-z_-]{35}"),
    form("a Google client secret", Sure::Body, &["GOCSPX-"], r"[0-9A-Za-z_-]{28}"),
    form(
        "a Slack token",
        Sure::Body,
        &["xoxa-", "xoxb-", "xoxe-", "xoxo-", "xoxp-", "xoxr-", "xoxs-"],
        r"[0-9A-Za-z]+-[0-9A-Za-z-]{10,}",
    ),
    form(
        "a Slack webhook",
        Sure::Body,
        &["https://hooks.slack.com/services/"],
        r"T[0-9A-Z]{6,}/B[0-9A-Z]{6,}/[0-9A-Za-z]{20,}",
    ),
    form("an npm token", Sure::Body, &["npm_"], r"[A-Za-z0-9]{36}"),
    form("a PyPI token", Sure::Body, &["pypi-"], r"AgE[A-Za-z0-9_-]{50,}"),
    form("a Docker Hub token", Sure::Body, &["dckr_pat_", "dckr_oat_"], r"[A-Za-z0-9_-]{20,}"),
    form("a Hugging Face token", Sure::Body, &["hf_"], r"[A-Za-z0-9]{30,}"),
    form("an E2B access token", Sure::Body, &["sk_e2b_"], r"[0-9a-f]{32,64}"),
    form("an API key", Sure::Random, &["sk_"], r"[A-Za-z0-9_-]{40,}"),
    form("an E2B API key", Sure::Body, &["e2b_"], r"[0-9a-f]{32,64}"),
    form("a Groq API key", Sure::Body, &["gsk_"], r"[A-Za-z0-9]{40,}"),
    form("an xAI API key", Sure::Body, &["xai-"], r"[A-Za-z0-9]{60,}"),
    form("a Replicate token", Sure::Body, &["r8_"], r"[A-Za-z0-9]{37}"),
    form("a Perplexity API key", Sure::Body, &["pplx-"], r"[A-Za-z0-9]{40,}"),
    form("a Tavily API key", Sure::Random, &["tvly-"], r"[A-Za-z0-9-]{28,}"),
    form("a Linear API key", Sure::Body, &["lin_api_", "lin_oauth_"], r"[A-Za-z0-9]{32,}"),
    form("a Databricks token", Sure::Body, &["dapi"], r"[0-9a-f]{32}"),
    form("a DigitalOcean token", Sure::Body, &["doo_v1_", "dop_v1_", "dor_v1_"], r"[0-9a-f]{64}"),
    form("a SendGrid API key", Sure::Body, &["SG."], r"[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    form("a Vault token", Sure::Body, &["hvb.", "hvs."], r"[A-Za-z0-9_-]{24,}"),
    form(
        "a signed token",
        Sure::Jwt,
        &["eyJ"],
        r"[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{20,}",
    ),
];

impl Form {
    /// The length in bytes of the key's body at the beginning of `text`, the text behind a prefix.
    fn body(&self, text: &str) -> Option<usize> {
        let regex = self.regex.get_or_init(|| Regex::new(&format!("^(?:{})", self.body)).ok());
        regex.as_ref()?.find(text).map(|found| found.end())
    }

    /// Whether a match is a real key and not one of the examples in documentation.
    fn counts(&self, key: &str, body: &str) -> bool {
        match self.sure {
            Sure::Quite => !is_placeholder_key(body),
            Sure::Body => is_varied(body) && !is_placeholder(body),
            Sure::Random => is_random(body) && !is_placeholder(body),
            Sure::Jwt => !is_demonstration(key),
        }
    }
}

/// The keys in a text that contains these prefixes.
pub(super) fn keys(text: &str, prefixes: &[Prefix]) -> Vec<Hit> {
    let mut hits = Vec::new();
    let mut end = 0;
    // The end of a run of word characters in which no signed token begins.
    let mut unsigned = 0;
    for prefix in prefixes {
        let form = &FORMS[prefix.form];
        let (start, after) = (prefix.range.start, prefix.range.end);
        let is_hopeless = form.sure == Sure::Jwt && start < unsigned;
        if start < end || is_hopeless || !is_beginning(text, start) {
            continue;
        }
        let Some(length) = form.body(&text[after..]) else {
            // Following each beginning within one run to its end would take quadratic time.
            if form.sure == Sure::Jwt {
                let is_run = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
                let rest = text[after..].trim_start_matches(is_run);
                unsigned = text.len() - rest.len();
            }
            continue;
        };
        end = after + length;
        if form.counts(&text[start..end], &text[after..end]) {
            hits.push(Hit { range: start..end, what: form.what });
        }
    }
    hits
}

/// Whether a word begins at this offset, if there is a word character.
fn is_beginning(text: &str, at: usize) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let (before, behind) = text.as_bytes().split_at(at);
    !(behind.first().is_some_and(is_word) && before.last().is_some_and(is_word))
}

/// Whether the body of a key is elided, as in documentation.
fn is_placeholder_key(body: &str) -> bool {
    body.contains("...") || body.contains('…') || body.contains('$') || body.contains('<')
}

/// Tokens of tutorials, and public ones.
fn is_demonstration(token: &str) -> bool {
    let payload = token.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let Some(payload) = payload else { return true };
    let payload = String::from_utf8_lossy(&payload).replace(' ', "");
    ["\"anon\"", "supabase-demo", "1234567890", "JohnDoe", "example"]
        .iter()
        .any(|word| payload.contains(word))
}
