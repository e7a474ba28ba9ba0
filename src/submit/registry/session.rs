//! A conversation with one registry: its challenge, a token, and then the requests.
//!
//! Credentials go to the hosts of the [`Login`], over TLS or to this machine, and nowhere else: a
//! token server that the registry names gets them only if it is among those, and a redirect to
//! another origin never does. Whatever arrives is bounded and, where a digest names it, verified.

use http_auth::ChallengeRef;
use reqwest::header::{ACCEPT, HeaderMap, LOCATION, WWW_AUTHENTICATE};
use reqwest::{RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use url::Url;

use super::Found;
use super::documents::{Digest, sha256};
use crate::registry::{Reference, RegistryHost, is_local};
use crate::secrets::Redaction;
use crate::submit::route::{Peer, client_for};
use crate::template::{ImageFault, Login};

/// The largest document that is read, in bytes: what the protocol asks registries to take.
const MAX_DOCUMENT: usize = 4 * 1024 * 1024;

/// The largest token or refusal that is read, in bytes.
const MAX_SMALL: usize = 256 * 1024;

/// The most redirects that one request may take.
const MAX_REDIRECTS: usize = 5;

/// The most characters of a registry's own words that are shown.
const MAX_SHOWN: usize = 200;

/// Every type of manifest that is read.
const MANIFEST_TYPES: &str = "application/vnd.oci.image.index.v1+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, \
     application/vnd.oci.image.manifest.v1+json, \
     application/vnd.docker.distribution.manifest.v2+json";

/// The media types that a request accepts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Accept {
    /// The manifests that are read.
    Manifests,
    /// Anything.
    Anything,
}

/// An authenticated session with a registry, or one with a registry that needs no authentication.
pub(super) struct Session<'a> {
    http: reqwest::Client,
    reference: &'a Reference,
    api: Url,
    login: Option<&'a Login>,
    admission: AuthState,
    /// The password and the token, which a registry may repeat.
    redaction: Redaction,
}

/// How requests authenticate.
enum AuthState {
    /// Not at all: the registry has not asked for it yet.
    Open,
    /// With a token, which the registry gave for the user name and password, or without them.
    Token(SecretString),
    /// With the user name and password.
    Password(Login),
}

impl AuthState {
    fn apply(&self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::Open => request,
            Self::Token(token) => request.bearer_auth(token.expose_secret()),
            Self::Password(login) => basic_auth(request, login),
        }
    }
}

