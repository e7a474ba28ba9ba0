//! No secret is in any output, log, stored file or error of any command.
//!
//! Each command is run with every secret there is, against a server that repeats all that it gets.

mod commands;
mod echo;
mod leaks;
mod shapes;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::support::process::{Limited as _, ToEnd as _};
use crate::support::{Ran, Workspace, files, subcommands};
use commands::{FAMILY, Peer, Row, TABLE, row};
use echo::{Echo, Form, Mood};

/// The secrets, each with characters that some encoding changes.
pub const KEY: &str = "nvt_K3y+of/the=test~42";
pub const FILE_KEY: &str = "nvt_fr0m/a+file=of~the_test";
pub const LOCAL_KEY: &str = "l0cal/key+of=the~test";
pub const PASSWORD: &str = "pa55\"wörd\\of/the test+%~?>";
pub const AWS: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY";
pub const HUAWEI: &str = "hu4wei+secret/key\\of the test";
pub const PLAIN: &str = "pl4in'in/the+manifest";
pub const PEM: &str = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw\n\
                       ggSjAgEAAoIBAQDJ+/x8kQ4yM6Tz0Vw\n-----END PRIVATE KEY-----\n";
pub const IN_URL: &str = "p@ss in/the-url";
pub const PROXY: &str = "pr0xy-password-of-the-test";

/// The key of the service account in [`gcp`].
const GCP_KEY: &str = "-----BEGIN PRIVATE KEY-----\nMIIEuwIBADANBgkqhkiG9w0BAQEFAASCBKUw\n\
                       ggShAgEAAoIBAQC7+/VJTUt9Us8cKj\n-----END PRIVATE KEY-----\n";

pub fn gcp() -> String {
    let account = serde_json::json!({
        "type": "service_account", "private_key": GCP_KEY,
        "client_email": "robot@project.iam.gserviceaccount.com",
    });
    serde_json::to_string_pretty(&account).expect("a value is text")
}

/// Every secret; those of a document as a server may take them out of it.
fn secrets() -> [&'static str; 11] {
    [KEY, FILE_KEY, LOCAL_KEY, PASSWORD, AWS, HUAWEI, PLAIN, PEM, IN_URL, PROXY, GCP_KEY]
}

