//! Builds images of Dockerfiles, and pushes them.
//!
//! The build is that of the client: `docker buildx build` where the plugin is installed, with the
//! builder that its user has chosen, on whatever machine; else BuildKit in Docker's own `build`; else
//! Podman's. Credentials of registries are the client's own.

mod follow;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Engine, EngineError, Kind};
use follow::follow;

/// The only platform of sandboxes.
const PLATFORM: &str = "linux/amd64";

/// What an image is built from.
#[derive(Debug)]
pub struct ImageSpec<'a> {
    /// The reference that the image gets.
    pub reference: &'a str,
    /// The Dockerfile.
    pub dockerfile: &'a Path,
    /// A file of patterns that ignore nothing: what is ignored was left out of the context.
    pub ignored: &'a Path,
    /// The directory with the files of the context.
    pub context: &'a Path,
    /// The stage; `None` is the last one.
    pub target: Option<&'a str>,
    /// The values of `ARG`s. Other users of the machine can see them while the client runs.
    pub arguments: &'a BTreeMap<String, String>,
    /// The files of the secrets by the IDs of their mounts.
    pub secrets: &'a [(String, PathBuf)],
    /// Whether to use no layer of an earlier build.
    pub without_cache: bool,
    /// Where the client may write what it says of the image.
    pub metadata: &'a Path,
}

/// What an image is built with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Builder {
    /// The plugin `buildx` of Docker's client.
    Buildx,
    /// BuildKit in Docker's own `build`.
    BuildKit,
    /// Podman.
    Podman,
}

impl Builder {
    /// The command, for people.
    #[must_use]
    pub const fn command(self) -> &'static str {
        match self {
            Self::Buildx => "docker buildx build",
            Self::BuildKit => "docker build",
            Self::Podman => "podman build",
        }
    }
}

/// What is called with each line that the client prints.
pub type Lines<'a> = &'a mut dyn FnMut(&str);

impl Engine {
    /// What this engine builds images with.
    #[must_use]
    pub fn builder(&self) -> Builder {
        if self.client_kind == Kind::Podman {
            return Builder::Podman;
        }
        match self.output(&["buildx", "version"]) {
            Ok(_) => Builder::Buildx,
            Err(_) => Builder::BuildKit,
        }
    }

    /// Builds an image for linux/amd64, which the engine then holds.
    ///
    /// # Errors
    /// When the build fails, or when `stopped` says so; then the client and all that it has started
    /// are ended.
    pub fn build_image(
        &self,
        builder: Builder,
        spec: &ImageSpec<'_>,
        lines: Lines<'_>,
        stopped: &dyn Fn() -> bool,
    ) -> Result<(), EngineError> {
        let more: &[&str] = if builder == Builder::Buildx { &["--load"] } else { &[] };
        self.build_with(builder, spec, more, lines, stopped)
    }

    /// Builds an image for linux/amd64 and pushes it; its digest in the registry. A builder on another
    /// machine pushes by itself, and the engine does not hold the image then. `is_plain` says that the
    /// registry is on this machine, where it is spoken to without encryption.
    ///
    /// # Errors
    /// Those of [`Engine::build_image`], and when the push is refused.
    pub fn build_and_push(
        &self,
        builder: Builder,
        spec: &ImageSpec<'_>,
        is_plain: bool,
        lines: Lines<'_>,
        stopped: &dyn Fn() -> bool,
    ) -> Result<String, EngineError> {
        if builder == Builder::Buildx {
            // One command does both; the push begins with a line that says so.
            let mut is_pushing = false;
            let mut watched = |line: &str| {
                is_pushing |= line.contains(" pushing ");
                lines(line);
            };
            let done = self.build_with(builder, spec, &["--push"], &mut watched, stopped);
            done.map_err(
                |error| {
                    if is_pushing { self.failed("push", error.message) } else { error }
                },
            )?;
            return digest_in(spec.metadata)
                .ok_or_else(|| self.failed("buildx build", "it does not say the image's digest"));
        }
        self.build_image(builder, spec, lines, stopped)?;
        self.push(builder, spec, is_plain, lines, stopped)
    }

