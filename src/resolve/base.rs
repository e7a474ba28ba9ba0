//! `from` → the base.

use super::not_lowered;
use crate::diagnostic::Diagnostics;
use crate::manifest::{self, From};
use crate::platform::RegistryKind;
use crate::source::Spanned;
use crate::template::{Auth, Base, BaseSource, Resolution};

/// The base that `from` names, if it names one that is lowered; `image` is the Dockerfile's.
pub(super) fn base(
    from: &Spanned<From>,
    resolution: Resolution,
    image: Option<&Spanned<String>>,
    diagnostics: &mut Diagnostics,
) -> Option<Base> {
    let from = &from.value;
    for inherit in from.inherit.iter().flatten() {
        if !resolution.knows(inherit.value) {
            diagnostics.push(not_lowered(inherit.span, "`from.inherit`"));
        }
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
    let auth =
        from.auth.as_ref().and_then(|it| Some(Spanned::new(auth(&it.value)?, it.value.kind.span)));
    Some(Base { source, span, auth })
}

fn auth(auth: &manifest::Auth) -> Option<Auth> {
    let secret = |it: &Option<Spanned<manifest::Secret>>| it.clone();
    let text = |it: &Option<Spanned<String>>| it.as_ref().map(|it| it.value.clone());
    Some(match auth.kind.value.0 {
        RegistryKind::Basic => {
            Auth::Basic { username: secret(&auth.username)?, password: secret(&auth.password)? }
        }
        RegistryKind::Aws => Auth::Aws {
            access_key_id: secret(&auth.access_key_id)?,
            secret_access_key: secret(&auth.secret_access_key)?,
            region: text(&auth.region)?,
        },
        RegistryKind::Gcp => Auth::Gcp { service_account: secret(&auth.service_account)? },
        RegistryKind::Oci => Auth::Oci {
            tenancy: text(&auth.tenancy)?,
            user: text(&auth.user)?,
            fingerprint: text(&auth.fingerprint)?,
            private_key: secret(&auth.private_key)?,
            region: text(&auth.region)?,
        },
        RegistryKind::Huawei => Auth::Huawei {
            access_key_id: secret(&auth.access_key_id)?,
            secret_access_key: secret(&auth.secret_access_key)?,
            region: text(&auth.region)?,
        },
    })
}
