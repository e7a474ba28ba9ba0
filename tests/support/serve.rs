//! A running `sbx serve`.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::thread;

use super::Workspace;
use super::process::{Limited as _, Program};

/// A server on the data of a workspace. It is killed when this is dropped, so that no failed
/// assertion leaves it running.
pub struct Serve {
    pub child: Program,
    pub url: String,
}

impl Serve {
    pub fn start(workspace: &Workspace, arguments: &[&str]) -> Self {
        let mut child = workspace
            .command(&[&["serve", "--listen", "0"], arguments].concat())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs")
            .limited();
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let line = lines.next().expect("a line").expect("text");
        assert!(line.contains("listens on"), "{line}");
        let url = line.rsplit(' ').next().expect("a URL").to_owned();
        // The rest is read, so that the server never waits for this test.
        thread::spawn(move || lines.count());
        Self { child: Program(child), url }
    }
}
