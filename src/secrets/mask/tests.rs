use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::diagnostic::Code;
use crate::secrets::MIN_LEN;
use crate::source::Source;

const KEYS: [&str; 1] = ["password"];

fn literal(text: &str, secret: &str) -> Literal {
    let start = text.find(secret).expect("the secret is in the text");
    let span = Span::manifest(start, start + secret.len());
    Literal { span, text: SecretString::from(secret) }
}

fn shown(text: &str, literals: &[Literal]) -> String {
    let mut sources = SourceMap::new(Source::new(Path::new("x"), text.to_owned()));
    Mask::new(KEYS, literals).apply(&mut sources, &mut Diagnostics::new());
    sources.manifest().shown().to_owned()
}

#[test]
fn a_long_secret_is_hidden_everywhere_and_a_short_one_at_its_place() {
    let text = "a = \"long-secret\" # long-secret\nb = \"abc\" # abc\npassword = 'x'";
    let literals = [literal(text, "long-secret"), literal(text, "abc")];
    let expected = "a = \"***********\" # ***********\nb = \"***\" # abc\npassword = '*'";
    assert_eq!(shown(text, &literals), expected);
}

#[test]
fn diagnostics_and_fixes_do_not_repeat_secrets() {
    let text = "a = \"long-secret\"";
    let span = Span::manifest(0, 1);
    let fix = |text: &str| Fix::safe("write `long-secret`").replace(span, text);
    let said = |fix| {
        Diagnostic::new(Code::InvalidValue, span, "not long-secret")
            .label("long-secret")
            .help("remove `long-secret`")
            .related(span, "long-secret, too")
            .fix(fix)
    };
    let mut diagnostics = Diagnostics::new();
    diagnostics.extend([fix("long-secret"), fix("password = 'x'"), fix("y")].map(said));
    let literals = [literal(text, "long-secret")];
    let mut sources = SourceMap::new(Source::new(Path::new("x"), text.to_owned()));
    Mask::new(KEYS, &literals).apply(&mut sources, &mut diagnostics);
    let fixes = diagnostics.iter().filter_map(|diagnostic| diagnostic.fix.as_ref());
    assert_eq!(fixes.map(|fix| fix.withheld).collect::<Vec<_>>(), [true, true, false]);
    for diagnostic in diagnostics.iter() {
        assert_eq!(diagnostic.message, "not [secret]");
        assert_eq!(diagnostic.label, "[secret]");
        assert_eq!(diagnostic.help.as_deref(), Some("remove `[secret]`"));
        assert_eq!(diagnostic.related[0].message, "[secret], too");
        assert_eq!(diagnostic.fix.as_ref().map(|fix| fix.title.as_str()), Some("write `[secret]`"));
    }
}

proptest! {
    #[test]
    fn masking_keeps_every_offset_and_line(
        before in "[a-zä\n ]{0,20}", secret in "[A-Zä0-9]{1,12}", after in "[a-zä\n ]{0,20}"
    ) {
        let text = format!("{before}{secret}{after}{secret}");
        let shown = shown(&text, &[literal(&text, &secret)]);
        prop_assert_eq!(shown.len(), text.len());
        let breaks = |text: &str| text.match_indices('\n').map(|(at, _)| at).collect::<Vec<_>>();
        prop_assert_eq!(breaks(&shown), breaks(&text));
        prop_assert!(secret.len() < MIN_LEN || !shown.contains(&secret), "{}", shown);
    }

    #[test]
    fn a_text_without_secrets_stays_the_same(text in "[a-z =\"'\n]{0,60}") {
        prop_assume!(!text.contains("password"));
        prop_assert_eq!(shown(&text, &[]), text);
    }
}
