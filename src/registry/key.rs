//! The keys of `auth`.

/// A key of `auth` beside `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AuthKey {
    /// The user name.
    Username,
    /// The password or token.
    Password,
    /// The access key's ID.
    AccessKeyId,
    /// The access key.
    SecretAccessKey,
    /// The registry's region.
    Region,
    /// The service account's JSON text.
    ServiceAccount,
    /// The tenancy's OCID.
    Tenancy,
    /// The user's OCID.
    User,
    /// The key's fingerprint.
    Fingerprint,
    /// The key in PEM form.
    PrivateKey,
}

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyType {
    /// A secret: written out, it draws a warning and is hidden from all output.
    Secret,
    /// Who signs in: it may come from a secret's source, but may be seen.
    Identity,
    /// A string.
    Text,
}

impl AuthKey {
    /// Every key, in the order of the documentation.
    pub const ALL: [Self; 10] = [
        Self::Username,
        Self::Password,
        Self::AccessKeyId,
        Self::SecretAccessKey,
        Self::Region,
        Self::ServiceAccount,
        Self::Tenancy,
        Self::User,
        Self::Fingerprint,
        Self::PrivateKey,
    ];

    /// The names of the keys that take secrets.
    pub fn secret_names() -> impl Iterator<Item = &'static str> {
        let secret = Self::ALL.into_iter().filter(|key| key.takes() == KeyType::Secret);
        secret.map(Self::name)
    }

    /// The key as it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Password => "password",
            Self::AccessKeyId => "access_key_id",
            Self::SecretAccessKey => "secret_access_key",
            Self::Region => "region",
            Self::ServiceAccount => "service_account",
            Self::Tenancy => "tenancy",
            Self::User => "user",
            Self::Fingerprint => "fingerprint",
            Self::PrivateKey => "private_key",
        }
    }

    /// What it takes.
    #[must_use]
    pub const fn takes(self) -> KeyType {
        match self {
            Self::Password | Self::SecretAccessKey | Self::ServiceAccount | Self::PrivateKey => {
                KeyType::Secret
            }
            Self::Username | Self::AccessKeyId => KeyType::Identity,
            Self::Region | Self::Tenancy | Self::User | Self::Fingerprint => KeyType::Text,
        }
    }

    /// Its meaning, for the documentation.
    pub(super) const fn meaning(self) -> &'static str {
        match self {
            Self::Username => "the user name",
            Self::Password => "the password or token",
            Self::AccessKeyId => "the access key's ID",
            Self::SecretAccessKey => "the access key",
            Self::Region => "the registry's region",
            Self::ServiceAccount => "the service account's JSON text",
            Self::Tenancy => "the tenancy's OCID",
            Self::User => "the user's OCID",
            Self::Fingerprint => "the key's fingerprint",
            Self::PrivateKey => "the key in PEM form",
        }
    }
}
