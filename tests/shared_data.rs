//! Several processes and the data of one local platform.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::{fs, thread};

use serde_json::Value;

use crate::support::process::end_of;
use crate::support::serve::Serve;
use crate::support::{Ran, Workspace};

/// A workspace with a manifest and a running `sbx serve` on its data.
struct Served {
    workspace: Workspace,
    serve: Serve,
}

impl Served {
    fn start(workspace: Workspace, arguments: &[&str]) -> Self {
        workspace.write("sandbox.toml", "name = \"x\"\nfrom = \"python:3.12\"\n");
        let serve = Serve::start(&workspace, arguments);
        Self { workspace, serve }
    }

    fn advertisement(&self) -> std::path::PathBuf {
        self.workspace.path().join("home/data/server.json")
    }
}

fn apply(workspace: &Workspace) -> Ran {
    workspace.run(&["apply", "--platform", "local", "--format", "json"])
}

#[test]
fn a_command_finds_the_server_that_uses_its_data() {
    let served = Served::start(Workspace::empty(), &[]);
    let mode = fs::metadata(served.advertisement()).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    apply(&served.workspace).ends(0);
    served.workspace.run(&["status", "--platform", "local"]).ends(0);
    // Another directory knows the server by its URL alone, and has the same templates.
    let mut elsewhere = Workspace::empty();
    elsewhere.set("SBX_LOCAL_URL", &served.serve.url);
    elsewhere.run(&["exists", "x", "--platform", "local"]).ends(0);
}

#[test]
fn a_server_with_a_key_gets_it_from_its_variable() {
    let mut workspace = Workspace::empty();
    workspace.set("KEY_OF_THE_TEST", "a-key-of-the-test");
    let mut served = Served::start(workspace, &["--api-key-env", "KEY_OF_THE_TEST"]);
    let refused = apply(&served.workspace).ends(3);
    assert!(refused.stderr.contains("the API key in `SBX_LOCAL_KEY`"), "{}", refused.text());
    let written = fs::read_to_string(served.advertisement()).expect("there");
    assert!(!written.contains("a-key-of-the-test"), "{written}");
    served.workspace.set("SBX_LOCAL_KEY", "a-key-of-the-test");
    apply(&served.workspace).ends(0);
}

#[test]
fn a_program_at_the_address_of_the_server_gets_no_request_but_a_challenge() {
    let mut served = Served::start(Workspace::empty(), &[]);
    served.workspace.set("SBX_LOCAL_KEY", "a-key-of-the-test");
    // Another program listens at the address that the file names.
    let impostor = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = impostor.local_addr().expect("an address").to_string();
    let text = fs::read_to_string(served.advertisement()).expect("there");
    let mut written: Value = serde_json::from_str(&text).expect("JSON");
    written["address"] = address.as_str().into();
    fs::write(served.advertisement(), written.to_string()).expect("written");
    let requests = thread::spawn(move || {
        let mut seen = String::new();
        for stream in impostor.incoming() {
            let mut stream = stream.expect("a connection");
            let mut request = vec![0; 4096];
            let length = stream.read(&mut request).expect("a request");
            let request = String::from_utf8_lossy(&request[..length]).into_owned();
            if request.starts_with("END") {
                break;
            }
            seen += &request;
            let body = "{\"proof\":\"0\"}";
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close";
            let answer = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            stream.write_all(answer.as_bytes()).expect("answered");
        }
        seen
    });
    served.workspace.set("SBX_RETRY_SCALE", "0.005");
    let held = apply(&served.workspace).ends(3);
    assert!(held.stderr.contains("in use by another process"), "{}", held.text());
    let mut end = std::net::TcpStream::connect(&address).expect("connected");
    end.write_all(b"END").expect("written");
    let seen = requests.join().expect("it ends");
    assert!(seen.starts_with("GET /sbx/identity/"), "{seen}");
    for line in seen.lines().filter(|line| line.starts_with("GET") || line.starts_with("POST")) {
        assert!(line.starts_with("GET /sbx/identity/"), "{seen}");
    }
    assert!(!seen.contains("a-key-of-the-test"), "{seen}");
}

