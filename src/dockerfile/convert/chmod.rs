//! `--chmod` of `COPY` and `ADD`.

use super::Converter;
use crate::dockerfile::instruction::{Instruction, Word};
use crate::dockerfile::syntax;
use crate::scalar::{Mode, ModeChange};

/// The permissions that `--chmod` asks for.
#[derive(Debug, Clone)]
pub(super) enum Permissions {
    /// The same for every file and directory.
    Mode(Mode),
    /// A change of each one's own.
    Change(ModeChange),
}

impl Permissions {
    fn parse(text: &str) -> Option<Self> {
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            // As many digits as one likes, as for Docker.
            let is_octal = text.bytes().all(|byte| byte.is_ascii_digit());
            let bits = u64::from_str_radix(text, 8).ok().filter(|_| is_octal)?;
            return Mode::from_bits(bits).map(Self::Mode);
        }
        ModeChange::parse(text).map(Self::Change)
    }

    /// The permissions of a file that is made with those of `own`.
    pub(super) fn of_file(&self, own: u16) -> Mode {
        match self {
            Self::Mode(mode) => *mode,
            Self::Change(change) => change.apply(Mode { bits: own }, false),
        }
    }

    /// As the two keys of a copy.
    pub(super) fn split(this: Option<&Self>) -> (Option<Mode>, Option<ModeChange>) {
        match this {
            Some(Self::Mode(mode)) => (Some(*mode), None),
            Some(Self::Change(change)) => (None, Some(change.clone())),
            None => (None, None),
        }
    }
}

impl Converter<'_> {
    pub(super) fn permissions(
        &mut self,
        instruction: &Instruction,
        word: &Word,
    ) -> Option<Permissions> {
        let value = self.spanned(instruction, word)?;
        let permissions = Permissions::parse(&value.value);
        if permissions.is_none() {
            let fault = syntax(value.span, format!("`{}` is not a valid mode", value.value))
                .help("write octal digits, such as `--chmod=755`, or a change such as `+x`");
            self.push_fault(fault);
        }
        permissions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_is_octal_or_a_change() {
        let mode = |text: &str| {
            Permissions::parse(text).map(|permissions| permissions.of_file(0o600).bits)
        };
        assert_eq!(mode("755"), Some(0o755));
        assert_eq!(mode("0"), Some(0));
        assert_eq!(mode("0002755"), Some(0o2755));
        assert_eq!(mode("+x"), Some(0o711));
        assert_eq!(mode("u=rwX,go=rX"), Some(0o644));
        for none in ["", "888", "17777", "7+7", "rwx", "0o755", "u+x;id"] {
            assert_eq!(mode(none), None, "{none}");
        }
    }
}
