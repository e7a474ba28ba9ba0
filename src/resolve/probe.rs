//! Readiness probes as shell commands.

use crate::manifest::Ready;
use crate::scalar::shell::quote;
use crate::template::{Command, Origin};

/// The command that a probe becomes; it exits 0 when the probe holds.
pub(super) fn command(ready: &Ready) -> Option<Command> {
    let (text, span) = if let Some(cmd) = &ready.cmd {
        (cmd.value.clone(), cmd.span)
    } else if let Some(port) = &ready.port {
        // The filter is exact: a probe for 80 does not see 8080. `ss` exits 0 whatever it finds,
        // so its output is what counts.
        (format!(r#"[ -n "$(ss -Htuln sport = :{})" ]"#, port.value), port.span)
    } else if let Some(url) = &ready.url {
        let status = ready.status.as_ref().map_or(200, |status| status.value);
        let url_word = quote(&url.value);
        let text =
            format!(r#"curl -s -o /dev/null -w "%{{http_code}}" {url_word} | grep -q "{status}""#);
        (text, url.span)
    } else if let Some(process) = &ready.process {
        (format!("pgrep {} > /dev/null", quote(&process.value)), process.span)
    } else if let Some(file) = &ready.file {
        (format!("[ -f {} ]", quote(&file.value)), file.span)
    } else {
        let wait = ready.wait.as_ref()?;
        (format!("sleep {}", wait.value.seconds), wait.span)
    };
    Some(Command { text, origin: Origin::Written(span) })
}
