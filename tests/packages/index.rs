//! An index on loopback, which answers with what a test gives it and remembers who asked.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;

use crate::support::serve;

/// What is answered for a path.
#[derive(Clone)]
pub struct Page {
    status: u16,
    kind: String,
    body: String,
    location: Option<String>,
    /// The value of `Authorization` without which the answer is 401.
    login: Option<String>,
}

impl Page {
    pub fn new(kind: &str, body: &str) -> Self {
        let (kind, body) = (kind.to_owned(), body.to_owned());
        Self { status: 200, kind, body, location: None, login: None }
    }

    pub fn json(kind: &str, body: &Value) -> Self {
        Self::new(kind, &body.to_string())
    }

    pub fn status(status: u16) -> Self {
        Self { status, ..Self::new("text/plain", "no") }
    }

    pub fn redirect(to: &str) -> Self {
        Self { status: 302, location: Some(to.to_owned()), ..Self::new("text/plain", "") }
    }

    pub fn with_login(self, value: &str) -> Self {
        Self { login: Some(value.to_owned()), ..self }
    }
}

#[derive(Default)]
struct Shared {
    pages: BTreeMap<String, Page>,
    /// Each request with its `Authorization`.
    asked: Mutex<Vec<(String, Option<String>)>>,
    /// Answered instead, once.
    fault: Mutex<Option<u16>>,
}

/// A running index.
pub struct Index {
    address: SocketAddr,
    shared: Arc<Shared>,
    _runtime: tokio::runtime::Runtime,
}

impl Index {
    pub fn start<'a>(pages: impl IntoIterator<Item = (&'a str, Page)>) -> Self {
        let pages = pages.into_iter().map(|(path, page)| (path.to_owned(), page)).collect();
        let shared = Arc::new(Shared { pages, ..Shared::default() });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let (address, runtime) = serve(router);
        Self { address, shared, _runtime: runtime }
    }

    pub fn host(&self) -> String {
        self.address.to_string()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn url_as(&self, login: &str, path: &str) -> String {
        format!("http://{login}@{}{path}", self.address)
    }

    pub fn fail_once(&self, status: u16) {
        *self.shared.fault.lock().expect("not poisoned") = Some(status);
    }

    pub fn requests(&self) -> Vec<String> {
        let asked = self.shared.asked.lock().expect("not poisoned");
        asked.iter().map(|(request, _)| request.clone()).collect()
    }

    pub fn logins(&self) -> Vec<Option<String>> {
        let asked = self.shared.asked.lock().expect("not poisoned");
        asked.iter().map(|(_, login)| login.clone()).collect()
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let login = request.headers().get(header::AUTHORIZATION);
    let login = login.map(|value| value.to_str().expect("it is text").to_owned());
    let line = format!("{} {path}", request.method());
    shared.asked.lock().expect("not poisoned").push((line, login.clone()));
    let status = |status: u16| StatusCode::from_u16(status).expect("a status");
    if let Some(fault) = shared.fault.lock().expect("not poisoned").take() {
        return status(fault).into_response();
    }
    let Some(page) = shared.pages.get(&path) else { return status(404).into_response() };
    if page.login.is_some() && page.login != login {
        return status(401).into_response();
    }
    let kind = [(header::CONTENT_TYPE, page.kind.clone())];
    let mut response = (status(page.status), kind, page.body.clone()).into_response();
    if let Some(location) = &page.location {
        let location = location.parse().expect("a header");
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
