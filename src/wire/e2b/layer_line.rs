//! The line of a build's log that announces a layer: `CACHED [builder 2/3] RUN make [KEY]`, without
//! `CACHED` if the layer is built.

use std::fmt;

use super::Step;

/// What a text ends with that the local platform has shortened.
pub const LEFT_OUT: &str = " more characters)";

/// The number of hexadecimal digits of a key.
const KEY_DIGITS: usize = 64;

/// A layer as the log announces it, before it is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerLine {
    /// Whether it is taken from the cache.
    pub is_cached: bool,
    /// The part of the build: `base`, `builder 2/3`, `finalize`.
    pub phase: String,
    /// What the layer has more than the one before: `FROM debian:12`, `RUN make`.
    pub text: String,
    /// Its key in the cache.
    pub key: String,
}

impl LayerLine {
    /// The text of a step: its type in upper case, and its arguments with spaces between them.
    #[must_use]
    pub fn text_of(step: &Step) -> String {
        format!("{} {}", step.kind.as_str(), step.args.join(" "))
    }

    /// The text of a base that is an image.
    #[must_use]
    pub fn text_of_image(reference: &str) -> String {
        format!("FROM {reference}")
    }

    /// The text of a base that is another template.
    #[must_use]
    pub fn text_of_template(reference: &str) -> String {
        format!("FROM TEMPLATE {reference}")
    }

    /// The text of a line without the key at its end, and the key.
    #[must_use]
    pub fn split_key(line: &str) -> Option<(&str, &str)> {
        let parts = line.strip_suffix(']').and_then(|line| line.rsplit_once(" ["));
        parts.filter(|(_, key)| is_key(key))
    }

    /// Whether the local platform has left out a part of the text.
    #[must_use]
    pub fn is_shortened(&self) -> bool {
        self.text.ends_with(LEFT_OUT)
    }

    /// The layers that the messages of a log announce, in order. A server may send a text of several
    /// lines as one message, or as a message for each line.
    #[must_use]
    pub fn read<'a>(messages: impl IntoIterator<Item = &'a str>) -> Vec<Self> {
        let mut layers = Vec::new();
        let mut open: Option<Unfinished> = None;
        for message in messages {
            open = match Unfinished::begin(message) {
                Begin::Layer(begun) => Some(begun),
                Begin::Output => None,
                Begin::Other => open.map(|begun| begun.continued(message)),
            };
            open = match open.map(Unfinished::finish) {
                Some(Ok(layer)) => {
                    layers.push(layer);
                    None
                }
                Some(Err(begun)) => Some(begun),
                None => None,
            };
        }
        layers
    }
}

impl fmt::Display for LayerLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cached = if self.is_cached { "CACHED " } else { "" };
        write!(f, "{cached}[{}] {} [{}]", self.phase, self.text, self.key)
    }
}

/// What a message begins with.
enum Begin {
    Layer(Unfinished),
    /// The output of a phase, such as `[builder 2/3] [stdout]: text`.
    Output,
    Other,
}

/// A layer whose key was not read yet.
struct Unfinished {
    is_cached: bool,
    phase: String,
    text: String,
}

impl Unfinished {
    fn begin(message: &str) -> Begin {
        let (is_cached, line) = match message.strip_prefix("CACHED ") {
            Some(line) => (true, line),
            None => (false, message),
        };
        let parts = line.strip_prefix('[').and_then(|line| line.split_once("] "));
        let Some((phase, text)) = parts.filter(|(phase, _)| is_phase(phase)) else {
            return Begin::Other;
        };
        if text.starts_with('[') {
            return Begin::Output;
        }
        Begin::Layer(Self { is_cached, phase: phase.to_owned(), text: text.to_owned() })
    }

    fn continued(mut self, line: &str) -> Self {
        self.text.push('\n');
        self.text.push_str(line);
        self
    }

    /// The layer, if the text ends with a key.
    fn finish(self) -> Result<LayerLine, Self> {
        let Some((text, key)) = LayerLine::split_key(&self.text) else { return Err(self) };
        let (text, key) = (text.to_owned(), key.to_owned());
        Ok(LayerLine { is_cached: self.is_cached, phase: self.phase, text, key })
    }
}

/// Whether a text in brackets is a phase of a build, and not the name of an output.
fn is_phase(text: &str) -> bool {
    matches!(text, "base" | "finalize" | "optimize") || text.starts_with("builder ")
}

fn is_key(text: &str) -> bool {
    text.len() == KEY_DIGITS && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(is_cached: bool, phase: &str, text: &str, digit: &str) -> LayerLine {
        let (phase, text) = (phase.to_owned(), text.to_owned());
        LayerLine { is_cached, phase, text, key: digit.repeat(KEY_DIGITS) }
    }

    #[test]
    fn layers_are_read_among_other_lines() {
        let layers = [
            line(true, "base", "FROM debian:12", "0"),
            line(true, "base", "DEFAULT USER user", "1"),
            line(false, "builder 1/2", "RUN echo \"[x]\" [y]", "2"),
            line(false, "builder 2/2", "RUN cat <<E\na [b]\n\nE", "3"),
            line(false, "finalize", "Finalizing template build", "4"),
        ];
        let spoof = format!("[builder 1/2] [stdout]: CACHED [base] FROM x [{}]", "9".repeat(64));
        let text = |at: usize| layers[at].to_string();
        let multi_line = text(3);
        let whole: Vec<&str> = vec![&multi_line];
        let split: Vec<&str> = multi_line.split('\n').collect();
        for last in [whole, split] {
            let (from, user, first, end) = (text(0), text(1), text(2), text(4));
            let before =
                ["Build started", &from, &user, &first, &spoof, "[builder 1/2] it goes on"];
            let messages = before.into_iter().chain(last).chain([spoof.as_str(), &end, "Done"]);
            assert_eq!(LayerLine::read(messages), layers);
        }
    }

    #[test]
    fn a_line_without_its_key_announces_nothing() {
        let next = line(true, "builder 2/2", "RUN b", "1");
        let text = next.to_string();
        let spoof = format!("[builder 1/2] [stderr]: x [{}]", "9".repeat(64));
        let messages = ["[builder 1/2] RUN aaa… (9 more characters)", &spoof, &text];
        assert_eq!(LayerLine::read(messages), [next]);
        assert_eq!(LayerLine::read(["[builder 1/2] RUN a", "b", "[base] FROM x [123]"]), []);
    }
}
