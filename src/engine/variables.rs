//! The variables that this machine has for processes in containers: those of the additional
//! arguments, and the proxies that clients pass on.
//!
//! They may hold passwords, and a commit keeps the configuration of its container in the image. So
//! no container gets them: the caller passes them to each command.

use std::collections::BTreeMap;
use std::{env, fmt, fs};

use super::{Engine, EngineError, Kind, configuration};

/// What clients pass on of a proxy: the key in the configuration of Docker's, and the variable,
/// which is also set in lower case.
const PROXIES: [(&str, &str); 5] = [
    ("httpProxy", "HTTP_PROXY"),
    ("httpsProxy", "HTTPS_PROXY"),
    ("ftpProxy", "FTP_PROXY"),
    ("noProxy", "NO_PROXY"),
    ("allProxy", "ALL_PROXY"),
];

/// The variables of this machine.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Variables {
    values: BTreeMap<String, String>,
    /// Those that the client gives to each container unless they are set to something else.
    passed_on: Vec<String>,
}

impl fmt::Debug for Variables {
    /// The values are not printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.values.keys()).finish()
    }
}

impl Variables {
    /// Their values, by their names.
    #[must_use]
    pub fn values(&self) -> &BTreeMap<String, String> {
        &self.values
    }

    /// The arguments for a container that is not to have them: a client lets no variable be unset.
    pub(super) fn withheld(&self) -> impl Iterator<Item = String> {
        self.passed_on.iter().map(|name| format!("--env={name}="))
    }
}

impl Engine {
    /// The variables of this machine. Where Docker's client passes on proxies, it is asked which by
    /// a container of the image with this name, which does not run and is removed at once.
    ///
    /// # Errors
    /// When the engine refuses, or when a file of variables cannot be read.
    pub fn variables(&self, name: &str, image: &str) -> Result<Variables, EngineError> {
        let mut values = match self.client_kind {
            Kind::Docker => self.proxies(name, image)?,
            Kind::Podman => named(|name| env::var(name).ok()),
        };
        let passed_on = values.keys().cloned().collect();
        let arguments = Arguments::of(&self.arguments);
        values.extend(arguments.variables().map_err(|error| self.failed("run", error))?);
        Ok(Variables { values, passed_on })
    }

