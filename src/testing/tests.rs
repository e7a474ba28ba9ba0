use super::*;
use crate::sandbox::Ended;
use crate::secrets::Redaction;
use crate::source::{Span, Spanned};
use crate::template::Expectation;

fn test(command: &str, expected: Expected) -> Test {
    Test {
        name: command.to_owned(),
        span: Span::manifest(10, 20),
        command: command.to_owned(),
        expected,
        user: None,
        workdir: None,
        variables: Vec::new(),
        timeout_seconds: 60,
    }
}

fn exit(code: u8, stdout: Option<Expectation>, stderr: Option<Expectation>) -> Test {
    let spanned = |expectation| Spanned::new(expectation, Span::manifest(30, 35));
    let (stdout, stderr) = (stdout.map(spanned), stderr.map(spanned));
    test("claude --version", Expected::Exit { code, stdout, stderr })
}

fn contains(text: &str) -> Expectation {
    Expectation::Contains(text.to_owned())
}

fn matches(text: &str) -> Expectation {
    Expectation::Matches(text.to_owned())
}

fn seen(ended: Ended, stdout: &[u8], stderr: &[u8]) -> Observation {
    let mut recorder = Recorder::default();
    recorder.push(Output::Stdout, stdout);
    recorder.push(Output::Stderr, stderr);
    recorder.ended(ended)
}

/// What is said of a test that failed; nothing if it passed.
fn said(test: &Test, seen: &Observation) -> Option<String> {
    let verdict = seen.judge(test, &Redaction::of(["password-of-the-test"]));
    let result = TestResult { test, elapsed: Duration::ZERO, verdict };
    result.diagnostic().map(|diagnostic| diagnostic.label)
}

#[test]
fn a_command_ends_as_it_is_expected_to() {
    let done = |ended| said(&exit(0, None, None), &seen(ended, b"", b""));
    assert_eq!(done(Ended::Exit(0)), None);
    assert_eq!(done(Ended::Exit(7)).as_deref(), Some("expected exit code 0, got exit code 7"));
    let killed = done(Ended::Signal(Some(9), "killed".to_owned()));
    assert_eq!(killed.as_deref(), Some("expected exit code 0, got signal 9 (killed)"));
    assert_eq!(
        done(Ended::TimedOut).as_deref(),
        Some("expected exit code 0, got a command that still runs after 60 s")
    );
    assert_eq!(said(&exit(3, None, None), &seen(Ended::Exit(3), b"", b"")), None);
    assert_eq!(
        said(&exit(3, None, None), &seen(Ended::Exit(0), b"", b"")).as_deref(),
        Some("expected exit code 3, got exit code 0")
    );
}

#[test]
fn output_contains_a_text_or_matches_a_pattern() {
    let out =
        |expected, stdout| said(&exit(0, Some(expected), None), &seen(Ended::Exit(0), stdout, b""));
    assert_eq!(out(contains("2."), b"claude 2.1\n"), None);
    assert_eq!(out(matches("^claude 2\\.\\d+$"), b"claude 2.1"), None);
    assert_eq!(out(matches("(?m)^2"), b"1\n2\n"), None);
    // The last line break is no part of the last line.
    assert_eq!(out(matches("^2\\.1$"), b"2.1\n"), None);
    assert_eq!(out(matches("^2\\.1$"), b"2.1\r\n"), None);
    assert_eq!(out(contains("2.1\n"), b"2.1\n"), None);
    for (expected, stdout, label) in [
        (contains("2."), &b"1.9\n"[..], "expected `2.` in its standard output, got `1.9`"),
        (contains("2."), b"", "expected `2.` in its standard output, got nothing"),
        (contains("2."), b"\n", "expected `2.` in its standard output, got an empty line"),
        (
            contains("2."),
            b"a\nb\nc",
            "expected `2.` in its standard output, got 3 lines without it",
        ),
        (contains("a\nb"), b"a", "expected `a⏎b` in its standard output, got `a`"),
        (matches("^2"), b"1", "expected `^2` to match its standard output, got `1`"),
        // A pattern that is none holds of nothing.
        (matches("("), b"1", "expected `(` to match its standard output, got `1`"),
        (
            contains("2"),
            b"\x1b[31m1\x1b[0m\xff",
            "expected `2` in its standard output, got `1\u{fffd}`",
        ),
    ] {
        assert_eq!(out(expected, stdout).as_deref(), Some(label));
    }
    let both = exit(0, Some(contains("a")), Some(contains("b")));
    assert_eq!(said(&both, &seen(Ended::Exit(0), b"a", b"b")), None);
    assert_eq!(
        said(&both, &seen(Ended::Exit(0), b"a b", b"c")).as_deref(),
        Some("expected `b` in its standard error, got `c`")
    );
    // The exit code explains the output.
    let failed = said(&both, &seen(Ended::Exit(1), b"", b""));
    assert_eq!(failed.as_deref(), Some("expected exit code 0, got exit code 1"));
}

