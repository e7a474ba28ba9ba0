//! What a manifest needs to know about its image from the registry.

use secrecy::SecretString;

use super::{Analysis, Options, Secrets, analyze_with};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::host::{FileSystem, Host};
use crate::registry::Auth;
use crate::template::{BaseSource, ImageQuery, Login, Resolution};

impl Analysis {
    /// Whether the template inherits anything from the image.
    #[must_use]
    pub fn inherits(&self) -> bool {
        self.inherit().is_some()
    }

    /// The first inherited value.
    fn inherit(&self) -> Option<crate::source::Span> {
        let from = &self.manifest.from.as_ref()?.value;
        from.inherit.as_ref()?.first().map(|it| it.span)
    }

    /// The query for the image's registry, if `sbx` can authenticate to it.
    ///
    /// # Errors
    /// A secret for authentication is not set.
    pub fn image_question(&self, host: &dyn Host) -> Result<Option<ImageQuery>, Diagnostics> {
        let reference = match &self.template.base.source {
            BaseSource::Image(image) => image.clone(),
            // That it is there is the platform's business; what it declares may be wanted.
            BaseSource::PlatformDefault if self.inherits() => {
                self.platform.facts().base_image.to_owned()
            }
            BaseSource::PlatformDefault | BaseSource::Template(_) => return Ok(None),
        };
        // A manifest that asks for a key gets no connection to its host either.
        let refused = [Code::InvalidImage, Code::ReservedVariable, Code::OutsideProject];
        if self.diagnostics.iter().any(|diagnostic| refused.contains(&diagnostic.code)) {
            return Ok(None);
        }
        let login = match self.template.base.auth.as_ref().map(|auth| &auth.value) {
            None => None,
            Some(Auth::Basic { username, password }) => {
                let mut faults = Diagnostics::new();
                let mut secrets = Secrets::Revealed(host);
                let place = self.place();
                let mut reveal = |it| SecretString::from(secrets.reveal(it, &place, &mut faults));
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

    /// The same manifest with new facts about its image. The files are not selected again.
    #[must_use]
    pub fn with_resolution(self, file_system: &dyn FileSystem, resolution: Resolution) -> Self {
        let source = self.front.sources.manifest().clone();
        let options = Options { platform: Some(self.platform), ..self.options };
        analyze_with(file_system, source, options, resolution)
    }

    /// The fault of planning before the registry was asked.
    pub(super) fn unanswered(&self) -> Option<Diagnostic> {
        let span = self.inherit().filter(|_| self.resolution.config().is_none())?;
        let message = "the image's configuration is unknown, so it cannot be inherited";
        Some(
            Diagnostic::new(Code::UnsupportedOnPlatform, span, message)
                .help("run `sbx compile` or `sbx apply`, which ask the image's registry"),
        )
    }
}
