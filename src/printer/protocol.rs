//! Standard output as the stream of a protocol.

use std::io::{self, Write};

use super::Printer;

impl Printer {
    /// Standard output for the messages of a protocol, byte by byte: they are for a program. Nothing
    /// else is to be printed there meanwhile.
    #[must_use]
    pub fn protocol_output(&self) -> impl Write + use<> {
        io::stdout()
    }
}
