//! What a person sees at a terminal, and is asked there.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::Stdio;

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use super::applied;
use crate::support::Workspace;

/// Runs the binary at a terminal of `columns`, types, and returns what is on the screen and how
/// the program ended.
fn at_a_terminal(
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
    terminal.write_all(typed.as_bytes()).expect("somebody types");
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

#[test]
fn deleting_is_asked_about_and_nothing_but_a_yes_is_one() {
    let (workspace, template_id) = applied();
    for typed in ["n\n", "\n", "yesterday\n", "\u{4}"] {
        let (screen, exit) = at_a_terminal(&workspace, &["delete", "web"], 100, typed);
        assert_eq!(exit, 1, "{screen}");
        let question =
            format!("local/web ({template_id}, 1 build)\ndelete this template from local?");
        assert!(screen.contains(&question), "{screen}");
        assert!(screen.contains("nothing was deleted"), "{screen}");
        workspace.run(&["exists", "web"]).ends(0);
    }
    let (screen, exit) = at_a_terminal(&workspace, &["delete", "web"], 100, "y\n");
    assert_eq!(exit, 0, "{screen}");
    workspace.run(&["exists", "web"]).ends(1);
}

#[test]
fn a_table_is_as_narrow_as_its_terminal() {
    let (workspace, template_id) = applied();
    let mut widths = Vec::new();
    for columns in [120, 80, 60, 40, 20] {
        let (screen, exit) = at_a_terminal(&workspace, &["list"], columns, "");
        assert_eq!(exit, 0, "{screen}");
        assert!(screen.contains("local/web") && screen.contains(&template_id), "{screen}");
        let most = screen.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        // The ID is longer than the narrowest terminal and stays whole: somebody copies it.
        assert!(most <= usize::from(columns).max(22), "{columns}: {screen}");
        widths.push(screen.lines().next().unwrap_or_default().split_whitespace().count());
    }
    assert!(widths.is_sorted_by(|a, b| a >= b), "{widths:?}");
    assert_ne!(widths.first(), widths.last());
}
