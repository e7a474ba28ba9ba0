//! What differs between the inputs of two builds.

use std::collections::{BTreeMap, BTreeSet};

use super::align::{self, Pair};
use super::inputs::{Inputs, Resource, StepInputs, StepKind};

/// A difference between a build and what would be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// Another base.
    From {
        /// The base of the build.
        before: String,
        /// The base now.
        now: String,
    },
    /// Other resources; `None` is the platform's choice.
    Resource {
        /// Which.
        resource: Resource,
        /// That of the build.
        before: Option<u64>,
        /// That which is asked for now.
        now: Option<u64>,
    },
    /// Another command or list beside the steps.
    Field {
        /// Its name in the manifest.
        name: String,
        /// What happened to it.
        change: Change,
    },
    /// Other variables.
    Variables {
        /// The position of the step that sets them, counted from 0; `None` if no step does.
        step: Option<usize>,
        /// The names, and what happened to each.
        names: BTreeMap<String, Change>,
    },
    /// Other files of a copy.
    Files {
        /// The position of the step, counted from 0.
        step: usize,
        /// The copy's source.
        source: String,
        /// The paths, and what happened to each; `None` if that is not known.
        paths: Option<BTreeMap<String, Change>>,
    },
    /// A step that is new or another one.
    Step {
        /// Its position, counted from 0.
        step: usize,
        /// What happened to it.
        change: Change,
    },
    /// Steps that are gone.
    Removed {
        /// How many steps of now come before them.
        after: usize,
        /// The step as it was.
        was: StepInputs,
    },
    /// Other variables in the sandbox, of which the steps see nothing.
    Environment {
        /// The position of the step that sets them, counted from 0.
        step: usize,
    },
}

/// What happened to a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It is new.
    Added,
    /// It is another one.
    Changed,
    /// It is gone.
    Removed,
}

impl Change {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
        }
    }
}

/// The differences between the inputs of a build and those of now, in the order of the manifest's
/// reference: the base, the resources, the steps, the commands. Both have the same salt.
#[must_use]
pub fn compare(before: &Inputs, now: &Inputs) -> Vec<Difference> {
    let mut differences = Vec::new();
    if before.from != now.from {
        differences.push(Difference::From { before: before.from.clone(), now: now.from.clone() });
    }
    for resource in [Resource::Cpu, Resource::Memory, Resource::Disk] {
        let of = |inputs: &Inputs| inputs.resources.get(&resource).copied();
        if of(before) != of(now) {
            let (before, now) = (of(before), of(now));
            differences.push(Difference::Resource { resource, before, now });
        }
    }
    let names = changes(&before.variables, &now.variables);
    if !names.is_empty() {
        differences.push(Difference::Variables { step: None, names });
    }
    steps(&before.steps, &now.steps, &mut differences);
    let mut fields = changes(&before.fields, &now.fields);
    let fields = ORDER.iter().filter_map(|name| fields.remove_entry(*name));
    differences.extend(fields.map(|(name, change)| Difference::Field { name, change }));
    differences
}

/// The order in which differences of fields are listed.
const ORDER: [&str; 5] = ["Dockerfile", "packages", "pre_boot", "start", "ready"];

/// How many steps at the beginning are the same in both.
#[must_use]
pub fn unchanged(before: &Inputs, now: &Inputs) -> usize {
    if before.from != now.from {
        return 0;
    }
    let steps = before.steps.iter().zip(&now.steps);
    steps.take_while(|(before, now)| is_same(before, now)).count()
}

/// The positions of the copies whose files are not those of the build, with the source of each.
#[must_use]
pub fn changed_copies(before: &Inputs, now: &Inputs) -> Vec<usize> {
    let pairs = align::align(&before.steps, &now.steps);
    let changed = pairs.into_iter().filter_map(|pair| match pair {
        Pair::Both(old, new) => {
            let (old, copy) = (&before.steps[old], &now.steps[new]);
            let differs = copy.kind == StepKind::Copy && old.content != copy.content;
            (differs && old.files.is_some()).then_some(new)
        }
        Pair::Added(_) | Pair::Removed { .. } => None,
    });
    changed.collect()
}

fn is_same(before: &StepInputs, now: &StepInputs) -> bool {
    before.is_like(now) && before.content == now.content && before.variables == now.variables
}

fn steps(before: &[StepInputs], now: &[StepInputs], differences: &mut Vec<Difference>) {
    let mut has_variables =
        differences.iter().any(|known| matches!(known, Difference::Variables { .. }));
    for pair in align::align(before, now) {
        let difference = match pair {
            Pair::Both(old, new) => step(&before[old], &now[new], new),
            Pair::Added(step) => Some(Difference::Step { step, change: Change::Added }),
            Pair::Removed { old, after } => {
                Some(Difference::Removed { after, was: before[old].clone() })
            }
        };
        has_variables |= matches!(difference, Some(Difference::Variables { .. }));
        // The script that carries variables into the sandbox follows from them.
        let follows = |difference: &Difference| match difference {
            Difference::Environment { .. } => true,
            Difference::Step { step, .. } => now[*step].kind == StepKind::Environment,
            Difference::Removed { was, .. } => was.kind == StepKind::Environment,
            _ => false,
        };
        let is_env = |difference: &Difference| match difference {
            Difference::Step { step, .. } => now[*step].kind == StepKind::Env,
            Difference::Removed { was, .. } => was.kind == StepKind::Env,
            _ => false,
        };
        has_variables |= difference.as_ref().is_some_and(is_env);
        differences.extend(difference.filter(|difference| !(has_variables && follows(difference))));
    }
}

fn step(before: &StepInputs, now: &StepInputs, at: usize) -> Option<Difference> {
    if is_same(before, now) {
        return None;
    }
    Some(match now.kind {
        StepKind::Env => {
            let names = changes(&before.variables, &now.variables);
            Difference::Variables { step: Some(at), names }
        }
        StepKind::Environment => Difference::Environment { step: at },
        StepKind::Copy if before.is_like(now) => {
            let paths = before.files.as_ref().zip(now.files.as_ref());
            let paths = paths.map(|(before, now)| changes(before, now));
            Difference::Files {
                step: at,
                source: now.source.clone().unwrap_or_default(),
                paths: paths.filter(|paths| !paths.is_empty()),
            }
        }
        StepKind::Copy | StepKind::Run | StepKind::User | StepKind::Workdir => {
            Difference::Step { step: at, change: Change::Changed }
        }
    })
}

fn changes(
    before: &BTreeMap<String, String>,
    now: &BTreeMap<String, String>,
) -> BTreeMap<String, Change> {
    let names: BTreeSet<_> = before.keys().chain(now.keys()).collect();
    let changes = names.into_iter().filter_map(|name| {
        let change = match (before.get(name), now.get(name)) {
            (None, _) => Change::Added,
            (_, None) => Change::Removed,
            (Some(before), Some(now)) if before != now => Change::Changed,
            _ => return None,
        };
        Some((name.clone(), change))
    });
    changes.collect()
}