fn basic_auth(request: RequestBuilder, login: &Login) -> RequestBuilder {
    request.basic_auth(login.username.expose_secret(), Some(login.password.expose_secret()))
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

/// The protocol's form of a refusal.
#[derive(Deserialize)]
struct Refusal {
    errors: Vec<RefusalEntry>,
}

#[derive(Deserialize)]
struct RefusalEntry {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

/// A response whose body was read completely.
struct BufferedResponse {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl<'a> Session<'a> {
    /// Asks the registry for its authentication challenge, and answers it.
    pub(super) async fn open(reference: &'a Reference, login: Option<&'a Login>) -> Found<Self> {
        let unusable = || ImageFault::Unknown("the reference names no registry".to_owned());
        let api = reference.api().ok_or_else(unusable)?;
        let mut session = Self {
            http: http(&api)?,
            reference,
            api,
            login,
            admission: AuthState::Open,
            redaction: Redaction::of(login.map(|login| login.password.expose_secret())),
        };
        let hello = session.fetch(session.api.clone(), Accept::Anything).await?;
        match hello.status {
            status if status.is_success() => Ok(session),
            StatusCode::UNAUTHORIZED => {
                session.admit(&hello.headers).await?;
                Ok(session)
            }
            _ => Err(session.unexpected(&hello)),
        }
    }

    /// Answers the registry's challenge.
    async fn admit(&mut self, headers: &HeaderMap) -> Found<()> {
        let texts: Vec<_> =
            headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|it| it.to_str().ok()).collect();
        let challenges: Vec<_> =
            texts.iter().filter_map(|it| http_auth::parse_challenges(it).ok()).flatten().collect();
        let of = |scheme: &str| challenges.iter().find(|it| it.scheme.eq_ignore_ascii_case(scheme));
        if let Some(bearer) = of("bearer") {
            return self.take_token(bearer).await;
        }
        if of("basic").is_none() {
            return Err(self.nonsense("it wants a sign-in of a kind that sbx does not know"));
        }
        let Some(login) = self.login_for(&self.api)? else {
            let reason = "the registry wants a user name and a password, and there are none here";
            return Err(ImageFault::Absent(reason.to_owned()));
        };
        self.admission = AuthState::Password(login.clone());
        Ok(())
    }

    async fn take_token(&mut self, bearer: &ChallengeRef<'_>) -> Found<()> {
        let parameter = |name: &str| {
            let mut parameters = bearer.params.iter();
            let found = parameters.find(|(known, _)| known.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.to_unescaped())
        };
        let realm = parameter("realm").and_then(|realm| Url::parse(&realm).ok());
        let Some(mut realm) = realm.filter(|realm| self.is_safe(realm)) else {
            return Err(self.nonsense("it names no token server that can be trusted"));
        };
        if let Some(service) = parameter("service") {
            realm.query_pairs_mut().append_pair("service", &service);
        }
        let scope = format!("repository:{}:pull", self.reference.repository);
        realm.query_pairs_mut().append_pair("scope", &scope);
        let login = self.login_for(&realm)?;
        let mut request = self.http.get(realm);
        if let Some(login) = login {
            request = basic_auth(request, login);
        }
        let response = request.send().await.map_err(|error| self.lost(&error))?;
        let answer = self.arrive(response).await?;
        match answer.status {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED if self.login.is_some() => {
                return Err(ImageFault::SignInRefused);
            }
            // In the protocol's own words it is the registry's answer, and not that of something
            // on the way.
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
                if self.login.is_none() && self.refusal(&answer).is_some() =>
            {
                return Err(ImageFault::Absent(self.refused(&answer)));
            }
            _ => return Err(self.unexpected(&answer)),
        }
        let token: Token = serde_json::from_slice(&answer.body)
            .map_err(|_| self.nonsense("its token server does not send a token"))?;
        // A header cannot hold everything that JSON can.
        let is_sendable =
            |token: &String| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
        let Some(token) = token.token.or(token.access_token).filter(is_sendable) else {
            return Err(self.nonsense("its token server does not send a token"));
        };
        self.redaction.register(&token);
        self.admission = AuthState::Token(SecretString::from(token));
        Ok(())
    }

    /// The login for a host that may get it; `None` if there is none for any host.
    fn login_for(&self, url: &Url) -> Found<Option<&'a Login>> {
        let Some(login) = self.login else { return Ok(None) };
        let host = RegistryHost::of(url);
        if host.as_ref().is_some_and(|host| login.hosts.contains(host)) {
            return Ok(Some(login));
        }
        let host = host.map(|host| host.to_string()).unwrap_or_default();
        Err(self.nonsense(&format!(
            "it wants the credentials at `{host}`, which consent does not include; \
             `--allow-secret NAME@{host}` for each secret does"
        )))
    }

    /// A manifest by tag or digest, verified, with its digest.
    pub(super) async fn manifest(&mut self, target: &str) -> Found<(Vec<u8>, String)> {
        let bytes = self.get(&["manifests", target], Accept::Manifests).await?;
        if target.contains(':') {
            let wanted = Digest::parse(target).map_err(|reason| self.nonsense(&reason))?;
            wanted.verify(&bytes).map_err(|reason| self.nonsense(&reason))?;
            return Ok((bytes, target.to_owned()));
        }
        let digest = sha256(&bytes);
        Ok((bytes, digest))
    }

    /// A document of the repository; anything but the document is a fault.
    pub(super) async fn get(&mut self, path: &[&str], accept: Accept) -> Found<Vec<u8>> {
        let mut url = self.api.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(self.reference.repository.split('/')).extend(path);
        }
        let mut answer = self.fetch(url.clone(), accept).await?;
        // Some registries require authentication only for images.
        if answer.status == StatusCode::UNAUTHORIZED && matches!(self.admission, AuthState::Open) {
            self.admit(&answer.headers).await?;
            answer = self.fetch(url, accept).await?;
        }
        match (answer.status, &self.admission) {
            (status, _) if status.is_success() => Ok(answer.body),
            (StatusCode::NOT_FOUND, _) => Err(ImageFault::Absent(self.refused(&answer))),
            (StatusCode::UNAUTHORIZED, AuthState::Password(_)) => Err(ImageFault::SignInRefused),
            // Without access, a registry does not reveal whether an image exists.
            (StatusCode::UNAUTHORIZED, AuthState::Token(_)) => {
                Err(ImageFault::Absent(self.refused(&answer)))
            }
            (StatusCode::FORBIDDEN, AuthState::Token(_)) if self.login.is_none() => {
                Err(ImageFault::Absent(self.refused(&answer)))
            }
            _ => Err(self.unexpected(&answer)),
        }
    }

    /// Sends a request and follows redirects. Only the registry itself gets the credentials, since
    /// layers and configurations mostly come from third-party stores.
    async fn fetch(&self, mut url: Url, accept: Accept) -> Found<BufferedResponse> {
        let mut is_registry = true;
        for _ in 0..=MAX_REDIRECTS {
            let mut request = self.http.get(url.clone());
            if accept == Accept::Manifests {
                request = request.header(ACCEPT, MANIFEST_TYPES);
            }
            if is_registry {
                request = self.admission.apply(request);
            }
            let response = request.send().await.map_err(|error| self.lost(&error))?;
            if !response.status().is_redirection() {
                return self.arrive(response).await;
            }
            let location = response.headers().get(LOCATION).and_then(|it| it.to_str().ok());
            let next = location.and_then(|location| url.join(location).ok());
            let Some(next) = next.filter(|next| self.is_safe(next)) else {
                return Err(self.nonsense("it redirects to where nothing can be trusted"));
            };
            is_registry &= next.origin() == url.origin();
            url = next;
        }
        Err(self.nonsense("it redirects again and again"))
    }

    /// Whether a place that the registry names may be asked: one with TLS, or one on this machine
    /// if the registry is there, too.
    fn is_safe(&self, url: &Url) -> bool {
        let no_login = url.username().is_empty() && url.password().is_none();
        let encrypted = url.scheme() == "https" && !is_local(url);
        let local = self.reference.is_local && url.scheme() == "http" && is_local(url);
        no_login && (encrypted || local)
    }

    /// Reads an answer, up to a limit.
    async fn arrive(&self, mut response: Response) -> Found<BufferedResponse> {
        let status = response.status();
        let limit = if status.is_success() { MAX_DOCUMENT } else { MAX_SMALL };
        let headers = response.headers().clone();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.lost(&error))? {
            if body.len() + chunk.len() > limit {
                return Err(self.nonsense("its answer is larger than any that it may send"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(BufferedResponse { status, headers, body })
    }

    /// The fault when the registry cannot be reached or breaks off.
    fn lost(&self, error: &reqwest::Error) -> ImageFault {
        let reason = crate::submit::http::chain(error);
        let peer = error.url().and_then(Peer::of);
        let host = peer.as_ref().map_or(self.reference.host.as_str(), Peer::host);
        let through = peer.as_ref().map(Peer::through).unwrap_or_default();
        ImageFault::Unknown(format!("{host} cannot be reached{through}: {reason}"))
    }

    /// The fault when the registry does not keep to its protocol.
    pub(super) fn nonsense(&self, reason: &str) -> ImageFault {
        ImageFault::Unknown(format!("{}: {}", self.reference.host, self.shown(reason)))
    }

    /// The fault when the answer says nothing about the image.
    fn unexpected(&self, answer: &BufferedResponse) -> ImageFault {
        let host = &self.reference.host;
        let reason = match (answer.status, self.refusal(answer)) {
            (StatusCode::TOO_MANY_REQUESTS, _) => {
                "it has answered too many requests from here (429)".to_owned()
            }
            (status, Some(said)) => format!("it answers {}: {said}", status.as_u16()),
            (status, None) => format!("it answers {}", status.as_u16()),
        };
        ImageFault::Unknown(format!("{host}: {reason}"))
    }

    /// What a refusal says.
    fn refused(&self, answer: &BufferedResponse) -> String {
        let said = self.refusal(answer).unwrap_or_default();
        let said = if said.is_empty() { said } else { format!(": {said}") };
        format!("{} answers {}{said}", self.reference.host, answer.status.as_u16())
    }

    /// The first entry of a refusal in the protocol's form.
    fn refusal(&self, answer: &BufferedResponse) -> Option<String> {
        let refusal: Refusal = serde_json::from_slice(&answer.body).ok()?;
        let first = refusal.errors.first()?;
        Some(self.shown(if first.message.is_empty() { &first.code } else { &first.message }))
    }

    /// Words of the registry as they may be shown. Secrets are removed before the text is
    /// shortened: a part of one would not be known any more.
    pub(super) fn shown(&self, text: &str) -> String {
        plain(&self.redaction.clean(text))
    }
}

/// Foreign words as one short line without control characters.
pub(super) fn plain(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.chars().filter(|c| !c.is_control()).take(MAX_SHOWN).collect()
}

/// A client for the registry of `api` and for what it names, which is on this machine only if the
/// registry is.
fn http(api: &Url) -> Found<reqwest::Client> {
    let client = client_for(api).build();
    client.map_err(|error| ImageFault::Unknown(crate::submit::http::chain(&error)))
}
