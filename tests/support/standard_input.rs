//! Runs of the binary with a text as its standard input.

use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::process::Stdio;

use super::process::ToEnd as _;
use super::{Ran, Workspace};

impl Workspace {
    /// Runs the binary to its end, with a text as its standard input, which it must take.
    pub fn run_with_input<S: AsRef<OsStr>>(&self, arguments: &[S], input: &str) -> Ran {
        let (taken, ran) = self.offer_input(arguments, input);
        taken.expect("the input is taken");
        ran
    }

    /// The same with a text that it need not read to its end, and whether it took all of it.
    pub fn offer_input<S: AsRef<OsStr>>(
        &self,
        arguments: &[S],
        input: &str,
    ) -> (io::Result<()>, Ran) {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        let taken = child.stdin.take().expect("it has an input").write_all(input.as_bytes());
        (taken, Ran::of(child.to_end()))
    }
}
