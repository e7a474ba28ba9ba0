//! The settings of `sbx serve`.

use std::net::SocketAddr;

use super::local::{LocalChoice, local};
use crate::cli;

/// `sbx serve`
#[derive(Debug)]
pub struct Serve {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The variable with the key that clients must send.
    pub api_key_env: Option<String>,
    /// The data and the engine.
    pub local: LocalChoice,
}

pub(super) fn serve(args: cli::Serve) -> Serve {
    let local = local(args.data, args.engine.engine);
    Serve { listen: args.listen, api_key_env: args.api_key_env, local }
}
