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

/// The host that a request is for; `None` if it names none.
#[derive(Debug, Clone)]
pub(super) struct RequestedHost(Option<String>);

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

    /// Whether it is another host name than this machine's. With DNS rebinding, a web page makes
    /// its own host name resolve to this machine, so that its requests are not cross-origin.
    pub(super) fn is_renamed(&self) -> bool {
        let Some(host) = &self.0 else {
            return false;
        };
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        let name = name.trim_end_matches('.').to_ascii_lowercase();
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
