//! A strict fake of a platform, whose log has the layers of the build as E2B's builder prints them.

use std::collections::BTreeMap;
use std::time::Duration;

use sandbox_toml::wire::e2b::{StartRequest, layer_key};

use crate::support::faulty::model::{Model, Script, Tags};
use crate::support::faulty::{Call, Faulty};
use crate::support::{Ran, Workspace};

const KEY: &str = "key_0123456789abcdef";

/// The key of the base, which only the platform knows.
const BASE: &str = "0000000000000000000000000000000000000000000000000000000000000001";

pub const MANIFEST: &str = r#"name = "web"
tags = ["v1", "default"]
from = "python:3.12"
start = "python -m http.server 8000"
ready = { port = 8000 }

[resources]
memory = "1GiB"

[env]
APP_ENV = "production"
DEBUG = "0"

[[steps]]
apt = ["git"]

[[steps]]
copy = "src"
to = "/app/"

[[steps]]
run = "python /app/main.py"
"#;

/// What Declaw can build, too.
const PORTABLE: &str = r#"name = "over-the-wire"
from = "python:3.12"

[env]
APP_ENV = "production"

[[steps]]
run = "date"
"#;

pub struct Fake {
    pub server: Faulty,
    pub workspace: Workspace,
    pub manifest: &'static str,
    platform: &'static str,
}

impl Fake {
    pub fn start(platform: &'static str) -> Self {
        let declaw = platform == "declaw";
        let script = Script {
            key: KEY.to_owned(),
            tags: Tags::Whole,
            growth: vec![0],
            declaw,
            ..Script::default()
        };
        let server = Faulty::start(Model::new(script), Box::new(|_, _| None), Duration::ZERO);
        let mut workspace = Workspace::empty();
        let prefix = platform.to_uppercase();
        workspace.set(&format!("{prefix}_API_KEY"), KEY);
        workspace.set(&format!("{prefix}_API_URL"), &format!("http://{}", server.address));
        workspace.set("SBX_PLATFORM", platform);
        workspace.set("SBX_RETRY_SCALE", "0.002");
        let manifest = if declaw { PORTABLE } else { MANIFEST };
        workspace.write("sandbox.toml", manifest);
        let fake = Self { server, workspace, manifest, platform };
        fake.write_files();
        fake
    }

    /// Writes the files that the manifest copies.
    pub fn write_files(&self) {
        self.workspace.write("src/main.py", "print()\n");
        self.workspace.write("src/old.py", "");
        let _ = std::fs::remove_file(self.workspace.path().join("src/new.py"));
    }

    /// Applies the manifest, which the platform builds with a log of its layers.
    pub fn apply(&mut self) {
        if self.platform != "declaw" {
            let log = self.log();
            self.server.model.lock().expect("not poisoned").script.log = log;
        }
        self.workspace.run(&["apply"]).ends(0);
        self.checked(|model| model.calls.clear());
    }

    pub fn plan(&self, more: &[&str]) -> Ran {
        let ran = self.workspace.run(&[&["plan"], more].concat());
        self.checked(|_| ());
        ran
    }

    pub fn calls(&self) -> BTreeMap<Call, usize> {
        self.checked(|model| std::mem::take(&mut model.calls))
    }

    /// Every file of the workspace with its content.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut left = vec![self.workspace.path().to_owned()];
        while let Some(directory) = left.pop() {
            for entry in std::fs::read_dir(directory).expect("it is read") {
                let path = entry.expect("it is read").path();
                let name = path.display().to_string();
                if path.is_dir() {
                    left.push(path);
                } else if !name.contains(".cache") {
                    files.insert(name, std::fs::read(path).expect("it is read"));
                }
            }
        }
        files
    }

    fn checked<T>(&self, look: impl FnOnce(&mut Model) -> T) -> T {
        let mut model = self.server.model.lock().expect("not poisoned");
        assert!(model.faults.is_empty(), "{:?}", model.faults);
        look(&mut model)
    }

    /// The lines about layers of a build's log.
    fn log(&self) -> Vec<String> {
        let compiled = self.workspace.run(&["compile"]).ends(0).stdout;
        let request: StartRequest = serde_json::from_str(&compiled).expect("a request");
        let image = request.from_image.expect("an image");
        let mut key = layer_key::of_user(BASE, "user");
        let mut log = vec![
            format!("[base] FROM {image} [{BASE}]"),
            format!("[base] DEFAULT USER user [{key}]"),
        ];
        let count = request.steps.len();
        for (at, step) in request.steps.iter().enumerate() {
            key = layer_key::of_step(&key, step);
            let (kind, args) = (step.kind.as_str(), step.args.join(" "));
            log.push(format!("[builder {}/{count}] {kind} {args} [{key}]", at + 1));
        }
        key = layer_key::hash(&[&key, "finalize"]);
        log.push(format!("[finalize] Finalizing template build [{key}]"));
        log
    }
}
