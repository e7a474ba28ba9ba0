//! Permissions in the words of `chmod`: `+x`, `u=rwX,go=rX`.

use std::fmt;

use super::Mode;

const SET_UID: u16 = 0o4000;
const SET_GID: u16 = 0o2000;
const STICKY: u16 = 0o1000;

/// The bits of all classes without the sticky bit.
const ALL: u16 = SET_UID | SET_GID | 0o777;

/// The permissions of others.
const OTHERS: u16 = 0o007;

/// The permissions to execute, of every class.
const EXECUTE: u16 = 0o111;

/// A change of permissions in symbolic form.
///
/// It means what `COPY --chmod` of a Dockerfile means: a clause without a class is one of all
/// classes, whatever the umask is, and `X` looks at the permissions before the whole change.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ModeChange {
    operations: Vec<Operation>,
}

/// An operator with its permissions, for some classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Operation {
    /// The bits of the classes.
    who: u16,
    operator: Operator,
    permissions: Permissions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Operator {
    Add,
    Remove,
    Set,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Permissions {
    /// The bits of all classes. `X` adds those to execute, for a directory or if a class can.
    Bits { always: u16, conditional: u16 },
    /// Those of one class, which is so many bits above the others.
    Of(u16),
}

impl ModeChange {
    /// Parses clauses with commas between them, each with classes, operators and permissions.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut operations = Vec::new();
        for clause in text.split(',') {
            let mut rest = clause.trim_start_matches(['u', 'g', 'o', 'a']);
            let classes = &clause[..clause.len() - rest.len()];
            loop {
                let operator = Operator::parse(rest.chars().next()?)?;
                let end = rest[1..].find(['+', '-', '=']).map_or(rest.len(), |end| end + 1);
                operations.push(Operation::parse(classes, operator, &rest[1..end])?);
                rest = &rest[end..];
                if rest.is_empty() {
                    break;
                }
            }
        }
        Some(Self { operations })
    }

    /// The permissions after the change, of a file or a directory that has `mode`.
    #[must_use]
    pub fn apply(&self, mode: Mode, is_directory: bool) -> Mode {
        let can_execute = mode.bits & EXECUTE != 0 || is_directory;
        let bits = self.operations.iter().fold(mode.bits, |bits, operation| {
            let Operation { who, operator, permissions } = *operation;
            let (chosen, replaced) = match permissions {
                Permissions::Bits { always, conditional } if can_execute => {
                    (always | conditional, who)
                }
                Permissions::Bits { always, .. } => (always, who),
                Permissions::Of(shift) => ((bits >> shift & OTHERS) * EXECUTE, who & 0o777),
            };
            match operator {
                Operator::Add => bits | who & chosen,
                Operator::Remove => bits & !(who & chosen),
                Operator::Set => bits & !replaced | who & chosen,
            }
        });
        Mode { bits }
    }
}

impl fmt::Display for ModeChange {
    /// One text for each meaning, in octal numbers; it is not the syntax that [`Self::parse`] reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Operation { who, operator, permissions } in &self.operations {
            let operator = match operator {
                Operator::Add => '+',
                Operator::Remove => '-',
                Operator::Set => '=',
            };
            match permissions {
                Permissions::Bits { always, conditional } => {
                    write!(f, "{who:o}{operator}{always:o}/{conditional:o};")?;
                }
                Permissions::Of(shift) => write!(f, "{who:o}{operator}>{shift};")?,
            }
        }
        Ok(())
    }
}

impl Operator {
    const fn parse(operator: char) -> Option<Self> {
        Some(match operator {
            '+' => Self::Add,
            '-' => Self::Remove,
            '=' => Self::Set,
            _ => return None,
        })
    }
}

impl Operation {
    fn parse(classes: &str, operator: Operator, permissions: &str) -> Option<Self> {
        let mut who = classes.chars().fold(0, |who, class| {
            who | match class {
                'u' => SET_UID | 0o700,
                'g' => SET_GID | 0o070,
                'o' => OTHERS,
                _ => ALL,
            }
        });
        if who == 0 {
            who = ALL;
        }
        let shift = match permissions {
            "u" => Some(6),
            "g" => Some(3),
            "o" => Some(0),
            _ => None,
        };
        if let Some(shift) = shift {
            return Some(Self { who, operator, permissions: Permissions::Of(shift) });
        }
        let (mut always, mut conditional) = (0, 0);
        for permission in permissions.chars() {
            always |= match permission {
                'r' => 0o444,
                'w' => 0o222,
                'x' => EXECUTE,
                'X' if operator == Operator::Remove => EXECUTE,
                'X' => {
                    conditional = EXECUTE;
                    0
                }
                's' => SET_UID | SET_GID,
                // Others have no bit of their own for it.
                't' if who == OTHERS => 0,
                't' => {
                    who |= STICKY;
                    STICKY
                }
                _ => return None,
            };
        }
        let permissions = Permissions::Bits { always, conditional };
        Some(Self { who, operator, permissions })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(change: &str, mode: u16, is_directory: bool) -> String {
        let change = ModeChange::parse(change).unwrap_or_else(|| panic!("{change}"));
        format!("{:o}", change.apply(Mode { bits: mode }, is_directory).bits)
    }

    #[test]
    fn changes_mean_what_buildkit_makes_of_them() {
        for (change, mode, file, directory) in [
            ("+x", 0o644, "755", "755"),
            ("+w", 0o444, "666", "666"),
            ("a+x", 0o600, "711", "711"),
            ("u=rwX,go=rX", 0o600, "644", "755"),
            ("u=rwX,go=rX", 0o711, "755", "755"),
            ("u=rwX,go=rX", 0o4755, "755", "755"),
            ("go-rwx", 0o755, "700", "700"),
            ("g=u", 0o640, "660", "660"),
            ("g=u,o=", 0o2754, "2770", "2770"),
            ("o-g", 0o777, "770", "770"),
            ("u+s", 0o755, "4755", "4755"),
            ("o+s", 0o755, "755", "755"),
            ("+t", 0o755, "1755", "1755"),
            ("o+t", 0o755, "755", "755"),
            ("u-X", 0o744, "644", "644"),
            ("-X,u+X", 0o755, "744", "744"),
            ("u+r-w", 0o200, "400", "400"),
            ("=", 0o755, "0", "0"),
            ("ugo=rw", 0o755, "666", "666"),
        ] {
            assert_eq!(changed(change, mode, false), file, "{change} of a file");
            assert_eq!(changed(change, mode, true), directory, "{change} of a directory");
        }
    }

    #[test]
    fn changes_that_differ_have_other_texts() {
        let changes = ["+x", "+X", "-x", "=x", "a=x", "u=x", "u=g", "u=o", "u+s", "+x,+x", "u=,+x"];
        let texts: std::collections::BTreeSet<_> = changes
            .iter()
            .map(|change| ModeChange::parse(change).expect("a change").to_string())
            .collect();
        // A clause without a class is one of all classes.
        assert_eq!(texts.len(), changes.len() - 1);
        assert_eq!(ModeChange::parse("u=rwX,go=g").expect("").to_string(), "4700=666/111;2077=>3;");
    }

    #[test]
    fn other_words_are_no_change() {
        for none in ["", "x", "u", "755", "+x,", ",+x", "u+rwz", "g=ux", "u+x go+x", "+é", "z+x"] {
            assert_eq!(ModeChange::parse(none), None, "{none}");
        }
    }
}
