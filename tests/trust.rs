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

#[test]
fn files_outside_of_the_project_stay_closed() {
    let (registry, platform) = (Listener::new(), Listener::new());
    let outside = Workspace::empty();
    let file = outside.write("private/key", "FROM private-of-the-test\nRUM private-of-the-test\n");
    let climb = "../".repeat(12);
    let up = format!("{}{}", climb.trim_end_matches('/'), file.display());
    let image = format!("image = \"{}/x/y:1\"\ninherit = [\"env\"]", registry.address);
    let auth = |file: &str| {
        format!(
            "{image}\nauth = {{ type = \"basic\", username = \"u\", password = {{ file = \"{file}\" }} }}"
        )
    };
    let copy = |source: &str| {
        format!("python = \"3.12\"\n[[steps]]\ncopy = \"{source}\"\nto = \"/srv/\"\n")
    };
    let cases = [
        format!("dockerfile = \"{up}\""),
        format!("dockerfile = \"{}\"", file.display()),
        "dockerfile = \"to-file\"".to_owned(),
        auth(&up),
        auth("to-file"),
        auth("to-directory/key"),
        copy("to-directory/*"),
        copy("*/*"),
        copy("to-directory/key"),
        format!("{}follow_symlinks = true\n", copy("to-file")),
        format!("{}follow_symlinks = true\n", copy("below")),
    ];
    for from in cases {
        let workspace = workspace(&from, &platform);
        std::fs::create_dir(workspace.path().join("below")).expect("made");
        for (link, to) in [
            ("to-file", file.as_path()),
            ("below/to-file", file.as_path()),
            ("to-directory", file.parent().expect("a directory")),
        ] {
            std::os::unix::fs::symlink(to, workspace.path().join(link)).expect("made");
        }
        let command = if from.contains("auth") { "compile --show-secrets" } else { "check" };
        let command: Vec<_> = command.split(' ').collect();
        let ran = workspace.run(&command).ends(1);
        assert!(ran.everything().contains("outside-project"), "{from}\n{}", ran.text());
        let unwrapped: String = ran.everything().split_whitespace().collect();
        assert!(unwrapped.contains("--allow-outside"), "{from}\n{}", ran.text());
        for command in [&["check"][..], &["compile"], &["compile", "--show-secrets"], &["apply"]] {
            let ran = workspace.run(command);
            assert!(!ran.everything().contains("private-of-the-test"), "{}", ran.text());
        }
        assert_eq!(registry.count(), 0, "{from}");
        if from.contains("auth") {
            continue;
        }
        // What the message says to add is enough.
        let allowed = outside.path().to_str().expect("text");
        let ran = workspace.run(&[&command[..], &["--allow-outside", allowed]].concat());
        assert!(!ran.everything().contains("outside-project"), "{from}\n{}", ran.text());
    }
}

#[test]
fn a_context_above_the_manifest_is_inside_its_repository() {
    let workspace = Workspace::empty();
    workspace.write("repository/app.py", "");
    let manifest = "name = \"x\"\ncontext = \"..\"\nfrom = { python = \"3.12\" }\n[[steps]]\ncopy = \"app.py\"\nto = \"/srv/\"\n";
    workspace.write("repository/deploy/sandbox.toml", manifest);
    let ran = workspace.run(&["check", "repository/deploy"]).ends(1);
    assert!(ran.stdout.contains("--allow-outside repository/deploy/.."), "{}", ran.text());
    workspace
        .run(&["check", "repository/deploy", "--allow-outside", "repository/deploy/.."])
        .ends(0);
    workspace.write("repository/.git/HEAD", "");
    workspace.run(&["check", "repository/deploy"]).ends(0);
}
