//! What a test says of its run.

/// Says something in a test's own output.
pub fn say(text: &str) {
    use std::io::Write as _;
    // The reader may stop reading.
    let _ = std::io::stdout().write_all(text.as_bytes());
}
