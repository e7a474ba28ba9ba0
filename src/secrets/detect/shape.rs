//! Whether a text looks randomly generated, or like a placeholder.

/// Words that occur in placeholders and throwaway passwords, in lower case.
const WORDS: &[&str] = &[
    "***",
    "...",
    "0123456",
    "1234567",
    "123456",
    "abc123",
    "abcdefg",
    "admin",
    "api-key",
    "api_key",
    "apikey",
    "build",
    "cafebabe",
    "change",
    "deadbeef",
    "default",
    "demo",
    "dummy",
    "example",
    "fake",
    "fixme",
    "foobar",
    "generate",
    "guest",
    "hidden",
    "ignore",
    "insecure",
    "insert",
    "letmein",
    "local",
    "mock",
    "mysql",
    "none",
    "not-real",
    "notreal",
    "null",
    "passwd",
    "password",
    "placeholder",
    "postgres",
    "qwerty",
    "random",
    "redacted",
    "redis",
    "replace",
    "required",
    "root",
    "sample",
    "secret",
    "some",
    "temp",
    "test",
    "todo",
    "token",
    "unset",
    "unused",
    "user",
    "welcome",
    "xxx",
    "your",
];

/// Whether a text is a placeholder or protects nothing.
pub(super) fn is_placeholder(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    // Undo the substitutions of `P@ssw0rd`.
    let plain: String = lower.chars().map(plain).collect();
    WORDS.iter().any(|word| lower.contains(word) || plain.contains(word))
        || KNOWN_TO_ALL.iter().any(|known| text.contains(known))
        || is_row(&lower)
}

/// Public keys of well-known programs: Azurite's.
const KNOWN_TO_ALL: &[&str] = &["Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq"];

const fn plain(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        c => c,
    }
}

/// Whether six consecutive characters are in alphabetical order, or equal.
fn is_row(text: &str) -> bool {
    const LENGTH: usize = 6;
    text.as_bytes().windows(LENGTH).any(|window| {
        let steps = |step: u8| window.windows(2).all(|two| two[0].wrapping_add(step) == two[1]);
        steps(0) || steps(1)
    })
}

/// Whether a password protects nothing: a word, a default, or too short to be one.
pub(super) fn is_weak(password: &str) -> bool {
    let lower = password.to_ascii_lowercase();
    password.len() < 6
        || is_placeholder(password)
        || lower.contains("pass")
        || !password.chars().any(|c| c.is_ascii_digit())
}

/// Whether a text contains many different characters.
pub(super) fn is_varied(text: &str) -> bool {
    entropy(text) >= 2.8
}

/// Whether a text looks randomly generated.
pub(super) fn is_random(text: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| text.as_bytes().iter().any(kind);
    text.len() >= 16
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
        && entropy(text) >= 3.0
        && !is_made_of_words(text)
}

/// Whether most of a text consists of runs of letters of the same case, as words do. Hexadecimal
/// texts are never words.
pub(super) fn is_made_of_words(text: &str) -> bool {
    const SHORTEST: usize = 4;
    if text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') {
        return false;
    }
    let kind = |byte: &u8| match byte {
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        _ => 0,
    };
    let runs = text.as_bytes().chunk_by(|a, b| kind(a) == kind(b));
    let words = runs.filter(|run| kind(&run[0]) != 0 && run.len() >= SHORTEST).map(<[u8]>::len);
    words.sum::<usize>() * 2 > text.len()
}

/// The entropy in bits per character.
fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let total = f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX));
    let parts = counts.iter().filter(|count| **count > 0).map(|count| {
        let share = f64::from(*count) / total;
        -share * share.log2()
    });
    parts.sum()
}
