//! The shapes of texts as regular expressions, for the rules and for the schema alike.
//!
//! They are written in what Rust's engine and ECMAScript's have in common, because editors'
//! validators read them with either: no look-around, no classes such as `\w`.

/// A part of a registry's host name.
macro_rules! label {
    () => {
        "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
    };
}

/// A part of a repository's path.
macro_rules! component {
    () => {
        r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
    };
}

/// An image's tag.
macro_rules! tag {
    () => {
        "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
    };
}

/// A variable's name.
macro_rules! name {
    () => {
        "[A-Za-z_][A-Za-z0-9_]*"
    };
}

/// What no text may hold that the platform splices into a script: a quotation mark, a backtick, a
/// dollar sign, control characters. The last is a backslash, which must not be the end.
macro_rules! unsafe_chars {
    () => {
        r#""`$\x00-\x1f\x7f-\x9f\\"#
    };
}

/// The grammar of references: `[host[:port]/]path[:tag][@digest]`, as registries define it.
pub const IMAGE_REFERENCE: &str = concat!(
    "^(?:(?:",
    label!(),
    r"(?:\.",
    label!(),
    r")*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?/)?",
    component!(),
    "(?:/",
    component!(),
    ")*(?::",
    tag!(),
    ")?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$",
);

/// An image's tag.
pub const IMAGE_TAG: &str = concat!("^", tag!(), "$");

/// A variable's name, as shells take it.
pub const ENV_NAME: &str = concat!("^", name!(), "$");

/// A variable's value: every `$` begins `$NAME`, `${NAME}` or `$$`, or stands for itself.
pub const ENV_VALUE: &str = concat!(r"^(?:[^$\x00]|\$\$|\$\{", name!(), r"\}|\$[^${\x00])*\$?$");

/// A text that the platform splices into a script.
pub const SPLICED: &str = concat!("^(?:[^", unsafe_chars!(), r"]|\\+[^", unsafe_chars!(), "])*$");

/// A copy's source: one that is spliced, without a brace.
pub const COPY_SOURCE: &str =
    concat!("^(?:[^{", unsafe_chars!(), r"]|\\+[^{", unsafe_chars!(), "])*$");

/// A path that begins with neither `/` nor `..`. One that climbs later on is found by counting.
pub const RELATIVE: &str = r"^(?:\./+)*(?:\.?$|[^./]|\.[^./]|\.\.[^/])";

/// The owner of a copy: `user` or `user:group`.
pub const OWNER: &str = r"^[^:\s]+(?::[^:\s]+)?$";

/// What servers read as a build's ID, in lower case: a UUID, with its dashes or without.
pub const UUID: &str =
    "^(?:[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$";

/// A URL of HTTP. What makes a host is found by reading it.
pub const HTTP_URL: &str = r"^ *[Hh][Tt][Tt][Pp][Ss]?:[/\\]*[^/\\]";

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    #[test]
    fn every_pattern_is_one_and_tells_good_from_bad() {
        for (pattern, good, bad) in [
            (IMAGE_TAG, ["3.12", "a"], ["", "-a"]),
            (ENV_NAME, ["_A1", "a"], ["1A", ""]),
            (ENV_VALUE, ["$A${B}$$ $5 $", ""], ["${A:-b}", "$$${"]),
            (SPLICED, [r"a b\ c", r"\\a"], ["a$b", r"a\"]),
            (COPY_SOURCE, ["src/*.py", r"\[a]"], ["a{b,c}", "a\nb"]),
            (RELATIVE, ["./..a/..", "."], ["/a", "./../a"]),
            (OWNER, ["user", "1:2"], ["a:", "a b"]),
            (UUID, ["0123456789abcdef0123456789abcdef"; 2], ["v1", "0123456789abcdef"]),
            (HTTP_URL, ["http://x", "HTTPS://x/"], ["x:80", "http://"]),
        ] {
            let regex = Regex::new(pattern).expect("it is a pattern");
            for text in good {
                assert!(regex.is_match(text), "{pattern} takes {text:?}");
            }
            for text in bad {
                assert!(!regex.is_match(text), "{pattern} does not take {text:?}");
            }
        }
    }
}
