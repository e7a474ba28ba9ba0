//! A platform with E2B's tags that is asked by one command after the other.

use std::time::Duration;

use crate::support::faulty::Faulty;
use crate::support::faulty::model::{Model, Script, Tags};
use crate::support::{Ran, Workspace};

const KEY: &str = "key_0123456789abcdef";

/// A platform without faults, and a directory to run commands in.
pub struct Fake {
    pub server: Faulty,
    pub workspace: Workspace,
}

impl Fake {
    /// A platform that knows this about tags, with the builds that are added to it first.
    pub fn start(platform: &'static str, tags: Tags, prepare: impl FnOnce(&mut Model)) -> Self {
        let script = Script { key: KEY.to_owned(), tags, ..Script::default() };
        let mut model = Model::new(script);
        prepare(&mut model);
        let server = Faulty::start(model, Box::new(|_, _| None), Duration::ZERO);
        let mut workspace = Workspace::empty();
        let upper = platform.to_uppercase();
        workspace.set("SBX_RETRY_SCALE", "0.001");
        workspace.set("SBX_PLATFORM", platform);
        workspace.set(&format!("{upper}_API_URL"), &format!("http://{}", server.address));
        workspace.set(&format!("{upper}_API_KEY"), KEY);
        Self { server, workspace }
    }

    /// Runs a command, which must not break a law of the platform.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        let ran = self.workspace.run(arguments);
        let model = self.server.model.lock().expect("not poisoned");
        assert!(model.faults.is_empty(), "{:?}\n{}", model.faults, ran.text());
        ran
    }

    /// The build that a tag resolves to.
    pub fn resolved(&self, tag: &str) -> Option<String> {
        let model = self.server.model.lock().expect("not poisoned");
        model.resolved(tag).map(str::to_owned)
    }
}
