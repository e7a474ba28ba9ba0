//! Builds that would set the same label.

use super::Node;
use crate::diagnostic::{Code, Diagnostic};
use crate::pipeline::Analysis;
use crate::scalar::TagText;
use crate::source::{FileId, Source, Span};

/// Where one of two conflicting builds is declared.
struct Place {
    /// The manifest, and the profile if there is one.
    title: String,
    source: Source,
    span: Span,
}

/// Reports each build that would set the label of another one, at both of them.
pub(in crate::commands) fn report(all: &mut [&mut Analysis]) {
    let nodes: Vec<_> = all.iter().map(|analysis| Node::of(analysis)).collect();
    let mut found = Vec::new();
    // In place of a profile that does not exist, the manifest was analyzed without one.
    let exists = |at: &usize| all[*at].diagnostics.iter().all(|it| it.code != Code::UnknownProfile);
    for (at, node) in nodes.iter().enumerate().filter(|(at, _)| exists(at)) {
        let others = (0..nodes.len()).filter(exists);
        let others = others.filter(|other| !is_same(all[at], all[*other]));
        let mut conflicts = others.filter_map(|other| Some((other, node.conflict(&nodes[other])?)));
        found.extend(conflicts.next().map(|(other, label)| (at, other, label)));
    }
    let place = |at: usize, label: &str| place(all[at], label);
    let places: Vec<_> =
        found.iter().map(|(at, other, label)| (place(*at, label), place(*other, label))).collect();
    for ((at, beside, label), (own, other)) in found.into_iter().zip(places) {
        let (first, second) = if at < beside { (&own, &other) } else { (&other, &own) };
        let platform = all[at].platform;
        let message =
            format!("`{}` and `{}` both build `{label}` on {platform}", first.title, second.title);
        let mut diagnostic = Diagnostic::new(Code::ConflictingBuilds, own.span, message)
            .help("change the name or the tags of one, or do not pass both to one command");
        let analysis = &mut *all[at];
        let is_here = own.source.path() == other.source.path();
        if !(is_here && own.span == other.span) {
            let file = if is_here { FileId::MANIFEST } else { analysis.sources.add(other.source) };
            diagnostic = diagnostic.related(Span { file, ..other.span }, "the other build");
        }
        analysis.diagnostics.push(diagnostic);
    }
}

/// Whether two analyses are of one manifest in one profile, which is one build.
fn is_same(one: &Analysis, other: &Analysis) -> bool {
    std::ptr::eq(one, other)
        || (one.sources.manifest().path() == other.sources.manifest().path()
            && one.profile() == other.profile())
}

/// Where a manifest declares a label: at its tag, or else at its name.
fn place(analysis: &Analysis, label: &str) -> Place {
    let source = analysis.sources.manifest().clone();
    let title = match analysis.profile() {
        Some(profile) => format!("{} ({profile})", source.name()),
        None => source.name().to_owned(),
    };
    let tag = label.rsplit_once(':').map(|(_, tag)| tag);
    let mut tags = analysis.manifest.tags.iter().flatten();
    let declared = tag.and_then(|tag| {
        tags.find(|written| TagText::parse(&written.value).is_some_and(|text| text.may_be(tag)))
    });
    let span = declared.map_or(analysis.template.name.span, |tag| tag.span);
    Place { title, source, span }
}
