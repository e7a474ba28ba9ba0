//! A local platform in this process, with limits that a test can wait for.

use std::env;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use sandbox_toml::engine::{Choice, Selection};
use sandbox_toml::local::{self, Config};
use tokio::runtime::Runtime;

use crate::expected::Limits;

/// A running server, until it is dropped.
pub struct Server {
    pub url: String,
    _runtime: Runtime,
}

impl Server {
    pub fn start(data: &Path, limits: &Limits) -> Self {
        let mut config = Config::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), data);
        config.engine = selection();
        config.ready_within = limits.ready.map_or(config.ready_within, Duration::from_secs);
        config.held_within = limits.held.map_or(config.held_within, Duration::from_secs);
        let runtime = Runtime::new().expect("a runtime");
        let server = runtime.block_on(local::bind(config)).expect("the server is bound");
        let url = format!("http://{}", server.address());
        runtime.spawn(server.run(std::future::pending()));
        Self { url, _runtime: runtime }
    }
}

/// The engine that the variables of this process select.
fn selection() -> Selection {
    let variable = |name: &str| env::var(name).ok();
    let choice = variable("SBX_ENGINE").expect("SBX_ENGINE is set");
    let arguments = variable("SBX_ENGINE_ARGS").unwrap_or_default();
    Selection {
        choice: choice.parse::<Choice>().expect("SBX_ENGINE names an engine"),
        network: variable("SBX_ENGINE_NETWORK"),
        arguments: arguments.split_whitespace().map(str::to_owned).collect(),
    }
}
