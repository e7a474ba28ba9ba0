//! `sbx serve`

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;

use super::{AsArg, EngineArg};

/// `sbx serve`
#[derive(Debug, Args)]
pub struct Serve {
    /// Listen on this address, or on this port of 127.0.0.1
    #[arg(
        long, default_value = "127.0.0.1:3000", value_name = "ADDRESS", value_parser = address
    )]
    pub listen: SocketAddr,
    /// Require the API key in this environment variable; without it, any key is accepted
    #[arg(long, value_name = "NAME")]
    pub api_key_env: Option<String>,
    /// Print the variables that point SDKs of E2B and Novita at the server, and end
    #[arg(long)]
    pub env: bool,
    /// Store templates in this directory [default: sbx/local in the XDG state directory]
    #[arg(long, env = "SBX_DATA", hide_env_values = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The engine.
    #[command(flatten)]
    pub engine: EngineArg,
    /// Whose rules it follows.
    #[command(flatten)]
    pub imitated: AsArg,
}

/// Reads an address. A port alone, or one of `localhost`, is a port of this machine's loopback
/// interface: what other machines can reach is written in full.
fn address(text: &str) -> Result<SocketAddr, String> {
    let port = text.strip_prefix("localhost:").or_else(|| text.strip_prefix(':')).unwrap_or(text);
    if let Some(port) = port.parse::<u16>().ok().filter(|_| !port.starts_with('+')) {
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }
    text.parse().map_err(|_| "write `ADDRESS:PORT`, or a port such as `3000`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn a_port_alone_is_one_of_the_loopback_interface() {
        let read = |text| address(text).map(|address| address.to_string());
        for text in ["3000", ":3000", "localhost:3000", "127.0.0.1:3000"] {
            assert_eq!(read(text), Ok("127.0.0.1:3000".to_owned()), "{text}");
        }
        assert_eq!(read("0.0.0.0:80"), Ok("0.0.0.0:80".to_owned()));
        assert_eq!(read("[::1]:80"), Ok("[::1]:80".to_owned()));
        for text in ["", ":", "70000", "localhost", "localhost3000", "example.com:80", "+3000"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
