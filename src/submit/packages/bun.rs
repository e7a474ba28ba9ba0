//! The registries of Bun, as far as they are not those of npm, whose files Bun reads as well.
//!
//! Source: Bun's documentation, `docs/runtime/bunfig` and `docs/pm/npmrc`. Of `bunfig.toml`, the
//! registries are followed, and credentials are not: those of `.npmrc` are.

use std::collections::BTreeMap;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::credentials::Author;
use super::error::PackageError;
use super::files::Files;
use super::npm::Layer;

/// What Bun is configured with.
pub(super) struct Config {
    /// The layers, earlier ones over later ones, and all over those of npm.
    pub(super) layers: Vec<Layer>,
    remarks: Vec<String>,
}

impl Config {
    pub(super) fn read(files: &Files<'_>, directory: &Path) -> Result<Self, PackageError> {
        let registry = files.variable("BUN_CONFIG_REGISTRY");
        let environment = Layer { author: Author::Person, registry, scopes: BTreeMap::new() };
        let mut config = Self { layers: vec![environment], remarks: Vec::new() };
        config.add(files, &directory.join("bunfig.toml"), Author::Project)?;
        let home = files.path("XDG_CONFIG_HOME").or_else(|| files.home());
        if let Some(home) = home {
            config.add(files, &home.join(".bunfig.toml"), Author::Person)?;
        }
        Ok(config)
    }

    fn add(&mut self, files: &Files<'_>, path: &Path, author: Author) -> Result<(), PackageError> {
        let Some(text) = files.text(path)? else { return Ok(()) };
        let table = DeTable::parse(&text).map_err(|error| {
            let reason = error.message();
            PackageError::Config(format!("`{}` cannot be read: {reason}", path.display()))
        })?;
        let Some(DeValue::Table(install)) =
            table.get_ref().get("install").map(toml::Spanned::get_ref)
        else {
            return Ok(());
        };
        let mut has_credentials = false;
        let mut registry = |value: &DeValue<'_>| match value {
            DeValue::String(url) => Some(url.to_string()),
            DeValue::Table(table) => {
                let secrets = ["token", "username", "password"];
                has_credentials |= secrets.iter().any(|key| table.get(*key).is_some());
                table.get("url")?.get_ref().as_str().map(str::to_owned)
            }
            _ => None,
        };
        let mut layer = Layer { author, registry: None, scopes: BTreeMap::new() };
        layer.registry = install.get("registry").and_then(|value| registry(value.get_ref()));
        if let Some(DeValue::Table(scopes)) = install.get("scopes").map(toml::Spanned::get_ref) {
            for (scope, value) in scopes {
                let scope = format!("@{}", scope.get_ref().trim_start_matches('@'));
                layer.scopes.extend(registry(value.get_ref()).map(|url| (scope, url)));
            }
        }
        if has_credentials {
            self.remarks.push(format!(
                "the credentials in `{}` are not used; those of `~/.npmrc` are",
                path.display()
            ));
        }
        self.layers.push(layer);
        Ok(())
    }

    pub(super) fn remarks(&self) -> Vec<String> {
        self.remarks.clone()
    }
}
