//! Any bytes as the Dockerfile of a manifest.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sandbox_toml::platform::Platform;
use sandbox_toml_fuzz::{Texts, manifest};

const MANIFEST: &str = "name = \"x\"\n\n[from]\ndockerfile = \"Dockerfile\"\n\n\
                        [build_env]\nA = \"given\"\n\n[env]\nC = \"$B\"\n";

fuzz_target!(|data: &[u8]| {
    manifest(&Texts::default().with("Dockerfile", data).host(), MANIFEST, Platform::ALL);
});
