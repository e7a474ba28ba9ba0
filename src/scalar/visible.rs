//! Makes foreign text visible: no character of it moves the cursor, changes the direction or hides.
//!
//! Servers, manifests and files may hold control sequences, which a terminal obeys, and characters
//! that show a text as another one than it is: `CVE-2021-42574`, "Trojan Source". Here, each of
//! them becomes a character that is seen.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Stands for a character that has no picture of its own.
const UNSEEN: char = '\u{fffd}';

/// The most characters of a line that are printed.
const MAX_LINE: usize = 16 * 1024;

/// A text with its line breaks and tabs, in which every other control and format character is
/// visible. A line break of two characters becomes one of one.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !has_unseen(text) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    let mut before = None;
    while let Some(c) = characters.next() {
        if c != '\r' || characters.peek() != Some(&'\n') {
            shown.push(if is_unseen(before, c) { picture(c) } else { c });
        }
        before = Some(c);
    }
    Cow::Owned(shown)
}

/// As [`visible`], but with the sequences that set colors. Nothing foreign may be left in the text
/// that holds one: a color can hide words.
#[must_use]
pub fn styled(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        let after = &rest[at + 2..];
        let length = after.bytes().take_while(|byte| matches!(byte, b'0'..=b'9' | b';')).count();
        let is_color = after.as_bytes().get(length) == Some(&b'm');
        let end = at + 2 + if is_color { length + 1 } else { 0 };
        shown.push_str(&visible(&rest[..at]));
        shown.push_str(&if is_color {
            Cow::Borrowed(&rest[at..end])
        } else {
            visible(&rest[at..end])
        });
        rest = &rest[end..];
    }
    shown.push_str(&visible(rest));
    shown
}

/// As [`visible`], on one line, and cut where it is longer than a line may be.
#[must_use]
pub fn visible_line(text: &str) -> String {
    // A character has at least one byte.
    let is_long = text.len() > MAX_LINE;
    let cut = is_long.then(|| text.char_indices().nth(MAX_LINE).map(|(at, _)| at)).flatten();
    let (text, rest) = text.split_at(cut.unwrap_or(text.len()));
    let mut line = visible(text).replace('\n', "\u{240a}");
    if !rest.is_empty() {
        let _ = write!(line, "… ({} more bytes)", rest.len());
    }
    line
}

/// As [`visible`], where every offset is that of the text: a character is replaced by as many
/// bytes. Line breaks and the byte-order mark stay as they are.
#[must_use]
pub fn visible_in_place(text: &str) -> String {
    if !has_unseen(text) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    let mut before = None;
    while let Some(c) = characters.next() {
        let line_break = c == '\r' && characters.peek() == Some(&'\n');
        let byte_order_mark = before.is_none() && c == '\u{feff}';
        if line_break || byte_order_mark || !is_unseen(before, c) {
            shown.push(c);
        } else {
            shown.push_str(match c.len_utf8() {
                1 => "?",
                2 => "??",
                3 => "\u{fffd}",
                _ => "\u{fffd}?",
            });
        }
        before = Some(c);
    }
    shown
}

/// JSON in which the characters that [`visible`] replaces are escaped, so that a terminal shows
/// them. JSON has such characters within its strings alone.
#[must_use]
pub fn escaped_json(json: &str) -> Cow<'_, str> {
    if !has_unseen(json) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len());
    let mut before = None;
    for c in json.chars() {
        if is_unseen(before, c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(c);
        }
        before = Some(c);
    }
    Cow::Owned(escaped)
}

/// Whether a text may hold something to replace.
fn has_unseen(text: &str) -> bool {
    let plain = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t');
    !text.as_bytes().iter().all(plain) && text.chars().any(|c| is_unseen(None, c))
}

/// Whether a terminal does not show a character, but obeys it, lets it change others, or drops it.
fn is_unseen(before: Option<char>, c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        // Scripts and emoji join their characters with these.
        '\u{200c}' | '\u{200d}' => before.is_none_or(|before| before.is_ascii()),
        // Marks and controls of the direction.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}'
        // Separators of lines, and characters without a width.
        | '\u{2028}' | '\u{2029}' | '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{200b}'
        | '\u{2060}'..='\u{2065}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        // Letters that look like nothing.
        | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'
        // Tags and variants that carry a hidden text.
        | '\u{e0000}'..='\u{e0fff}' => true,
        c => c.is_control(),
    }
}

/// What is shown instead of a character.
fn picture(c: char) -> char {
    match c {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or(UNSEEN),
        '\u{7f}' => '\u{2421}',
        _ => UNSEEN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_sequences_are_seen_and_not_obeyed() {
        let text = "\u{1b}]52;c;cm0=\u{7}\u{9b}2J\u{8}\u{7f}\ra\tb\r\nc";
        assert_eq!(visible(text), "␛]52;c;cm0=␇\u{fffd}2J␈␡␍a\tb\nc");
        assert_eq!(visible_line("a\nb\r\nc"), "a␊b␊c");
    }

    #[test]
    fn only_colors_are_obeyed_in_a_styled_text() {
        let text = "\u{1b}[31;1merror\u{1b}[0m: \u{1b}[2J\u{1b}]0;x\u{7}\u{1b}[";
        assert_eq!(styled(text), "\u{1b}[31;1merror\u{1b}[0m: ␛[2J␛]0;x␇␛[");
    }

    #[test]
    fn directions_and_hidden_characters_are_seen() {
        for c in
            ['\u{202e}', '\u{2066}', '\u{200f}', '\u{61c}', '\u{200b}', '\u{2028}', '\u{e0041}']
        {
            assert_eq!(visible(&format!("a{c}b")), "a\u{fffd}b", "{c:?}");
        }
        assert_eq!(visible("a\u{200d}b"), "a\u{fffd}b");
    }

    #[test]
    fn words_of_any_script_stay_as_they_are() {
        for text in ["naïve ½ — „x“", "👩\u{200d}💻 ❤\u{fe0f}", "می\u{200c}خواهم", "שלום", "日本語"]
        {
            assert_eq!(visible(text), text);
            assert_eq!(visible_in_place(text), text);
        }
    }

    #[test]
    fn a_long_line_is_cut() {
        let line = visible_line(&"é".repeat(10 * 1024 * 1024));
        assert!(line.chars().count() < MAX_LINE + 40, "{}", line.len());
        assert!(line.ends_with("… (20938752 more bytes)"), "{}", &line[line.len() - 40..]);
    }

    #[test]
    fn offsets_stay_where_a_source_is_shown() {
        let text = "a\u{1b}b\u{9b}c\u{202e}d\u{e0041}e\r\nf\rg";
        let shown = visible_in_place(text);
        assert_eq!(shown, "a?b??c\u{fffd}d\u{fffd}?e\r\nf?g");
        assert_eq!(shown.len(), text.len());
    }

    #[test]
    fn json_has_the_same_values() {
        let value = serde_json::json!({ "a": "\u{9b}2J\u{202e}\u{e0041}\u{7f}é\u{1b}" });
        let text = value.to_string();
        let escaped = escaped_json(&text);
        assert_eq!(escaped, r#"{"a":"\u009b2J\u202e\udb40\udc41\u007fé\u001b"}"#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).expect("JSON"), value);
    }
}
