//! Good manifests into which faults are put that a fix takes out again.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::Index;
use sandbox_toml::diagnostic::Code;
use sandbox_toml::outline::{Array, Entry, Outline};
use serde_json::Value;

use crate::support::{Workspace, copy_tree, files, root};

/// A good manifest and the directory that it is checked in.
type Good = (PathBuf, String);

fn good() -> Vec<Good> {
    let mut all = Vec::new();
    for path in files("examples", "sandbox.toml") {
        let text = std::fs::read_to_string(&path).expect("the example is read");
        all.push((path.parent().expect("a directory").to_owned(), text));
    }
    let fixture = root().join("tests/ui/context");
    for code in Code::ALL {
        let good = code.page().split("\n### Good").nth(1).unwrap_or_default();
        for block in good.split("```toml\n").skip(1) {
            let text = block.split("```").next().unwrap_or_default();
            // The fixture has no Dockerfile.
            if !text.contains("dockerfile") {
                all.push((fixture.clone(), text.to_owned()));
            }
        }
    }
    assert!(all.len() > 40, "the manifests are where they are looked for");
    all
}

/// One change of a text: what stands at a place, and what comes there.
type Change = (std::ops::Range<usize>, String);

/// A kind of fault: `None` where the manifest has nothing that it could spoil.
type Fault = fn(&str, &Outline<'_>, Index) -> Option<Change>;

fn values<'o>(outline: &'o Outline<'_>, key: &str) -> Vec<&'o Entry> {
    let is = |entry: &&Entry| entry.keys.last().is_some_and(|it| it.name == key);
    outline.entries.iter().filter(is).collect()
}

fn one<'o>(found: &[&'o Entry], at: Index) -> Option<&'o Entry> {
    (!found.is_empty()).then(|| found[at.index(found.len())])
}

/// Another text for the value of one of these keys, where `spoil` has one.
fn spoiled(
    text: &str,
    outline: &Outline<'_>,
    keys: &[&str],
    at: Index,
    spoil: impl Fn(&str) -> Option<String>,
) -> Option<Change> {
    let found: Vec<_> = keys.iter().flat_map(|key| values(outline, key)).collect();
    let entry = one(&found, at)?;
    let after = spoil(&text[entry.value.clone()])?;
    Some((entry.value.clone(), after))
}

/// What stands between double quotes.
fn inner(raw: &str) -> Option<&str> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.contains(['"', '\\']) && !raw.starts_with("\"\"")).then_some(inner)
}

fn tags<'o>(outline: &'o Outline<'_>) -> Option<&'o Array> {
    outline.top_level_array("tags").filter(|array| !array.elements.is_empty())
}

