//! Generated manifests in every layout: keys in any order, comments and blank lines anywhere, and
//! `allow` comments beside elements that draw the warning.

use std::path::Path;

use proptest::prelude::*;

use super::formatted;

/// Any of some texts.
fn any_of(texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    proptest::sample::select(texts).prop_map(str::to_owned)
}

/// White space within a line.
fn space() -> impl Strategy<Value = String> {
    any_of(&["", "", " ", " ", "  ", "\t", "     "])
}

/// A comment, which may silence a warning that the elements of `pip` draw.
fn comment() -> impl Strategy<Value = String> {
    any_of(&[
        "#",
        "# a comment",
        "#tight",
        "## two  ",
        "# sbx: allow(unpinned-package)",
        "# sbx: allow(unpinned-package): why",
        "# sbx: allow(tags-without-default)",
        "#:schema x",
    ])
}

/// The end of a line, perhaps with a comment, and what is between this line and the next.
fn line_end() -> impl Strategy<Value = String> {
    let between = prop_oneof![
        6 => Just(String::new()),
        1 => Just("\n".to_owned()),
        1 => Just("\n \n\n".to_owned()),
        2 => (space(), comment()).prop_map(|(space, comment)| format!("{space}{comment}\n")),
        1 => comment().prop_map(|comment| format!("{comment}\n\n")),
        1 => comment().prop_map(|comment| format!("\n{comment}\n")),
    ];
    let trailing = prop_oneof![4 => Just(String::new()), 1 => comment()];
    (space(), trailing, between)
        .prop_map(|(space, comment, between)| format!("{space}{comment}\n{between}"))
}

/// What is around the elements of an array.
fn gap() -> impl Strategy<Value = String> {
    prop_oneof![4 => space(), 2 => line_end()]
}

fn scalar() -> impl Strategy<Value = String> {
    any_of(&[
        "1",
        "0o755",
        "true",
        "-1.5e3",
        "1979-05-27T07:32:00Z",
        "\"text\"",
        "'literal # no comment'",
        "\"\"\"\nseveral\n# no comment\n\"\"\"",
        "'''one'''",
        "\"ünï日本\"",
        "\"a long text, of which two do not fit on a line with one hundred columns\"",
    ])
}

/// The elements of an array between its brackets, in any layout.
fn elements(element: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (proptest::collection::vec((gap(), element, gap()), 0..5), any::<bool>(), gap()).prop_map(
        |(elements, comma, end)| {
            let count = elements.len();
            let mut text = "[".to_owned();
            for (index, (before, element, after)) in elements.into_iter().enumerate() {
                text.extend([before, element, after]);
                if index + 1 < count || comma {
                    text += ",";
                }
            }
            text + &end + "]"
        },
    )
}

fn value() -> impl Strategy<Value = String> {
    scalar().prop_recursive(3, 12, 4, |inner| {
        let keyed = (space(), inner.clone(), gap());
        let entries = proptest::collection::vec((gap(), keyed), 0..3).prop_map(|entries| {
            let entries = entries.into_iter().enumerate().map(|(index, (before, keyed))| {
                let (space, value, after) = keyed;
                format!("{before}k{index}{space}={space}{value}{after}")
            });
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        });
        prop_oneof![elements(inner), entries]
    })
}

/// The elements of a step that installs packages, some of which draw a warning.
fn packages() -> impl Strategy<Value = String> {
    elements(any_of(&["\"fastapi\"", "\"uvicorn==0.35.0\"", "'rich'"]))
}

/// A key with its value on lines of their own. `index` keeps keys apart.
fn entry(index: usize, keys: &'static [&'static str]) -> impl Strategy<Value = String> {
    let key = any_of(keys).prop_map(move |key| key.replace('#', &index.to_string()));
    (space(), key, space(), space(), value(), line_end()).prop_map(
        |(indent, key, before, after, value, end)| {
            format!("{indent}{key}{before}={after}{value}{end}")
        },
    )
}

/// The entries of a table, each key once.
fn entries(keys: &'static [&'static [&'static str]]) -> impl Strategy<Value = String> {
    let all: Vec<_> = keys
        .iter()
        .enumerate()
        .map(|(index, keys)| proptest::option::of(entry(index, keys)).boxed())
        .collect();
    all.prop_shuffle_texts()
}

/// Texts in any order, those that are there.
trait Shuffle {
    fn prop_shuffle_texts(self) -> BoxedStrategy<String>;
}

impl Shuffle for Vec<BoxedStrategy<Option<String>>> {
    fn prop_shuffle_texts(self) -> BoxedStrategy<String> {
        let texts = self.prop_shuffle();
        texts.prop_map(|texts| texts.into_iter().flatten().collect()).boxed()
    }
}

/// A table with its header.
fn table(header: &'static str, content: BoxedStrategy<String>) -> BoxedStrategy<Option<String>> {
    (proptest::option::weighted(0.7, content), space(), line_end())
        .prop_map(move |(content, indent, end)| {
            content.map(|content| format!("{indent}{header}{end}{content}"))
        })
        .boxed()
}

fn step() -> BoxedStrategy<String> {
    let others = entries(&[&["label"], &["no_cache"], &["user", "global"], &["unknown-#"]]);
    let packages = (space(), packages(), line_end())
        .prop_map(|(space, packages, end)| format!("pip{space}={space}{packages}{end}"));
    (others, packages).prop_map(|(others, packages)| format!("{others}{packages}")).boxed()
}

fn manifest() -> impl Strategy<Value = String> {
    let top = entries(&[
        &["name"],
        &["tags"],
        &["workdir"],
        &["user"],
        &["\"unknown # \".x", "'other'"],
        &["novita.pre_boot", "lints.a"],
        &["edition"],
    ]);
    let tables: Vec<_> = vec![
        table("[from]", entries(&[&["python"], &["inherit"], &["x.y.z"]]).boxed()),
        table("[ from . auth ]", entries(&[&["type"], &["username"], &["password"]]).boxed()),
        table("[resources]", entries(&[&["memory"], &["cpu"]]).boxed()),
        table("[env]", entries(&[&["B"], &["A"], &["\"C#\""]]).boxed()),
        table("[[steps]]", step()),
        table("[[ steps ]]", step()),
        table("[unknown.table]", entries(&[&["b"], &["a"]]).boxed()),
        table("[ready]", entries(&[&["status"], &["url"]]).boxed()),
    ];
    let start = prop_oneof![Just(String::new()), line_end(), comment().prop_map(|it| it + "\n")];
    (start, top, tables.prop_shuffle_texts(), any::<bool>()).prop_map(
        |(start, top, tables, is_complete)| {
            let mut text = start + &top + &tables;
            if !is_complete {
                text.truncate(text.trim_end().len());
            }
            text
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_generated_manifest_keeps_its_meaning(text in manifest()) {
        let nowhere = Path::new("/nowhere/sandbox.toml");
        prop_assert!(formatted(nowhere, &text).is_some(), "it is TOML:\n{text}");
        let crlf = text.replace('\n', "\r\n");
        prop_assert!(formatted(nowhere, &crlf).is_some(), "it is TOML:\n{crlf}");
    }
}
