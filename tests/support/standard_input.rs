//! Runs of the binary with a text as its standard input.

use std::ffi::OsStr;
use std::io::Write as _;
use std::process::Stdio;

use super::process::ToEnd as _;
use super::{Ran, Workspace};

impl Workspace {
    /// Runs the binary to its end, with a text as its standard input.
    pub fn run_with_input<S: AsRef<OsStr>>(&self, arguments: &[S], input: &str) -> Ran {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        // The binary may end before it has read everything.
        let _ = child.stdin.take().expect("it has an input").write_all(input.as_bytes());
        Ran::of(child.to_end())
    }
}
