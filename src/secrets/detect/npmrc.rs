//! Credentials in the configuration of npm, `.npmrc`, which pnpm, Yarn 1 and Bun read as well.

use super::forms::is_elsewhere;
use super::in_variable;

/// The settings that are credentials of a registry.
const CREDENTIALS: &[&str] = &["_authToken", "_auth", "_password"];

/// Whether credentials of a registry that others can reach are written into a configuration. A
/// reference to a variable, such as `${NPM_TOKEN}`, is none.
#[must_use]
pub fn in_npmrc(text: &str) -> bool {
    let lines = text.lines().map(str::trim);
    let settings = lines.filter(|line| !line.starts_with(['#', ';']));
    settings.filter_map(|line| line.split_once('=')).any(|(key, value)| {
        let (place, name) = key.trim().rsplit_once(':').unwrap_or(("", key.trim()));
        let host = place.strip_prefix("//").map(host_of);
        let value = value.trim().trim_matches(['"', '\'']);
        CREDENTIALS.contains(&name)
            && host.is_none_or(is_elsewhere)
            && !in_variable(CREDENTIALS[0], value, true).is_empty()
    })
}

/// The host of a registry's address, which begins with it.
fn host_of(address: &str) -> &str {
    let end = address.find(['/', ':']).unwrap_or(address.len());
    &address[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "npm_4eYxW2kP9sLqT7vB1nC8dF5gH3jK6mR0aZ12";

    #[test]
    fn a_token_that_is_written_down_is_found() {
        for text in [
            format!("//registry.npmjs.org/:_authToken={TOKEN}"),
            format!("registry=https://npm.acme.dev/\n//npm.acme.dev/:_authToken = \"{TOKEN}\"\n"),
            "//npm.acme.dev:8443/team/:_authToken=6f1b2a90-4c7e-4d1f-9b3a-8e5d2c7f0a61".to_owned(),
            "//npm.acme.dev/:_auth=cm9ib3Q6aDd4UTJ2TjlwUjR6".to_owned(),
            "//npm.acme.dev/:username=robot\n//npm.acme.dev/:_password=aDd4UTJ2TjlwUjR6SzE="
                .to_owned(),
            "_authToken=6f1b2a90-4c7e-4d1f-9b3a-8e5d2c7f0a61".to_owned(),
        ] {
            assert!(in_npmrc(&text), "{text}");
        }
    }

    #[test]
    fn what_is_no_secret_is_not_found() {
        for text in [
            "",
            "registry=https://registry.npmjs.org/\nsave-exact=true\nengine-strict=true",
            "//registry.npmjs.org/:_authToken=${NPM_TOKEN}",
            "//registry.npmjs.org/:_authToken = \"${NPM_TOKEN}\"",
            "//registry.npmjs.org/:_authToken=${NPM_TOKEN-}",
            "//registry.npmjs.org/:_authToken=$NPM_TOKEN",
            "//registry.npmjs.org/:_authToken=",
            "//registry.npmjs.org/:_authToken=YOUR_TOKEN_HERE",
            "//registry.npmjs.org/:_authToken=<token>",
            "//registry.npmjs.org/:_authToken=xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
            "//registry.npmjs.org/:_authToken=00000000-0000-0000-0000-000000000000",
            "# //registry.npmjs.org/:_authToken=6f1b2a90-4c7e-4d1f-9b3a-8e5d2c7f0a61",
            "; //registry.npmjs.org/:_authToken=6f1b2a90-4c7e-4d1f-9b3a-8e5d2c7f0a61",
            "//localhost:4873/:_authToken=6f1b2a90-4c7e-4d1f-9b3a-8e5d2c7f0a61",
            "//127.0.0.1:4873/:_authToken=6f1b2a90-4c7e-4d1f-9b3a-8e5d2c7f0a61",
            "//verdaccio:4873/:_authToken=6f1b2a90-4c7e-4d1f-9b3a-8e5d2c7f0a61",
            "//npm.acme.dev/:always-auth=true\n//npm.acme.dev/:username=robot-6f1b2a904c7e4d1f9b3a",
            "//npm.acme.dev/:certfile=/etc/ssl/6f1b2a904c7e4d1f9b3a.pem",
            "cache=/tmp/6f1b2a904c7e4d1f9b3a8e5d2c7f0a61",
        ] {
            assert!(!in_npmrc(text), "{text}");
        }
    }
}
