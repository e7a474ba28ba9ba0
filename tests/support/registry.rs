//! An image registry on this machine that does to a client what registries do.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The user name and the password that the registry knows, as a header has them.
pub const USER: &str = "robot";
pub const PASSWORD: &str = "pa55word-of-the-test";
const BASIC: &str = "Basic cm9ib3Q6cGE1NXdvcmQtb2YtdGhlLXRlc3Q=";

/// Whom the registry lets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Everybody.
    Open,
    /// Everybody, with a token.
    Token,
    /// The user, with a token.
    UserToken,
    /// The user, with the password.
    Password,
    /// Nobody, after everybody got a token: as Docker Hub treats who asks for what is not there.
    Nobody,
    /// Everybody, but only after asking for an image without a token first.
    LateToken,
}

/// What happens instead of an answer.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Another status, with this body.
    Status(u16, &'static str),
    /// Another body.
    Body(&'static str),
    /// A body of so many bytes.
    Huge(usize),
    /// The answer, but after this time.
    Slow(Duration),
    /// A redirect.
    Redirect(String),
    /// A challenge that names this URL as the token server.
    Challenge(String),
    /// Fewer bytes than the header promises.
    BrokenOff,
}

/// A running registry.
pub struct Registry {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    _runtime: tokio::runtime::Runtime,
}

struct Shared {
    door: Door,
    documents: Mutex<HashMap<String, Vec<u8>>>,
    faults: Mutex<Vec<(String, Fault)>>,
    story: Mutex<Vec<String>>,
    address: Mutex<String>,
}

/// The digest of bytes.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold("sha256:".to_owned(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes everything");
        text
    })
}

/// A configuration that declares something of everything.
pub fn config() -> Value {
    json!({
        "architecture": "amd64", "os": "linux",
        "config": {
            "User": "app",
            "Env": [
                "PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8",
                "PRICE=$5 for $USER", "HOME=/root", "TOOL_VERSION=1.2",
            ],
            "WorkingDir": "/srv/app",
            "Entrypoint": ["tini", "--"],
            "Cmd": ["serve", "--greeting", "it's on"],
        },
        "rootfs": { "type": "layers", "diff_ids": [] },
        "history": [{ "created_by": "RUN apt-get update" }],
    })
}

impl Registry {
    pub fn start(door: Door) -> Self {
        let shared = Arc::new(Shared {
            door,
            documents: Mutex::default(),
            faults: Mutex::default(),
            story: Mutex::default(),
            address: Mutex::default(),
        });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let (address, runtime) = super::serve(router);
        *shared.address.lock().expect("not poisoned") = address.to_string();
        Self { address, shared, _runtime: runtime }
    }

    /// A reference to an image there.
    pub fn image(&self, name: &str) -> String {
        format!("{}/{name}", self.address)
    }

    /// Stores a document under a path below `/v2/`.
    pub fn put(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.shared.documents.lock().expect("not poisoned").insert(path.to_owned(), bytes.into());
    }

    /// Stores a document by its digest, and returns that.
    pub fn put_by_digest(&self, directory: &str, value: &Value) -> String {
        let bytes = value.to_string().into_bytes();
        let digest = digest(&bytes);
        self.put(&format!("{directory}/{digest}"), bytes);
        digest
    }

    /// Stores a manifest of a configuration, and returns its descriptor.
    pub fn manifest(&self, repository: &str, config: &Value) -> Value {
        let blob = self.put_by_digest(&format!("{repository}/blobs"), config);
        let manifest = json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": blob, "size": config.to_string().len(),
            },
            "layers": [],
        });
        let digest = self.put_by_digest(&format!("{repository}/manifests"), &manifest);
        json!({
            "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest,
            "size": manifest.to_string().len(),
            "platform": { "os": config["os"], "architecture": config["architecture"] },
        })
    }

    /// Stores an index under a tag.
    pub fn index(&self, repository: &str, tag: &str, manifests: &[Value]) {
        let index = json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": manifests,
        });
        self.put_by_digest(&format!("{repository}/manifests"), &index);
        self.put(&format!("{repository}/manifests/{tag}"), index.to_string());
    }

    /// Stores an image of one platform under a tag.
    pub fn push(&self, repository: &str, tag: &str, config: &Value) {
        let descriptor = self.manifest(repository, config);
        let digest = descriptor["digest"].as_str().expect("a digest");
        let documents = self.shared.documents.lock().expect("not poisoned");
        let bytes = documents[&format!("{repository}/manifests/{digest}")].clone();
        drop(documents);
        self.put(&format!("{repository}/manifests/{tag}"), bytes);
    }

    /// Does something else to each request whose path begins like this.
    pub fn spoil(&self, path: &str, fault: Fault) {
        self.shared.faults.lock().expect("not poisoned").push((path.to_owned(), fault));
    }

    /// Answers as usual again.
    pub fn repair(&self) {
        self.shared.faults.lock().expect("not poisoned").clear();
    }

    /// The requests, a line each, with the kind of sign-in that came with them.
    pub fn story(&self) -> Vec<String> {
        self.shared.story.lock().expect("not poisoned").clone()
    }
}

