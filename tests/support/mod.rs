//! What the tests share: the binary in a directory of its own, platforms and registries to talk to.

pub mod declaw;
pub mod declaw_sandboxes;
pub mod faulty;
pub mod process;
mod programs;
pub mod proxy;
pub mod random;
pub mod recording;
pub mod registry;
pub mod sandboxes;
mod say;
pub mod serve;
pub mod server;
mod standard_input;
pub mod terminal;
mod workspace;

pub use programs::{DOCKER, DOCKER_WITH_IMAGES, DOCKER_WITHOUT_DAEMON, write_program};
pub use say::say;
pub use workspace::{Ran, Workspace, assert_generated, copy_tree, files, root, snapshot};

/// Every subcommand that can be run, such as `tag add`.
pub fn subcommands() -> std::collections::BTreeSet<String> {
    fn leaves(command: &clap::Command, path: &str, found: &mut std::collections::BTreeSet<String>) {
        for inner in command.get_subcommands() {
            let path = format!("{path} {}", inner.get_name());
            if inner.has_subcommands() {
                leaves(inner, &path, found);
            } else {
                found.insert(path.trim().to_owned());
            }
        }
    }
    let mut found = std::collections::BTreeSet::new();
    leaves(&<sandbox_toml::cli::Cli as clap::CommandFactory>::command(), "", &mut found);
    found
}

/// Standard output whose reader has gone before anything is written.
pub fn closed_pipe() -> std::process::Stdio {
    let (_, writer) = std::io::pipe().expect("a pipe is made");
    writer.into()
}

/// Answers on a free port of loopback until the runtime is dropped.
pub fn serve(router: axum::Router) -> (std::net::SocketAddr, tokio::runtime::Runtime) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let listener =
        runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port on loopback");
    let address = listener.local_addr().expect("an address");
    runtime.spawn(async move { axum::serve(listener, router).await });
    (address, runtime)
}