#[test]
fn a_probe_says_what_it_found_last() {
    let probe = |expected: &str, ended, stderr: &[u8]| {
        said(&test("x", Expected::Probe(expected.to_owned())), &seen(ended, b"", stderr))
    };
    assert_eq!(probe("a file at `/x`", Ended::Exit(0), b""), None);
    assert_eq!(
        probe("a file at `/x`", Ended::Exit(1), b"").as_deref(),
        Some("expected a file at `/x`, got none within 60 s")
    );
    assert_eq!(
        probe("a file at `/x`", Ended::TimedOut, b"").as_deref(),
        Some("expected a file at `/x`, got none within 60 s")
    );
    for (stderr, got) in [
        (&b"HTTP status 503\n"[..], "HTTP status 503"),
        (b"curl: (7) refused\nHTTP status 000\n", "no answer"),
        (b"bash: curl: command not found\nHTTP status \n", "no answer"),
    ] {
        let label = probe("HTTP status 200", Ended::Exit(1), stderr);
        assert_eq!(label, Some(format!("expected HTTP status 200, got {got} within 60 s")));
    }
}

#[test]
fn the_diagnostic_is_at_the_test_and_shows_the_end_of_the_output() {
    let test = exit(0, Some(contains("x")), None);
    let lines: Vec<_> = (1..=20).map(|line| format!("line {line}\n\n")).collect();
    let lines = lines.concat();
    let seen = seen(Ended::Exit(0), lines.as_bytes(), b"its password-of-the-test\x07\n");
    let verdict = seen.judge(&test, &Redaction::of(["password-of-the-test"]));
    let result = TestResult { test: &test, elapsed: Duration::ZERO, verdict };
    let diagnostic = result.diagnostic().expect("it failed");
    assert_eq!(diagnostic.message, "the test `claude --version` failed");
    assert_eq!((diagnostic.code, diagnostic.span), (Code::TestFailed, Some(test.span)));
    assert_eq!(diagnostic.related[0].span, Span::manifest(30, 35));
    let help = diagnostic.help.expect("the output is shown");
    assert!(help.starts_with("the last lines of its output:\nline 12\nline 13\n"), "{help}");
    assert!(help.ends_with("line 20\nits [secret]"), "{help}");
}

#[test]
fn no_part_of_a_secret_is_left_where_the_output_is_cut() {
    let secret = "password-of-the-test";
    for filler in 0..secret.len() {
        let mut recorder = Recorder::default();
        recorder.push(Output::Stdout, secret.as_bytes());
        let rest = "y".repeat((256 << 10) - filler - 1);
        recorder.push(Output::Stdout, rest.as_bytes());
        recorder.push(Output::Stdout, if filler % 2 == 0 { b"\n" } else { b"y" });
        let seen = recorder.ended(Ended::Exit(1));
        let verdict = seen.judge(&exit(0, None, None), &Redaction::of([secret]));
        let Verdict::Failed(mismatch) = verdict else { panic!("it failed") };
        assert!(mismatch.output.iter().all(|line| !line.contains("test")), "{filler}");
    }
}

#[test]
fn a_name_is_one_line() {
    let named = |text: &str| name(&test(text, Expected::Probe(String::new())));
    assert_eq!(named("port 80"), "port 80");
    assert_eq!(named("\n  set -e\n  true\n"), "set -e …");
    assert_eq!(named(&"x".repeat(100)), format!("{}…", "x".repeat(80)));
}
