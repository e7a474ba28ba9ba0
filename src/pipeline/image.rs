//! What the manifest needs to know of its image, and what becomes of the answer.

use secrecy::SecretString;

use super::{Analysis, Options, Secrets, analyze_with};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::host::{FileSystem, Host};
use crate::registry::Auth;
use crate::template::{BaseSource, ImageQuery, Login, Resolution};

impl Analysis {
    /// Whether the template takes over anything that only the image's registry knows.
    #[must_use]
    pub fn inherits(&self) -> bool {
        self.inherit().is_some()
    }

    /// The first thing that is inherited.
    fn inherit(&self) -> Option<crate::source::Span> {
        let from = &self.manifest.from.as_ref()?.value;
        from.inherit.as_ref()?.first().map(|it| it.span)
    }

    /// What the image's registry is to be asked, if there is an image that it can be asked about:
    /// a registry that only the platform can sign in to cannot.
    ///
    /// # Errors
    /// A secret that the sign-in needs and that is not set.
    pub fn image_question(&self, host: &dyn Host) -> Result<Option<ImageQuery>, Diagnostics> {
        let reference = match &self.template.base.source {
            BaseSource::Image(image) => image.clone(),
            // That it is there is the platform's business; what it declares may be wanted.
            BaseSource::PlatformDefault if self.inherits() => {
                self.platform.facts().base_image.to_owned()
            }
            BaseSource::PlatformDefault | BaseSource::Template(_) => return Ok(None),
        };
        if self.diagnostics.iter().any(|it| it.code == Code::InvalidImage) {
            return Ok(None);
        }
        let login = match self.template.base.auth.as_ref().map(|auth| &auth.value) {
            None => None,
            Some(Auth::Basic { username, password }) => {
                let mut faults = Diagnostics::new();
                let mut secrets = Secrets::Revealed(host);
                let directory = self.directory();
                let mut reveal =
                    |it| SecretString::from(secrets.reveal(it, &directory, &mut faults));
                let login = Login { username: reveal(username), password: reveal(password) };
                if faults.has_errors() {
                    return Err(faults);
                }
                Some(login)
            }
            Some(_) => return Ok(None),
        };
        Ok(Some(ImageQuery { reference, login }))
    }

    /// The same manifest, with what is known about its image now; its files are not selected again.
    #[must_use]
    pub fn with_resolution(self, file_system: &dyn FileSystem, resolution: Resolution) -> Self {
        let source = self.front.sources.manifest().clone();
        let options = Options { platform: Some(self.platform), ..self.options };
        analyze_with(file_system, source, options, resolution)
    }

    /// The fault of asking for requests before anybody has asked the registry.
    pub(super) fn unanswered(&self) -> Option<Diagnostic> {
        let span = self.inherit().filter(|_| self.resolution.config().is_none())?;
        let message = "what the image declares is not known, so it cannot be inherited";
        Some(
            Diagnostic::new(Code::UnsupportedOnPlatform, span, message)
                .help("`sbx compile` and `sbx apply` ask the image's registry"),
        )
    }
}
