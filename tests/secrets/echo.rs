//! A server that repeats all that it gets, secrets and all, in every answer and in every form.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

/// How a refusal is written.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// As the E2B family writes it.
    Message,
    /// As Declaw may write it.
    Error,
    /// As an image registry does.
    Errors,
    /// As whatever is not JSON.
    Text,
    /// As a proxy does.
    Html,
}

/// What the server does.
#[derive(Debug, Clone, Copy)]
pub struct Mood {
    /// The beginning of the requests, as `METHOD /path`, that are not answered as they should be.
    pub at: &'static str,
    /// The status of the answer to these.
    pub status: u16,
    /// How it is written.
    pub form: Form,
    /// Whether that happens once only.
    pub once: bool,
    /// Whether builds fail.
    pub fails: bool,
}

impl Mood {
    /// Answers as it should.
    pub const GOOD: Self =
        Self { at: "-", status: 0, form: Form::Message, once: false, fails: false };
}

pub struct Echo {
    pub address: std::net::SocketAddr,
    shared: Arc<Mutex<Shared>>,
    _runtime: tokio::runtime::Runtime,
}

struct Shared {
    mood: Mood,
    heard: String,
    count: usize,
}

impl Echo {
    pub fn start(mood: Mood) -> Self {
        let shared = Arc::new(Mutex::new(Shared { mood, heard: String::new(), count: 0 }));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let (address, runtime) = crate::support::serve(router);
        Self { address, shared, _runtime: runtime }
    }

    /// How many requests came.
    pub fn count(&self) -> usize {
        self.shared.lock().expect("not poisoned").count
    }
}

/// A text in every form that a server may write it in.
fn forms(text: &str) -> String {
    let percent = utf8_percent_encode(text, NON_ALPHANUMERIC);
    let json = Value::from(text);
    let mut forms = format!("{text} {percent} {json} {} {text:?}", STANDARD.encode(text));
    for word in text.split_whitespace() {
        let _ = write!(forms, " {}", STANDARD.encode(word));
        let _ = write!(forms, " {}", utf8_percent_encode(word, NON_ALPHANUMERIC));
    }
    // The values of the body, as a server reads them.
    if let Ok(value) = serde_json::from_str(text) {
        values(&value, &mut forms);
    }
    forms
}

fn values(value: &Value, forms: &mut String) {
    match value {
        Value::String(text) => {
            let _ = write!(forms, " {text} {}", STANDARD.encode(text));
            let _ = write!(forms, " {}", utf8_percent_encode(text, NON_ALPHANUMERIC));
        }
        Value::Array(parts) => parts.iter().for_each(|part| values(part, forms)),
        Value::Object(parts) => parts.values().for_each(|part| values(part, forms)),
        _ => {}
    }
}

async fn answer(State(shared): State<Arc<Mutex<Shared>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("the body arrives");
    let mut shared = shared.lock().expect("not poisoned");
    shared.count += 1;
    for value in parts.headers.values() {
        let value = value.to_str().unwrap_or_default();
        let _ = write!(shared.heard, "{} ", forms(value));
        // What a password is signed in with, a server has decoded.
        if let Some(login) = value.strip_prefix("Basic ") {
            let login = STANDARD.decode(login).unwrap_or_default();
            let _ = write!(shared.heard, "{} ", forms(&String::from_utf8_lossy(&login)));
        }
    }
    // An upload is none of the texts.
    shared.heard += &forms(std::str::from_utf8(&body).unwrap_or_default());
    let line = format!("{} {}", parts.method, parts.uri.path());
    let heard = shared.heard.clone();
    let mood = shared.mood;
    if line.starts_with(mood.at) {
        if mood.once {
            shared.mood = Mood::GOOD;
        }
        return refusal(mood, &heard);
    }
    let is_more = parts
        .uri
        .query()
        .is_some_and(|query| query.strip_prefix("logsOffset=").is_some_and(|offset| offset != "0"));
    respond(mood, &line, &heard, is_more)
}

fn refusal(mood: Mood, heard: &str) -> Response {
    let status = StatusCode::from_u16(mood.status).expect("a status");
    let body = match mood.form {
        Form::Message => json!({ "code": mood.status, "message": heard }).to_string(),
        Form::Error => json!({ "error": heard }).to_string(),
        Form::Errors => json!({ "errors": [{ "code": heard, "message": heard }] }).to_string(),
        Form::Text => heard.replace('\n', " "),
        Form::Html => format!("<html>{heard}</html>"),
    };
    let challenge = r#"Basic realm="of the test""#;
    let headers = [(header::RETRY_AFTER, "0"), (header::WWW_AUTHENTICATE, challenge)];
    (status, headers, body).into_response()
}

fn respond(mood: Mood, line: &str, heard: &str, is_more: bool) -> Response {
    let now = "2026-11-21T00:00:00Z";
    let template = |id: &str| {
        json!({
            "templateID": id, "buildID": heard, "names": [heard], "aliases": [heard],
            "createdAt": now, "updatedAt": now, "buildStatus": heard, "buildCount": 3,
            "builds": [{ "buildID": heard, "status": heard, "createdAt": now, "updatedAt": now }],
            // Declaw's words.
            "template_id": id, "alias": heard, "created_at": heard,
        })
    };
    let path: Vec<_> = line.split(['/', ' ']).filter(|part| !part.is_empty()).collect();
    let (status, body) = match path.as_slice() {
        ["POST", "v3", "templates"] => (202, json!({ "templateID": "tmpl", "buildID": "bld" })),
        ["GET", "templates", _, "files", _] => (201, json!({ "present": true })),
        ["GET", "templates", _, "builds", _, "status"] => {
            let entries = heard.lines().map(
                |line| json!({ "timestamp": now, "level": "info", "message": line, "step": heard }),
            );
            let whole = json!({ "timestamp": now, "level": "warn", "message": heard, "step": "1" });
            let mut answer = json!({
                "templateID": "tmpl", "buildID": "bld", "logs": [], "status": "ready",
                "logEntries": entries.take(50).chain([whole]).take(if is_more { 0 } else { 51 })
                    .collect::<Vec<_>>(),
            });
            if mood.fails {
                answer["status"] = "error".into();
                answer["reason"] = json!({ "message": heard, "step": "1" });
            }
            (200, answer)
        }
        ["POST", "templates", "build"] => {
            (201, json!({ "build_id": "bld", "status": "building", "template_id": "tmpl" }))
        }
        ["GET", "templates", "builds", _] => {
            let status = if mood.fails { "failed" } else { "completed" };
            let logs: Vec<_> = heard.lines().collect();
            (200, json!({ "build_id": "bld", "status": status, "logs": logs }))
        }
        ["GET", "templates", "aliases", _] => (200, json!({ "templateID": "tmpl" })),
        ["GET", "templates", _, "tags"] => {
            (200, json!([{ "tag": heard, "buildID": heard, "createdAt": now }]))
        }
        ["GET", "v2", "templates"] => (200, json!([template("tmpl")])),
        ["GET", "templates"] => (200, json!({ "templates": [template("tmpl")] })),
        ["POST", "templates", "tags"] => (201, json!({ "buildID": heard, "tags": [heard] })),
        ["GET", "templates", _] => (200, template("tmpl")),
        ["POST", "v2", ..] => (202, json!(heard)),
        _ => (200, json!(heard)),
    };
    let status = StatusCode::from_u16(status).expect("a status");
    (status, body.to_string()).into_response()
}
