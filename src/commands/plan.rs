//! `sbx plan`: what `sbx apply` would do, and why.
//!
//! It sends requests that only read, no secret, and changes nothing, on the platform or here; only
//! the cache of files' hashes is written.

mod base;
mod dependants;
mod human;
mod json;
mod look;
mod markdown;
mod previous;
mod since;
mod subject;
mod titles;
mod words;

use super::graph::{self, Graph, Node, Schedule};
use super::promotion;
use super::remember::Memory;
use super::remote;
use super::{Exit, Failure, stale_lock};
use crate::host::Host;
use crate::plan::Action;
use crate::printer::Printer;
use crate::scalar::is_digest;
use crate::settings::{Plan, PlanFormat};
use crate::testing;
use look::{Look, Seen};
pub(super) use since::changes_since;
use subject::Subject;

/// What is known of one manifest.
struct Entry {
    subject: Subject,
    action: Action,
    /// Whether it would become public, or private; `None` if that stays.
    visibility: Option<bool>,
    /// The manifests of this machine that start from what it builds, and are not planned.
    dependants: Vec<String>,
    /// What the plan does not know, or what is not obvious about it.
    notes: Vec<String>,
}

impl Entry {
    /// Whether `sbx apply` would change something.
    const fn changes(&self) -> bool {
        self.action.changes() || self.visibility.is_some()
    }

    /// The names of the tests that `sbx apply` would run: all of them, unless no declared tag would
    /// move.
    fn tests(&self) -> Vec<String> {
        let is_tested = match &self.action {
            Action::UpToDate { .. } => false,
            // A build that only gets its digest back is not tested.
            Action::MoveTags { tags, .. } => tags.iter().any(|moved| !is_digest(&moved.tag)),
            Action::Build(_) => true,
        };
        let tests = self.subject.analysis.template.tests.iter().filter(|_| is_tested);
        tests.map(testing::name).collect()
    }
}

pub(super) fn run(settings: &Plan, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    let mut run = Run { settings, host, printer, exit: Exit::Done };
    let entries = run.plan()?;
    let changes = entries.iter().any(Entry::changes);
    match settings.format {
        PlanFormat::Human => human::print(&entries, printer),
        PlanFormat::Json => {
            for entry in &entries {
                printer.json(&json::value(entry).to_string());
            }
        }
        PlanFormat::Markdown => printer.data(&markdown::text(&entries)),
    }
    // What could not be planned counts more than what would change.
    let says_so = settings.exit_code && changes && run.exit == Exit::Done;
    Ok(if says_so { Exit::Changes } else { run.exit })
}

/// A run over several manifests.
struct Run<'a> {
    settings: &'a Plan,
    host: &'a dyn Host,
    printer: &'a Printer,
    /// The highest exit code of those that could not be planned.
    exit: Exit,
}

impl Run<'_> {
    /// Plans the manifests in the order in which they would be built.
    fn plan(&mut self) -> Result<Vec<Entry>, Failure> {
        let Self { settings, host, .. } = *self;
        let read =
            settings.manifests.iter().map(|manifest| subject::analyze(settings, manifest, host));
        let mut read = read.collect::<Result<Vec<_>, _>>()?;
        graph::report_cycles(&mut read.iter_mut().collect::<Vec<_>>());
        graph::report_conflicts(&mut read.iter_mut().collect::<Vec<_>>());
        let nodes: Vec<_> = read.iter().map(Node::of).collect();
        let mut schedule = Schedule::new(Graph::of(&nodes));
        let mut waiting: Vec<_> = read.into_iter().map(Some).collect();
        let mut changing: Vec<Option<String>> = vec![None; waiting.len()];
        let mut entries = Vec::new();
        while let Some(at) = schedule.next() {
            let base = schedule.needs(at).find_map(|need| changing[need].clone());
            let Some(analysis) = waiting[at].take() else { continue };
            let locked_parent = graph::locked_parent(&analysis, &nodes);
            let entry =
                subject::compile(settings, &settings.manifests[at], analysis, host, self.printer)
                    .and_then(|subject| match subject {
                        Some(subject) => self.look(subject, base).map(Some),
                        None => Ok(None),
                    });
            let entry = match entry {
                Ok(Some(mut entry)) => {
                    entry.notes.extend(locked_parent);
                    entry
                }
                Ok(None) => {
                    self.lose(&mut schedule, at, Exit::Wrong);
                    continue;
                }
                Err(failure) if settings.manifests.len() == 1 => return Err(failure),
                Err(failure) => {
                    let printer = self.printer.about(&settings.manifests[at].to_string());
                    printer.failure(&failure.message, failure.help.as_deref());
                    self.lose(&mut schedule, at, failure.exit);
                    continue;
                }
            };
            if entry.action.changes() {
                changing[at] = Some(entry.subject.plan.name.clone());
            }
            schedule.ended(at, true);
            entries.push(entry);
        }
        self.note_promotions(&mut entries);
        Ok(entries)
    }

    /// Says of each promotion to another name why it is a new build.
    fn note_promotions(&self, entries: &mut [Entry]) {
        let memory = Memory::new(self.host, self.printer);
        let subjects: Vec<_> = entries.iter().map(|entry| entry.subject.promoted()).collect();
        let notes = entries.iter().map(|entry| match entry.action {
            Action::Build(_) => {
                let manifest = &entry.subject.analysis.manifest;
                promotion::note(&entry.subject.promoted(), &subjects, manifest, &memory)
            }
            Action::UpToDate { .. } | Action::MoveTags { .. } => None,
        });
        let notes: Vec<_> = notes.collect();
        for (entry, note) in entries.iter_mut().zip(notes) {
            entry.notes.extend(note);
        }
    }

    /// Notes that a manifest cannot be planned, and those that start from what it builds.
    fn lose(&mut self, schedule: &mut Schedule, at: usize, exit: Exit) {
        self.exit = self.exit.max(exit);
        for (other, cause) in schedule.ended(at, false) {
            let file = |at: usize| self.settings.manifests[at].to_string();
            let printer = self.printer.about(&file(other));
            printer.note(&format!("not planned: it starts from what `{}` builds", file(cause)));
        }
    }

    fn look(&self, subject: Subject, base: Option<String>) -> Result<Entry, Failure> {
        let Self { settings, host, printer, .. } = *self;
        let platform = subject.analysis.platform;
        remote::on(&settings.remote, platform, host, printer, async |remote| {
            let driver = remote.driver(host)?;
            let memory = Memory::new(host, printer);
            let look = Look {
                remote,
                driver: &*driver,
                memory: &memory,
                subject: &subject,
                base,
                online: settings.online,
            };
            look.look().await
        })
        .map(|Seen { action, visibility, notes }| {
            let memory = Memory::new(host, printer);
            let dependants = dependants::of(&subject, &action, &settings.manifests, &memory);
            let mut notes = notes;
            notes.extend(stale_lock(&subject.analysis));
            Entry { subject, action, visibility, dependants, notes }
        })
    }
}
