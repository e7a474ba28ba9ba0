//! The one call of the local platform that is not E2B's: whether it is the server that it claims
//! to be.

use serde::{Deserialize, Serialize};

/// The answer to `GET /sbx/identity/{challenge}`.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Identity {
    /// The SHA-256 digest of the server's token and the challenge, in hexadecimal.
    pub proof: String,
}
