//! A server that answers what a test wrote down, and remembers what it was asked.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

/// What is answered to requests of one line, `METHOD /path?query`: one after the other, the last
/// one to all that follow.
pub struct Call {
    line: String,
    answers: Vec<Answer>,
}

/// An answer: the status, the next page's token, the body.
#[derive(Clone)]
pub struct Answer(pub u16, pub Option<&'static str>, pub String);

/// The answers to one line.
pub fn call(line: &str, answers: &[Answer]) -> Call {
    Call { line: line.to_owned(), answers: answers.to_vec() }
}

/// A good answer.
#[expect(clippy::needless_pass_by_value, reason = "what is written down is written where it is")]
pub fn ok(body: impl ToString) -> Answer {
    Answer(200, None, body.to_string())
}

/// A refusal in the protocol's form.
pub fn refused(status: u16, message: &str) -> Answer {
    Answer(status, None, serde_json::json!({ "code": status, "message": message }).to_string())
}

/// A running server.
pub struct Scripted {
    pub url: String,
    shared: Arc<Mutex<Shared>>,
    _runtime: tokio::runtime::Runtime,
}

struct Shared {
    calls: Vec<Call>,
    story: Vec<String>,
}

impl Scripted {
    pub fn start(calls: Vec<Call>) -> Self {
        let shared = Arc::new(Mutex::new(Shared { calls, story: Vec::new() }));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let (address, runtime) = crate::support::serve(router);
        Self { url: format!("http://{address}"), shared, _runtime: runtime }
    }

    /// The requests, a line each, with their bodies.
    pub fn story(&self) -> Vec<String> {
        self.shared.lock().expect("not poisoned").story.clone()
    }
}

async fn answer(State(shared): State<Arc<Mutex<Shared>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("the body arrives");
    let line = format!("{} {}", parts.method, parts.uri);
    let mut shared = shared.lock().expect("not poisoned");
    let body = String::from_utf8_lossy(&body);
    shared.story.push(format!("{line} {body}").trim_end().to_owned());
    let answers = shared.calls.iter_mut().find(|call| call.line == line);
    let Some(Call { answers, .. }) = answers else {
        return (StatusCode::NOT_FOUND, "<html>nobody knows this here</html>").into_response();
    };
    let Answer(status, token, body) =
        if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
    let mut response = (StatusCode::from_u16(status).expect("a status"), body).into_response();
    if let Some(token) = token {
        let token = token.parse().expect("a header's value");
        response.headers_mut().insert("x-next-token", token);
    }
    response
}
