//! The terminal of this process.

use std::io;

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};

use crate::sandbox::Size;

/// A terminal that passes every key on; dropping it restores what it was.
pub(super) struct Terminal {
    before: Termios,
}

impl Terminal {
    /// The size of the terminal, or the usual one if it does not know its own; `None` if standard
    /// input is none.
    pub(super) fn size() -> Option<Size> {
        let size = tcgetwinsize(io::stdin()).ok()?;
        let or = |number: u16, usual| if number == 0 { usual } else { number };
        Some(Size { cols: or(size.ws_col, 80).into(), rows: or(size.ws_row, 24).into() })
    }

    /// Lets the terminal pass every key on.
    pub(super) fn raw() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(io::stdin(), OptionalActions::Now, &raw)?;
        Ok(Self { before })
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // There is no place to report that it cannot be restored.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
    }
}
