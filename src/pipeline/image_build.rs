//! The image that a manifest has built from its Dockerfile.

use super::{Analysis, Depth, LockState, Options, Secrets, analyze_with, build_context};
use crate::context::{ContextError, CopyHash, FileSet, HashCache, hash_all};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::digest::Digest;
use crate::host::{FileSystem, Host};
use crate::registry::{Reference, RegistryHost};
use crate::template::{ImageBuild, ImageLookup, Resolution};
use crate::trust::{Route, Transfer};

/// What an image is built from, with its digest.
pub struct ImageInputs<'a> {
    /// The Dockerfile and what belongs to it.
    pub build: &'a ImageBuild,
    /// The tag of the image: it is another one if one of the inputs is.
    pub tag: Digest,
    /// The files of the context, with their hash; `None` if there are none.
    pub files: Option<(&'a FileSet, CopyHash)>,
}

impl ImageInputs<'_> {
    /// The reference under which the image is pushed.
    #[must_use]
    pub fn reference(&self) -> String {
        format!("{}:{}", self.build.repository.value, self.tag)
    }
}

impl Analysis {
    /// What the template's image is built from; `None` if it is not built on this machine.
    #[must_use]
    pub fn image_build(&self) -> Option<&ImageBuild> {
        self.template.base.build.as_deref()
    }

    /// Whether an image has to be built, or found, before there can be requests.
    #[must_use]
    pub fn is_unbuilt(&self) -> bool {
        self.image_build().is_some() && self.resolution.built.is_none()
    }

    /// What the template's image is built from, with its digest, for which all files of the context
    /// are hashed; `None` if no image is built.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn image_inputs(&self, cache: &HashCache) -> Result<Option<ImageInputs<'_>>, Diagnostics> {
        let Some(build) = self.image_build() else { return Ok(None) };
        if self.front.depth < Depth::Files {
            let message = "the files of the build context have not been read";
            return Err(Diagnostics::of(Diagnostic::without_place(Code::UnreadableFile, message)));
        }
        let files = self.front.build_context.as_ref();
        let hashed = files.map(|files| (files, hash_all(&[files], cache).pop()));
        let files = match hashed {
            Some((files, Some(Ok(hash)))) => Some((files, hash)),
            Some((_, Some(Err(error)))) => return Err(Diagnostics::of(self.context_fault(&error))),
            Some((_, None)) | None => None,
        };
        let tag = Digest::of_image(build, files.as_ref().map(|(_, hash)| &hash.content));
        Ok(Some(ImageInputs { build, tag, files }))
    }

    /// The fault of files of the context that cannot be read or written.
    #[must_use]
    pub fn context_fault(&self, error: &ContextError) -> Diagnostic {
        build_context::diagnose(error, self.template.base.span)
    }

    /// The reference that the lock has for the image of these inputs.
    #[must_use]
    pub fn locked_build(&self, tag: &Digest) -> Option<&str> {
        let LockState::Read(lock) = self.lock() else { return None };
        lock.builds.get(tag.as_str()).map(String::as_str)
    }

    /// The fault of a lock without an image of these inputs, where there has to be a complete one.
    #[must_use]
    pub fn unlocked_build(&self, tag: &Digest) -> Option<Diagnostic> {
        if !self.options.locked || self.locked_build(tag).is_some() {
            return None;
        }
        let build = self.image_build()?;
        let (lock, repository) = (self.lock_path(), &build.repository);
        let message = format!(
            "`{}` does not lock an image of `{}` for these inputs",
            lock.display(),
            repository.value
        );
        let fault = Diagnostic::new(Code::StaleLock, repository.span, message)
            .label("the Dockerfile, its files, its arguments or its target are others")
            .help("run `sbx apply`, which builds the image, and then `sbx lock`");
        Some(Diagnostic { denied: true, ..fault })
    }

    /// The same manifest with an image that was built for it. The files are not selected again.
    #[must_use]
    pub fn with_built(
        self,
        file_system: &dyn FileSystem,
        reference: String,
        mut image: ImageLookup,
    ) -> Self {
        if let ImageLookup::Known(config) = &mut image {
            // As a lock has them, so that a lock changes nothing.
            config.env.sort_unstable();
        }
        let source = self.front.sources.manifest().clone();
        let options = Options { platform: Some(self.platform), ..self.options };
        let known = Resolution { built: Some(reference), image, ..Resolution::default() };
        analyze_with(file_system, source, options, known)
    }

    /// The registry that the image is pushed to; `None` if none is built, or the repository is wrong.
    #[must_use]
    pub fn push_host(&self) -> Option<RegistryHost> {
        let reference = Reference::parse(&self.image_build()?.repository.value)?;
        RegistryHost::parse(&reference.host)
    }

    /// What building the image gives to the commands of the Dockerfile, which can send it anywhere,
    /// with the host that the image goes to; `None` if that is no secret.
    #[must_use]
    pub fn build_transfer(&self) -> Option<Transfer> {
        let build = self.image_build()?;
        let transfer =
            Transfer::to(self.push_host()?, build.secrets.iter().map(|(_, secret)| secret));
        Some(transfer).filter(|transfer| !transfer.secrets.is_empty())
    }

    /// The values of the build's secrets by the IDs of their mounts.
    ///
    /// # Errors
    /// A secret is not set, or there is no consent to it.
    pub fn build_secrets(
        &self,
        secrets: &Secrets<'_>,
    ) -> Result<Vec<(String, String)>, Diagnostics> {
        let route = Route { transfer: self.build_transfer(), ..self.route() };
        let mut faults = Diagnostics::new();
        let all = self.image_build().map(|build| build.secrets.as_slice()).unwrap_or_default();
        let values = all
            .iter()
            .map(|(id, secret)| (id.clone(), secrets.reveal(secret, &route, &mut faults)));
        let values = values.collect();
        if faults.has_errors() { Err(faults) } else { Ok(values) }
    }

    /// The faults of the build's secrets that cannot be read on this machine. Nothing is sent.
    #[must_use]
    pub fn unreadable_build_secrets(&self, host: &dyn Host) -> Diagnostics {
        self.build_secrets(&Secrets::Local(host)).err().unwrap_or_default()
    }

    /// The fault of asking for requests before the image was built or found.
    pub(super) fn unbuilt(&self) -> Option<Diagnostic> {
        let build = self.image_build().filter(|_| self.is_unbuilt())?;
        let message = format!("no image of `{}` is known for these inputs", build.repository.value);
        Some(
            Diagnostic::new(Code::ImageNotBuilt, build.repository.span, message)
                .label("neither the lock nor the registry has an image of this Dockerfile and its files")
                .help("`sbx apply` builds and pushes it, and `sbx lock` then writes it to the lock"),
        )
    }
}
