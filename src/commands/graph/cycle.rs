//! Manifests that wait for each other.

use super::{Graph, Node};
use crate::diagnostic::{Code, Diagnostic};
use crate::pipeline::Analysis;
use crate::source::Span;

/// Reports each circle at the first of its manifests, with the places in the others.
pub(in crate::commands) fn report(all: &mut [&mut Analysis]) {
    let nodes: Vec<_> = all.iter().map(|analysis| Node::of(analysis)).collect();
    for cycle in Graph::of(&nodes).cycles() {
        let edge = |at: usize| {
            let next = cycle[(at + 1) % cycle.len()];
            let (name, base) = (&nodes[cycle[at]].name, &nodes[next].name);
            (format!("`{name}` starts from `{base}`"), base)
        };
        let others: Vec<_> = (1..cycle.len())
            .map(|at| {
                let other = &all[cycle[at]];
                (other.sources.manifest().clone(), other.template.base.span, edge(at).0)
            })
            .collect();
        let way: Vec<_> = (0..cycle.len()).map(|at| edge(at).1.as_str()).collect();
        let name = &nodes[cycle[0]].name;
        let message = format!(
            "`{name}` starts from itself, by way of {}",
            way[..way.len() - 1]
                .iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(" and ")
        );
        let first = &mut *all[cycle[0]];
        let span = first.template.base.span;
        let mut diagnostic = Diagnostic::new(Code::CyclicTemplate, span, message)
            .help("none of them can be built first; let one of them start from an image");
        for (source, span, words) in others {
            let file = first.sources.add(source);
            diagnostic = diagnostic.related(Span { file, ..span }, words);
        }
        first.diagnostics.push(diagnostic);
    }
}
