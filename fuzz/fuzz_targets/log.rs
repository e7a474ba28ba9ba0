//! Any bytes as what a build writes, on its way to a terminal.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sandbox_toml::printer::plain_lines;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let lines = plain_lines(&text);
    assert!(lines.iter().map(String::len).sum::<usize>() <= text.len(), "nothing is added");
    for line in &lines {
        assert!(line.chars().all(|c| c == '\t' || !c.is_control()), "{line:?}");
        // What is plain stays as it is.
        let again = plain_lines(line);
        assert!(again.concat() == *line, "{line:?} became {again:?}");
    }
    assert_eq!(lines, plain_lines(&text));
});
