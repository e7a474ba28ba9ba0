//! What a manifest needs to know about its image from the registry.

use secrecy::SecretString;

use super::{Analysis, Options, Secrets, analyze_with};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::host::{FileSystem, Host};
use crate::registry::{Auth, Reference, RegistryHost, RegistryKind};
use crate::secrets::Secret;
use crate::source::Spanned;
use crate::template::{BaseSource, ImageQuery, Login, Resolution};
use crate::trust::{Consent, Transfer};

impl Analysis {
    /// Whether the template inherits anything from the image.
    #[must_use]
    pub fn inherits(&self) -> bool {
        self.inherit().is_some()
    }

    /// Whether the image's registry has to be asked for what the template inherits: no lock has it.
    #[must_use]
    pub fn inherits_unknown(&self) -> bool {
        // An image that is not built yet is in no registry.
        self.inherits() && !self.is_unbuilt() && self.resolution.config().is_none()
    }

    /// The first inherited value.
    fn inherit(&self) -> Option<crate::source::Span> {
        let from = &self.manifest.from.as_ref()?.value;
        from.inherited().first().map(|it| it.span)
    }

    /// The image that the template is built on; `None` for another template.
    #[must_use]
    pub fn image(&self) -> Option<String> {
        match &self.template.base.source {
            BaseSource::Image(image) => Some(image.clone()),
            BaseSource::PlatformDefault => Some(self.platform.facts().base_image.to_owned()),
            BaseSource::Template(_) => None,
        }
    }

    /// What signing in to the image's registry sends, by the platform or by `sbx`.
    #[must_use]
    pub fn transfer(&self) -> Option<Transfer> {
        let auth = self.template.base.auth.as_ref()?;
        let reference = Reference::parse(&self.image()?)?;
        Some(Transfer::of(&auth.value, RegistryHost::parse(&reference.host)?))
    }

    /// The image, if its registry takes credentials.
    #[must_use]
    pub fn private_image(&self) -> Option<String> {
        self.image().filter(|_| self.template.base.auth.is_some())
    }

    /// Whether `sbx` itself could sign in to the image's registry.
    #[must_use]
    pub fn signs_in(&self) -> bool {
        let auth = self.template.base.auth.as_ref();
        auth.is_some_and(|auth| auth.value.kind() == RegistryKind::Basic)
    }

    /// The faults of secrets that cannot be read on this machine. Nothing is sent.
    #[must_use]
    pub fn unreadable_secrets(&self, host: &dyn Host) -> Diagnostics {
        let mut faults = Diagnostics::new();
        let auth = self.template.base.auth.as_ref();
        for secret in auth.iter().flat_map(|auth| auth.value.secrets()) {
            Secrets::Local(host).reveal(secret, &self.route(), &mut faults);
        }
        faults
    }

    /// The query for the image's registry, if `sbx` can authenticate to it with these secrets.
    ///
    /// # Errors
    /// A secret for authentication is not set, or there is no consent to send it.
    pub fn image_question(&self, secrets: &Secrets<'_>) -> Result<Option<ImageQuery>, Diagnostics> {
        // That the platform's own image is there is the platform's business; what it declares may
        // be wanted.
        let is_wanted = |_: &String| {
            self.template.base.source != BaseSource::PlatformDefault || self.inherits()
        };
        let Some(written) = self.image().filter(is_wanted) else { return Ok(None) };
        self.image_query(self.template.base.image().map_or(written, str::to_owned), secrets)
    }

    /// The query for an image of the same registry, if `sbx` can authenticate to it with these
    /// secrets.
    ///
    /// # Errors
    /// Those of [`Analysis::image_question`].
    pub fn image_query(
        &self,
        reference: String,
        secrets: &Secrets<'_>,
    ) -> Result<Option<ImageQuery>, Diagnostics> {
        // A manifest that asks for a key gets no connection to its host either.
        let refused = [Code::InvalidImage, Code::ReservedVariable, Code::OutsideProject];
        if self.diagnostics.iter().any(|diagnostic| refused.contains(&diagnostic.code)) {
            return Ok(None);
        }
        let login = match self.template.base.auth.as_ref().map(|auth| &auth.value) {
            None => None,
            Some(Auth::Basic { username, password }) => match secrets {
                Secrets::Sent { consent, .. } => {
                    Some(self.login(username, password, secrets, consent)?)
                }
                Secrets::Hidden | Secrets::Local(_) => return Ok(None),
            },
            Some(_) => return Ok(None),
        };
        Ok(Some(ImageQuery { reference, login }))
    }

    fn login(
        &self,
        username: &Spanned<Secret>,
        password: &Spanned<Secret>,
        secrets: &Secrets<'_>,
        consent: &Consent,
    ) -> Result<Login, Diagnostics> {
        let mut faults = Diagnostics::new();
        let route = self.route();
        let mut reveal = |secret| SecretString::from(secrets.reveal(secret, &route, &mut faults));
        let (username, password) = (reveal(username), reveal(password));
        if faults.has_errors() {
            return Err(faults);
        }
        let hosts = route.transfer.map(|transfer| transfer.hosts(consent)).unwrap_or_default();
        Ok(Login { username, password, hosts })
    }

    /// The same manifest with new facts about its image. The files are not selected again.
    #[must_use]
    pub fn with_resolution(self, file_system: &dyn FileSystem, resolution: Resolution) -> Self {
        let source = self.front.sources.manifest().clone();
        let options = Options { platform: Some(self.platform), ..self.options };
        analyze_with(file_system, source, options, resolution)
    }

    /// The fault of a command that sends no secrets, where `inherit` needs some.
    #[must_use]
    pub fn withheld(&self) -> Option<Diagnostic> {
        let span = self.inherit().filter(|_| self.signs_in())?;
        let transfer = self.transfer()?;
        let (names, registry) = (transfer.names(), &transfer.registry);
        let label = if names.is_empty() {
            format!("it is read from `{registry}`, with the credentials of `auth`")
        } else {
            format!("it is read from `{registry}`, with {names}")
        };
        let message = "the image's configuration is unknown: only `sbx apply` sends the secrets that \
                       reading it takes";
        Some(Diagnostic::new(Code::SecretNeedsConsent, span, message).label(label).help(
            "use `sbx apply`, or write the image's values into the manifest instead of `inherit`",
        ))
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
