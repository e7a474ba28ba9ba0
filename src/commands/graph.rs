//! The order of several manifests: one that starts from a template waits for the manifest that
//! builds it.

mod conflict;
mod cycle;
mod schedule;
#[cfg(test)]
mod tests;

use crate::pipeline::Analysis;
use crate::platform::Platform;
use crate::scalar::DEFAULT_TAG;
use crate::template::BaseSource;

pub(super) use conflict::report as report_conflicts;
pub(super) use cycle::report as report_cycles;
pub(super) use schedule::Schedule;

/// What matters of one manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    /// Where it is built.
    platform: Platform,
    /// The template that it builds.
    name: String,
    /// The labels that its build gets.
    tags: Vec<String>,
    /// The template that it starts from, unless its build is locked: a name, a name and a tag, or an
    /// ID.
    base: Option<String>,
}

impl Node {
    pub(super) fn of(analysis: &Analysis) -> Self {
        let template = &analysis.template;
        let tags = match template.tags.as_slice() {
            [] => vec![DEFAULT_TAG.to_owned()],
            tags => tags.to_vec(),
        };
        let base = match &template.base.source {
            // A locked build exists already.
            BaseSource::Template(name) if pinned(analysis).is_none() => {
                Some(name.trim().to_lowercase())
            }
            _ => None,
        };
        Self { platform: analysis.platform, name: template.name.value.clone(), tags, base }
    }

    /// Whether two names mean the same template: one without a namespace is the team's.
    fn is_named(&self, name: &str) -> bool {
        match (self.name.rsplit_once('/'), name.rsplit_once('/')) {
            (Some((own, _)), Some((other, _))) if own != other => false,
            (own, other) => {
                own.map_or(self.name.as_str(), |it| it.1) == other.map_or(name, |it| it.1)
            }
        }
    }

    /// Whether it builds what a template with this base starts from.
    pub(super) fn is_base(&self, base: &str) -> bool {
        let (name, tag) = match base.split_once(':') {
            Some((name, tag)) => (name, Some(tag)),
            None => (base, None),
        };
        self.is_named(name) && tag.is_none_or(|tag| self.tags.iter().any(|own| own == tag))
    }

    /// The label that both builds would set. If they ran at the same time, each would cancel the
    /// other. Without tags it is the name itself.
    fn conflict(&self, other: &Self) -> Option<String> {
        if self.platform != other.platform || self.name.is_empty() || !self.is_named(&other.name) {
            return None;
        }
        if !self.platform.facts().has_tags {
            return Some(self.name.clone());
        }
        let tag = self.tags.iter().find(|tag| other.tags.contains(tag))?;
        Some(format!("{}:{tag}", self.name))
    }
}

/// The build of its parent that a template is locked to.
fn pinned(analysis: &Analysis) -> Option<&str> {
    let pins = &analysis.template.base.pins.templates;
    pins.get(analysis.platform.name()).map(String::as_str)
}

/// What to say of a template that starts from a locked build, if another manifest of the run builds
/// its parent.
pub(super) fn locked_parent(child: &Analysis, all: &[Node]) -> Option<String> {
    let BaseSource::Template(name) = &child.template.base.source else { return None };
    let pinned = pinned(child)?;
    let name = name.trim();
    let lower = name.to_lowercase();
    let own = Node::of(child);
    let mut parents =
        all.iter().filter(|node| node.platform == own.platform && node.is_base(&lower));
    parents.find(|node| node.name != own.name)?;
    Some(format!(
        "it starts from the locked build `{pinned}`, whatever this run builds of `{name}`: `sbx lock \
         --update {name}` locks the new one"
    ))
}

/// The dependencies between manifests: for each, those that it waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Graph {
    needs: Vec<Vec<usize>>,
}

impl Graph {
    pub(super) fn of(nodes: &[Node]) -> Self {
        Self { needs: (0..nodes.len()).map(|at| needs(nodes, at)).collect() }
    }

    /// One cycle for each group of manifests that wait for each other, in the order in which they
    /// do, beginning with the first of them.
    pub(super) fn cycles(&self) -> Vec<Vec<usize>> {
        let mut cycles: Vec<Vec<usize>> = Vec::new();
        for start in 0..self.needs.len() {
            if cycles.iter().flatten().any(|member| *member == start) {
                continue;
            }
            if let Some(cycle) = self.around(start) {
                // A way that joins one that is known says nothing new.
                if !cycle.iter().any(|member| cycles.iter().flatten().any(|it| it == member)) {
                    cycles.push(cycle);
                }
            }
        }
        cycles
    }

    /// The shortest way from one manifest back to itself.
    fn around(&self, start: usize) -> Option<Vec<usize>> {
        let mut came_from = vec![None; self.needs.len()];
        let mut queue = std::collections::VecDeque::from([start]);
        while let Some(at) = queue.pop_front() {
            for need in self.needs[at].iter().copied() {
                if need == start {
                    let mut way = vec![at];
                    while let Some(before) = came_from[way[way.len() - 1]] {
                        way.push(before);
                    }
                    way.reverse();
                    return Some(way);
                }
                if came_from[need].is_none() {
                    came_from[need] = Some(at);
                    queue.push_back(need);
                }
            }
        }
        None
    }
}

/// The manifests that build what one starts from. If a tag is named, those that build that tag, if
/// any do. Its own template is an earlier build, which exists already.
fn needs(nodes: &[Node], at: usize) -> Vec<usize> {
    let node = &nodes[at];
    let Some(base) = &node.base else { return Vec::new() };
    let (name, tag) = match base.split_once(':') {
        Some((name, tag)) => (name, Some(tag)),
        None => (base.as_str(), None),
    };
    if node.is_named(name) {
        return Vec::new();
    }
    let named: Vec<_> = (0..nodes.len())
        .filter(|other| nodes[*other].platform == node.platform && nodes[*other].is_named(name))
        .collect();
    let tagged: Vec<_> = named
        .iter()
        .copied()
        .filter(|other| tag.is_some_and(|tag| nodes[*other].tags.iter().any(|it| it == tag)))
        .collect();
    if tagged.is_empty() { named } else { tagged }
}
