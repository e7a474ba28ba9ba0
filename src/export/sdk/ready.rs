//! Readiness checks as the functions of an SDK that make the same command.

use super::call::Value;
use crate::platform::Sdk;
use crate::scalar::shell::quote;

/// The check for a command: a function of the SDK, or the command itself.
pub(super) fn check(command: &str, sdk: &Sdk) -> Value {
    helper(command, sdk).unwrap_or_else(|| Value::text(command))
}

fn helper(command: &str, sdk: &Sdk) -> Option<Value> {
    let between = |before: &str, after: &str| command.strip_prefix(before)?.strip_suffix(after);
    if sdk.probes_exactly
        && let Some(port) = between(r#"[ -n "$(ss -Htuln sport = :"#, r#")" ]"#)
    {
        return Some(Value::Helper("wait_for_port", vec![Value::Number(number(port)?)]));
    }
    if let Some(rest) = between(r#"curl -s -o /dev/null -w "%{http_code}" "#, "\"") {
        let (url, status) = rest.split_once(" | grep -q \"")?;
        let status = number(status)?;
        let mut arguments = vec![word(url, sdk)?];
        if status != 200 {
            arguments.push(Value::Number(status));
        }
        return Some(Value::Helper("wait_for_url", arguments));
    }
    if let Some(process) = between("pgrep ", " > /dev/null") {
        return Some(Value::Helper("wait_for_process", vec![word(process, sdk)?]));
    }
    if let Some(file) = between("[ -f ", " ]") {
        return Some(Value::Helper("wait_for_file", vec![word(file, sdk)?]));
    }
    wait(number(command.strip_prefix("sleep ")?)?)
}

/// The check that waits for so many seconds; `None` if the SDK cannot say it.
pub(super) fn wait(seconds: u64) -> Option<Value> {
    let milliseconds = seconds.checked_mul(1000).filter(|milliseconds| *milliseconds > 0)?;
    Some(Value::Helper("wait_for_timeout", vec![Value::Number(milliseconds)]))
}

/// A number that is written as the SDK writes it, and that TypeScript has.
fn number(digits: &str) -> Option<u64> {
    let number = digits.parse::<u32>().ok()?;
    (number.to_string() == digits).then_some(u64::from(number))
}

/// A word that the SDK writes as the command has it.
fn word(written: &str, sdk: &Sdk) -> Option<Value> {
    if quote(written) == written {
        return Some(Value::text(written));
    }
    let value = written.strip_prefix('\'')?.strip_suffix('\'')?;
    let value = value.replace("'\"'\"'", "'");
    (sdk.quotes_words && quote(&value) == written).then_some(Value::Text(value))
}
