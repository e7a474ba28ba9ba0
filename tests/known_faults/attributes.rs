//! The attributes of a function, which say whether it runs as a test.

/// Whether the function is one that `cargo test` runs, or the gate, which `#[ignore]` then names.
pub fn is_run(text: &str, name: &str) -> bool {
    let Some((before, _)) = text.split_once(&format!("fn {name}(")) else {
        return false;
    };
    let attributes = before.rsplit("\n\n").next().unwrap_or(before);
    let is_left_out = attributes.contains("#[ignore") && !attributes.contains(".ci/run runs it");
    let is_test = ["#[test]", "#[tokio::test"].iter().any(|mark| attributes.contains(mark));
    is_test && !is_left_out
}
