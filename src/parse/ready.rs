//! `ready`.

use toml::de::DeValue;

use super::start::exactly_one;
use super::table::Reader;
use super::value::{self, Item};
use crate::diagnostic::{Code, Diagnostic, Fix};
use crate::manifest::{PROBES, Ready};
use crate::outline::quoted;
use crate::scalar::{Wait, guess_duration, parse_duration};
use crate::source::Spanned;

pub(super) fn ready(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<Ready>> {
    if let DeValue::String(_) = item.value {
        let cmd = value::non_empty(reader, item)?;
        let span = cmd.span;
        return Some(Spanned::new(Ready { cmd: Some(cmd), ..Ready::default() }, span));
    }
    if !matches!(item.value, DeValue::Table(_)) {
        let help = match item.value {
            DeValue::Integer(port) => format!("write `ready = {{ port = {port} }}`"),
            _ => "write a command, or a probe such as `ready = { port = 8000 }`".to_owned(),
        };
        return item.wrong_type_help(reader, "a command or a table with one probe", &help).none();
    }
    let mut table = value::table(reader, "Ready", item)?;
    let ready = Ready {
        cmd: table.optional(reader, "cmd", value::non_empty),
        port: table.optional(reader, "port", value::unsigned),
        url: table.optional(reader, "url", value::non_empty),
        status: table.optional(reader, "status", value::unsigned),
        process: table.optional(reader, "process", value::non_empty),
        file: table.optional(reader, "file", value::non_empty),
        wait: table.optional(reader, "wait", wait),
    };
    exactly_one(reader, &mut table, "`ready`", PROBES);
    if table.present(&["url"]).is_empty() {
        for status in table.present(&["status"]) {
            reader.push(
                Diagnostic::new(Code::ConflictingKeys, status.span, "`status` requires `url`")
                    .help("remove `status`, or probe a `url`"),
            );
        }
    }
    Some(table.finish_as(reader, ready))
}

pub(super) fn wait(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<Wait>> {
    let text = match item.value {
        DeValue::Integer(integer) => {
            let message = format!("`{integer}` has no unit");
            reader.push(
                Diagnostic::new(Code::InvalidDuration, item.span, message)
                    .help(format!("write `\"{integer}s\"` for seconds"))
                    .fix(
                        Fix::proposed("use seconds").replace(item.span, format!("\"{integer}s\"")),
                    ),
            );
            return None;
        }
        DeValue::String(text) => text,
        _ => return item.wrong_type(reader, "a duration such as \"20s\"").none(),
    };
    let Some(duration) = parse_duration(text) else {
        let message = format!("`{text}` is not a duration");
        let diagnostic = Diagnostic::new(Code::InvalidDuration, item.span, message);
        reader.push(match guess_duration(text) {
            Some(meant) => {
                let written = quoted(reader.written(item.span), &meant);
                let fix = Fix::safe("use the short form of the unit");
                diagnostic.help(format!("write `\"{meant}\"`")).fix(fix.replace(item.span, written))
            }
            None => diagnostic.help("write a number and its unit: \"500ms\", \"20s\" or \"5m\""),
        });
        return None;
    };
    if duration.subsec_nanos() != 0 || duration.is_zero() {
        let seconds = duration.as_millis().div_ceil(1000).max(1);
        let message = format!("`{text}` is not a whole number of seconds, at least one");
        reader.push(
            Diagnostic::new(Code::InvalidDuration, item.span, message)
                .help(format!("write `\"{seconds}s\"`"))
                .fix(
                    Fix::proposed("round the time up")
                        .replace(item.span, format!("\"{seconds}s\"")),
                ),
        );
        return None;
    }
    Some(Spanned::new(Wait { seconds: duration.as_secs() }, item.span))
}
