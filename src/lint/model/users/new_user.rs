//! The arguments of `useradd`, `adduser` and `groupadd`.

use crate::lint::shell::{Simple, Word};

/// A user or a group that a command creates.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::lint) struct NewUser<'s> {
    /// The name, if it is literal.
    pub(in crate::lint) name: Option<&'s str>,
    /// The UID or GID with the option that asks for it.
    pub(in crate::lint) id: Option<(u32, &'s Word)>,
    /// Whether the command accepts what exists.
    pub(in crate::lint) is_lenient: bool,
    /// Whether the options ask for a system user.
    pub(in crate::lint) is_system: bool,
}

impl<'s> NewUser<'s> {
    /// The user or group that `useradd`, `adduser` or `groupadd` creates; `None` if its arguments
    /// are not understood.
    pub(in crate::lint) fn of(command: &'s Simple) -> Option<Self> {
        let mut words = command.command().iter();
        let program = words.next()?.literal.as_deref()?;
        let is_group = program.ends_with("groupadd");
        let mut new = Self::default();
        let mut plain = 0;
        while let Some(word) = words.next() {
            let text = word.literal.as_deref()?;
            let (option, attached) = match text.split_once('=') {
                Some((option, value)) if option.starts_with("--") => (option, Some(value)),
                _ => (text, None),
            };
            let is_id = match option {
                "-u" | "--uid" => !is_group,
                "-g" | "--gid" => is_group,
                _ => false,
            };
            match option {
                "-o" | "--non-unique" | "-f" | "--force" if is_group || option != "-f" => {
                    new.is_lenient = true;
                }
                "-r" | "--system" => new.is_system = true,
                _ if takes_value(option) => {
                    let value = match attached {
                        Some(value) => Some((value, word)),
                        None => {
                            words.next().and_then(|next| Some((next.literal.as_deref()?, next)))
                        }
                    };
                    let (value, word) = value?;
                    if is_id {
                        new.id = Some((value.parse().ok()?, word));
                    }
                }
                option if option.starts_with('-') => new.short(option),
                name => {
                    plain += 1;
                    new.name = Some(name);
                }
            }
        }
        // `adduser NAME GROUP` adds an existing user to a group.
        (plain == 1).then_some(new)
    }

    /// Several letters behind one dash, such as `-mr`.
    fn short(&mut self, option: &str) {
        let letters = option.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
        let has = |letter| letters.is_some_and(|letters| letters.contains(letter));
        self.is_lenient |= has('o');
        self.is_system |= has('r');
    }
}

/// Whether the next word is the value of an option of `useradd`, `adduser` or `groupadd`.
fn takes_value(option: &str) -> bool {
    const LONG: &[&str] = &[
        "--base-dir",
        "--comment",
        "--expiredate",
        "--gecos",
        "--gid",
        "--groups",
        "--home",
        "--home-dir",
        "--inactive",
        "--ingroup",
        "--key",
        "--password",
        "--shell",
        "--skel",
        "--uid",
    ];
    let short = option.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
    // The last of several letters may take a value, as in `-mu 1000`.
    let last = short.and_then(|letters| letters.chars().last());
    LONG.contains(&option) || last.is_some_and(|last| "bcdefgGkKpsu".contains(last))
}
