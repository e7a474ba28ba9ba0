//! Readiness probes as shell commands.

use crate::manifest::{Probe, Ready};
use crate::scalar::shell::quote;
use crate::template::{Command, Origin};

/// The status that a probed URL returns unless the manifest says another.
pub(super) const DEFAULT_STATUS: u64 = 200;

/// The command that a probe becomes; it exits 0 when the probe holds.
pub(super) fn command(ready: &Ready) -> Option<Command> {
    let (text, span) = match ready.probe()? {
        Probe::Cmd(cmd) => (cmd.value.clone(), cmd.span),
        Probe::Port(port) => (self::port(port.value), port.span),
        Probe::Url(url, status) => {
            let status = status.map_or(DEFAULT_STATUS, |status| status.value);
            (url_command(&url.value, status), url.span)
        }
        Probe::Process(process) => (self::process(&process.value), process.span),
        Probe::File(file) => (self::file(&file.value), file.span),
        Probe::Wait(wait) => (format!("sleep {}", wait.value.seconds), wait.span),
    };
    Some(Command { text, origin: Origin::Written(span) })
}

/// Whether a process listens on a port. The filter is exact: a probe for 80 does not see 8080. `ss`
/// exits 0 whatever it finds, so its output is what counts.
pub(super) fn port(port: u64) -> String {
    format!(r#"[ -n "$(ss -Htuln sport = :{port})" ]"#)
}

/// Whether a process of this name runs.
pub(super) fn process(name: &str) -> String {
    format!("pgrep {} > /dev/null", quote(name))
}

/// Whether this file exists.
pub(super) fn file(path: &str) -> String {
    format!("[ -f {} ]", quote(path))
}

fn url_command(url: &str, status: u64) -> String {
    let url = quote(url);
    format!(r#"curl -s -o /dev/null -w "%{{http_code}}" {url} | grep -q "{status}""#)
}