/// Faults whose fix gives back the text as it was, byte for byte; one of each group at most.
const GROUPS: &[&[Fault]] = &[
    // The name.
    &[
        |text, outline, at| {
            spoiled(text, outline, &["name"], at, |raw| {
                // A reference to a variable in capitals is none.
                (raw.to_uppercase() != raw && !raw.contains('{')).then(|| raw.to_uppercase())
            })
        },
        |text, outline, at| {
            spoiled(text, outline, &["name"], at, |raw| {
                let word = inner(raw)?;
                word.starts_with(|c: char| c.is_ascii_alphabetic()).then(|| word.to_owned())
            })
        },
        |_, outline, at| {
            let entry = one(&values(outline, "name"), at)?;
            Some((entry.keys[0].range.clone(), "Name".to_owned()))
        },
    ],
    // The tags.
    &[
        |text, outline, at| {
            let array = tags(outline)?;
            let element = &array.elements[at.index(array.elements.len())];
            let twice = &text[array.elements[0].range.clone()];
            Some((element.range.end..element.range.end, format!(", {twice}")))
        },
        |text, outline, at| {
            let array = tags(outline)?;
            let element = &array.elements[at.index(array.elements.len())];
            let tag = &text[element.range.clone()];
            let upper = tag.to_uppercase();
            // A reference to a variable in capitals is none.
            (upper != tag && !tag.contains('{')).then_some((element.range.clone(), upper))
        },
        |text, outline, _| {
            let array = tags(outline)?;
            let element = array.elements.iter().find(|it| it.comma == Some(it.range.end))?;
            let next = &text[element.range.end + 1..];
            next.starts_with(" \"")
                .then(|| (element.range.end..element.range.end + 1, String::new()))
        },
    ],
    // The source.
    &[|text, outline, at| {
        let keys = ["python", "node", "debian", "ubuntu", "alpine", "fedora", "bun"];
        spoiled(text, outline, &keys, at, |raw| {
            let word = inner(raw)?;
            let number = word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            number.then(|| word.to_owned())
        })
    }],
    // Numbers.
    &[|text, outline, at| {
        let keys = ["cpu", "port", "status", "depth"];
        spoiled(text, outline, &keys, at, |raw| {
            raw.bytes().all(|byte| byte.is_ascii_digit()).then(|| format!("\"{raw}\""))
        })
    }],
    // Sizes.
    &[|text, outline, at| {
        spoiled(text, outline, &["memory", "disk"], at, |raw| {
            Some(raw.replace("GiB", " gb").replace("MiB", " mb"))
        })
    }],
    // Booleans.
    &[
        |text, outline, at| {
            let keys = ["no_cache", "recommends", "global", "force"];
            spoiled(text, outline, &keys, at, |raw| Some(raw.replace('t', "T").replace('f', "F")))
        },
        |text, outline, at| {
            let keys = ["no_cache", "recommends", "global", "force"];
            spoiled(text, outline, &keys, at, |raw| Some(format!("\"{raw}\"")))
        },
    ],
    // Modes.
    &[|text, outline, at| {
        spoiled(text, outline, &["mode"], at, |raw| Some(raw.strip_prefix("0o")?.to_owned()))
    }],
    // Keys.
    &[|text, outline, at| {
        let keys = ["run", "copy", "apt", "user", "workdir", "label"];
        let found: Vec<_> = keys.iter().flat_map(|key| values(outline, key)).collect();
        let key = one(&found, at)?.keys.first()?.range.clone();
        // In a table of variables it would be another variable.
        let variables = text[..key.start].contains("env");
        (!variables).then(|| (key.clone(), text[key].to_uppercase()))
    }],
    // Comments that silence nothing.
    &[
        |_, outline, at| {
            let entry =
                one(&outline.entries.iter().filter(|it| it.depth == 0).collect::<Vec<_>>(), at)?;
            let start = outline.lines.start(outline.lines.of(entry.range().start));
            Some((start..start, "  # sbx: allow(plaintext-secret): no more\n".to_owned()))
        },
        |text, outline, at| {
            let found: Vec<_> = outline.entries.iter().filter(|it| it.depth == 0).collect();
            let end = one(&found, at)?.value.end;
            let free = text[end..].starts_with('\n');
            free.then(|| (end..end, " # sbx: allow(plaintext-secret)".to_owned()))
        },
    ],
];

/// A good manifest with comments and blank lines between what it says.
fn decorated(text: &str, marks: &[(Index, u8)]) -> String {
    let mut text = text.to_owned();
    for (number, (at, kind)) in marks.iter().enumerate() {
        let outline = Outline::new(&text);
        let found: Vec<_> = outline.entries.iter().filter(|it| it.depth == 0).collect();
        let Some(entry) = one(&found, *at) else { continue };
        let start = outline.lines.start(outline.lines.of(entry.range().start));
        let end = entry.value.end;
        // Behind an inline array a comment ends the line as well.
        let elements = outline.arrays.iter().find(|array| array.range == entry.value);
        let element = elements.and_then(|array| array.elements.last());
        match (kind % 4, element) {
            (0, _) => text.insert_str(start, &format!("# above {number} = \"x\"\n")),
            (1, _) => text.insert(start, '\n'),
            (2, Some(element)) if element.comma.is_none() => {
                text.insert_str(element.range.end, &format!(" # within {number}\n"));
            }
            _ if text[end..].starts_with('\n') => {
                text.insert_str(end, &format!(" # behind {number} [a]"));
            }
            _ => {}
        }
    }
    text
}

fn comments(text: &str) -> Vec<String> {
    let outline = Outline::new(text);
    let all = outline.comments.iter().map(|range| text[range.clone()].trim_end().to_owned());
    // With the tag in its place, what a comment silences may be gone.
    all.filter(|comment| !comment.starts_with("# sbx:")).collect()
}

fn workspace(directory: &Path) -> Workspace {
    let workspace = Workspace::empty();
    // Next to the schema that examples name, and to whatever they begin with.
    copy_tree(directory, workspace.path());
    workspace
}

fn told(report: &Value) -> Vec<(String, String)> {
    let word = |it: &Value, key: &str| it[key].as_str().expect("a word").to_owned();
    let list = report["diagnostics"].as_array().expect("a list");
    list.iter().map(|it| (word(it, "code"), word(it, "message"))).collect()
}

