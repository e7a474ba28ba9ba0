//! What is not there, or goes while it is looked at.

/// How often a list is asked for at most.
const ATTEMPTS: usize = 20;

/// The words of both engines for what does not exist, in small letters.
const WORDS: &[&str] = &[
    "no such image",
    "image not known",
    "failed to find image",
    "no such object",
    "no such container",
    "no container with name",
    "no such volume",
    "no volume with name",
];

/// Whether an engine says that what it was asked for does not exist.
pub(super) fn is_missing(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    WORDS.iter().any(|words| message.contains(words))
}

/// Asks for a list, again as long as something in it goes meanwhile: another process may remove it,
/// and then Podman 4.3 fails, as the inspection of several images does with both engines.
pub(super) fn list<T, E>(
    ask: impl Fn() -> Result<T, E>,
    message: impl Fn(&E) -> &str,
) -> Result<T, E> {
    let is_gone =
        |answer: &Result<T, E>| matches!(answer, Err(error) if is_missing(message(error)));
    let mut answer = ask();
    for _ in 1..ATTEMPTS {
        if !is_gone(&answer) {
            break;
        }
        answer = ask();
    }
    answer
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_list_is_asked_for_again_while_something_in_it_goes() {
        let ask = |failures: usize, message: &'static str| {
            let asked = Cell::new(0);
            let ask = || {
                asked.set(asked.get() + 1);
                if asked.get() > failures { Ok(()) } else { Err(message) }
            };
            let answer = list(ask, |message| message);
            (answer, asked.get())
        };
        for gone in [
            "reading image \"d36\": locating image with ID \"d36\": image not known",
            "Error: no volume with name sbx-1 found in database: no such volume",
            "Error: no container with ID 1 found in database: no such container",
        ] {
            assert_eq!(ask(0, gone), (Ok(()), 1));
            assert_eq!(ask(2, gone), (Ok(()), 3));
            assert_eq!(ask(ATTEMPTS, gone), (Err(gone), ATTEMPTS));
        }
        assert_eq!(ask(1, "permission denied"), (Err("permission denied"), 1));
    }
}
