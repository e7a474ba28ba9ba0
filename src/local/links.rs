//! The upload links.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use uuid::Uuid;

/// The upload links that were given out and not used yet.
///
/// A link's token is its only credential, works once and expires, as the strictest of the real
/// stores does it. Links are not kept over a restart: a client asks for a new one anyway.
pub(super) struct Links {
    lifetime: Duration,
    open: HashMap<String, Link>,
}

/// What an upload is for.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    /// The template whose builds will copy from the archive.
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

    /// Opens a link for an upload and returns its token.
    pub(super) fn open(&mut self, upload: Upload) -> String {
        let now = Instant::now();
        self.open.retain(|_, link| now < link.expires);
        let token = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        self.open.insert(token.clone(), Link { upload, expires: now + self.lifetime });
        token
    }

    /// Uses a link up and returns the upload that it stands for.
    pub(super) fn take(&mut self, token: &str) -> Option<Upload> {
        let link = self.open.remove(token)?;
        (Instant::now() < link.expires).then_some(link.upload)
    }

    /// Whether a link could still be used.
    pub(super) fn knows(&self, token: &str) -> bool {
        self.open.get(token).is_some_and(|link| Instant::now() < link.expires)
    }
}
