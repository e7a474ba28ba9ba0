//! `sbx shell` on declaw, at a terminal.

use rustix::process::Signal;

use crate::support::declaw_sandboxes::{Fault, KEY, Sandboxes};
use crate::support::terminal::Session;

#[test]
fn keys_sizes_and_the_exit_code_are_passed_on() {
    let platform = Sandboxes::start(&[]);
    let workspace = platform.workspace();
    let mut session = Session::start(&workspace, &["shell", "web"], 90);
    session.wait_for("90x24 xterm-256color");
    session.wait_for("$ ");
    session.enter("echo é€😀\u{3}");
    session.wait_for("echo é€😀^C");
    session.resize(132);
    session.wait_for("[132x24]");
    session.enter("exit 7\r");
    let (screen, code) = session.end();
    assert_eq!(code, 7, "{screen}");
    assert!(!screen.contains(KEY), "{screen}");
    assert_eq!(platform.count(), (0, 1));
}

#[test]
fn a_shell_goes_on_after_its_stream_has_ended() {
    const STREAM: &str = "GET /sandboxes/sbx-1/pty/7/stream";
    let platform = Sandboxes::start(&[(STREAM, Fault::Cut(0)), (STREAM, Fault::Refused(502))]);
    let workspace = platform.workspace();
    let mut session = Session::start(&workspace, &["shell", "web"], 90);
    session.wait_for("$ ");
    session.enter("exit 3\r");
    let (screen, code) = session.end();
    assert_eq!(code, 3, "{screen}");
    assert_eq!(platform.count(), (0, 1));
}

#[test]
fn a_shell_that_is_interrupted_or_cannot_be_started_leaves_no_sandbox() {
    let platform = Sandboxes::start(&[]);
    let workspace = platform.workspace();
    let session = Session::start(&workspace, &["shell", "web"], 90);
    session.wait_for("$ ");
    session.signal(Signal::TERM);
    let (screen, code) = session.end();
    assert_eq!(code, 130, "{screen}");
    assert_eq!(platform.count(), (0, 1));
    let platform = Sandboxes::start(&[("POST /sandboxes/sbx-1/pty", Fault::Refused(403))]);
    let (screen, code) = Session::start(&platform.workspace(), &["shell", "web"], 90).end();
    assert_eq!(code, 125, "{screen}");
    assert!(screen.contains("cannot start the command: a fault of the test"), "{screen}");
    assert_eq!(platform.count(), (0, 1));
}
