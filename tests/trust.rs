//! What a manifest of a stranger gets, which is nothing.

mod consent;

use std::io::Read as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::support::terminal::at_a_terminal;
use crate::support::{Workspace, subcommands};

/// Every command in every way in which it reads a manifest, and the commands that read none.
const COMMANDS: &[&[&str]] = &[
    &["init", "new"],
    &["import"],
    &["import", "sandbox.toml", "--format", "json", "-o", "-"],
    &["check"],
    &["check", "--online"],
    &["check", "--online", "--platform", "all"],
    &["check", "--fix", "--unsafe-fixes", "--online"],
    &["fmt"],
    &["fmt", "--diff"],
    &["compile"],
    &["compile", "--requests"],
    &["compile", "--show-secrets"],
    &["export", "python"],
    &["export", "dockerfile", "--format", "json"],
    &["apply", "--dry-run"],
    &["apply", "--dry-run", "--format", "json"],
    &["apply"],
    &["apply", "--platform", "local"],
    &["apply", "--format", "json"],
    &["apply", "--background", "--no-image-check"],
    &["apply", "sandbox.toml", "sandbox.toml"],
    &["status"],
    &["status", "TEMPLATE", "BUILD"],
    &["logs"],
    &["logs", "TEMPLATE", "BUILD"],
    &["list"],
    &["show"],
    &["exists"],
    &["tag", "add", "x:a", "b"],
    &["tag", "remove", "x", "a"],
    &["tag", "list"],
    &["lock"],
    &["lock", "--update"],
    &["lock", "--check", "--format", "json"],
    &["plan"],
    &["plan", "--format", "json"],
    &["plan", "--online", "--format", "markdown"],
    &["verify"],
    &["rollback", "--yes"],
    &["publish", "x"],
    &["unpublish", "x"],
    &["delete", "x"],
    &["prune", "--engine", "none"],
    &["run", "--", "true"],
    &["shell"],
    &["test"],
    &["test", "--format", "junit"],
    &["explain"],
    &["doctor"],
    // A server that runs would not end.
    &["serve", "--api-key-env", "NOT_SET"],
    // Without a client, it ends at once.
    &["lsp"],
    &["schema"],
    &["completions", "bash"],
];

#[test]
fn every_command_is_tried() {
    for name in subcommands() {
        let words: Vec<_> = name.split(' ').collect();
        let is_tried = COMMANDS.iter().any(|command| command.starts_with(&words));
        assert!(is_tried, "`{name}` is not among `COMMANDS`");
    }
}

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

    /// Counts from here on.
    fn forget(&self) {
        let count = self.count();
        self.own.fetch_add(count, Ordering::SeqCst);
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

/// Runs every command, with a terminal, where each question is answered with no, and without one;
/// nothing of what is printed holds the secrets, unless it was asked for.
fn run_all(workspace: &Workspace, secrets: &[&str], after: impl Fn(&[&str])) {
    for command in COMMANDS {
        let secrets = if command.contains(&"--show-secrets") { &[] } else { secrets };
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
        run_all(&workspace, &[KEY], |command| assert_silence(command, &registry, &platform));
    }
}

/// No one connected to the registry, nor to the platform if the command only gets there with a
/// manifest.
fn assert_silence(command: &[&str], registry: &Listener, platform: &Listener) {
    assert_eq!(registry.count(), 0, "{command:?}");
    if ["check", "compile", "apply", "doctor"].contains(&command[0]) {
        assert_eq!(platform.count(), 0, "{command:?}");
    } else {
        platform.forget();
    }
}

#[test]
fn a_key_s_file_is_no_secret() {
    let (registry, platform) = (Listener::new(), Listener::new());
    for written in ["keys/key", "./keys/../keys/key", "link"] {
        let from = format!(
            "image = \"{}/x/y:1\"\ninherit = [\"env\"]\nauth = {{ type = \"basic\", username = \"u\", \
             password = {{ file = \"{written}\" }} }}",
            registry.address
        );
        let mut workspace = workspace(&from, &platform);
        let key = workspace.write("keys/key", "e2b_the-key-in-a-file-0123456789\n");
        std::fs::set_permissions(key, std::fs::Permissions::from_mode(0o600)).expect("set");
        std::os::unix::fs::symlink("keys/key", workspace.path().join("link")).expect("made");
        workspace.run(&["check"]).ends(0);
        workspace.set("E2B_API_KEY_FILE", "keys/key");
        workspace.set("SBX_ALLOW_SECRETS", written);
        for command in [&["check"][..], &["compile", "--show-secrets"], &["apply"]] {
            let ran = workspace.run(command).ends(1);
            assert!(ran.everything().contains("reserved-variable"), "{}", ran.text());
            assert!(ran.everything().contains("E2B_API_KEY_FILE"), "{}", ran.text());
            assert!(!ran.everything().contains("the-key-in-a-file"), "{}", ran.text());
            assert_silence(command, &registry, &platform);
        }
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
        let ran = workspace.run(&["check"]).ends(1);
        assert!(ran.everything().contains("outside-project"), "{from}\n{}", ran.text());
        let unwrapped: String = ran.everything().split_whitespace().collect();
        assert!(unwrapped.contains("--allow-outside"), "{from}\n{}", ran.text());
        for command in [&["check"][..], &["compile"], &["compile", "--show-secrets"], &["apply"]] {
            let ran = workspace.run(command);
            assert!(!ran.everything().contains("private-of-the-test"), "{}", ran.text());
        }
        assert_eq!(registry.count(), 0, "{from}");
        // What the message says to add is enough.
        let allowed = outside.path().to_str().expect("text");
        let ran = workspace.run(&["check", "--allow-outside", allowed]);
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
