//! The host that a request is for.
//!
//! It is in the `Host` header, in the authority of a target in absolute form, or in HTTP/2 in
//! `:authority`. Where they disagree, a proxy or a browser may have checked another one than the
//! server looks at.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::header;
use axum::http::uri::Authority;
use axum::middleware::Next;
use axum::response::Response;

use super::super::api_error::ApiError;
use super::super::app::App;

/// The host that a request is for; `None` if it names none.
#[derive(Debug, Clone)]
pub(in crate::local) struct RequestedHost(Option<String>);

/// Rejects requests of web pages where no API key is asked for, since any page in the user's browser
/// could reach a server on the same machine. The pages of a sandbox may call the sandbox: their
/// origin is the host that they call.
pub(in crate::local) fn check_web_page(
    app: &App,
    request: &Request,
    has_pages: bool,
) -> Result<(), ApiError> {
    if app.config.api_key.is_some() {
        return Ok(());
    }
    let host = request.extensions().get::<RequestedHost>();
    if let Some(origin) = request.headers().get(header::ORIGIN) {
        let is_own = has_pages && host.is_some_and(|host| host.is_origin(origin.as_bytes()));
        if !is_own {
            let message = "web pages may not call the local platform unless it asks for an API key";
            return Err(ApiError::forbidden(message));
        }
    }
    if host.is_some_and(RequestedHost::is_renamed) {
        let message = "unless it asks for an API key, the local platform is called by its address or \
                       as localhost, so that no web page reaches it by another name";
        return Err(ApiError::forbidden(message));
    }
    Ok(())
}

/// Rejects a request that is for several hosts, and passes on the one host of all others.
pub(super) async fn identify(mut request: Request, next: Next) -> Result<Response, ApiError> {
    let host = RequestedHost::of(&request).map_err(ApiError::bad_request)?;
    request.extensions_mut().insert(host);
    Ok(next.run(request).await)
}

impl RequestedHost {
    fn of<B>(request: &axum::http::Request<B>) -> Result<Self, &'static str> {
        let mut hosts = request.headers().get_all(header::HOST).iter();
        let host = hosts.next().map(|host| host.to_str().map_err(|_| "the Host header is no text"));
        let host = host.transpose()?;
        if hosts.next().is_some() {
            return Err("the request has several Host headers");
        }
        let authority = request.uri().authority().map(Authority::as_str);
        if let (Some(host), Some(authority)) = (host, authority)
            && !host.eq_ignore_ascii_case(authority)
        {
            return Err("the Host header and the authority of the request differ");
        }
        Ok(Self(authority.or(host).map(str::to_owned)))
    }

    /// The host name in lower case, without the port.
    pub(in crate::local) fn name(&self) -> Option<String> {
        let host = self.0.as_ref()?;
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        Some(name.trim_end_matches('.').to_ascii_lowercase())
    }

    /// Whether an origin is this host, over plain HTTP.
    fn is_origin(&self, origin: &[u8]) -> bool {
        let host = self.0.as_ref().map(|host| format!("http://{host}"));
        host.is_some_and(|host| host.as_bytes().eq_ignore_ascii_case(origin))
    }

    /// Whether it is another host name than this machine's. With DNS rebinding, a web page makes
    /// its own host name resolve to this machine, so that its requests are not cross-origin.
    pub(super) fn is_renamed(&self) -> bool {
        let Some(name) = self.name() else {
            return false;
        };
        let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        let own = name == "localhost" || name.ends_with(".localhost");
        !own && address.unwrap_or(&name).parse::<IpAddr>().is_err()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn requested(target: &str, hosts: &[&str]) -> Result<RequestedHost, &'static str> {
        let request = Request::builder().uri(target);
        let request = hosts.iter().fold(request, |request, host| request.header("host", *host));
        RequestedHost::of(&request.body(()).expect("a request"))
    }

    #[test]
    fn a_request_is_for_one_host() {
        for (target, hosts) in [
            ("/", &["localhost", "localhost"][..]),
            ("/", &["localhost", "evil.example"]),
            ("http://localhost/", &["evil.example"]),
            ("http://evil.example/", &["localhost"]),
            ("http://localhost:1/", &["localhost:2"]),
        ] {
            assert!(requested(target, hosts).is_err(), "{target} {hosts:?}");
        }
        for (target, hosts) in [
            ("/", &[][..]),
            ("/", &["LOCALHOST:1"]),
            ("http://localhost:1/", &["Localhost:1"]),
            ("http://[::1]:1/", &[]),
            ("/", &["127.0.0.1"]),
            ("/", &["a.localhost"]),
        ] {
            let host = requested(target, hosts).expect("one host");
            assert!(!host.is_renamed(), "{target} {hosts:?}");
        }
        for (target, hosts) in [
            ("/", &["evil.example"][..]),
            ("/", &["127.0.0.1.evil.example:80"]),
            ("/", &[""]),
            ("http://evil.example/", &[]),
            ("http://evil.example:1/", &["evil.example:1"]),
            ("http://localhost@evil.example/", &[]),
        ] {
            let host = requested(target, hosts).expect("one host");
            assert!(host.is_renamed(), "{target} {hosts:?}");
        }
    }
}
