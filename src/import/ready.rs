//! Readiness commands → the probes of the language.

use super::draft::Ready;
use super::words::commands;

/// The probe that sends a command, or the command itself.
pub(super) fn of(command: &str) -> Ready {
    probe(command).unwrap_or_else(|| Ready::Command(command.to_owned()))
}

fn probe(command: &str) -> Option<Ready> {
    if let Some(seconds) = command.strip_prefix("sleep ") {
        let seconds: u64 = seconds.parse().ok()?;
        return (seconds > 0).then_some(Ready::Wait(seconds));
    }
    let between = |start: &str, end: &str| command.strip_prefix(start)?.strip_suffix(end);
    let word = |text: &str| match commands(text)?.as_slice() {
        [words] => match words.as_slice() {
            [word] if !word.is_pattern => Some(word.text.clone()),
            _ => None,
        },
        _ => None,
    };
    if let Some(port) = between(r#"[ -n "$(ss -Htuln sport = :"#, r#")" ]"#) {
        return port.parse().ok().map(Ready::Port);
    }
    if let Some(process) = between("pgrep ", " > /dev/null") {
        return word(process).map(Ready::Process);
    }
    if let Some(file) = between("[ -f ", " ]") {
        return word(file).map(Ready::File);
    }
    let rest = command.strip_prefix(r#"curl -s -o /dev/null -w "%{http_code}" "#)?;
    let (url, status) = rest.split_once(" | grep -q \"")?;
    let status: u64 = status.strip_suffix('"')?.parse().ok()?;
    let url = word(url).filter(|url| is_url(url))?;
    Some(Ready::Url(url, (status != 200).then_some(status)))
}

/// The probe of a `HEALTHCHECK`: its URL, if it only requests one with `curl`, which then is in the
/// image; or else its command.
pub(super) fn of_health_check(command: &str) -> Ready {
    let request = command.trim();
    let request = ["|| exit 1", "||exit 1", "|| false"]
        .iter()
        .find_map(|end| request.strip_suffix(end))
        .unwrap_or(request);
    curl(request.trim()).unwrap_or_else(|| Ready::Command(command.to_owned()))
}

fn curl(request: &str) -> Option<Ready> {
    let commands = commands(request)?;
    let [words] = commands.as_slice() else { return None };
    let (program, rest) = words.split_first()?;
    if program.text != "curl" || rest.iter().any(|word| word.is_pattern) {
        return None;
    }
    let is_quiet = |word: &str| {
        let letters = word.strip_prefix('-').filter(|letters| !letters.is_empty());
        letters.is_some_and(|letters| letters.chars().all(|letter| "fsSL".contains(letter)))
            || matches!(word, "--fail" | "--silent" | "--show-error" | "--location")
    };
    let (options, urls): (Vec<&str>, Vec<&str>) =
        rest.iter().map(|word| word.text.as_str()).partition(|word| word.starts_with('-'));
    // A redirection answers another status than the page that it leads to.
    let follows = options.iter().any(|word| word.contains('L') || *word == "--location");
    let [url] = urls.as_slice() else { return None };
    let fits = options.iter().all(|word| is_quiet(word)) && !follows && is_url(url);
    fits.then(|| Ready::Url((*url).to_owned(), None))
}

fn is_url(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_probes_are_recognized() {
        assert_eq!(of("sleep 20"), Ready::Wait(20));
        assert_eq!(of(r#"[ -n "$(ss -Htuln sport = :8000)" ]"#), Ready::Port(8000));
        assert_eq!(of("pgrep 'a b' > /dev/null"), Ready::Process("a b".to_owned()));
        assert_eq!(of("[ -f /x ]"), Ready::File("/x".to_owned()));
        let url = r#"curl -s -o /dev/null -w "%{http_code}" http://localhost/ | grep -q "204""#;
        assert_eq!(of(url), Ready::Url("http://localhost/".to_owned(), Some(204)));
        for command in ["sleep x", "sleep 0", "sleep 1m", "test -f x", "pgrep a b > /dev/null"] {
            assert_eq!(of(command), Ready::Command(command.to_owned()));
        }
    }

    #[test]
    fn a_health_check_of_curl_is_a_url() {
        let url = Ready::Url("http://localhost:80/x".to_owned(), None);
        assert_eq!(of_health_check("curl -fsS http://localhost:80/x || exit 1"), url);
        for command in ["curl -fL http://a/ || exit 1", "wget -q http://a/", "curl -d x http://a/"]
        {
            assert_eq!(of_health_check(command), Ready::Command(command.to_owned()));
        }
    }
}
