//! The types that hold secrets cannot be printed with them.

use std::fmt::Debug;
use std::path::Path;
use std::time::Duration;

use sandbox_toml::host::{Memory, NoFiles, Overlay, System};
use sandbox_toml::local::Config;
use sandbox_toml::lower::Plan;
use sandbox_toml::pipeline::{self, Secrets};
use sandbox_toml::platform::Platform;
use sandbox_toml::secrets::Redaction;
use sandbox_toml::source::Source;
use sandbox_toml::submit::{self, Contact, Endpoint, RetryPolicy};
use sandbox_toml::template::Login;
use sandbox_toml::wire::e2b::{FileLink, Sensitive, StartRequest};
use secrecy::SecretString;

use super::{AUTHS, KEY, PASSWORD, PLAIN, leaks, manifest, secrets};

/// Panics if a value's `Debug` form gives a secret away.
fn silent(value: &impl Debug) {
    for text in [format!("{value:?}"), format!("{value:#?}")] {
        let leak = leaks::find(&text, &secrets());
        assert!(leak.is_none(), "{leak:?}: {text}");
    }
}

/// Fails to compile if a type can be printed as text.
macro_rules! cannot_be_displayed {
    ($($kind:ty),*) => {
        const _: () = {
            trait Ambiguous<A> {
                fn check() {}
            }
            impl<T: ?Sized> Ambiguous<()> for T {}
            struct Displayed;
            impl<T: std::fmt::Display + ?Sized> Ambiguous<Displayed> for T {}
            $(const _: fn() = <$kind as Ambiguous<_>>::check;)*
        };
    };
}

cannot_be_displayed!(
    SecretString,
    Sensitive,
    sandbox_toml::secrets::Secret,
    Endpoint,
    Login,
    FileLink,
    StartRequest,
    Config,
    Redaction,
    Plan
);

fn endpoint() -> Endpoint {
    let url = "http://user:p%40ss%20in%2Fthe-url@127.0.0.1:1".parse().expect("a URL");
    let api_key = Some(SecretString::from(KEY));
    let redaction = Redaction::default();
    let request_timeout = Duration::from_secs(1);
    let contact = Contact::default();
    Endpoint { api_url: url, api_key, key_variable: None, request_timeout, redaction, contact }
}

#[test]
fn where_a_platform_is_and_its_clients_show_no_key() {
    let endpoint = endpoint();
    silent(&endpoint);
    for platform in Platform::ALL {
        let retry_policy = RetryPolicy::new(None);
        silent(&submit::templates(*platform, &endpoint, retry_policy).expect("a client"));
        silent(&submit::driver(*platform, &endpoint, retry_policy).expect("a client"));
    }
    let mut config = Config::new("127.0.0.1:0".parse().expect("an address"), "/nowhere");
    config.api_key = Some(KEY.to_owned());
    silent(&config);
    let secret = || SecretString::from(PASSWORD);
    silent(&Login { username: secret(), password: secret(), hosts: Vec::new() });
    let link = FileLink { present: false, url: Some(format!("http://x/?{KEY}")), headers: None };
    silent(&link);
    silent(&Sensitive(PASSWORD.to_owned()));
    let redaction = Redaction::default();
    redaction.register(PASSWORD);
    silent(&redaction);
}

/// A host that has every secret.
fn knowing() -> Memory<Overlay<'static>> {
    let files = Overlay::new(&NoFiles)
        .with("inputs/gcp.json", super::gcp())
        .with("inputs/key.pem", super::PEM);
    Memory::new(files)
        .with_variable("PASSWORD", PASSWORD)
        .with_variable("AWS", super::AWS)
        .with_variable("HUAWEI", super::HUAWEI)
}

#[test]
fn an_analysis_and_its_requests_show_no_secret() {
    let host = knowing();
    for (name, auth) in AUTHS {
        let text = manifest(auth, "registry.example.com/x:1");
        let text = text.replace("[[steps]]\ncopy = \"app.py\"\nto = \"/app/\"\n", "");
        let source = Source::new(Path::new("sandbox.toml"), text);
        let analysis = pipeline::analyze_text(&host, source, Some(Platform::Novita));
        silent(&analysis);
        let plan = analysis.plan(&Secrets::Local(&host)).expect(name);
        let body = serde_json::to_string(&plan.body()).expect("JSON");
        assert!(leaks::find(&body, &secrets()).is_some(), "{name}: the request has it: {body}");
        silent(&plan);
    }
    silent(&System);
    assert!(AUTHS.iter().any(|(_, auth)| auth.contains(PLAIN)));
}
