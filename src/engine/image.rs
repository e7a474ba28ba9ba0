//! Images: what the engine holds, and pulling what it does not.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{Engine, EngineError};

/// An image that the engine holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Its ID, which is the digest of its configuration.
    pub id: String,
    /// The processor architecture, in the words of Go: `amd64`.
    pub architecture: String,
    /// The variables that it declares, as `NAME=value`.
    pub variables: Vec<String>,
    /// The number of its layers.
    pub layers: usize,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inspected {
    id: String,
    #[serde(default)]
    architecture: String,
    config: Option<Config>,
    #[serde(rename = "RootFS")]
    root_fs: Option<RootFs>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Config {
    env: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RootFs {
    layers: Option<Vec<String>>,
}

impl Engine {
    /// The image of a reference, if the engine holds it.
    ///
    /// # Errors
    /// When the engine refuses to say.
    pub fn image(&self, reference: &str) -> Result<Option<Image>, EngineError> {
        let json = match self.output(&["image", "inspect", "--format={{json .}}", reference]) {
            Ok(json) => json,
            Err(error) if is_missing(&error.message) => return Ok(None),
            Err(error) => return Err(error),
        };
        let inspected: Inspected =
            serde_json::from_str(&json).map_err(|error| self.failed("image inspect", error))?;
        let layers = inspected.root_fs.and_then(|root| root.layers).unwrap_or_default().len();
        let variables = inspected.config.and_then(|config| config.env).unwrap_or_default();
        let Inspected { id, architecture, .. } = inspected;
        Ok(Some(Image { id, architecture, variables, layers }))
    }

    /// The references of the images whose repository is one of `repositories` or below one that
    /// ends with `/*`, as `repository:tag`.
    ///
    /// # Errors
    /// When the engine refuses.
    pub fn images(&self, repositories: &[&str]) -> Result<BTreeSet<String>, EngineError> {
        let mut arguments = vec!["image".to_owned(), "ls".to_owned()];
        arguments.push("--format={{.Repository}}:{{.Tag}}".to_owned());
        let filters = repositories.iter().map(|name| format!("--filter=reference={name}"));
        arguments.extend(filters);
        let listed = self.output(&arguments)?;
        // Podman joins several filters by "and" in some versions, and so none is relied on.
        let wanted = |reference: &str| {
            repositories.iter().any(|repository| match repository.strip_suffix('*') {
                Some(above) => reference.starts_with(above),
                None => reference.rsplit_once(':').is_some_and(|(name, _)| name == *repository),
            })
        };
        Ok(listed.lines().filter(|line| wanted(line)).map(str::to_owned).collect())
    }

    /// Gives an image another name.
    ///
    /// # Errors
    /// When the engine refuses, for example because there is no such image.
    pub fn tag(&self, image: &str, name: &str) -> Result<(), EngineError> {
        self.output(&["tag", image, name]).map(|_| ())
    }

    /// Removes names of images, and with its last name an image and the layers that no other needs.
    /// A name that does not exist is no error, and a failure leaves the others to be removed.
    ///
    /// # Errors
    /// When the engine refuses one of them, for example because a container uses it.
    pub fn remove_images<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), EngineError> {
        let mut outcome = Ok(());
        for name in names {
            match self.output(&["image", "rm", name]) {
                Err(error) if !is_missing(&error.message) => outcome = Err(error),
                _ => {}
            }
        }
        outcome
    }
}

fn is_missing(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ["no such image", "image not known", "failed to find image", "no such object"]
        .iter()
        .any(|words| message.contains(words))
}
