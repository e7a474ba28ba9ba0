//! JSON with comments.

/// The text as JSON of the same length: comments and commas before a closing bracket become white
/// space.
pub(super) fn plain(text: &str) -> String {
    let mut out = text.as_bytes().to_vec();
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut comma = None;
    while let Some(byte) = bytes.get(at) {
        match (byte, bytes.get(at + 1)) {
            (b'"', _) => {
                comma = None;
                at += 1;
                while let Some(byte) = bytes.get(at) {
                    match byte {
                        b'\\' => at += 1,
                        b'"' => break,
                        _ => {}
                    }
                    at += 1;
                }
            }
            (b'/', Some(b'/')) => {
                while bytes.get(at).is_some_and(|byte| *byte != b'\n') {
                    blank(&mut out, at);
                    at += 1;
                }
                continue;
            }
            (b'/', Some(b'*')) => {
                let rest = text.as_bytes().get(at + 2..).unwrap_or_default();
                let end = rest.windows(2).position(|two| two == b"*/");
                let end = end.map_or(bytes.len(), |end| at + 2 + end + 2);
                for at in at..end {
                    blank(&mut out, at);
                }
                at = end;
                continue;
            }
            (b',', _) => comma = Some(at),
            (b'}' | b']', _) => {
                if let Some(comma) = comma.take() {
                    blank(&mut out, comma);
                }
            }
            (byte, _) if byte.is_ascii_whitespace() => {}
            _ => comma = None,
        }
        at += 1;
    }
    // Only whole characters became spaces, so this is the text again.
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

/// Replaces a byte, unless it is a line break.
fn blank(out: &mut [u8], at: usize) {
    if let Some(byte) = out.get_mut(at)
        && *byte != b'\n'
    {
        *byte = b' ';
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn comments_and_last_commas_become_spaces() {
        let text = "{ // a ä\n \"b\": \"//c,}\", /* d */ \"e\": [1, 2,], }";
        let plain = plain(text);
        assert_eq!(plain.len(), text.len());
        let value: serde_json::Value = serde_json::from_str(&plain).expect("it is JSON");
        assert_eq!(value, serde_json::json!({ "b": "//c,}", "e": [1, 2] }));
        for odd in ["", "{", "\"", "/*", "//", "\"\\", "{,}", "/* ä"] {
            assert_eq!(super::plain(odd).len(), odd.len());
        }
    }
}
