//! A run of the binary at a terminal.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::Stdio;

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use super::Workspace;

/// Runs the binary at a terminal of `columns`, types, and returns what is on the screen and how
/// the program ended.
pub fn at_a_terminal(
    workspace: &Workspace,
    arguments: &[&str],
    columns: u16,
    typed: &str,
) -> (String, i32) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&master).expect("the terminal is ours");
    unlockpt(&master).expect("the terminal opens");
    let name = ptsname(&master, Vec::new()).expect("the terminal has a name");
    let slave: OwnedFd = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty())
        .expect("the terminal opens");
    let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&slave, size).expect("the terminal has a size");
    let end = || Stdio::from(slave.try_clone().expect("the terminal is opened again"));
    let mut child = workspace
        .command(arguments)
        .stdin(end())
        .stdout(end())
        .stderr(end())
        .spawn()
        .expect("the binary runs");
    // The command holds the terminal as well, and is gone; so the last one to hold it is the
    // program.
    drop(slave);
    let mut terminal = File::from(master);
    terminal.write_all(typed.as_bytes()).expect("the text is typed");
    let mut screen = Vec::new();
    let mut chunk = [0; 1024];
    // At the end of the program a terminal is not empty but broken.
    while let Ok(count @ 1..) = terminal.read(&mut chunk) {
        screen.extend_from_slice(&chunk[..count]);
    }
    let status = child.wait().expect("the program ends");
    let screen = String::from_utf8_lossy(&screen).replace("\r\n", "\n");
    (screen, status.code().expect("the program was not killed"))
}
