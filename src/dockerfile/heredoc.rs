//! Here-documents: `<<EOF` and the lines up to `EOF`.

/// The announcement of a here-document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Marker {
    /// The delimiter without quotes.
    pub(super) name: String,
    /// Whether leading tabs of its lines are removed, as with `<<-`.
    pub(super) tabs: bool,
    /// Whether variables are expanded in it, which is the case if no part of the name is quoted.
    pub(super) expands: bool,
}

/// A here-document.
#[derive(Debug, Clone)]
pub(super) struct Heredoc {
    pub(super) marker: Marker,
    /// Its lines in the source, each with a line break.
    pub(super) written: String,
    /// The offset of the lines in the file; `None` if they differ from it, since the shell gets
    /// `\n` for `\r\n`.
    pub(super) start: Option<usize>,
}

impl Heredoc {
    /// Its lines without the tabs that `<<-` removes.
    pub(super) fn content(&self) -> String {
        if !self.marker.tabs {
            return self.written.clone();
        }
        self.written.split_inclusive('\n').map(|line| line.trim_start_matches('\t')).collect()
    }
}

impl Marker {
    /// Parses a marker: optional digits, `<<`, an optional `-`, and a name.
    ///
    /// A text of several words is not a marker, as in Docker: `<<EOF python3` is a command that
    /// reads a here-document.
    pub(super) fn parse(word: &str) -> Option<Self> {
        let rest = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
        let (rest, tabs) = match rest.strip_prefix('-') {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let rest = rest.trim_start_matches([' ', '\t', '\r']);
        if rest.contains('<') {
            return None;
        }
        let mut name = String::new();
        let mut quote = None;
        let mut chars = rest.chars();
        let mut expands = true;
        while let Some(c) = chars.next() {
            if quote == Some(c) {
                quote = None;
            } else if c == '\\' && quote.is_none() {
                name.extend(chars.next());
            } else if quote.is_none() && matches!(c, '"' | '\'') {
                quote = Some(c);
                expands = false;
            } else if quote.is_none() && c.is_whitespace() {
                return None;
            } else {
                name.push(c);
            }
        }
        (quote.is_none() && !name.is_empty()).then_some(Self { name, tabs, expands })
    }
}

/// The markers of a line, in order. A line with an unclosed quote has none.
pub(super) fn markers(line: &str) -> Vec<Marker> {
    let mut markers = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut braces = 0_usize;
    let mut rest = line.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        if quote.is_none() && braces == 0 && c.is_whitespace() {
            markers.extend(start.take().and_then(|start: usize| Marker::parse(&line[start..at])));
            continue;
        }
        start.get_or_insert(at);
        match (c, quote) {
            ('\\', None | Some('"')) => drop(rest.next()),
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => quote = Some(c),
            ('$', None) if rest.peek().is_some_and(|(_, next)| *next == '{') => {
                rest.next();
                braces += 1;
            }
            ('}', None) => braces = braces.saturating_sub(1),
            // White space may separate `<<` and the name.
            ('<', None) if rest.peek().is_some_and(|(_, next)| *next == '<') => {
                rest.next();
                while rest.next_if(|(_, c)| matches!(c, ' ' | '\t' | '\r')).is_some() {}
            }
            _ => {}
        }
    }
    if quote.is_some() {
        return Vec::new();
    }
    markers.extend(start.and_then(|start| Marker::parse(&line[start..])));
    markers
}

#[cfg(test)]
mod tests {
    use super::{Marker, markers};

    fn names(line: &str) -> Vec<(String, bool, bool)> {
        markers(line).into_iter().map(|marker| (marker.name, marker.tabs, marker.expands)).collect()
    }

    #[test]
    fn a_marker_is_a_single_word() {
        for one in ["<<EOF", "<<-EOF", "3<<EOF", "<< EOF", "<<'E O'", r"<<E\ O"] {
            assert!(Marker::parse(one).is_some(), "{one}");
        }
        for none in ["<<EOF python3", "<<EOF bash -ex", "<<EOF # note", "<<'E' x", "<<A <<B", "<<"]
        {
            assert_eq!(Marker::parse(none), None, "{none}");
        }
    }

    #[test]
    fn markers_are_separate_words() {
        let plain = |name: &str| (name.to_owned(), false, true);
        assert_eq!(names("RUN <<EOF"), [plain("EOF")]);
        assert_eq!(names("COPY <<a <<b /"), [plain("a"), plain("b")]);
        assert_eq!(names("RUN <<-'E O' x"), [("E O".to_owned(), true, false)]);
        assert_eq!(names("RUN 3<< EOF"), [plain("EOF")]);
        for none in ["RUN cat<<EOF", "RUN x <<<y", "RUN echo '<<EOF'", "RUN \"<<EOF", "RUN a<<"] {
            assert_eq!(names(none), [], "{none}");
        }
    }
}
