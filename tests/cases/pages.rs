//! The page of each code: its head repeats the table, and its examples run.

use std::fs;

use libtest_mimic::Trial;
use sandbox_toml::diagnostic::{Code, Severity, Topic};
use sandbox_toml::schema;

use crate::support::{Ran, Workspace, assert_generated, root};
use crate::trial;

/// The sections that every page has, in their order.
const SECTIONS: &[&str] = &["What it does", "Why it matters", "Example", "Fix", "Platforms"];

/// The widest line of a page's prose, so that `sbx explain` fits into a terminal.
const MAX_WIDTH: usize = 80;

/// The Dockerfile of the examples of `docs/manifest.md` that name one.
const DOCKERFILE: &str = "FROM python:3.12 AS runtime\nRUN pip --version\n";

/// `pages::CODE::head` and `pages::CODE::form`, and `pages::CODE::bad-N` and `pages::CODE::good-N`
/// for its examples; `together` instead of a number where several manifests are one example.
/// `pages::reference::example-N` for those of `docs/manifest.md`.
pub fn trials() -> Vec<Trial> {
    let mut trials = vec![trial("pages::index", check_index)];
    for (number, manifest) in (1..).zip(reference_examples()) {
        let name = format!("pages::reference::example-{number}");
        let dockerfile = manifest.contains("\ndockerfile ").then_some(DOCKERFILE);
        trials.push(trial(name, move || is_clean(&check((&manifest, dockerfile)))));
    }
    for &code in Code::ALL {
        let page = code.page();
        trials.push(trial(format!("pages::{code}::head"), move || check_head(code)));
        trials.push(trial(format!("pages::{code}::form"), move || check_form(code)));
        for (number, example) in (1..).zip(examples(page, "Bad")) {
            let name = format!("pages::{code}::bad-{number}");
            trials.push(trial(name, move || draws(code, &check(example))));
        }
        for (number, example) in (1..).zip(examples(page, "Good")) {
            let name = format!("pages::{code}::good-{number}");
            trials.push(trial(name, move || is_clean(&check(example))));
        }
        let bad = together(page, "Bad");
        if !bad.is_empty() {
            let name = format!("pages::{code}::bad-together");
            trials.push(trial(name, move || draws(code, &check_together(&bad))));
        }
        let good = together(page, "Good");
        if !good.is_empty() {
            let name = format!("pages::{code}::good-together");
            trials.push(trial(name, move || is_clean(&check_together(&good))));
        }
    }
    trials
}

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
        page.extend([
            "\n## ",
            topic.heading(),
            "\n\n| code | severity | summary |\n|---|---|---|\n",
        ]);
        let codes = Code::ALL.iter().filter(|code| code.topic() == *topic);
        page.extend(codes.map(|code| {
            let (severity, summary) = (code.severity().as_str(), code.summary());
            format!("| [`{code}`]({code}.md) | {severity} | {summary} |\n")
        }));
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

/// The examples of `docs/manifest.md`, each with the keys that every manifest needs.
fn reference_examples() -> Vec<String> {
    let page = schema::reference(schema::schema());
    let blocks = page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let examples: Vec<_> = blocks
        .map(|text| {
            let has = |key: &str| text.lines().any(|line| line.starts_with(key));
            // A header may have a `name` of its own below it.
            let head = text.split("[[").next().unwrap_or_default();
            let has_name = head.lines().any(|line| line.starts_with("name "));
            let name = if has_name { "" } else { "name = \"api\"\n" };
            let from = if has("[from]") { "" } else { "from = \"python:3.12\"\n" };
            format!("{name}{from}{text}")
        })
        .collect();
    assert!(examples.len() > 8, "the examples are where they are looked for");
    examples
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

fn check_index() {
    let index = index();
    for code in Code::ALL {
        assert!(index.contains(&format!("({code}.md)")), "the topic of `{code}` is listed");
    }
    assert_generated(&root().join("docs/codes/README.md"), &index);
}

/// The head repeats the table of codes.
fn check_head(code: Code) {
    let path = root().join(format!("docs/codes/{code}.md"));
    let page = fs::read_to_string(&path).expect("the page is read");
    let (_, body) = page.split_once("\n## ").expect("the page has a section");
    assert_generated(&path, &format!("{}\n## {body}", head(code)));
}

/// The page has every section and fits into a terminal.
fn check_form(code: Code) {
    let page = code.page();
    let sections = page.split("\n## ").skip(1);
    let sections = sections.map(|section| section.lines().next().unwrap_or_default());
    let known: Vec<_> = sections.filter(|section| SECTIONS.contains(section)).collect();
    assert_eq!(known, SECTIONS);
    for example in ["Bad", "Good"] {
        assert!(!blocks(page, example).is_empty(), "the page has an example `{example}`");
    }
    for line in prose(page).filter(|line| !line.starts_with(['|', '*'])) {
        assert!(line.chars().count() <= MAX_WIDTH, "a line is too long: {line}");
    }
    if code.severity() == Severity::Warning {
        let comment = format!("# sbx: allow({code})");
        let flat = page.replace('\n', " ");
        assert!(flat.contains(&comment), "the page says how to silence it");
    }
}

fn draws(code: Code, ran: &Ran) {
    assert!(ran.stdout.contains(&format!("[{code}]")), "{}", ran.text());
}

fn is_clean(ran: &Ran) {
    assert_eq!(ran.stdout, "", "{}", ran.text());
    assert_eq!(ran.exit, 0, "{}", ran.text());
}
