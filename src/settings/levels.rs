//! Lint levels.

use super::UsageError;
use crate::cli;
use crate::diagnostic::level::Target;
use crate::diagnostic::{Code, Level, Levels, Severity};

/// The levels that the arguments set.
pub(super) fn levels(args: &cli::LintArgs) -> Result<Levels, UsageError> {
    let mut levels = Levels::default();
    let given = [(&args.allow, Level::Allow), (&args.warn, Level::Warn), (&args.deny, Level::Deny)];
    for (words, level) in given {
        for word in words {
            let target = target(word)?;
            if levels.get(target).is_some_and(|known| known != level) {
                let message = format!("`{word}` has two lint levels");
                return Err(UsageError::new(
                    message,
                    "use only one of `--allow`, `--warn`, `--deny`",
                ));
            }
            levels.set(target, level);
        }
    }
    Ok(levels)
}

/// The target of a level: a code, or all warnings.
fn target(word: &str) -> Result<Target, UsageError> {
    if word == Target::WARNINGS {
        return Ok(Target::Warnings);
    }
    match Code::find(word) {
        Some(code) if code.severity() == Severity::Warning => Ok(Target::Code(code)),
        Some(_) => {
            let message = format!("`{word}` is an error, and errors are always reported");
            Err(UsageError::new(message, "`sbx explain` lists the warnings"))
        }
        None => {
            let known = Code::warnings().map(Code::name).chain([Target::WARNINGS]);
            let help = match Code::suggest(word, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`sbx explain` lists all of them".to_owned(),
            };
            Err(UsageError::new(format!("`{word}` is not a diagnostic code"), help))
        }
    }
}
