//! `from` → the base.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::dockerfile::Dockerfile;
use crate::manifest::From;
use crate::registry::{Auth, RegistryKind};
use crate::source::Spanned;
use crate::template::{Base, BaseSource, ImageFault, ImageLookup, Pins, Resolution};

/// The base of `from`, if it is valid; `image` is that of the Dockerfile.
pub(super) fn base(
    from: &Spanned<From>,
    resolution: &Resolution,
    image: Option<&Spanned<String>>,
    diagnostics: &mut Diagnostics,
) -> Option<Base> {
    let from = &from.value;
    let inherit: Vec<_> = from.inherited().iter().map(|it| it.value).collect();
    if let Some(auth) =
        from.auth.as_ref().filter(|_| from.inherit.as_ref().is_some_and(|it| !it.is_empty()))
    {
        sign_in(auth, diagnostics);
    }
    let image = from.image.as_ref().or(image);
    let (source, span) = if let Some(build) = from.built() {
        let built = resolution.built.as_ref().unwrap_or(&build.value);
        (BaseSource::Image(built.clone()), build.span)
    } else if let Some(image) = image {
        (BaseSource::Image(image.value.clone()), image.span)
    } else if let Some((distribution, tag)) = from.distribution() {
        (BaseSource::Image(format!("{}:{}", distribution.repository, tag.value)), tag.span)
    } else if let Some(template) = &from.template {
        (BaseSource::Template(template.value.clone()), template.span)
    } else if let Some(base) = &from.base {
        (BaseSource::PlatformDefault, base.span)
    } else {
        return None;
    };
    let config = resolution.config().cloned().map(Box::new);
    let pins = resolution.pins.clone();
    // An image of this machine, by its ID, is not pulled.
    let is_pulled = resolution.built.as_ref().is_none_or(|built| !is_image_id(built));
    let auth = from.auth.clone().filter(|_| is_pulled);
    let base = Base { source, span, auth, inherit, config, pins, build: None };
    if let ImageLookup::Fault(fault) = &resolution.image {
        diagnostics.push(diagnose(fault, &base));
    }
    Some(base)
}

/// Whether a reference is the ID of an image: the digest alone.
fn is_image_id(reference: &str) -> bool {
    reference.starts_with("sha256:")
}

/// The text of a Dockerfile, with the locked image in its `FROM`.
pub(super) fn dockerfile(dockerfile: &Dockerfile, base: Option<&Base>) -> String {
    let mut text = dockerfile.text().to_owned();
    if let Some(Base { span, pins: Pins { image: Some(image), .. }, .. }) = base
        && span.file == dockerfile.file()
    {
        text.replace_range(span.start..span.end, image);
    }
    text
}

/// Reading what an image declares takes a sign-in that this machine can do.
fn sign_in(auth: &Spanned<Auth>, diagnostics: &mut Diagnostics) {
    let kind = auth.value.kind();
    if kind == RegistryKind::Basic {
        return;
    }
    let name = kind.name();
    let message = format!("`inherit` does not support registries of type `{name}`");
    diagnostics.push(
        Diagnostic::new(Code::UnsupportedOnPlatform, auth.span, message)
            .label("only platforms can authenticate there; `sbx` itself supports `basic`")
            .help("remove `inherit`, and write the image's values into the manifest"),
    );
}

/// Reports faults of the image, at its reference.
fn diagnose(fault: &ImageFault, base: &Base) -> Diagnostic {
    let image = match base.image() {
        Some(image) => format!("`{image}`"),
        None => "the platform's base image".to_owned(),
    };
    match fault {
        ImageFault::Absent(reason) => {
            let message = format!("the registry does not have {image}");
            let help = if base.pins.image.is_some() {
                "`sbx lock --update` locks the image that its tag names now"
            } else if base.auth.is_some() {
                "check the repository and the tag, and that the user has access to them"
            } else {
                "check the repository and the tag; a private image needs `auth`"
            };
            Diagnostic::new(Code::ImageNotFound, base.span, message).label(reason).help(help)
        }
        ImageFault::WithoutAmd64(offered) => {
            let message = format!("{image} has no variant for linux/amd64");
            let label = if offered.is_empty() {
                "it has no variant for any platform".to_owned()
            } else {
                format!("it is for {}", offered.join(", "))
            };
            Diagnostic::new(Code::UnsupportedArchitecture, base.span, message)
                .label(label)
                .help("use another tag, or build the image with `--platform linux/amd64`")
        }
        ImageFault::SignInRefused => {
            let message = format!("the registry of {image} rejects the user name and password");
            let span = base.auth.as_ref().map_or(base.span, |auth| auth.span);
            Diagnostic::new(Code::RegistryAuthRefused, span, message)
                .help("check the secrets of `auth`: the platform gets the same ones")
        }
        ImageFault::Unknown(reason) => {
            let message = format!("the registry does not reveal whether {image} exists");
            Diagnostic::new(Code::RegistryUnreachable, base.span, message)
                .label(reason)
                .help("check the reference; the platform asks the registry again when it builds")
        }
    }
}
