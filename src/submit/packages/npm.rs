//! The registries of npm.
//!
//! Source: `@npmcli/config` and `npm-registry-fetch` of npm 11. Of the files, those of the person and
//! of the machine may take values from variables and hold credentials for any host. The project's
//! `.npmrc` may come from a stranger: its registries are followed, and a token that stands in it
//! goes to the host that it is for, but what it takes from variables of this machine is left out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::bun;
use super::credentials::{Author, Credential, basic, below};
use super::error::PackageError;
use super::fetch::Index;
use super::files::Files;
use super::{ini, pip};
use crate::lock::package::{Setting, View};

/// The registry of npm without any configuration.
const DEFAULT: &str = "https://registry.npmjs.org/";

/// The file of a directory.
pub(super) const FILE: &str = ".npmrc";

/// What npm is configured with.
pub(super) struct Config {
    /// The layers, earlier ones over later ones.
    layers: Vec<Layer>,
    credentials: Vec<Credential>,
    remarks: Vec<String>,
}

/// One source of settings.
pub(super) struct Layer {
    pub(super) author: Author,
    pub(super) registry: Option<String>,
    /// The registries of scopes such as `@scope`.
    pub(super) scopes: BTreeMap<String, String>,
}

impl Config {
    pub(super) fn read(files: &Files<'_>, directory: &Path) -> Result<Self, PackageError> {
        let variable = |name: &str| {
            let lower = files.variable(&format!("npm_config_{name}"));
            lower.or_else(|| files.variable(&format!("NPM_CONFIG_{}", name.to_uppercase())))
        };
        let environment = Layer {
            author: Author::Person,
            registry: variable("registry"),
            scopes: BTreeMap::new(),
        };
        let mut config =
            Self { layers: vec![environment], credentials: Vec::new(), remarks: Vec::new() };
        let user = variable("userconfig").map(PathBuf::from);
        let user = user.or_else(|| files.home().map(|home| home.join(FILE)));
        let project = directory.join(FILE);
        // The home directory can be the project, too: then the file is the person's own.
        let canonical = |path: &Path| files.canonical(path);
        if user.as_deref().and_then(canonical).is_none_or(|user| Some(user) != canonical(&project))
        {
            config.add(files, &project, Author::Project)?;
        }
        let global = variable("globalconfig").map(PathBuf::from).or_else(|| global(files));
        for path in user.into_iter().chain(global) {
            config.add(files, &path, Author::Person)?;
        }
        Ok(config)
    }

    /// Adds a file below those that are there.
    fn add(&mut self, files: &Files<'_>, path: &Path, author: Author) -> Result<(), PackageError> {
        let Some(text) = files.text(path)? else { return Ok(()) };
        let mut layer = Layer { author, registry: None, scopes: BTreeMap::new() };
        let mut logins: BTreeMap<String, (Option<String>, Option<String>)> = BTreeMap::new();
        let mut left_out = false;
        for entry in ini::npm(&text).into_iter().filter(|entry| entry.section.is_empty()) {
            if author == Author::Project && entry.value.contains("${") {
                left_out = true;
                continue;
            }
            let value = expanded(files, &entry.value);
            if entry.key == "registry" {
                pip::hide_login(files, &value);
                layer.registry = Some(value);
            } else if let Some(scope) = entry.key.strip_suffix(":registry") {
                pip::hide_login(files, &value);
                layer.scopes.insert(scope.to_owned(), value);
            } else if let Some((place, name)) = entry.key.rsplit_once(':') {
                let login = logins.entry(slashed(place)).or_default();
                match name {
                    "_authToken" => self.grant(files, place, &value, format!("Bearer {value}")),
                    "_auth" => self.grant(files, place, &value, format!("Basic {value}")),
                    "username" => login.0 = Some(value),
                    "_password" => login.1 = Some(value),
                    _ => {}
                }
            }
        }
        for (place, login) in logins {
            let (Some(user), Some(password)) = login else { continue };
            let Some(plain) =
                STANDARD.decode(&password).ok().and_then(|it| String::from_utf8(it).ok())
            else {
                continue;
            };
            files.hide(&plain);
            self.grant(files, &place, &password, basic(&user, &plain));
        }
        if left_out {
            self.remarks.push(format!(
                "`{}` belongs to the project, so its settings with `${{…}}` are not used here; \
                 credentials for a registry belong into `~/{FILE}`",
                path.display()
            ));
        }
        self.layers.push(layer);
        Ok(())
    }

