//! The upload links.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use uuid::Uuid;

/// The unused upload links.
///
/// The token of a link is its only credential, works once and expires, like in the strictest of the
/// real stores. Links do not survive a restart, after which clients request new ones.
pub(super) struct Links {
    lifetime: Duration,
    open: HashMap<String, Link>,
}

/// The purpose of an upload.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    /// The template that will use the archive.
    pub(super) template_id: String,
    pub(super) files_hash: String,
}

struct Link {
    upload: Upload,
    expires: Instant,
}

impl Links {
    pub(super) fn new(lifetime: Duration) -> Self {
        Self { lifetime, open: HashMap::new() }
    }

    /// Creates a link for an upload and returns its token.
    pub(super) fn open(&mut self, upload: Upload) -> String {
        let now = Instant::now();
        self.open.retain(|_, link| now < link.expires);
        let token = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        self.open.insert(token.clone(), Link { upload, expires: now + self.lifetime });
        token
    }

    /// Consumes a link and returns its upload.
    pub(super) fn take(&mut self, token: &str) -> Option<Upload> {
        let link = self.open.remove(token)?;
        (Instant::now() < link.expires).then_some(link.upload)
    }

    /// Whether a link is still valid.
    pub(super) fn knows(&self, token: &str) -> bool {
        self.open.get(token).is_some_and(|link| Instant::now() < link.expires)
    }
}
