//! The exit status of the failed command.
//!
//! E2B's `envd` reports it in Go's format (`exit status 100`, `signal: killed`), its provisioning
//! as `exit status: 1`. Image builders log `exit code: 100` (`BuildKit`) or `returned a non-zero
//! code: 100` (the classic builder).

use regex::Regex;

use super::log::Line;

/// The number of lines at the end of a log in which an image builder reports the exit status.
const LAST: usize = 5;

/// The exit status in a message, as the shell numbers it: 128 plus the signal.
pub(super) fn of(message: &str) -> Option<u32> {
    for (words, status) in
        [("signal: killed", 137), ("signal: segmentation fault", 139), ("signal: terminated", 143)]
    {
        if message.contains(words) {
            return Some(status);
        }
    }
    let pattern = r"exit(?:ed with)? (?:status|code):? (\d{1,3})\b|non-zero code: (\d{1,3})\b";
    let found = Regex::new(pattern).ok()?.captures_iter(message).last()?;
    found.get(1).or_else(|| found.get(2))?.as_str().parse().ok()
}

/// The exit status that an image builder reports at the end of its log.
pub(super) fn of_log(lines: &[Line]) -> Option<u32> {
    lines
        .iter()
        .rev()
        .take(LAST)
        .filter(|line| line.is_builder_s())
        .find_map(|line| of(&line.shown))
}

/// The meaning of an exit status that says more than failure.
pub(super) const fn meaning(status: u32) -> Option<&'static str> {
    match status {
        126 => Some("the command exists but cannot be executed"),
        127 => Some("the command was not found"),
        134 => Some("the command aborted itself"),
        137 => Some("the command was killed"),
        139 => Some("the command crashed with a segmentation fault"),
        143 => Some("the command was terminated"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn every_format_of_the_status_is_parsed() {
        for (message, status) in [
            ("failed to run the command: exit status 100", Some(100)),
            ("error waiting for provisioning sandbox: exit status: 1; and more", Some(1)),
            ("start command failed: error running start command: signal: killed", Some(137)),
            (r#"process "/bin/sh -c x" did not complete successfully: exit code: 127"#, Some(127)),
            ("The command '/bin/sh -c exit 3' returned a non-zero code: 3", Some(3)),
            ("make: *** [Makefile:2: all] Error 2", None),
            ("exit status of nothing", None),
        ] {
            assert_eq!(of(message), status, "{message}");
        }
    }
}
