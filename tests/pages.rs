//! The page of each code: its examples run.

use sandbox_toml::diagnostic::Code;

use crate::support::{Ran, Workspace};

/// The fenced blocks below a heading: the language and the text.
fn blocks<'a>(page: &'a str, heading: &str) -> Vec<(&'a str, &'a str)> {
    let section = page.split("\n## ").find_map(|section| section.strip_prefix(heading));
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
            (*manifest, next.filter(|(language, _)| *language == "dockerfile").map(|it| it.1))
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

#[test]
fn each_page_has_the_form_that_people_know() {
    for code in Code::ALL {
        let (name, page) = (code.name(), code.page());
        let head = format!("# {name}\n\n**{}** — ", code.severity().as_str());
        assert!(page.starts_with(&head), "{name}: the page begins with\n{head}");
        assert!(!blocks(page, "Bad").is_empty(), "{name}: the page has a bad example");
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
