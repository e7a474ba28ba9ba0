//! Programs for the `PATH` of a test, each a shell script.

use std::path::Path;
use std::process::Command;

/// A `docker` that answers, with a 20.10 daemon behind it.
pub const DOCKER: &str = r#"echo '{"Client":{"Version":"28.2.2","ApiVersion":"1.41"},"Server":{"Components":[{"Name":"Engine"}],"Version":"20.10.24"}}'"#;

/// The same with images: two of the data directory `0123abcd`, a base of all, one of another
/// directory, and one that is none of sbx's.
pub const DOCKER_WITH_IMAGES: &str = r#"case "$1 $2" in
"version --format") case $3 in
    *json*) echo '{"Client":{"Version":"28.2.2","ApiVersion":"1.41"},"Server":{"Version":"20.10.24"}}';;
    *) echo 28.2.2;;
    esac;;
"info --format") echo '{"ServerVersion":"20.10.24","Driver":"overlay2","Architecture":"x86_64","DockerRootDir":"/var/lib/docker","Name":"elsewhere"}';;
"image ls") for id in 1 2 3 4 5; do echo sha256:$id; done;;
"image inspect") echo '["python:3.12"] 100000000 ["a"]'
    echo '["localhost/sbx-base:k"] 130000000 ["a","b"]'
    echo '["localhost/sbx-0123abcd/layer:x"] 150000000 ["a","b","c"]'
    echo '["localhost/sbx-0123abcd/t:y"] 150001024 ["a","b","c","d"]'
    echo '["localhost/sbx-89abcdef/layer:z"] 500000000 ["z"]';;
*) exit 1;;
esac"#;

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
