//! `invalid-port`, `invalid-url`, `invalid-value`: the readiness check.

use url::Url;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Fix};
use crate::manifest::Manifest;
use crate::outline::{LazyOutline, quoted};
use crate::platform::Platform;

pub(super) fn check(
    manifest: &Manifest,
    _: Platform,
    outline: &LazyOutline<'_>,
    diagnostics: &mut Diagnostics,
) {
    let Some(ready) = &manifest.ready else { return };
    let ready = &ready.value;
    if let Some(port) = &ready.port
        && !(1..=65535).contains(&port.value)
    {
        let message = format!("`{}` is not a valid port", port.value);
        diagnostics.push(
            Diagnostic::new(Code::InvalidPort, port.span, message)
                .help("use a port from 1 to 65535"),
        );
    }
    if let Some(status) = &ready.status
        && !(100..=599).contains(&status.value)
    {
        let message = format!("`{}` is not a valid HTTP status", status.value);
        diagnostics.push(
            Diagnostic::new(Code::InvalidValue, status.span, message)
                .help("use a status from 100 to 599, such as 200"),
        );
    }
    if let Some(cmd) = &ready.cmd
        && let Some(probe) = intended_probe(cmd.value.trim())
    {
        let message = format!("`{}` is not a command", cmd.value);
        diagnostics.push(
            Diagnostic::new(Code::ProbeAsCommand, cmd.span, message)
                .label("a shell would run it as a command")
                .help(format!("write `ready = {{ {probe} }}`")),
        );
    }
    if let Some(url) = &ready.url {
        let parsed = Url::parse(&url.value);
        let reason = match &parsed {
            Ok(parsed) if matches!(parsed.scheme(), "http" | "https") => None,
            Ok(parsed) => Some(format!("`{}` is not HTTP", parsed.scheme())),
            Err(url::ParseError::RelativeUrlWithoutBase) => Some("it has no scheme".to_owned()),
            Err(error) => Some(error.to_string()),
        };
        if let Some(reason) = reason {
            let message = format!("`{}` is not a valid HTTP URL", url.value);
            let host = url.value.split_once("://").map_or(url.value.as_str(), |(_, rest)| rest);
            let raw = outline.written(url.span);
            let whole = format!("http://{host}");
            let fix = Url::parse(&whole)
                .is_ok()
                .then(|| Fix::proposed("use HTTP").replace(url.span, quoted(raw, &whole)));
            diagnostics.push(
                Diagnostic::new(Code::InvalidUrl, url.span, message)
                    .label(reason)
                    .help(format!("write `http://{host}`"))
                    .fix(fix),
            );
        }
    }
}

/// The probe for a text that is not a command but a URL or a port.
fn intended_probe(command: &str) -> Option<String> {
    let http = command.starts_with("http://") || command.starts_with("https://");
    if http && !command.contains(char::is_whitespace) {
        return Some(format!("url = \"{command}\""));
    }
    let port: u16 = command.strip_prefix(':').unwrap_or(command).parse().ok()?;
    Some(format!("port = {port}"))
}
