//! `sbx serve`

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

/// `sbx serve`
#[derive(Debug, Args)]
pub struct Serve {
    /// Listen on this address
    #[arg(long, default_value = "127.0.0.1:3000", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// Require the API key in this environment variable; without it, any key is accepted
    #[arg(long, value_name = "NAME")]
    pub api_key_env: Option<String>,
    /// Store templates in this directory [default: sbx/local in the XDG state directory]
    #[arg(long, env = "SBX_DATA", hide_env_values = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
}
