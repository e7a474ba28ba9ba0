//! What a manifest of a stranger gets, which is nothing.

use std::io::Read as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::support::Workspace;
use crate::support::terminal::at_a_terminal;

/// What each command is run with that reads a manifest.
const COMMANDS: &[&[&str]] = &[
    &["check"],
    &["check", "--online"],
    &["check", "--online", "--platform", "all"],
    &["check", "--fix", "--unsafe-fixes", "--online"],
    &["compile"],
    &["compile", "--requests"],
    &["compile", "--show-secrets"],
    &["apply", "--dry-run"],
    &["apply", "--dry-run", "--format", "json"],
    &["apply"],
    &["apply", "--platform", "local"],
    &["apply", "--format", "json"],
    &["apply", "sandbox.toml", "sandbox.toml"],
    &["status"],
    &["status", "TEMPLATE", "BUILD"],
    &["logs"],
    &["show"],
    &["list"],
    &["exists"],
    &["tag", "list"],
    &["delete", "x"],
];

/// A secret of this machine.
const KEY: &str = "nvt_the-key-of-the-test-0123456789";

/// Counts who connects.
struct Listener {
    address: SocketAddr,
    count: Arc<AtomicUsize>,
    own: AtomicUsize,
}

impl Listener {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let count = Arc::new(AtomicUsize::new(0));
        let counted = count.clone();
        thread::spawn(move || {
            for connection in listener.incoming() {
                counted.fetch_add(1, Ordering::SeqCst);
                drop(connection);
            }
        });
        Self { address, count, own: AtomicUsize::new(0) }
    }

    /// How many connections there were, apart from those of this function: each is accepted after
    /// all that came before it.
    fn count(&self) -> usize {
        let before = self.own.fetch_add(1, Ordering::SeqCst);
        let mut own = TcpStream::connect(self.address).expect("the listener accepts");
        let _ = own.read(&mut [0]);
        self.count.load(Ordering::SeqCst) - before - 1
    }
}

/// A workspace with a key and with this manifest, whose platform is at an address that the test
/// must not be asked at.
fn workspace(from: &str, platform: &Listener) -> Workspace {
    let mut workspace = Workspace::empty();
    workspace.write("sandbox.toml", format!("name = \"x\"\n\n[from]\n{from}\n"));
    workspace.set("NOVITA_API_KEY", KEY);
    workspace.set("NOVITA_API_URL", &format!("http://{}", platform.address));
    workspace.set("SBX_NO_IMAGE_CHECK", "0");
    workspace.set("SBX_RETRY_SCALE", "0.0001");
    workspace
}

/// Runs every command, with a terminal and without; nothing of what is printed holds the secret.
fn run_all(workspace: &Workspace, secrets: &[&str], after: impl Fn(&[&str])) {
    for command in COMMANDS {
        let ran = workspace.run(command);
        let (screen, _) = at_a_terminal(workspace, command, 200, "n\nn\nn\n");
        for secret in secrets {
            assert!(!ran.everything().contains(secret), "{command:?}: {}", ran.text());
            assert!(!screen.contains(secret), "{command:?}: {screen}");
        }
        after(command);
    }
}

#[test]
fn a_platform_s_key_is_sent_to_no_registry() {
    let (registry, platform) = (Listener::new(), Listener::new());
    for variable in ["NOVITA_API_KEY", "E2B_API_KEY"] {
        let from = format!(
            "image = \"{}/x/y:1\"\ninherit = [\"env\"]\nauth = {{ type = \"basic\", \
             username = \"u\", password = {{ env = \"{variable}\" }} }}",
            registry.address
        );
        let mut workspace = workspace(&from, &platform);
        if variable != "NOVITA_API_KEY" {
            workspace.set(variable, KEY);
        }
        let ran = workspace.run(&["check"]).ends(1);
        assert!(ran.stdout.contains("reserved-variable"), "{}", ran.text());
        run_all(&workspace, &[KEY], |command| assert_eq!(registry.count(), 0, "{command:?}"));
    }
}