fn plain(status: u16, body: impl Into<Body>) -> Response {
    let status = StatusCode::from_u16(status).expect("a status");
    Response::builder().status(status).body(body.into()).expect("a response")
}

fn refusal(status: u16, code: &str) -> Response {
    plain(
        status,
        json!({ "errors": [{ "code": code, "message": code.to_lowercase() }] }).to_string(),
    )
}

fn challenge(challenge: &str) -> Response {
    let mut response = refusal(401, "UNAUTHORIZED");
    let challenge = challenge.parse().expect("a header");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    response
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let authorization = request.headers().get(header::AUTHORIZATION);
    let sign_in = authorization.map(|it| it.to_str().expect("text").to_owned());
    let kind = sign_in.as_deref().and_then(|it| it.split(' ').next()).unwrap_or("nobody");
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    shared.story.lock().expect("not poisoned").push(format!("{path}{query} {kind}"));
    let fault = {
        let faults = shared.faults.lock().expect("not poisoned");
        faults.iter().find(|(prefix, _)| path.starts_with(prefix)).map(|(_, fault)| fault.clone())
    };
    match fault {
        Some(Fault::Status(status, body)) => plain(status, body),
        Some(Fault::Body(body)) => plain(200, body),
        Some(Fault::Huge(bytes)) => plain(200, vec![b' '; bytes]),
        Some(Fault::Slow(time)) => {
            tokio::time::sleep(time).await;
            respond(&shared, &path, sign_in.as_deref())
        }
        Some(Fault::Redirect(location)) => {
            let mut response = plain(307, "");
            let location = location.parse().expect("a header");
            response.headers_mut().insert(header::LOCATION, location);
            response
        }
        Some(Fault::Challenge(realm)) => challenge(&format!("Bearer realm=\"{realm}\"")),
        Some(Fault::BrokenOff) => {
            let half = [Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("broken off"))];
            plain(200, Body::from_stream(futures_util::stream::iter(half)))
        }
        None => respond(&shared, &path, sign_in.as_deref()),
    }
}

fn respond(shared: &Shared, path: &str, sign_in: Option<&str>) -> Response {
    let is_user = sign_in == Some(BASIC);
    if path == "/token" {
        return match (shared.door, is_user) {
            (Door::UserToken, false) => refusal(401, "UNAUTHORIZED"),
            _ => plain(200, json!({ "token": "t0ken-of-the-test" }).to_string()),
        };
    }
    let has_token = sign_in == Some("Bearer t0ken-of-the-test");
    let is_hello = path == "/v2/";
    let is_in = match shared.door {
        Door::Open => true,
        Door::Token | Door::UserToken => has_token,
        Door::LateToken => has_token || is_hello,
        Door::Password => is_user,
        Door::Nobody => false,
    };
    if !is_in {
        let address = shared.address.lock().expect("not poisoned").clone();
        let challenge = match shared.door {
            Door::Password => "Basic realm=\"a, b\"".to_owned(),
            _ => format!("Bearer realm=\"http://{address}/token\",service=\"the \\\"test\\\"\""),
        };
        return self::challenge(&challenge);
    }
    if is_hello {
        return plain(200, "{}");
    }
    let documents = shared.documents.lock().expect("not poisoned");
    match path.strip_prefix("/v2/").and_then(|path| documents.get(path)) {
        Some(bytes) => plain(200, bytes.clone()),
        None => refusal(404, "MANIFEST_UNKNOWN"),
    }
}
