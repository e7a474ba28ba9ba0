//! `from` → the base.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::manifest::From;
use crate::registry::{Auth, RegistryKind};
use crate::source::Spanned;
use crate::template::{Base, BaseSource, ImageFault, ImageLookup, Resolution};

/// The base that `from` names, if it names one that is lowered; `image` is the Dockerfile's.
pub(super) fn base(
    from: &Spanned<From>,
    resolution: &Resolution,
    image: Option<&Spanned<String>>,
    diagnostics: &mut Diagnostics,
) -> Option<Base> {
    let from = &from.value;
    let inherit: Vec<_> = from.inherit.iter().flatten().map(|it| it.value).collect();
    if let Some(auth) = from.auth.as_ref().filter(|_| !inherit.is_empty()) {
        sign_in(auth, diagnostics);
    }
    let image = from.image.as_ref().or(image);
    let (source, span) = if let Some(image) = image {
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
    let base = Base { source, span, auth: from.auth.clone(), inherit };
    if let ImageLookup::Fault(fault) = &resolution.image {
        diagnostics.push(diagnose(fault, &base));
    }
    Some(base)
}

/// Reading what an image declares takes a sign-in that this machine can do.
fn sign_in(auth: &Spanned<Auth>, diagnostics: &mut Diagnostics) {
    let kind = auth.value.kind();
    if kind == RegistryKind::Basic {
        return;
    }
    let name = kind.name();
    let message = format!("`inherit` cannot sign in to a registry of type `{name}`");
    diagnostics.push(
        Diagnostic::new(Code::UnsupportedOnPlatform, auth.span, message)
            .label("only platforms sign in there; sbx itself knows `basic`")
            .help("remove `inherit`, and write into the manifest what the image declares"),
    );
}

/// What is wrong with the image, at the place that names it.
fn diagnose(fault: &ImageFault, base: &Base) -> Diagnostic {
    let image = match &base.source {
        BaseSource::Image(image) => format!("`{image}`"),
        BaseSource::PlatformDefault | BaseSource::Template(_) => {
            "the platform's base image".to_owned()
        }
    };
    match fault {
        ImageFault::Absent(reason) => {
            let message = format!("the registry does not offer {image}");
            let help = if base.auth.is_some() {
                "check the repository and the tag, and that the user may read them"
            } else {
                "check the repository and the tag; a private image needs `auth`"
            };
            Diagnostic::new(Code::ImageNotFound, base.span, message).label(reason).help(help)
        }
        ImageFault::WithoutAmd64(offered) => {
            let message = format!("{image} has no variant for linux/amd64, which sandboxes are");
            let label = if offered.is_empty() {
                "it has no variant for any platform".to_owned()
            } else {
                format!("it is for {}", offered.join(", "))
            };
            Diagnostic::new(Code::UnsupportedArchitecture, base.span, message)
                .label(label)
                .help("choose another tag, or build the image with `--platform linux/amd64`")
        }
        ImageFault::SignInRefused => {
            let message = format!("the registry of {image} refuses the user name and password");
            let span = base.auth.as_ref().map_or(base.span, |auth| auth.span);
            Diagnostic::new(Code::RegistryAuthRefused, span, message)
                .help("check the secrets of `auth` where sbx runs: the platform gets the same")
        }
        ImageFault::Unknown(reason) => {
            let message = format!("the registry does not say whether {image} is there");
            Diagnostic::new(Code::RegistryUnreachable, base.span, message)
                .label(reason)
                .help("the platform asks it again when it builds; nothing is known to be wrong")
        }
    }
}
