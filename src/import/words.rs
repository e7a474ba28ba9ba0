//! A command of plain words, as far as no shell would change them.

/// A word without its quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    /// Whether the shell reads it as a pattern, or as a home directory.
    pub(super) is_pattern: bool,
}

/// The commands that `&&` joins, each as its words; `None` if a shell does anything else than
/// joining and unquoting them.
pub(super) fn commands(command: &str) -> Option<Vec<Vec<Word>>> {
    let mut commands = vec![Vec::new()];
    let mut word: Option<Word> = None;
    let mut chars = command.trim().chars().peekable();
    while let Some(c) = chars.next() {
        let begins = word.is_none();
        match c {
            ' ' | '\t' => commands.last_mut()?.extend(word.take()),
            '&' if chars.next_if_eq(&'&').is_some() => {
                commands.last_mut()?.extend(word.take());
                commands.push(Vec::new());
            }
            '\'' => {
                let word = word.get_or_insert_with(plain);
                loop {
                    match chars.next()? {
                        '\'' => break,
                        c => word.text.push(c),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_with(plain);
                loop {
                    match chars.next()? {
                        '"' => break,
                        '$' | '`' | '\\' | '!' => return None,
                        c => word.text.push(c),
                    }
                }
            }
            '*' | '?' | '[' | ']' => {
                let word = word.get_or_insert_with(plain);
                word.text.push(c);
                word.is_pattern = true;
            }
            '~' => {
                let word = word.get_or_insert_with(plain);
                word.text.push(c);
                word.is_pattern |= begins;
            }
            '#' if begins => return None,
            '$' | '`' | '\\' | '|' | ';' | '&' | '<' | '>' | '(' | ')' | '{' | '}' | '!' | '\n'
            | '\r' => return None,
            c => word.get_or_insert_with(plain).text.push(c),
        }
    }
    commands.last_mut()?.extend(word);
    // A `$` in a word of the manifest would be a reference.
    let plain = |word: &Word| !word.text.contains(['$', '\n', '\r']) && !word.text.is_empty();
    let is_plain = |words: &Vec<Word>| {
        let program = words.first().is_some_and(|program| !program.is_pattern);
        program && words.iter().all(plain)
    };
    commands.iter().all(is_plain).then_some(commands)
}

const fn plain() -> Word {
    Word { text: String::new(), is_pattern: false }
}

#[cfg(test)]
mod tests {
    use super::commands;

    #[test]
    fn words_that_a_shell_changes_are_refused() {
        let read = |command: &str| {
            let all = commands(command)?;
            let all = all.iter().map(|words| {
                let words: Vec<_> = words.iter().map(|word| word.text.as_str()).collect();
                words.join(",")
            });
            Some(all.collect::<Vec<_>>().join(";"))
        };
        assert_eq!(read("a  'b c'\"d\" && e").as_deref(), Some("a,b cd;e"));
        assert_eq!(read("pip install 'a[b]>=1'").as_deref(), Some("pip,install,a[b]>=1"));
        for refused in [
            "", "a &&", "a $B", "a > b", "a; b", "a | b", "a & b", "a \"$B\"", "a 'b", "a \\b",
            "a {b,c}", "'$A'", "a # b", "a ''",
        ] {
            assert_eq!(read(refused), None, "{refused}");
        }
        assert!(commands("rm -rf /tmp/*").is_some_and(|all| all[0][2].is_pattern));
        assert!(commands("ls ~").is_some_and(|all| all[0][1].is_pattern));
    }
}
