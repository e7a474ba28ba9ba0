//! Runs of the binary with a text as its standard input.

use std::ffi::OsStr;
use std::io::Write as _;
use std::process::Stdio;

use super::process::ToEnd as _;
use super::{Ran, Workspace};

impl Workspace {
    /// Runs the binary to its end, with a text as its standard input, which it must take.
    pub fn run_with_input<S: AsRef<OsStr>>(&self, arguments: &[S], input: &str) -> Ran {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        let mut pipe = child.stdin.take().expect("it has an input");
        pipe.write_all(input.as_bytes()).expect("the input is taken");
        drop(pipe);
        Ran::of(child.to_end())
    }
}
