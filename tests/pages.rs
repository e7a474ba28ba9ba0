//! The page of each code: its head repeats the table, and its examples run.

use std::fs;

use sandbox_toml::diagnostic::{Code, Severity, Topic};

use crate::support::{Ran, Workspace, assert_generated, root};

/// The sections that every page has, in their order.
const SECTIONS: &[&str] = &["What it does", "Why it matters", "Example", "Fix", "Platforms"];

/// The widest line of a page's prose, so that `sbx explain` fits into a terminal.
const MAX_WIDTH: usize = 80;

/// The head of a page, which repeats the table of codes.
fn head(code: Code) -> String {
    format!("# {code}\n\n**{}** — {}\n", code.severity().as_str(), code.summary())
}

/// `docs/codes/README.md`: every code below its topic.
fn index() -> String {
    let mut page = String::from(
        "# Diagnostic codes\n\n\
         <!-- Generated from the table of codes by `SBX_UPDATE=1 cargo test`. -->\n\n\
         Every problem that `sbx` reports has a code. An error stops the build. A warning does \
         not; silence one\nwith `# sbx: allow(CODE)` behind a key or on the line above it, set \
         its level in `[lints]`, or pass\n`--allow`, `--warn` or `--deny`. `sbx explain CODE` \
         prints the page of a code.\n",
    );
    for topic in Topic::ALL {
        page.push_str(&format!("\n## {}\n\n", topic.heading()));
        page.push_str("| code | severity | summary |\n|---|---|---|\n");
        for code in Code::ALL.iter().filter(|code| code.topic() == *topic) {
            let (severity, summary) = (code.severity().as_str(), code.summary());
            page.push_str(&format!("| [`{code}`]({code}.md) | {severity} | {summary} |\n"));
        }
    }
    page
}

/// The fenced blocks below a heading of the third level: the language and the text.
fn blocks<'a>(page: &'a str, heading: &str) -> Vec<(&'a str, &'a str)> {
    let section = page.split("\n### ").find_map(|section| section.strip_prefix(heading));
    let section = section.and_then(|section| section.split("\n## ").next());
    let mut blocks = Vec::new();
    let mut rest = section.unwrap_or_default();
    while let Some((_, opened)) = rest.split_once("```") {
        let Some((block, after)) = opened.split_once("\n```") else { break };
        blocks.push(block.split_once('\n').unwrap_or((block, "")));
        rest = after;
    }
    blocks
}

/// The manifests below a heading, each with the Dockerfile that follows it, if one does.
fn examples<'a>(page: &'a str, heading: &str) -> Vec<(&'a str, Option<&'a str>)> {
    let blocks = blocks(page, heading);
    let following = blocks.iter().skip(1).map(Some).chain([None]);
    blocks
        .iter()
        .zip(following)
        .filter(|((language, _), _)| *language == "toml")
        .map(|((_, manifest), next)| {
            (*manifest, next.filter(|(language, _)| *language == "dockerfile").map(|block| block.1))
        })
        .collect()
}

/// The manifests below a heading that are one example together: each names its file.
fn together<'a>(page: &'a str, heading: &str) -> Vec<(&'a str, &'a str)> {
    let blocks = blocks(page, heading).into_iter();
    blocks.filter_map(|(language, text)| Some((language.strip_prefix("toml ")?, text))).collect()
}

fn check_together(manifests: &[(&str, &str)]) -> Ran {
    let workspace = Workspace::fixture();
    let mut arguments = vec!["check", "--format", "short"];
    for (file, text) in manifests {
        workspace.write(file, text);
        arguments.push(file);
    }
    workspace.run(&arguments)
}

fn check((manifest, dockerfile): (&str, Option<&str>)) -> Ran {
    let workspace = Workspace::fixture();
    workspace.write("sandbox.toml", manifest);
    if let Some(dockerfile) = dockerfile {
        workspace.write("Dockerfile", dockerfile);
    }
    workspace.run(&["check", "--format", "short"])
}

/// The lines of a page that are not in a fenced block.
fn prose(page: &str) -> impl Iterator<Item = &str> {
    page.split("\n```").step_by(2).flat_map(str::lines)
}

#[test]
fn each_head_repeats_the_table_of_codes() {
    for code in Code::ALL {
        let path = root().join(format!("docs/codes/{code}.md"));
        let page = fs::read_to_string(&path).expect("the page is read");
        let (_, body) = page.split_once("\n## ").expect("the page has a section");
        assert_generated(&path, &format!("{}\n## {body}", head(*code)));
    }
    assert_generated(&root().join("docs/codes/README.md"), &index());
}

#[test]
fn each_page_has_every_section_and_fits_into_a_terminal() {
    for code in Code::ALL {
        let page = code.page();
        let sections = page.split("\n## ").skip(1);
        let sections = sections.map(|section| section.lines().next().unwrap_or_default());
        let known: Vec<_> = sections.filter(|section| SECTIONS.contains(section)).collect();
        assert_eq!(known, SECTIONS, "{code}");
        for example in ["Bad", "Good"] {
            assert!(
                !blocks(page, example).is_empty(),
                "{code}: the page has an example `{example}`"
            );
        }
        for line in prose(page).filter(|line| !line.starts_with(['|', '*'])) {
            assert!(line.chars().count() <= MAX_WIDTH, "{code}: a line is too long: {line}");
        }
        if code.severity() == Severity::Warning {
            let comment = format!("# sbx: allow({code})");
            let flat = page.replace('\n', " ");
            assert!(flat.contains(&comment), "{code}: the page says how to silence it");
        }
    }
}

#[test]
fn bad_examples_draw_their_code_and_good_ones_nothing() {
    let mut shown = 0;
    for code in Code::ALL {
        for example in examples(code.page(), "Bad") {
            let ran = check(example);
            let drawn = format!("[{code}]");
            assert!(ran.stdout.contains(&drawn), "{code}: the bad example\n{}", ran.text());
            shown += 1;
        }
        let several = together(code.page(), "Bad");
        if !several.is_empty() {
            let ran = check_together(&several);
            let drawn = format!("[{code}]");
            assert!(ran.stdout.contains(&drawn), "{code}: the bad example\n{}", ran.text());
            shown += 1;
        }
        let several = together(code.page(), "Good");
        let several = (!several.is_empty()).then(|| check_together(&several));
        let single = examples(code.page(), "Good").into_iter().map(check);
        for ran in single.chain(several) {
            assert_eq!(ran.stdout, "", "{code}: the good example\n{}", ran.text());
            assert_eq!(ran.exit, 0, "{code}: the good example\n{}", ran.text());
        }
    }
    assert!(shown > 30, "the examples are where they are looked for");
}