    fn build_with(
        &self,
        builder: Builder,
        spec: &ImageSpec<'_>,
        more: &[&str],
        lines: Lines<'_>,
        stopped: &dyn Fn() -> bool,
    ) -> Result<(), EngineError> {
        let mut client = self.command();
        match builder {
            Builder::Buildx => {
                // An index with an attestation is not an image to every registry and platform.
                client.env("BUILDX_NO_DEFAULT_ATTESTATIONS", "1").env("BUILDX_GIT_INFO", "false");
                client.args(["buildx", "build", "--progress=plain", "--metadata-file"]);
                client.arg(spec.metadata);
            }
            Builder::BuildKit => {
                client.env("DOCKER_BUILDKIT", "1").args(["build", "--progress=plain"]);
            }
            Builder::Podman => {
                client.arg("build").arg("--ignorefile").arg(spec.ignored);
            }
        }
        client.args(["--platform", PLATFORM, "--tag", spec.reference]);
        client.arg("--file").arg(spec.dockerfile);
        if let Some(network) = self.network() {
            client.args(["--network", network]);
        }
        if let Some(target) = spec.target {
            client.args(["--target", target]);
        }
        if spec.without_cache {
            client.arg("--no-cache");
        }
        for (name, value) in spec.arguments {
            client.arg("--build-arg").arg(format!("{name}={value}"));
        }
        for (id, file) in spec.secrets {
            client.arg("--secret").arg(format!("id={id},src={}", file.display()));
        }
        client.args(more).arg("--").arg(spec.context);
        let operation = if builder == Builder::Buildx { "buildx build" } else { "build" };
        follow(&mut client, lines, stopped).map_err(|why| self.failed(operation, why))
    }

    fn push(
        &self,
        builder: Builder,
        spec: &ImageSpec<'_>,
        is_plain: bool,
        lines: Lines<'_>,
        stopped: &dyn Fn() -> bool,
    ) -> Result<String, EngineError> {
        let mut client = self.command();
        client.arg("push");
        if builder == Builder::Podman {
            client.arg("--digestfile").arg(spec.metadata);
            if is_plain {
                client.arg("--tls-verify=false");
            }
        }
        client.args(["--", spec.reference]);
        let mut said = None;
        let mut watched = |line: &str| {
            said = digest_of(line).or(said.take());
            lines(line);
        };
        follow(&mut client, &mut watched, stopped).map_err(|why| self.failed("push", why))?;
        let written = std::fs::read_to_string(spec.metadata).ok();
        let digest = said.or_else(|| digest_of(&format!("digest: {}", written?.trim())));
        digest.ok_or_else(|| self.failed("push", "it does not say the image's digest"))
    }

    /// The digest by which a repository has an image that the engine holds, if it was pushed there or
    /// pulled from there.
    ///
    /// # Errors
    /// When the engine does not have the image.
    pub fn repository_digest(
        &self,
        reference: &str,
        repository: &str,
    ) -> Result<Option<String>, EngineError> {
        let format = "--format={{range .RepoDigests}}{{println .}}{{end}}";
        let said = self.output(&["image", "inspect", format, "--", reference])?;
        let prefix = format!("{repository}@");
        // Docker Hub's names have a long and a short form.
        let found = said.lines().find_map(|line| {
            let is_same = line.starts_with(&prefix) || line.contains(&format!("/{prefix}"));
            is_same.then(|| line.rsplit('@').next()).flatten()
        });
        Ok(found.map(str::to_owned))
    }

    /// The configuration of an image that the engine holds: a JSON object in the form of a registry's.
    ///
    /// # Errors
    /// When the engine does not have the image.
    pub fn image_configuration(&self, reference: &str) -> Result<String, EngineError> {
        let format = "--format={\"os\": {{json .Os}}, \"architecture\": {{json .Architecture}}, \
                      \"config\": {{json .Config}}}";
        self.output(&["image", "inspect", format, "--", reference])
    }
}

/// The digest in the metadata that `buildx` has written.
fn digest_in(metadata: &Path) -> Option<String> {
    let text = std::fs::read(metadata).ok()?;
    let value: serde_json::Value = serde_json::from_slice(&text).ok()?;
    value.get("containerimage.digest")?.as_str().map(str::to_owned)
}

/// The digest in a line such as `v1: digest: sha256:… size: 527`.
fn digest_of(line: &str) -> Option<String> {
    let digest = line.split_once("digest: ")?.1.split_whitespace().next()?;
    digest.starts_with("sha256:").then(|| digest.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_a_push_is_read() {
        let line = "sbx-0123: digest: sha256:abc size: 527";
        assert_eq!(digest_of(line).as_deref(), Some("sha256:abc"));
        assert_eq!(digest_of("The push refers to repository [x]"), None);
        assert_eq!(digest_of("digest: nothing"), None);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), r#"{"containerimage.digest": "sha256:abc"}"#).unwrap();
        assert_eq!(digest_in(file.path()).as_deref(), Some("sha256:abc"));
        assert_eq!(digest_in(Path::new("/nowhere")), None);
    }
}