fn marks() -> impl Strategy<Value = Vec<(Index, u8)>> {
    prop::collection::vec(any::<(Index, u8)>(), 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 96, failure_persistence: None, max_shrink_iters: 60, ..ProptestConfig::default()
    })]

    #[test]
    fn what_a_fault_spoils_a_fix_gives_back(
        which in any::<Index>(),
        marks in marks(),
        faults in prop::collection::vec(any::<Option<(Index, Index)>>(), GROUPS.len()),
        crlf in any::<bool>(),
    ) {
        let all = good();
        let (directory, text) = &all[which.index(all.len())];
        let before = decorated(text, &marks);
        let mut bad = before.clone();
        let mut count = 0;
        for (group, fault) in GROUPS.iter().zip(faults) {
            let Some((kind, at)) = fault else { continue };
            let change = group[kind.index(group.len())](&bad, &Outline::new(&bad), at);
            let Some((range, text)) = change else { continue };
            bad.replace_range(range, &text);
            count += 1;
        }
        let lines = |text: String| if crlf { text.replace('\n', "\r\n") } else { text };
        let (before, bad) = (lines(before), lines(bad));

        let workspace = workspace(directory);
        workspace.write("sandbox.toml", &before);
        let (clean, _) = workspace.check_json(&[]);
        workspace.write("sandbox.toml", &bad);
        let (report, after) = workspace.check_json(&["--fix"]);
        prop_assert_eq!(&after, &before, "from\n{}", bad);
        prop_assert_eq!(told(&report), told(&clean));
        let fixed = report["summary"]["fixed"].as_u64().expect("a number");
        prop_assert!(fixed >= count, "{fixed} of {count} in\n{bad}");
        let (again, same) = workspace.check_json(&["--fix"]);
        prop_assert_eq!(&same, &after);
        prop_assert_eq!(&again["summary"]["fixed"], 0);
    }

    /// What moves cannot come back to where it was: nothing else changes, and nothing is lost.
    #[test]
    fn what_moves_keeps_its_comments(
        which in any::<Index>(),
        marks in marks(),
        moved in any::<(Index, Index)>(),
        tag in any::<bool>(),
        crlf in any::<bool>(),
    ) {
        let all = good();
        let (directory, text) = &all[which.index(all.len())];
        let before = decorated(text, &marks);
        let mut bad = before.clone();
        let outline = Outline::new(&bad);
        // The lines of a key of the top level go below a header that takes no such key.
        let keys = ["tags", "resources", "ready", "novita"];
        let entries: Vec<_> = outline
            .entries
            .iter()
            .filter(|it| it.header.is_none() && it.depth == 0)
            .filter(|it| keys.contains(&it.keys[0].name.as_str()) && it.keys.len() == 1)
            .collect();
        let headers: Vec<_> = outline
            .headers
            .iter()
            .filter(|it| ["from", "start", "steps"].contains(&it.keys[0].name.as_str()))
            .filter(|it| it.keys.len() == 1)
            .collect();
        if let (Some(entry), false) = (one(&entries, moved.0), headers.is_empty()) {
            let header = headers[moved.1.index(headers.len())];
            let lines = &outline.lines;
            let start = lines.start(lines.of(entry.range().start));
            let end = lines.start(lines.of(entry.value.end) + 1);
            let below = lines.start(lines.of(header.range.end) + 1);
            let block = bad[start..end].to_owned();
            bad.insert_str(below, &block);
            bad.replace_range(start..end, "");
        }
        // And the name gets a tag.
        let outline = Outline::new(&bad);
        let name = one(&values(&outline, "name"), moved.0).map(|it| it.value.end);
        if let (Some(end), true) = (name.filter(|end| bad[..*end].ends_with('"')), tag && !bad.contains("declaw")) {
            bad.insert_str(end - 1, ":default");
        }
        let bad = if crlf { bad.replace('\n', "\r\n") } else { bad };

        let workspace = workspace(directory);
        workspace.write("sandbox.toml", &before);
        let (clean, _) = workspace.check_json(&[]);
        workspace.write("sandbox.toml", &bad);
        let (report, after) = workspace.check_json(&["--fix"]);
        prop_assert_eq!(told(&report), told(&clean), "from\n{}\nto\n{}", bad, after);
        let sorted = |mut list: Vec<String>| { list.sort(); list };
        prop_assert_eq!(sorted(comments(&after)), sorted(comments(&bad)));
        let bare: Vec<_> = after.match_indices('\n').filter(|(at, _)| !after[..*at].ends_with('\r')).collect();
        prop_assert!(!crlf || bare.is_empty(), "{after:?}");
        // Every line of the good manifest is still there, but those of the name and the tags.
        let after_lines: Vec<_> = after.lines().collect();
        let spoken = ["name", "tags", "# sbx:"];
        for line in before.lines().filter(|line| !spoken.iter().any(|word| line.contains(word))) {
            prop_assert!(after_lines.contains(&line), "{line} is gone from\n{after}");
        }
        let (_, same) = workspace.check_json(&["--fix"]);
        prop_assert_eq!(&same, &after);
    }
}
