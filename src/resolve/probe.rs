//! Readiness probes as shell commands.

use crate::manifest::{Probe, Ready};
use crate::scalar::shell::quote;
use crate::template::{Command, Origin};

/// The status that a probed URL returns unless the manifest says another.
const DEFAULT_STATUS: u64 = 200;

/// The command that a probe becomes; it exits 0 when the probe holds.
pub(super) fn command(ready: &Ready) -> Option<Command> {
    let (text, span) = match ready.probe()? {
        Probe::Cmd(cmd) => (cmd.value.clone(), cmd.span),
        // The filter is exact: a probe for 80 does not see 8080. `ss` exits 0 whatever it finds,
        // so its output is what counts.
        Probe::Port(port) => {
            (format!(r#"[ -n "$(ss -Htuln sport = :{})" ]"#, port.value), port.span)
        }
        Probe::Url(url, status) => {
            let status = status.map_or(DEFAULT_STATUS, |status| status.value);
            (url_command(&url.value, status), url.span)
        }
        Probe::Process(process) => {
            (format!("pgrep {} > /dev/null", quote(&process.value)), process.span)
        }
        Probe::File(file) => (format!("[ -f {} ]", quote(&file.value)), file.span),
        Probe::Wait(wait) => (format!("sleep {}", wait.value.seconds), wait.span),
    };
    Some(Command { text, origin: Origin::Written(span) })
}

fn url_command(url: &str, status: u64) -> String {
    let url = quote(url);
    format!(r#"curl -s -o /dev/null -w "%{{http_code}}" {url} | grep -q "{status}""#)
}
