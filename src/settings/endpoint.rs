//! Where a platform is.

use std::time::Duration;

use url::Url;

use super::{UsageError, duration};
use crate::cli;
use crate::host::Environment;
use crate::platform::{Access, Addressing};

/// The default limit on the duration of one request.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(1);

/// Where a platform is, as far as arguments say; they hold no password.
#[derive(Debug, Clone)]
pub struct EndpointChoice {
    /// The API's URL.
    pub api_url: Option<Url>,
    /// The domain.
    pub domain: Option<String>,
    /// The limit on the duration of one request.
    pub request_timeout: Duration,
}

/// Where the arguments say that the platform is.
pub(super) fn endpoint(args: cli::EndpointArgs) -> Result<EndpointChoice, UsageError> {
    let timeout = duration(args.request_timeout.as_deref(), "--request-timeout")?;
    if args.api_url.iter().chain(&args.domain).any(|text| text.contains('@')) {
        // It may be anywhere in a text that is no URL, so none of it is repeated.
        let message = "a user name or password is not taken from the command line: other users of \
                       this machine can see it there, and shells remember it";
        let help = "put the URL into the platform's variable, such as `NOVITA_API_URL`";
        return Err(UsageError::new(message.to_owned(), help));
    }
    Ok(EndpointChoice {
        api_url: args.api_url.map(|url| api_url(&url, "--api-url")).transpose()?,
        domain: args.domain,
        request_timeout: timeout.unwrap_or(REQUEST_TIMEOUT),
    })
}

fn api_url(text: &str, origin: &str) -> Result<Url, UsageError> {
    let url = Url::parse(text).ok();
    url.filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some()).ok_or_else(
        || {
            let help = "write it whole, such as `https://api.example.com`";
            UsageError::new(format!("`{text}` from `{origin}` is not an HTTP URL"), help)
        },
    )
}

impl Default for EndpointChoice {
    fn default() -> Self {
        Self { api_url: None, domain: None, request_timeout: REQUEST_TIMEOUT }
    }
}

impl EndpointChoice {
    /// Where `platform` is: what the arguments say, else the environment, else its own domain.
    ///
    /// # Errors
    /// A domain or URL that cannot be used.
    pub fn api_url(&self, access: &Access, host: &dyn Environment) -> Result<Url, UsageError> {
        if let Some(url) = &self.api_url {
            return Ok(url.clone());
        }
        if self.domain.is_none()
            && let Some(url) = host.variable(access.url_variable)
        {
            return api_url(&url, access.url_variable);
        }
        let domain = self.domain.clone().or_else(|| host.variable(access.domain_variable));
        let domain = domain.unwrap_or_else(|| access.domain.to_owned());
        if access.legacy_domains.contains(&domain.as_str()) {
            let origin = match self.domain {
                Some(_) => String::new(),
                None => format!(" from `{}`", access.domain_variable),
            };
            let message = format!("the domain `{domain}`{origin} cannot build templates");
            return Err(UsageError::new(message, format!("use `{}`", access.domain)));
        }
        let url = match access.addressing {
            Addressing::Below => format!("https://api.{domain}"),
            Addressing::Itself => {
                let plain = domain.rsplit_once(':').is_some_and(|(_, port)| port != "443");
                format!("{}://{domain}", if plain { "http" } else { "https" })
            }
        };
        api_url(&url, access.domain_variable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::Platform;

    struct Env(&'static [(&'static str, &'static str)]);

    impl Environment for Env {
        fn variable(&self, name: &str) -> Option<String> {
            self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        }
    }

    fn url_of(domain: Option<&str>, env: &'static [(&str, &str)]) -> Result<String, UsageError> {
        let choice = EndpointChoice {
            api_url: None,
            domain: domain.map(str::to_owned),
            request_timeout: REQUEST_TIMEOUT,
        };
        let access = Platform::Novita.facts().access.expect("novita is reached over the network");
        choice.api_url(&access, &Env(env)).map(|url| url.to_string())
    }

    #[test]
    fn arguments_win_over_the_environment_and_both_over_the_default() {
        assert_eq!(url_of(None, &[]), Ok("https://api.us-phx-1.sandbox.novita.ai/".to_owned()));
        assert_eq!(
            url_of(None, &[("NOVITA_DOMAIN", "x.example")]),
            Ok("https://api.x.example/".to_owned())
        );
        assert_eq!(
            url_of(Some("y.example"), &[("NOVITA_API_URL", "http://127.0.0.1:1")]),
            Ok("https://api.y.example/".to_owned())
        );
        assert_eq!(
            url_of(None, &[("NOVITA_API_URL", "http://127.0.0.1:1"), ("NOVITA_DOMAIN", "x")]),
            Ok("http://127.0.0.1:1/".to_owned())
        );
    }

    #[test]
    fn a_domain_may_be_the_api_itself_and_name_a_port() {
        let access = Platform::Declaw.facts().access.expect("declaw is reached over the network");
        let url = |env| {
            let choice =
                EndpointChoice { api_url: None, domain: None, request_timeout: REQUEST_TIMEOUT };
            choice.api_url(&access, &Env(env)).map(|url| url.to_string())
        };
        assert_eq!(url(&[]), Ok("https://api.declaw.ai/".to_owned()));
        assert_eq!(url(&[("DECLAW_DOMAIN", "x.example")]), Ok("https://x.example/".to_owned()));
        assert_eq!(url(&[("DECLAW_DOMAIN", "x.example:443")]), Ok("https://x.example/".to_owned()));
        assert_eq!(
            url(&[("DECLAW_DOMAIN", "localhost:8080")]),
            Ok("http://localhost:8080/".to_owned())
        );
        assert_eq!(
            url(&[("DECLAW_API_URL", "https://y.example"), ("DECLAW_DOMAIN", "x")]),
            Ok("https://y.example/".to_owned())
        );
    }

    #[test]
    fn a_legacy_domain_is_refused_with_the_one_that_builds() {
        let error = url_of(Some("us-01.sandbox.novita.ai"), &[]).expect_err("refused");
        assert_eq!(error.help.as_deref(), Some("use `us-phx-1.sandbox.novita.ai`"));
    }
}
