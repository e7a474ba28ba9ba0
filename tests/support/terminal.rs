//! A run of the binary at a terminal.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Termios, Winsize, tcgetattr, tcsetwinsize};

use super::Workspace;
use super::process::{Program, end_of};

/// How long a text may take to appear on the screen.
const PATIENCE: Duration = Duration::from_mins(1);

/// Runs the binary at a terminal of `columns`, types, and returns what is on the screen and how
/// the program ended.
pub fn at_a_terminal(
    workspace: &Workspace,
    arguments: &[&str],
    columns: u16,
    typed: &str,
) -> (String, i32) {
    let mut session = Session::start(workspace, arguments, columns);
    session.enter(typed);
    session.end()
}

/// The binary at a terminal.
pub struct Session {
    child: Program,
    terminal: File,
    screen: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Session {
    pub fn start(workspace: &Workspace, arguments: &[&str], columns: u16) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        // A process of another test that holds a terminal keeps it open.
        fcntl_setfd(&master, FdFlags::CLOEXEC).expect("the terminal is ours");
        grantpt(&master).expect("the terminal is ours");
        unlockpt(&master).expect("the terminal opens");
        let name = ptsname(&master, Vec::new()).expect("the terminal has a name");
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let slave: OwnedFd =
            rustix::fs::open(name, flags, Mode::empty()).expect("the terminal opens");
        tcsetwinsize(&slave, size(columns)).expect("the terminal has a size");
        let end = || Stdio::from(slave.try_clone().expect("the terminal is opened again"));
        let child = workspace
            .command(arguments)
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .expect("the binary runs");
        // The command holds the terminal as well, and is gone; so the last one to hold it is the
        // program.
        drop(slave);
        let terminal = File::from(master);
        let mut output = terminal.try_clone().expect("the terminal is opened again");
        let screen = Arc::<Mutex<Vec<u8>>>::default();
        let shown = Arc::clone(&screen);
        let reader = thread::spawn(move || {
            let mut chunk = [0; 1024];
            // At the end of the program a terminal is not empty but broken.
            while let Ok(count @ 1..) = output.read(&mut chunk) {
                shown.lock().expect("not poisoned").extend_from_slice(&chunk[..count]);
            }
        });
        Self { child: Program(child), terminal, screen, reader }
    }

    /// Types.
    pub fn enter(&mut self, text: &str) {
        self.terminal.write_all(text.as_bytes()).expect("the text is typed");
    }

    /// What has been on the screen so far.
    pub fn screen(&self) -> String {
        let screen = self.screen.lock().expect("not poisoned");
        String::from_utf8_lossy(&screen).replace("\r\n", "\n")
    }

    /// Waits for a text on the screen.
    pub fn wait_for(&self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.screen().contains(text) {
            assert!(Instant::now() < deadline, "{text:?} is not on the screen: {}", self.screen());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Gives the terminal another width, as a window that is resized does.
    pub fn resize(&self, columns: u16) {
        tcsetwinsize(&self.terminal, size(columns)).expect("the terminal has a size");
        // The kernel sends it to the processes whose terminal this is, and that of a test is another.
        self.signal(Signal::WINCH);
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("the program runs");
    }

    /// The settings of the terminal.
    pub fn settings(&self) -> Termios {
        tcgetattr(self.terminal.as_fd()).expect("a terminal has settings")
    }

    /// What was on the screen, and how the program ended.
    pub fn end(mut self) -> (String, i32) {
        let status = end_of(&mut self.child);
        let deadline = Instant::now() + PATIENCE;
        while !self.reader.is_finished() {
            assert!(Instant::now() < deadline, "another process holds the terminal");
            thread::sleep(Duration::from_millis(1));
        }
        self.reader.join().expect("the screen is read");
        let screen = self.screen.lock().expect("not poisoned");
        let screen = String::from_utf8_lossy(&screen).replace("\r\n", "\n");
        (screen, status.code().expect("the program was not killed"))
    }
}

const fn size(columns: u16) -> Winsize {
    Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}