/// The manifests' ways to sign in to a registry.
pub const AUTHS: &[(&str, &str)] = &[
    ("basic", r#"{ type = "basic", username = "robot", password = { env = "PASSWORD" } }"#),
    ("plain", r#"{ type = "basic", username = "robot", password = "pl4in'in/the+manifest" }"#),
    (
        "aws",
        r#"{ type = "aws", access_key_id = "AKIA", secret_access_key = { env = "AWS" }, region = "eu" }"#,
    ),
    ("gcp", r#"{ type = "gcp", service_account = { file = "inputs/gcp.json" } }"#),
    (
        "oci",
        r#"{ type = "oci", tenancy = "t", user = "u", fingerprint = "f", private_key = { file = "inputs/key.pem" }, region = "eu" }"#,
    ),
    (
        "huawei",
        r#"{ type = "huawei", access_key_id = "AKIA", secret_access_key = { env = "HUAWEI" }, region = "eu" }"#,
    ),
];

pub fn manifest(auth: &str, image: &str) -> String {
    format!(
        "name = \"leaky\"\ntags = [\"v1\"]\n\n[from]\nimage = \"{image}\"\nauth = {auth}\n\n\
         [[steps]]\ncopy = \"app.py\"\nto = \"/app/\"\n\n[[steps]]\nrun = \"true\"\n"
    )
}

/// A workspace with every secret, each where `sbx` takes it from.
fn workspace(auth: &str, image: &str) -> Workspace {
    let mut workspace = Workspace::empty();
    workspace.write("app.py", "print()\n");
    workspace.write("inputs/gcp.json", gcp());
    workspace.write("inputs/key.pem", PEM);
    let path = workspace.write("inputs/key", format!("{FILE_KEY}\n"));
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("the mode is set");
    workspace.write("inputs/sandbox.toml", manifest(auth, image));
    workspace.write("sandbox.toml", manifest(auth, image));
    for (name, value) in [("PASSWORD", PASSWORD), ("AWS", AWS), ("HUAWEI", HUAWEI)] {
        workspace.set(name, value);
    }
    let allowed = "PASSWORD,AWS,HUAWEI,inputs/gcp.json,inputs/key.pem";
    workspace.set("SBX_ALLOW_SECRETS", allowed);
    workspace.set("SBX_RETRY_SCALE", "0.001");
    workspace.set("NOVITA_API_KEY", KEY);
    workspace.set("DECLAW_API_KEY", KEY);
    workspace.set("E2B_API_KEY_FILE", "inputs/key");
    workspace.set("SBX_LOCAL_KEY", LOCAL_KEY);
    workspace.set("https_proxy", &format!("http://user:{PROXY}@127.0.0.1:1"));
    workspace.set("RUST_BACKTRACE", "1");
    workspace
}

/// Sends all that platforms and their stand-ins get to a server.
fn connect(workspace: &mut Workspace, server: &Echo) {
    let login = "user:p%40ss%20in%2Fthe-url@";
    for name in ["NOVITA_API_URL", "DECLAW_API_URL", "E2B_API_URL", "SBX_LOCAL_URL"] {
        workspace.set(name, &format!("http://{login}{}", server.address));
    }
}

/// Panics if a run gives a secret away, or leaves one somewhere.
fn inspect(workspace: &Workspace, arguments: &[&str], ran: &Ran) {
    for (what, text) in [("standard output", &ran.stdout), ("standard error", &ran.stderr)] {
        if let Some(leak) = leaks::find(text, &secrets()) {
            panic!("`sbx {}` gives away on {what}: {leak}\n{}", arguments.join(" "), ran.text());
        }
    }
    for path in below(workspace.path()) {
        let relative = path.strip_prefix(workspace.path()).expect("it is below");
        // Where the secrets come from.
        if relative.starts_with("inputs") || relative == Path::new("sandbox.toml") {
            continue;
        }
        let content = fs::read(&path).expect("the file is read");
        let text = String::from_utf8_lossy(&content);
        if let Some(leak) = leaks::find(&text, &secrets()) {
            panic!("`sbx {}` leaves in {}: {leak}", arguments.join(" "), relative.display());
        }
    }
}

fn below(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("the directory is read") {
        let path = entry.expect("the directory is read").path();
        if path.is_dir() { found.extend(below(&path)) } else { found.push(path) }
    }
    found
}

/// What a platform does to a request: everything is well, or builds fail, or the first, a later or
/// every request is refused, once or for good, in each form.
fn moods() -> Vec<Mood> {
    let refusal = |at, status, form| Mood { at, status, form, ..Mood::GOOD };
    let mut moods = vec![Mood::GOOD, Mood { fails: true, ..Mood::GOOD }];
    for status in [400, 401, 402, 403, 404, 409, 413, 464, 500, 302] {
        moods.push(refusal("", status, Form::Message));
    }
    for form in [Form::Error, Form::Errors, Form::Text, Form::Html] {
        moods.push(refusal("", 400, form));
        // A success that makes no sense.
        moods.push(refusal("", 200, form));
    }
    for at in ["POST", "PATCH", "DELETE", "GET /templates/tmpl", "POST /v2"] {
        moods.push(refusal(at, 400, Form::Message));
    }
    for status in [429, 503] {
        moods.push(Mood { once: true, ..refusal("", status, Form::Message) });
    }
    moods
}

/// Runs a command in a workspace of its own, and looks at what it left. Returns whether it showed
/// that something is hidden.
fn run(row: &Row, platform: &str, auth: &str, mood: Option<Mood>) -> bool {
    let mut workspace = workspace(auth, "registry.example.com/team/image:1");
    let server = mood.map(Echo::start);
    if let Some(server) = &server {
        connect(&mut workspace, server);
    }
    let mut arguments = row.arguments.to_vec();
    if !platform.is_empty() {
        arguments.extend(["--platform", platform]);
    }
    let ran = workspace.run(&arguments);
    inspect(&workspace, &arguments, &ran);
    if let Some(server) = server {
        assert!(server.count() > 0, "`sbx {}` asks no server: {}", arguments.join(" "), ran.text());
    }
    ran.everything().contains("[secret]")
}

#[test]
fn the_table_has_every_command() {
    let table: BTreeSet<_> = TABLE.iter().map(|row| row.command.to_owned()).collect();
    assert_eq!(table, subcommands(), "every command has its row in `TABLE`");
    for row in TABLE {
        let words: Vec<_> = row.command.split(' ').collect();
        assert!(row.arguments.starts_with(&words), "{:?}", row.arguments);
    }
}

/// Does jobs, several at a time: most of the time is spent waiting.
fn side_by_side<T: Sync>(jobs: &[T], work: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(job);
                }
            });
        }
    });
}

