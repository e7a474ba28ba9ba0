//! `invalid-port`, `invalid-url`, `invalid-value`: the readiness check.

use url::Url;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Fix};
use crate::manifest::Manifest;
use crate::outline::{LazyOutline, quoted};
use crate::platform::Platform;
use crate::source::Spanned;

/// What to do about a number that is not a port.
const PORTS: &str = "use a port from 1 to 65535";

pub(super) fn check(
    manifest: &Manifest,
    _: Platform,
    outline: &LazyOutline<'_>,
    diagnostics: &mut Diagnostics,
) {
    let Some(ready) = &manifest.ready else { return };
    let ready = &ready.value;
    diagnostics.extend(ready.port.as_ref().and_then(port_fault));
    diagnostics.extend(ready.status.as_ref().and_then(status_fault));
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
    diagnostics.extend(ready.url.as_ref().and_then(|url| url_fault(url, outline)));
}

/// The fault of a number that is not a port.
pub(super) fn port_fault(port: &Spanned<u64>) -> Option<Diagnostic> {
    if (1..=65535).contains(&port.value) {
        return None;
    }
    let message = format!("`{}` is not a valid port", port.value);
    Some(Diagnostic::new(Code::InvalidPort, port.span, message).help(PORTS))
}

/// The fault of a number that is not an HTTP status.
pub(super) fn status_fault(status: &Spanned<u64>) -> Option<Diagnostic> {
    if (100..=599).contains(&status.value) {
        return None;
    }
    let message = format!("`{}` is not a valid HTTP status", status.value);
    Some(
        Diagnostic::new(Code::InvalidValue, status.span, message)
            .help("use a status from 100 to 599, such as 200"),
    )
}

/// The fault of a text that is not an HTTP URL.
pub(super) fn url_fault(url: &Spanned<String>, outline: &LazyOutline<'_>) -> Option<Diagnostic> {
    let reason = match Url::parse(&url.value) {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") => return None,
        Ok(parsed) => format!("`{}` is not HTTP", parsed.scheme()),
        Err(url::ParseError::RelativeUrlWithoutBase) => "it has no scheme".to_owned(),
        Err(error) => error.to_string(),
    };
    let message = format!("`{}` is not a valid HTTP URL", url.value);
    let host = url.value.split_once("://").map_or(url.value.as_str(), |(_, rest)| rest);
    let whole = format!("http://{host}");
    let diagnostic = Diagnostic::new(Code::InvalidUrl, url.span, message).label(reason);
    Some(match Url::parse(&whole) {
        Ok(_) => {
            let raw = outline.written(url.span);
            let fix = Fix::proposed("use HTTP").replace(url.span, quoted(raw, &whole));
            diagnostic.help(format!("write `{whole}`")).fix(fix)
        }
        Err(url::ParseError::InvalidPort) => diagnostic.help(PORTS),
        Err(_) => diagnostic.help("write a URL with a host, such as `http://localhost:8000/`"),
    })
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
