//! A sign-in with all that its kind of registry needs.

use std::collections::BTreeMap;

use super::{AuthKey, RegistryKind};
use crate::secrets::Secret;
use crate::source::Spanned;

/// How to sign in to a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Auth {
    /// A user name and a password.
    Basic {
        /// The user name.
        username: Spanned<Secret>,
        /// The password or token.
        password: Spanned<Secret>,
    },
    /// Amazon's registry.
    Aws {
        /// The access key's ID.
        access_key_id: Spanned<Secret>,
        /// The access key.
        secret_access_key: Spanned<Secret>,
        /// The registry's region.
        region: String,
    },
    /// Google's registry.
    Gcp {
        /// The service account's JSON text.
        service_account: Spanned<Secret>,
    },
    /// Oracle's registry.
    Oci {
        /// The tenancy's OCID.
        tenancy: String,
        /// The user's OCID.
        user: String,
        /// The key's fingerprint.
        fingerprint: String,
        /// The key in PEM form.
        private_key: Spanned<Secret>,
        /// The registry's region.
        region: String,
    },
    /// Huawei's registry.
    Huawei {
        /// The access key's ID.
        access_key_id: Spanned<Secret>,
        /// The access key.
        secret_access_key: Spanned<Secret>,
        /// The registry's region.
        region: String,
    },
}

impl Auth {
    /// The sign-in to a registry of that kind; `None` if one of its keys has no value.
    #[must_use]
    pub fn new(kind: RegistryKind, mut values: AuthValues) -> Option<Self> {
        Some(match kind {
            RegistryKind::Basic => Self::Basic {
                username: values.secret(AuthKey::Username)?,
                password: values.secret(AuthKey::Password)?,
            },
            RegistryKind::Aws => Self::Aws {
                access_key_id: values.secret(AuthKey::AccessKeyId)?,
                secret_access_key: values.secret(AuthKey::SecretAccessKey)?,
                region: values.text(AuthKey::Region)?,
            },
            RegistryKind::Gcp => {
                Self::Gcp { service_account: values.secret(AuthKey::ServiceAccount)? }
            }
            RegistryKind::Oci => Self::Oci {
                tenancy: values.text(AuthKey::Tenancy)?,
                user: values.text(AuthKey::User)?,
                fingerprint: values.text(AuthKey::Fingerprint)?,
                private_key: values.secret(AuthKey::PrivateKey)?,
                region: values.text(AuthKey::Region)?,
            },
            RegistryKind::Huawei => Self::Huawei {
                access_key_id: values.secret(AuthKey::AccessKeyId)?,
                secret_access_key: values.secret(AuthKey::SecretAccessKey)?,
                region: values.text(AuthKey::Region)?,
            },
        })
    }

    /// The kind of registry.
    #[must_use]
    pub const fn kind(&self) -> RegistryKind {
        match self {
            Self::Basic { .. } => RegistryKind::Basic,
            Self::Aws { .. } => RegistryKind::Aws,
            Self::Gcp { .. } => RegistryKind::Gcp,
            Self::Oci { .. } => RegistryKind::Oci,
            Self::Huawei { .. } => RegistryKind::Huawei,
        }
    }

    /// Every value that may be a secret, user names and IDs included.
    #[must_use]
    pub fn secrets(&self) -> Vec<&Spanned<Secret>> {
        match self {
            Self::Basic { username, password } => vec![username, password],
            Self::Aws { access_key_id, secret_access_key, .. }
            | Self::Huawei { access_key_id, secret_access_key, .. } => {
                vec![access_key_id, secret_access_key]
            }
            Self::Gcp { service_account } => vec![service_account],
            Self::Oci { private_key, .. } => vec![private_key],
        }
    }

    /// The value that must stay secret.
    #[must_use]
    pub const fn secret(&self) -> &Spanned<Secret> {
        match self {
            Self::Basic { password, .. } => password,
            Self::Aws { secret_access_key, .. } | Self::Huawei { secret_access_key, .. } => {
                secret_access_key
            }
            Self::Gcp { service_account } => service_account,
            Self::Oci { private_key, .. } => private_key,
        }
    }
}

/// The values of the keys of `auth`, complete or not.
#[derive(Debug, Default)]
pub struct AuthValues {
    secrets: BTreeMap<AuthKey, Spanned<Secret>>,
    texts: BTreeMap<AuthKey, String>,
}

impl AuthValues {
    /// Sets the value of a key that takes a secret or an identity, if there is one.
    pub fn set_secret(&mut self, key: AuthKey, value: Option<Spanned<Secret>>) {
        self.secrets.extend(value.map(|value| (key, value)));
    }

    /// Sets the value of a key that takes a string, if there is one.
    pub fn set_text(&mut self, key: AuthKey, value: Option<String>) {
        self.texts.extend(value.map(|value| (key, value)));
    }

    fn secret(&mut self, key: AuthKey) -> Option<Spanned<Secret>> {
        self.secrets.remove(&key)
    }

    fn text(&mut self, key: AuthKey) -> Option<String> {
        self.texts.remove(&key)
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::super::KeyType;
    use super::*;
    use crate::source::Span;

    fn values(keys: &[AuthKey]) -> AuthValues {
        let mut values = AuthValues::default();
        for key in keys {
            let secret = Secret::Plain(SecretString::from(key.name()));
            match key.takes() {
                KeyType::Text => values.set_text(*key, Some(key.name().to_owned())),
                KeyType::Identity | KeyType::Secret => {
                    values.set_secret(*key, Some(Spanned::new(secret, Span::manifest(0, 0))));
                }
            }
        }
        values
    }

    #[test]
    fn each_kind_is_made_of_just_its_keys() {
        for kind in RegistryKind::ALL {
            let keys = kind.keys();
            let auth = Auth::new(kind, values(keys)).expect("all keys have values");
            assert_eq!(auth.kind(), kind);
            for missing in keys {
                let rest: Vec<_> = keys.iter().filter(|key| *key != missing).copied().collect();
                assert_eq!(Auth::new(kind, values(&rest)), None, "{kind:?} without {missing:?}");
            }
            let secret = keys.iter().filter(|key| key.takes() == KeyType::Secret);
            let names: Vec<_> = secret.map(|key| key.name()).collect();
            let Secret::Plain(value) = &auth.secret().value else { panic!("it is plain") };
            assert_eq!(names, [secrecy::ExposeSecret::expose_secret(value)], "{kind:?}");
        }
    }
}
