//! The settings of `sbx serve`.

use std::net::SocketAddr;

use super::imitated;
use super::local::{LocalChoice, local};
use crate::cli;
use crate::platform::Imitated;

/// `sbx serve`
#[derive(Debug)]
pub struct Serve {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The variable with the key that clients must send.
    pub api_key_env: Option<String>,
    /// Whether only the variables for SDKs are printed.
    pub only_variables: bool,
    /// The data and the engine.
    pub local: LocalChoice,
    /// Whose rules it follows.
    pub imitated: Imitated,
}

pub(super) fn serve(args: cli::Serve) -> Serve {
    let imitated = imitated(&args.imitated).unwrap_or_default();
    let local = local(args.data, args.engine.engine);
    Serve {
        listen: args.listen,
        api_key_env: args.api_key_env,
        only_variables: args.env,
        local,
        imitated,
    }
}
