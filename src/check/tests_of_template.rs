//! `invalid-value`, `invalid-port`, `invalid-url`, `invalid-env-name`, `invalid-user`: the tests of
//! the template.

use std::collections::HashMap;

use regex::Regex;

use super::probe::{port_fault, status_fault, url_fault};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::manifest::{Expectation, Manifest, Test};
use crate::outline::LazyOutline;
use crate::platform::{Platform, ROOT};
use crate::source::Spanned;
use crate::validate::env_name_fault;

/// The largest exit code.
const MAX_EXIT_CODE: u64 = 255;

pub(super) fn check(
    manifest: &Manifest,
    platform: Platform,
    outline: &LazyOutline<'_>,
    diagnostics: &mut Diagnostics,
) {
    duplicate_names(manifest, diagnostics);
    for test in manifest.tests() {
        let test = &test.value;
        diagnostics.extend(test.port.as_ref().and_then(port_fault));
        diagnostics.extend(test.url.as_ref().and_then(|url| url_fault(url, outline)));
        diagnostics.extend(range_fault(test));
        for expectation in [&test.stdout, &test.stderr].into_iter().flatten() {
            diagnostics.extend(regex_fault(&expectation.value));
        }
        let variables = test.env.iter().flat_map(|env| &env.value.variables);
        diagnostics.extend(variables.filter_map(|variable| env_name_fault(&variable.name)));
        diagnostics.extend(test.user.as_ref().and_then(|user| user_fault(user, platform)));
    }
}

fn duplicate_names(manifest: &Manifest, diagnostics: &mut Diagnostics) {
    let mut firsts = HashMap::new();
    for name in manifest.tests().iter().filter_map(|test| test.value.name.as_ref()) {
        let first = *firsts.entry(name.value.as_str()).or_insert(name.span);
        if first != name.span {
            let message = format!("duplicate test name `{}`", name.value);
            diagnostics.push(
                Diagnostic::new(Code::InvalidValue, name.span, message)
                    .related(first, "first here")
                    .help("give each test a name of its own"),
            );
        }
    }
}

/// The fault of a status outside of what the action has.
fn range_fault(test: &Test) -> Option<Diagnostic> {
    let status = test.status.as_ref()?;
    if test.url.is_some() {
        return status_fault(status);
    }
    if test.run.is_none() || status.value <= MAX_EXIT_CODE {
        return None;
    }
    let message = format!("`{}` is not a valid exit code", status.value);
    Some(
        Diagnostic::new(Code::InvalidValue, status.span, message)
            .help("use an exit code from 0 to 255; for an HTTP status, test a `url`"),
    )
}

fn regex_fault(expectation: &Expectation) -> Option<Diagnostic> {
    let Expectation::Matches(pattern) = expectation else { return None };
    let error = Regex::new(&pattern.value).err()?;
    let reason = match &error {
        // The reason is in the last line, below an excerpt.
        regex::Error::Syntax(text) => {
            let last = text.lines().last().unwrap_or_default();
            last.strip_prefix("error: ").unwrap_or(last).to_owned()
        }
        regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
        other => other.to_string(),
    };
    Some(
        Diagnostic::new(Code::InvalidValue, pattern.span, "the regular expression is not valid")
            .label(reason)
            .help("write a regular expression in the syntax of Rust's `regex`, or a text"),
    )
}

/// Where a platform has users: what runs a command looks its user up by name.
fn user_fault(user: &Spanned<String>, platform: Platform) -> Option<Diagnostic> {
    let text = &user.value;
    let (label, help) = if platform.facts().root_only {
        if text == ROOT {
            return None;
        }
        return Some(
            Diagnostic::new(
                Code::UnsupportedOnPlatform,
                user.span,
                format!("the test runs as `{text}`, and `{platform}` has only root"),
            )
            .help("remove `user`, or use another platform"),
        );
    } else if text.contains(':') {
        ("a test runs with the groups of its user", "write the name of the user alone")
    } else if text.bytes().all(|byte| byte.is_ascii_digit()) {
        ("the platform looks the user up by this name", "write the name of the user")
    } else {
        return None;
    };
    let message = format!("`{text}` is not a user name");
    Some(Diagnostic::new(Code::InvalidUser, user.span, message).label(label).help(help))
}