    /// Adds credentials for a place such as `//host/path/`.
    fn grant(&mut self, files: &Files<'_>, place: &str, secret: &str, value: String) {
        files.hide(secret);
        if place.starts_with("//") {
            self.credentials.push(Credential { place: slashed(place), value });
        }
    }

    pub(super) fn remarks(&self) -> Vec<String> {
        self.remarks.clone()
    }

    /// The registry that a step's npm would ask for a package, or its Bun, with what Bun has of its
    /// own.
    pub(super) fn source(
        &self,
        settings: &[Setting],
        view: &View,
        package: &str,
        bun: Option<&bun::Config>,
    ) -> Result<Index, PackageError> {
        let option = |name: &str| {
            let found = settings.iter().rfind(|setting| setting.name == name);
            found.map(|setting| (setting.value.as_str(), Author::Project))
        };
        let layers = || bun.iter().flat_map(|bun| &bun.layers).chain(&self.layers);
        let scope = package.split_once('/').map(|(scope, _)| scope);
        let scoped = scope.and_then(|scope| {
            let of_layer =
                |layer: &'_ Layer| Some((layer.scopes.get(scope)?.clone(), layer.author));
            let set = option(&format!("{scope}:registry"));
            set.map(|(text, author)| (text.to_owned(), author))
                .or_else(|| layers().find_map(of_layer))
        });
        let set = || {
            let names = ["BUN_CONFIG_REGISTRY", "npm_config_registry", "NPM_CONFIG_REGISTRY"];
            let variable = names.iter().find_map(|name| view.variables.get(*name));
            let variable = variable.map(|text| (text.as_str(), Author::Project));
            let found = option("registry").or(variable);
            found.map(|(text, author)| (text.to_owned(), author))
        };
        let of_layer = |layer: &'_ Layer| Some((layer.registry.clone()?, layer.author));
        let found = scoped.or_else(set).or_else(|| layers().find_map(of_layer));
        let (text, author) = found.unwrap_or_else(|| (DEFAULT.to_owned(), Author::Person));
        let (url, login) = pip::parse(&text, "the npm configuration")?;
        let granted = || below(&self.credentials, &url, author).map(str::to_owned);
        let authorization = login.or_else(granted);
        Ok(Index::new(url, authorization))
    }
}

/// The machine's file: that of the prefix in which `node` is.
fn global(files: &Files<'_>) -> Option<PathBuf> {
    let path = files.variable("PATH")?;
    let mut nodes = path
        .split(':')
        .filter(|part| part.starts_with('/'))
        .map(|part| Path::new(part).join("node"));
    let node = nodes.find_map(|node| files.canonical(&node))?;
    Some(node.parent()?.parent()?.join("etc").join("npmrc"))
}

/// A place with the slash at its end that npm's own have.
fn slashed(place: &str) -> String {
    format!("{}/", place.trim_end_matches('/').to_ascii_lowercase())
}

/// A value with those of variables: `${NAME}` of one that is not set stays, `${NAME?}` is empty.
fn expanded(files: &Files<'_>, value: &str) -> String {
    let mut text = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, behind)) = after.split_once('}') else { break };
        text.push_str(before);
        let is_optional = name.ends_with('?');
        match files.variable(name.trim_end_matches('?')) {
            Some(value) => text.push_str(&value),
            None if is_optional => {}
            None => text.extend(["${", name, "}"]),
        }
        rest = behind;
    }
    text.push_str(rest);
    text
}
