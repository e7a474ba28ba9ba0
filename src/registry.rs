//! Image registries: where a reference leads, the kinds that take a sign-in, and the keys of `auth`
//! that each needs.
//!
//! A new kind is added here and where a sign-in is lowered; the schema, the reader and the
//! documentation follow the tables of [`RegistryKind`] and [`AuthKey`].

mod auth;
mod host;
mod key;
mod reference;
mod schema;

pub use auth::{Auth, AuthValues};
pub use host::RegistryHost;
pub use key::{AuthKey, KeyType};
pub use reference::{Reference, is_local};

/// The kinds of registries that a private image can come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistryKind {
    /// A user name and a password.
    Basic,
    /// Amazon's registry.
    Aws,
    /// Google's registry.
    Gcp,
    /// Oracle's registry.
    Oci,
    /// Huawei's registry.
    Huawei,
}

impl RegistryKind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [Self; 5] = [Self::Basic, Self::Aws, Self::Gcp, Self::Oci, Self::Huawei];

    /// The word that `auth.type` takes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Aws => "aws",
            Self::Gcp => "gcp",
            Self::Oci => "oci",
            Self::Huawei => "huawei",
        }
    }

    /// The keys that it needs beside `type`; it takes no others.
    #[must_use]
    pub const fn keys(self) -> &'static [AuthKey] {
        match self {
            Self::Basic => &[AuthKey::Username, AuthKey::Password],
            Self::Aws | Self::Huawei => {
                &[AuthKey::AccessKeyId, AuthKey::SecretAccessKey, AuthKey::Region]
            }
            Self::Gcp => &[AuthKey::ServiceAccount],
            Self::Oci => &[
                AuthKey::Tenancy,
                AuthKey::User,
                AuthKey::Fingerprint,
                AuthKey::PrivateKey,
                AuthKey::Region,
            ],
        }
    }
}
