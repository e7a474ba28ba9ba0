//! Programs for the `PATH` of a test, each a shell script.

use std::path::Path;
use std::process::Command;

/// A `docker` that answers, with a 20.10 daemon behind it.
pub const DOCKER: &str = r#"echo '{"Client":{"Version":"28.2.2","ApiVersion":"1.41"},"Server":{"Components":[{"Name":"Engine"}],"Version":"20.10.24"}}'"#;

/// A `docker` whose daemon does not answer.
pub const DOCKER_WITHOUT_DAEMON: &str = "echo 'Cannot connect to the Docker daemon at \
    unix:///var/run/docker.sock. Is the docker daemon running?' >&2\nexit 1";

/// Writes a program into a directory.
pub fn write_program(directory: &Path, name: &str, script: &str) {
    // A file that this process had open could not be run: another test's process, forked at that
    // moment, would hold it open.
    let write =
        "mkdir -p \"${0%/*}\" && printf '#!/bin/sh\\n%s\\n' \"$1\" >\"$0\" && chmod 755 \"$0\"";
    let mut shell = Command::new("/bin/sh");
    let status = shell.arg("-c").arg(write).arg(directory.join(name)).arg(script).status();
    assert!(status.expect("a shell runs").success());
}