#[test]
fn what_a_killed_server_leaves_is_in_no_one_s_way() {
    let mut served = Served::start(Workspace::empty(), &[]);
    served.serve.child.kill().expect("killed");
    end_of(&mut served.serve.child);
    assert!(served.advertisement().exists());
    apply(&served.workspace).ends(0);
    assert!(!served.advertisement().exists());
}

#[test]
fn several_commands_with_a_platform_of_their_own_wait_for_each_other() {
    let workspace = Workspace::empty();
    let names = ["a", "b", "c", "d"];
    for name in names {
        let manifest = format!("name = \"{name}\"\nfrom = \"python:3.12\"\n");
        workspace.write(&format!("{name}.toml"), manifest);
    }
    thread::scope(|scope| {
        let apply = |name| {
            let file = format!("{name}.toml");
            let workspace = &workspace;
            scope.spawn(move || workspace.run(&["apply", &file, "--platform", "local"]))
        };
        for thread in names.map(apply) {
            thread.join().expect("it ends").ends(0);
        }
    });
    for name in names {
        workspace.run(&["exists", name, "--platform", "local"]).ends(0);
    }
}

#[test]
fn an_open_shell_is_not_waited_for() {
    let mut workspace = Workspace::empty();
    workspace.write("sandbox.toml", "name = \"x\"\nfrom = \"python:3.12\"\n");
    apply(&workspace).ends(0);
    let path = workspace.path().join("home/data/lock");
    let lock = fs::File::options().read(true).write(true).open(path).expect("there");
    lock.try_lock().expect("free");
    lock.write_at(b"`sbx shell` (process 12)", 0).expect("written");
    for arguments in [&["apply"][..], &["list"], &["serve", "--listen", "127.0.0.1:0"]] {
        let platform: &[_] = if arguments[0] == "serve" { &[] } else { &["--platform", "local"] };
        let refused = workspace.run(&[arguments, platform].concat()).ends(3);
        assert!(
            refused.stderr.contains("is in use by `sbx shell` (process 12)"),
            "{}",
            refused.text()
        );
        assert!(!refused.stderr.contains("waiting"), "{}", refused.text());
    }
    // What does not say that it stays is waited for.
    lock.set_len(0).expect("emptied");
    workspace.set("SBX_RETRY_SCALE", "0.005");
    let held = apply(&workspace).ends(3);
    assert!(held.stderr.contains("waiting for another sbx"), "{}", held.text());
    assert!(held.stderr.contains("in use by another process"), "{}", held.text());
    lock.unlock().expect("unlocked");
    apply(&workspace).ends(0);
}

#[test]
fn resources_of_every_platform_are_those_of_the_local_one() {
    let workspace = Workspace::empty();
    for (platform, resources) in [
        ("novita", "cpu = 3"),
        ("novita", "cpu = 3\nmemory = 1536"),
        ("declaw", "memory = 1025"),
        ("e2b", "cpu = 32"),
    ] {
        let manifest = format!("name = \"x\"\nfrom = \"python:3.12\"\n[resources]\n{resources}\n");
        workspace.write("sandbox.toml", manifest);
        workspace.run(&["check", "--platform", platform, "--deny", "warnings"]).ends(0);
        workspace.run(&["check", "--platform", "local", "--deny", "warnings"]).ends(0);
        workspace.run(&["apply", "--platform", "local"]).ends(0);
    }
}

#[test]
fn a_proposed_command_keeps_the_options_that_it_needs() {
    let workspace = Workspace::empty();
    workspace.write("x.toml", "name = \"x\"\nfrom = \"python:3.12\"\n");
    let run = |arguments: &[&str]| {
        let data = ["--platform", "local", "--data", "some data"];
        workspace.run(&[arguments, &data[..]].concat())
    };
    let options = "--platform local --data 'some data'`";
    for (arguments, exit, command) in [
        (&["show", "missing"][..], 3, "`sbx list "),
        (&["status", "x.toml"], 3, "`sbx apply x.toml "),
    ] {
        let ran = run(arguments).ends(exit);
        assert!(ran.stderr.contains(&format!("{command}{options}")), "{}", ran.text());
    }
    run(&["apply", "x.toml"]).ends(0);
    let missing = run(&["tag", "remove", "x", "missing"]);
    assert!(missing.exit == 0 || missing.stderr.contains(options), "{}", missing.text());
    run(&["status", "x.toml"]).ends(0);
}
