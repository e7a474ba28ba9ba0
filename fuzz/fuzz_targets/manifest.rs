//! Any bytes as a manifest, to its requests for each platform.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sandbox_toml::diagnostic::Code;
use sandbox_toml::parse;
use sandbox_toml::platform::Platform;
use sandbox_toml_fuzz::{Texts, manifest};

fuzz_target!(|data: &[u8]| {
    match parse::decode(data.to_vec()) {
        Ok(text) => {
            is_toml_or_refused(&text);
            let dockerfile = b"FROM debian:12\nARG A=1\nENV B=$A\nCOPY app.py /\nCMD run\n";
            manifest(&Texts::default().with("Dockerfile", dockerfile).host(), &text, Platform::ALL);
        }
        Err(fault) => assert!(!fault.message.is_empty()),
    }
});

/// What the parser in its strict mode takes for an error is one here, and nothing else is.
fn is_toml_or_refused(text: &str) {
    let (_, diagnostics) = parse::parse(text);
    let refused = diagnostics.iter().any(|it| it.code == Code::TomlSyntax);
    if toml::de::DeTable::parse(text).is_err() {
        assert!(refused, "passes: {text:?}");
    } else if refused {
        // A number without digits is found when it is read.
        assert!(text.parse::<toml::Table>().is_err(), "refused: {text:?}");
    }
}