#[test]
fn commands_without_a_server_show_no_secret() {
    let mut jobs = Vec::new();
    for row in TABLE.iter().filter(|row| row.peer == Peer::None) {
        let reads = ["check", "compile", "apply"].contains(&row.command);
        for platform in row.platforms {
            for (_, auth) in AUTHS.iter().take(if reads { AUTHS.len() } else { 1 }) {
                jobs.push((row, *platform, *auth));
            }
        }
    }
    assert!(jobs.len() > 200, "{}", jobs.len());
    side_by_side(&jobs, |(row, platform, auth)| {
        run(row, platform, auth, None);
    });
}

#[test]
fn a_dry_run_prints_the_plan_with_placeholders() {
    for (kind, auth) in AUTHS {
        for platform in FAMILY {
            let workspace = workspace(auth, "registry.example.com/team/image:1");
            let arguments = ["apply", "--dry-run", "--format", "json", "--platform", platform];
            let ran = workspace.run(&arguments);
            inspect(&workspace, &arguments, &ran);
            // E2B's own platform takes three kinds of registries, and the local one takes one.
            let is_refused = match *platform {
                "e2b" => ["oci", "huawei"].contains(kind),
                "local" => !["basic", "plain"].contains(kind),
                _ => false,
            };
            if is_refused {
                assert_eq!(ran.exit, 1, "{}", ran.text());
                continue;
            }
            assert_eq!(ran.exit, 0, "{}", ran.text());
            let last = ran.stdout.lines().last().expect("an event");
            let plan: Value = serde_json::from_str(last).expect("an event is JSON");
            assert_eq!(plan["event"], "plan", "{}", ran.text());
            let registry = plan["requests"].to_string();
            assert!(registry.contains("fromImageRegistry"), "{registry}");
            assert!(registry.contains("[secret"), "{registry}");
        }
    }
}

#[test]
fn a_manifest_that_is_not_valid_shows_no_secret() {
    let plain = format!("password = \"{PLAIN}\"");
    for auth in [
        format!("{{ type = \"basic\", {plain} }}"),
        format!("{{ type = \"bsic\", username = \"robot\", {plain} }}"),
        format!("{{ type = \"gcp\", {plain} }}"),
        format!("{{ {plain} }}"),
        format!("{{ type = \"basic\", username = 1, {plain} }}"),
        format!("{{ type = \"basic\", username = \"robot\", {plain}"),
        format!("{{ type = \"basic\", username = \"robot\", {plain}, ]"),
    ] {
        let workspace = workspace(&auth, "registry.example.com/team/image:1");
        for format in ["human", "short", "json", "sarif", "github"] {
            let arguments = ["check", "--format", format];
            let ran = workspace.run(&arguments);
            assert_eq!(ran.exit, 1, "{}", ran.text());
            inspect(&workspace, &arguments, &ran);
        }
    }
}

#[test]
fn what_a_platform_repeats_is_not_shown() {
    let mut jobs = Vec::new();
    let asking = || TABLE.iter().filter(|row| row.peer == Peer::Platform);
    for row in asking() {
        for (at, mood) in moods().into_iter().enumerate() {
            // Each platform in its turn, and all of them where all is well.
            let turn = [row.platforms[at % row.platforms.len()]];
            let platforms = if at < 2 { row.platforms } else { &turn };
            // Declaw takes no image that needs a password: its own test applies another.
            let is_refused = |platform: &str| platform == "declaw" && row.command == "apply";
            let platforms = platforms.iter().filter(|platform| !is_refused(platform));
            jobs.extend(platforms.map(|platform| (row, *platform, mood)));
        }
    }
    assert!(jobs.len() > 400, "{}", jobs.len());
    let hidden = Mutex::new(BTreeSet::new());
    side_by_side(&jobs, |(row, platform, mood)| {
        if run(row, platform, AUTHS[0].1, Some(*mood)) {
            hidden.lock().expect("not poisoned").insert(row.command);
        }
    });
    let commands: BTreeSet<_> = asking().map(|row| row.command).collect();
    let hidden = hidden.into_inner().expect("not poisoned");
    assert_eq!(hidden, commands, "each command had something to hide");
}

#[test]
fn no_registry_s_secret_comes_back_from_a_build() {
    let apply = TABLE.iter().find(|row| row.command == "apply" && row.peer == Peer::Platform);
    let apply = apply.expect("it is in the table");
    let json = row("apply", &["apply", "--format", "json"], FAMILY, Peer::Platform);
    for (_, auth) in AUTHS {
        for fails in [false, true] {
            for how in [apply, &json] {
                assert!(run(how, "novita", auth, Some(Mood { fails, ..Mood::GOOD })), "{auth}");
            }
        }
    }
}

