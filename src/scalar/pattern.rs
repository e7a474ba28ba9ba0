//! Regular expressions that the rules and the schema share.
//!
//! They use only the common subset of Rust's and ECMAScript's engines, because the validators of
//! editors use either: no look-around, no classes such as `\w`.

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

/// The name of a repository, with its registry.
macro_rules! repository {
    () => {
        concat!(
            "(?:(?:",
            label!(),
            r"(?:\.",
            label!(),
            r")*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?/)?",
            component!(),
            "(?:/",
            component!(),
            ")*"
        )
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

/// The characters that cannot occur in a text that the platform inserts into a script: a quotation
/// mark, a backtick, a dollar sign, control characters; and a backslash, which cannot be the last.
macro_rules! unsafe_chars {
    () => {
        r#""`$\x00-\x1f\x7f-\x9f\\"#
    };
}

/// The grammar of references: `[host[:port]/]path[:tag][@digest]`, as registries define it.
pub const IMAGE_REFERENCE: &str = concat!(
    "^",
    repository!(),
    "(?::",
    tag!(),
    ")?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$",
);

/// The name of a repository: `[host[:port]/]path`.
pub const IMAGE_REPOSITORY: &str = concat!("^", repository!(), "$");

/// The ID of a secret of an image's build.
pub const SECRET_ID: &str = "^[A-Za-z0-9_][A-Za-z0-9_.-]*$";

/// An image's tag.
pub const IMAGE_TAG: &str = concat!("^", tag!(), "$");

/// A variable name that shells accept.
pub const ENV_NAME: &str = concat!("^", name!(), "$");

/// The value of a variable: every `$` begins `$NAME`, `${NAME}` or `$$`, or is literal.
pub const ENV_VALUE: &str = concat!(r"^(?:[^$\x00]|\$\$|\$\{", name!(), r"\}|\$[^${\x00])*\$?$");

/// A text that the platform inserts into a script.
pub const SPLICED: &str = concat!("^(?:[^", unsafe_chars!(), r"]|\\+[^", unsafe_chars!(), "])*$");

/// A reference to a variable: `$NAME` or `${NAME}`.
macro_rules! reference {
    () => {
        concat!(r"\$(?:", name!(), r"|\{", name!(), r"\})")
    };
}

/// As [`SPLICED`], but with references to variables, which are replaced by their values before.
pub const SPLICED_VALUE: &str = concat!(
    "^(?:[^",
    unsafe_chars!(),
    "]|",
    reference!(),
    r"|\\+(?:[^",
    unsafe_chars!(),
    "]|",
    reference!(),
    "))*$"
);

/// A word that is quoted for the shell: every `$` begins `$NAME`, `${NAME}` or `$$`, or is literal.
pub const WORD: &str = concat!(r"^(?:[^$]|\$\$|\$\{", name!(), r"\}|\$[^${])*\$?$");

/// The source of a copy: as [`SPLICED`], but without `{`.
pub const COPY_SOURCE: &str =
    concat!("^(?:[^{", unsafe_chars!(), r"]|\\+[^{", unsafe_chars!(), "])*$");

/// A path that begins with neither `/` nor `..`. A later `..` is checked in code.
pub const RELATIVE: &str = r"^(?:\./+)*(?:\.?$|[^./]|\.[^./]|\.\.[^/])";

/// The owner of a copy: `user` or `user:group`.
pub const OWNER: &str = r"^[^:\s-][^:\s]*(?::[^:\s-][^:\s]*)?$";

/// A build ID in lower case: a UUID with or without dashes, as servers parse it.
pub const UUID: &str =
    "^(?:[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$";

/// The beginning of an HTTP URL. The rest is checked in code.
pub const HTTP_URL: &str = r"^ *[Hh][Tt][Tt][Pp][Ss]?:[/\\]*[^/\\]";

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    #[test]
    fn every_pattern_compiles_and_accepts_only_good_texts() {
        for (pattern, good, bad) in [
            (IMAGE_TAG, ["3.12", "a"], ["", "-a"]),
            (ENV_NAME, ["_A1", "a"], ["1A", ""]),
            (ENV_VALUE, ["$A${B}$$ $5 $", ""], ["${A:-b}", "$$${"]),
            (SPLICED, [r"a b\ c", r"\\a"], ["a$b", r"a\"]),
            (SPLICED_VALUE, ["/a/$B/${C}", r"a\$B"], ["a$$b", "a$"]),
            (WORD, ["$A=${B}.*$$", "10$"], ["${A:-b}", "${"]),
            (COPY_SOURCE, ["src/*.py", r"\[a]"], ["a{b,c}", "a\nb"]),
            (RELATIVE, ["./..a/..", "."], ["/a", "./../a"]),
            (OWNER, ["a-b", "1:2"], ["a:", "-R"]),
            (UUID, ["0123456789abcdef0123456789abcdef"; 2], ["v1", "0123456789abcdef"]),
            (HTTP_URL, ["http://x", "HTTPS://x/"], ["x:80", "http://"]),
        ] {
            let regex = Regex::new(pattern).expect("a valid pattern");
            for text in good {
                assert!(regex.is_match(text), "{pattern} takes {text:?}");
            }
            for text in bad {
                assert!(!regex.is_match(text), "{pattern} does not take {text:?}");
            }
        }
    }
}
