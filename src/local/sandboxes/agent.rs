//! The agent in a sandbox's container: its first process, which starts processes, reads and writes
//! files, and connects to ports there.
//!
//! It is a Perl program, which nothing has to be installed for: provisioning installs `git`, and
//! `git` needs Perl. It is sent over its standard input, over which the server talks with it, so
//! that it ends with the server, and the container with it. No port is published, and no call needs
//! a client of the engine of its own.

use crate::engine::{Attached, ContainerSpec, Engine, EngineError};

/// The program, one file for each subject.
const SOURCE: &str = concat!(
    include_str!("agent/main.pl"),
    include_str!("agent/process.pl"),
    include_str!("agent/port.pl"),
    include_str!("agent/files.pl"),
    include_str!("agent/watch.pl"),
    "serve();\n",
);

/// Reads the program, behind its length, from standard input, and runs it.
const BOOT: &str = r#"sub f{my($n,$s)=(shift,"");while(length$s<$n){sysread(STDIN,$s,$n-length$s,length$s)||exit}$s}eval f(unpack"N",f(4));die$@if$@"#;

/// Its first frame: channel 0 is open, and it is process 1.
const READY: &[u8] = b"\0\0\0\0P\0\0\0\x011";

/// Starts a container with the agent.
///
/// # Errors
/// When the engine refuses, which includes an image without Perl.
pub(super) fn start(engine: &Engine, spec: &ContainerSpec<'_>) -> Result<Attached, EngineError> {
    let mut input = u32::try_from(SOURCE.len()).unwrap_or(u32::MAX).to_be_bytes().to_vec();
    input.extend_from_slice(SOURCE.as_bytes());
    engine.attach(spec, &["/usr/bin/perl", "-e", BOOT], &input, READY)
}
