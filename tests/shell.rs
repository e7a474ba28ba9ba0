//! `sbx shell` at a terminal, against a platform that keeps to the protocol.

use rustix::process::Signal;

use crate::support::sandboxes::{Fault, Sandboxes};
use crate::support::terminal::Session;

/// The flags of a terminal that passes every key on.
fn is_raw(session: &Session) -> bool {
    use rustix::termios::LocalModes;
    let modes = session.settings().local_modes;
    !modes.intersects(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG)
}

#[test]
fn keys_sizes_and_the_exit_code_are_passed_on() {
    let platform = Sandboxes::start(&[]);
    let workspace = platform.workspace();
    let mut session = Session::start(&workspace, &["shell", "web"], 90);
    session.wait_for("$ ");
    session.wait_for("90x24 [\"-i\",\"-l\"] \"xterm-256color\"");
    assert!(is_raw(&session));
    session.enter("ls\u{3}");
    session.wait_for("ls^C");
    session.resize(132);
    session.wait_for("[132x24]");
    session.enter("exit 7\r");
    let (screen, code) = session.end();
    assert_eq!(code, 7, "{screen}");
    assert!(!screen.contains("of-the-test"), "neither the key nor a token is shown: {screen}");
    assert_eq!(platform.count(), (0, 1));
}

#[test]
fn the_terminal_is_restored_however_the_shell_ends() {
    for signal in [None, Some(Signal::TERM), Some(Signal::INT)] {
        let platform = Sandboxes::start(&[]);
        let workspace = platform.workspace();
        let mut session = Session::start(&workspace, &["shell", "web"], 90);
        let before = session.settings();
        session.wait_for("$ ");
        match signal {
            None => session.enter("exit 0\r"),
            Some(signal) => session.signal(signal),
        }
        // The sandbox ends after that.
        let after = loop {
            if !is_raw(&session) {
                break session.settings();
            }
        };
        assert_eq!(after.local_modes, before.local_modes);
        assert_eq!(after.input_modes, before.input_modes);
        let (screen, code) = session.end();
        assert_eq!(code, if signal.is_some() { 130 } else { 0 }, "{screen}");
        assert_eq!(platform.count(), (0, 1));
    }
}

#[test]
fn a_shell_that_cannot_be_started_leaves_no_sandbox() {
    let platform = Sandboxes::start(&[("POST /process.Process/Start", Fault::Refused(401))]);
    let workspace = platform.workspace();
    let session = Session::start(&workspace, &["shell", "web", "--user", "x"], 90);
    let (screen, code) = session.end();
    assert_eq!(code, 125, "{screen}");
    assert!(screen.contains("cannot start the command: a fault of the test"), "{screen}");
    assert_eq!(platform.count(), (0, 1));
}

#[test]
fn a_shell_needs_a_terminal() {
    let platform = Sandboxes::start(&[]);
    let ran = platform.workspace().run(&["shell", "web"]).ends(125);
    assert!(ran.stderr.contains("`sbx shell` needs a terminal"), "{}", ran.text());
    assert_eq!(platform.count(), (0, 0));
}

#[test]
fn the_state_before_a_step_is_that_of_the_local_platform() {
    let platform = Sandboxes::start(&[]);
    let workspace = platform.workspace();
    for (arguments, words) in [
        (&["shell", "web", "--at", "2"][..], "add `--platform local`"),
        (&["shell", "web", "--at", "0"], "number would be zero"),
        (&["shell", "--platform", "local", "--at", "1"], "there is no record of a build"),
    ] {
        let (screen, code) = Session::start(&workspace, arguments, 90).end();
        assert_eq!(code, 125, "{screen}");
        assert!(screen.contains(words), "{screen}");
    }
    assert_eq!(platform.count(), (0, 0));
}