#[test]
fn only_declaw_gets_the_key_of_declaw() {
    for mood in moods() {
        let mut workspace = workspace(AUTHS[0].1, "registry.example.com/x:1");
        workspace.write(
            "sandbox.toml",
            "name = \"leaky\"\nfrom = \"python:3.12\"\n\n[[steps]]\nrun = \"true\"\n",
        );
        let server = Echo::start(mood);
        connect(&mut workspace, &server);
        let arguments = ["apply", "--platform", "declaw", "--verbose"];
        let ran = workspace.run(&arguments);
        inspect(&workspace, &arguments, &ran);
        assert!(server.count() > 0, "{}", ran.text());
    }
}

#[test]
fn the_local_platform_keeps_no_secret() {
    for (kind, auth) in AUTHS {
        let workspace = workspace(auth, "registry.example.com/team/image:1");
        let arguments = ["apply", "--platform", "local", "--verbose"];
        let is_basic = ["basic", "plain"].contains(kind);
        let ran = workspace.run(&arguments).ends(i32::from(!is_basic));
        inspect(&workspace, &arguments, &ran);
        assert_eq!(workspace.path().join("home/data").exists(), is_basic, "something was stored");
    }
}

#[test]
fn a_server_that_wants_a_key_does_not_say_which() {
    let workspace = workspace(AUTHS[0].1, "registry.example.com/team/image:1");
    let mut child = workspace
        .command(&[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--api-key-env",
            "SBX_LOCAL_KEY",
            "--verbose",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs")
        .limited();
    let mut said = BufReader::new(child.stderr.take().expect("it is piped"));
    let mut first = String::new();
    said.read_line(&mut first).expect("the server says where it is");
    let url = first.trim().rsplit(' ').next().expect("a URL").to_owned();
    for key in [LOCAL_KEY, KEY] {
        let mut client = self::workspace(AUTHS[0].1, "registry.example.com/team/image:1");
        client.set("SBX_LOCAL_URL", &url);
        client.set("SBX_LOCAL_KEY", key);
        let arguments = ["apply", "--platform", "local", "--verbose"];
        let ran = client.run(&arguments).ends(if key == LOCAL_KEY { 0 } else { 3 });
        inspect(&client, &arguments, &ran);
    }
    child.kill().expect("the server is there");
    let output = child.to_end();
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut said, &mut rest).expect("it is text");
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let ran = Ran { exit: 0, stdout, stderr: first + &rest };
    inspect(&workspace, &["serve"], &ran);
}

#[test]
fn what_an_image_registry_repeats_is_not_shown() {
    let answers = [(401, Form::Errors), (403, Form::Errors), (400, Form::Text), (200, Form::Html)];
    for (status, form) in answers.into_iter().chain([(404, Form::Errors), (500, Form::Message)]) {
        for (_, auth) in &AUTHS[..2] {
            for after in ["GET /v2/team", "GET /v2"] {
                let server = Echo::start(Mood { at: after, status, form, ..Mood::GOOD });
                let image = format!("{}/team/image:1", server.address);
                let mut workspace = workspace(auth, &image);
                connect(&mut workspace, &server);
                workspace.set("SBX_NO_IMAGE_CHECK", "0");
                for arguments in [&["apply", "--verbose"][..], &["apply", "--format", "json"]] {
                    let ran = workspace.run(arguments);
                    inspect(&workspace, arguments, &ran);
                }
                assert!(server.count() > 0);
            }
        }
    }
}

#[test]
fn a_mistake_in_a_url_does_not_show_its_password() {
    for url in ["http://user:{}@:x", "ftp://user:{}@:x", "http//user:{}@ x"] {
        for (variable, platform) in
            [("NOVITA_API_URL", "novita"), ("SBX_LOCAL_URL", "local"), ("E2B_API_URL", "e2b")]
        {
            let mut workspace = workspace(AUTHS[0].1, "registry.example.com/x:1");
            workspace.set(variable, &url.replace("{}", PROXY));
            let arguments = ["list", "--platform", platform];
            let ran = workspace.run(&arguments);
            assert_ne!(ran.exit, 0, "{}", ran.text());
            inspect(&workspace, &arguments, &ran);
        }
    }
}

#[test]
fn no_snapshot_holds_a_secret() {
    let mut secrets = secrets().to_vec();
    // Those of other tests.
    secrets.extend(["nvt_0123456789abcdef", "pa55word-of-the-test", "e2b_key-of-the-test"]);
    let snapshots = files("tests", ".snap");
    assert!(snapshots.len() > 50);
    for path in snapshots {
        let text = fs::read_to_string(&path).expect("the snapshot is read");
        let leak = leaks::find(&text, &secrets);
        assert!(leak.is_none(), "{}: {leak:?}", path.display());
    }
}
