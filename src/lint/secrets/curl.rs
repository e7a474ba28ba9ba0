//! The passwords that `curl -u` is given.

use crate::lint::shell::{Script, Simple, Word};
use crate::secrets::detect::{self, Hit};

/// The program's name.
pub(super) const PROGRAM: &str = "curl";

/// The passwords with which the commands of `script`, which was read from `text`, sign in on other
/// hosts.
pub(super) fn passwords(text: &str, script: &Script) -> Vec<Hit> {
    script.calls().filter_map(|call| password(text, call.command)).collect()
}

fn password(text: &str, command: &Simple) -> Option<Hit> {
    if command.program() != Some(PROGRAM) {
        return None;
    }
    let words = command.command();
    let at = words.iter().position(|word| matches!(word.prefix.as_str(), "-u" | "--user"))?;
    let login = words.get(at + 1)?;
    let (user, password) = login.literal.as_deref()?.split_once(':')?;
    let mut hosts = words.iter().filter_map(host);
    if !hosts.any(|host| detect::is_password(user, password, host)) {
        return None;
    }
    let start = login.range.start + text[login.range.clone()].find(password)?;
    Some(Hit { range: start..start + password.len(), what: "a password for `curl`" })
}

fn host(word: &Word) -> Option<&str> {
    let (_, rest) = word.prefix.split_once("://")?;
    rest.split(['/', ':', '?']).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curl_signs_in_somewhere_else() {
        let passwords = |text: &str| {
            let script = Script::read(text).expect("a script");
            passwords(text, &script).len()
        };
        assert_eq!(passwords("curl -u ci:q7Rk2xW9 https://a.acme.dev/x"), 1);
        assert_eq!(passwords("curl --user 'ci:q7Rk2xW9' https://a.acme.dev/x"), 1);
        for text in [
            "curl -u ci:$PASSWORD https://a.acme.dev/x",
            "curl -u ci:q7Rk2xW9 http://localhost:9200/x",
            "curl -u elastic:changeme https://a.acme.dev/x",
            "wget -u 1:q7Rk2xW9 https://a.acme.dev",
        ] {
            assert_eq!(passwords(text), 0, "{text}");
        }
    }
}