    fn proxies(&self, name: &str, image: &str) -> Result<BTreeMap<String, String>, EngineError> {
        let entries = configuration::read();
        let entries: Vec<_> =
            entries["proxies"].as_object().into_iter().flat_map(|all| all.values()).collect();
        let is_set = |key: &str| entries.iter().any(|entry| entry.get(key).is_some());
        let names: Vec<_> =
            PROXIES.iter().filter(|(key, _)| is_set(key)).map(|(_, name)| *name).collect();
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        let named_so = format!("--name={name}");
        self.output(&["create", "--pull=never", &named_so, "--entrypoint=", image, "/bin/sh"])?;
        let format = "--format={{json .Config.Env}}";
        let json = self.output(&["container", "inspect", format, name]);
        let _ = self.remove_container(name);
        let container: Option<Vec<String>> =
            serde_json::from_str(&json?).map_err(|error| self.failed("inspect", error))?;
        let container = container.unwrap_or_default();
        let pairs = container.iter().filter_map(|pair| pair.split_once('='));
        let pairs = pairs.filter(|(name, value)| {
            names.contains(&name.to_uppercase().as_str()) && !value.is_empty()
        });
        Ok(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

/// The proxies, each looked up in upper and in lower case.
fn named(value: impl Fn(&str) -> Option<String>) -> BTreeMap<String, String> {
    let names = PROXIES.iter().flat_map(|(_, name)| [(*name).to_owned(), name.to_lowercase()]);
    let set = names.filter_map(|name| Some((value(&name)?, name)));
    set.filter(|(value, _)| !value.is_empty()).map(|(value, name)| (name, value)).collect()
}

/// Additional arguments for containers: those about variables, and the others.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Arguments<'a> {
    /// `NAME=value`, or `NAME` for the value in the environment of the client.
    single: Vec<&'a str>,
    /// Files of these.
    files: Vec<&'a str>,
    pub(super) others: Vec<&'a str>,
}

impl<'a> Arguments<'a> {
    pub(super) fn of(arguments: &'a [String]) -> Self {
        let mut sorted = Self::default();
        let mut words = arguments.iter().map(String::as_str);
        while let Some(word) = words.next() {
            if let "-e" | "--env" = word {
                sorted.single.extend(words.next());
            } else if word == "--env-file" {
                sorted.files.extend(words.next());
            } else if let Some(file) = word.strip_prefix("--env-file=") {
                sorted.files.push(file);
            } else if let Some(variable) = word.strip_prefix("--env=") {
                sorted.single.push(variable);
            } else if let Some(variable) = word.strip_prefix("-e") {
                sorted.single.push(variable.strip_prefix('=').unwrap_or(variable));
            } else {
                sorted.others.push(word);
            }
        }
        sorted
    }

    /// The variables. Like for the clients, those of files come first.
    fn variables(&self) -> Result<BTreeMap<String, String>, String> {
        let mut variables = BTreeMap::new();
        for path in &self.files {
            let text = fs::read_to_string(path)
                .map_err(|error| format!("the file of variables `{path}`: {error}"))?;
            let lines = text.lines().map(str::trim_start);
            let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
            variables.extend(lines.filter_map(variable));
        }
        variables.extend(self.single.iter().copied().filter_map(variable));
        Ok(variables)
    }
}

/// A variable, if it has a value.
fn variable(text: &str) -> Option<(String, String)> {
    match text.split_once('=') {
        Some((name, value)) => Some((name.to_owned(), value.to_owned())),
        None => Some((text.to_owned(), env::var(text).ok()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn variables_are_told_from_other_arguments_in_every_form() {
        let words = words(
            "-e A=1 --env B=2 -v /x:/x --env=C=3 -eD=4 -e=E=5 --env-file f --env-file=g --init",
        );
        let sorted = Arguments::of(&words);
        assert_eq!(sorted.single, ["A=1", "B=2", "C=3", "D=4", "E=5"]);
        assert_eq!(sorted.files, ["f", "g"]);
        assert_eq!(sorted.others, ["-v", "/x:/x", "--init"]);
    }

    #[test]
    fn a_file_has_a_variable_a_line_and_gives_way_to_arguments() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("variables");
        fs::write(&path, "# a comment\n\nA=1 2\nB=\"x\"\n  C=3\nSBX_TEST_UNSET\nPATH\n").unwrap();
        let words = words(&format!("--env-file {} -e C=4 -e SBX_TEST_UNSET", path.display()));
        let mut variables = Arguments::of(&words).variables().unwrap();
        assert_eq!(variables.remove("PATH"), env::var("PATH").ok());
        let expected = [("A", "1 2"), ("B", "\"x\""), ("C", "4")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(variables, BTreeMap::from(expected));
        let missing = ["--env-file=/nowhere/variables".to_owned()];
        let error = Arguments::of(&missing).variables().unwrap_err();
        assert!(error.contains("`/nowhere/variables`"), "{error}");
    }

    #[test]
    fn proxies_are_found_in_both_cases() {
        let value = |name: &str| match name {
            "HTTP_PROXY" | "https_proxy" => Some("http://u:p@proxy".to_owned()),
            "NO_PROXY" => Some(String::new()),
            _ => None,
        };
        assert_eq!(named(value).into_keys().collect::<Vec<_>>(), ["HTTP_PROXY", "https_proxy"]);
    }

    #[test]
    fn no_value_is_printed() {
        let values = named(|name| (name == "HTTP_PROXY").then(|| "secret".to_owned()));
        let variables = Variables { values, passed_on: vec!["HTTP_PROXY".to_owned()] };
        assert_eq!(format!("{variables:?}"), r#"["HTTP_PROXY"]"#);
        assert_eq!(variables.withheld().collect::<Vec<_>>(), ["--env=HTTP_PROXY="]);
    }
}
