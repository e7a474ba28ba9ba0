//! Which tools a text names: the program, its package, or what provides it.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::TOOLS;

/// What names tools, with the place in [`TOOLS`] of each.
struct Mentions {
    automaton: Option<AhoCorasick>,
    tools: Vec<usize>,
}

static MENTIONS: LazyLock<Mentions> = LazyLock::new(|| {
    let of = |(at, tool): (usize, &super::Tool)| {
        // Shorter names occur in other words.
        let names = tool.names.iter().filter(|name| name.len() > 2);
        let package = Some(&tool.package).filter(|package| !package.is_empty());
        names.chain(tool.providers).chain(package).map(|word| (*word, at)).collect::<Vec<_>>()
    };
    let (words, tools): (Vec<&str>, Vec<usize>) = TOOLS.iter().enumerate().flat_map(of).unzip();
    let kind = Some(AhoCorasickKind::ContiguousNFA);
    Mentions { automaton: AhoCorasick::builder().kind(kind).build(words).ok(), tools }
});

/// The places in [`TOOLS`] of the tools that a text names, some of them more than once.
pub(super) fn named(text: &str) -> Vec<usize> {
    let Mentions { automaton, tools } = &*MENTIONS;
    match automaton {
        Some(automaton) => {
            let found = automaton.find_overlapping_iter(text);
            found.filter_map(|found| tools.get(found.pattern().as_usize()).copied()).collect()
        }
        // A text that cannot be searched may name every tool.
        None => (0..TOOLS.len()).collect(),
    }
}
