//! Images: what the engine holds, and pulling what it does not.

use std::collections::BTreeSet;

use super::missing::{is_missing, list};
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

/// What is asked about an image. Podman does not have Docker's `{{json .}}` for a single image.
const FORMAT: &str =
    "--format={{.Id}} {{.Architecture}} {{json .Config.Env}} {{json .RootFS.Layers}}";

impl Engine {
    /// The image of a reference, if the engine holds it.
    ///
    /// # Errors
    /// When the engine refuses to say.
    pub fn image(&self, reference: &str) -> Result<Option<Image>, EngineError> {
        let said = match self.output(&["image", "inspect", FORMAT, "--", reference]) {
            Ok(said) => said,
            Err(error) if is_missing(&error.message) => return Ok(None),
            Err(error) => return Err(error),
        };
        let image = read(&said);
        image.map(Some).ok_or_else(|| self.failed("image inspect", format!("it said `{said}`")))
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
        let listed = list(|| self.output(&arguments), |error| &error.message)?;
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

/// Reads an answer in the form of [`FORMAT`].
fn read(said: &str) -> Option<Image> {
    let (id, rest) = said.split_once(' ')?;
    let (architecture, lists) = rest.split_once(' ')?;
    let lists = serde_json::Deserializer::from_str(lists).into_iter::<Option<Vec<String>>>();
    let mut lists = lists.map_while(Result::ok).map(Option::unwrap_or_default);
    let (variables, layers) = (lists.next()?, lists.next()?.len());
    Some(Image { id: id.to_owned(), architecture: architecture.to_owned(), variables, layers })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answers_of_both_engines_are_read() {
        let image = read(r#"sha256:a amd64 ["A=b c","D="] ["sha256:x","sha256:y"]"#).unwrap();
        assert_eq!((image.id.as_str(), image.architecture.as_str()), ("sha256:a", "amd64"));
        assert_eq!((image.variables.len(), image.layers), (2, 2));
        let image = read("a arm64 null null").unwrap();
        assert_eq!((image.variables.len(), image.layers), (0, 0));
        assert_eq!(read("a amd64 []"), None);
    }
}
