//! The local platform, driven over HTTP as a client sees it.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of tests may fail as tests do"
)]

mod builds;
mod calls;
mod full_disk;
mod history;
mod hosts;
mod older;
mod registration;
mod sandboxes;
mod storage;
mod tags;
mod uploads;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use sandbox_toml::local::{Config, Handle, bind};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::support::process::PATIENCE;

/// A running local platform and a client of it.
struct Platform {
    url: String,
    client: Client,
    agent: &'static str,
    handle: Handle,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<std::io::Result<()>>,
}

/// The configuration for a store in `data`, on a free port of the loopback interface.
fn config(data: &Path) -> Config {
    Config::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), data)
}

impl Platform {
    async fn start(config: Config) -> Self {
        // The client wants a provider of cryptography even for plain HTTP; whichever test comes
        // first installs it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let server = bind(config).await.expect("the platform starts");
        let url = format!("http://{}", server.address());
        let handle = server.handle();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(server.run(async {
            let _ = stopped.await;
        }));
        // A connection kept for the next request may be closed by the server as it is used.
        let client = Client::builder().no_proxy().pool_max_idle_per_host(0).timeout(PATIENCE);
        let client = client.build().expect("a client");
        Self { url, client, agent: "sbx/0.1.0", handle, stop: Some(stop), task }
    }

    /// A platform with a store of its own, which goes with the returned directory.
    async fn fresh() -> (Self, TempDir) {
        Self::with(|_| {}).await
    }

    /// The same with other settings.
    async fn with(change: impl FnOnce(&mut Config)) -> (Self, TempDir) {
        let data = TempDir::new().expect("a directory");
        let mut config = config(data.path());
        change(&mut config);
        (Self::start(config).await, data)
    }

    async fn shut_down(mut self) {
        drop(self.stop.take());
        let ended = timeout(PATIENCE, self.task).await.expect("the server ends");
        ended.expect("the server ends").expect("the server served");
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.url);
        self.client.request(method, url).header("user-agent", self.agent)
    }

    /// Sends a call and returns the status and the JSON body, `null` if it is empty.
    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.expect("an answer");
        let status = response.status();
        let text = response.text().await.expect("a body");
        let body = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
        };
        (status, body)
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.call(Method::GET, path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        self.call(Method::POST, path, Some(body)).await
    }

    /// Sends a call that must be refused with this status, and returns the message.
    async fn refusal(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        status: u16,
    ) -> String {
        let (answered, body) = self.call(method, path, body).await;
        assert_eq!(answered.as_u16(), status, "{body}");
        assert_eq!(body["code"], status, "{body}");
        body["message"].as_str().expect("a message").to_owned()
    }

    /// Registers a build and returns the IDs of its template and itself.
    async fn register(&self, name: &str, tags: &[&str]) -> (String, String) {
        let body = json!({"name": name, "tags": tags, "cpuCount": 2, "memoryMB": 1024});
        let (status, body) = self.post("/v3/templates", body).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{body}");
        (text(&body["templateID"]), text(&body["buildID"]))
    }

    /// Starts a build that was registered.
    async fn start_build(&self, (template, build): &(String, String), body: Value) {
        let path = format!("/v2/templates/{template}/builds/{build}");
        let (status, body) = self.post(&path, body).await;
        assert_eq!((status, body), (StatusCode::ACCEPTED, Value::Null));
    }

    async fn status(&self, (template, build): &(String, String)) -> Value {
        let path = format!("/templates/{template}/builds/{build}/status");
        let (status, body) = self.get(&path).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    /// Waits until no build is running.
    async fn idle(&self) {
        timeout(PATIENCE, self.handle.idle()).await.expect("the builds end");
    }

    /// Registers, starts and waits.
    async fn build(&self, name: &str, tags: &[&str], body: Value) -> ((String, String), Value) {
        let ids = self.register(name, tags).await;
        self.start_build(&ids, body).await;
        self.idle().await;
        let status = self.status(&ids).await;
        (ids, status)
    }

    /// A ready build of an image without steps.
    async fn ready(&self, name: &str, tags: &[&str]) -> (String, String) {
        let (ids, status) = self.build(name, tags, json!({"fromImage": "debian:12"})).await;
        assert_eq!(status["status"], "ready", "{status}");
        ids
    }

    /// Asks for an upload link.
    async fn link(&self, template: &str, hash: &str) -> Value {
        let (status, body) = self.get(&format!("/templates/{template}/files/{hash}")).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        body
    }

    /// Uploads an archive under a hash.
    async fn upload(&self, template: &str, hash: &str, archive: Vec<u8>) {
        let link = self.link(template, hash).await;
        let url = link["url"].as_str().expect("a link");
        let response = self.client.put(url).body(archive).send().await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK);
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// The messages of a status answer's log.
fn messages(status: &Value) -> Vec<String> {
    let entries = status["logEntries"].as_array().expect("entries");
    entries.iter().map(|entry| text(&entry["message"])).collect()
}

/// What goes into an archive.
#[derive(Clone, Copy)]
enum Item {
    File(&'static str, u32, &'static str),
    Directory(&'static str, u32),
    Link(&'static str, &'static str),
}

/// Packs a gzipped tar.
fn pack(items: &[Item]) -> Vec<u8> {
    let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut tar = tar::Builder::new(encoder);
    for item in items {
        let mut header = tar::Header::new_gnu();
        match *item {
            Item::File(path, mode, content) => {
                header.set_mode(mode);
                header.set_size(content.len() as u64);
                tar.append_data(&mut header, path, content.as_bytes()).expect("a file");
            }
            Item::Directory(path, mode) => {
                header.set_entry_type(tar::EntryType::Directory);
                header.set_mode(mode);
                header.set_size(0);
                tar.append_data(&mut header, path, &[][..]).expect("a directory");
            }
            Item::Link(path, target) => {
                header.set_entry_type(tar::EntryType::Symlink);
                header.set_mode(0o777);
                header.set_size(0);
                tar.append_link(&mut header, path, target).expect("a link");
            }
        }
    }
    tar.into_inner().expect("a tar").finish().expect("a gzip")
}

/// The `filesHash` of items that are sorted by path.
fn files_hash(source: &str, target: &str, items: &[Item]) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("COPY {source} {target}"));
    for item in items {
        let line = match *item {
            Item::File(path, mode, content) => {
                format!("{path}{}{}{content}", 0o100_000 | mode, content.len())
            }
            Item::Directory(path, mode) => format!("{path}{}", 0o040_000 | mode),
            Item::Link(path, target) => format!("{path}{}{}{target}", 0o120_777, target.len()),
        };
        hash.update(line);
    }
    hash.finalize().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

/// A COPY step as clients send it.
fn copy(source: &str, target: &str, hash: &str) -> Value {
    json!({"type": "COPY", "args": [source, target, "", ""], "filesHash": hash, "force": false})
}

/// A RUN step as clients send it.
fn run(command: &str) -> Value {
    json!({"type": "RUN", "args": [command], "force": false})
}

/// A pause that makes builds slow enough to be met while they run.
const SLOW: Duration = Duration::from_secs(30);
