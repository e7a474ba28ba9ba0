//! Several manifests: in parallel, each after those that it starts from.

use std::collections::BTreeMap;

use futures_util::stream::{FuturesUnordered, StreamExt as _};

use super::super::graph::{Graph, Node, Schedule, locked_parent};
use super::super::remember::Memory;
use super::super::resume::{Deadline, retry_policy};
use super::super::serve::runtime;
use super::super::signals::Signals;
use super::super::table::{Column, Table, or_dash};
use super::super::target::Target;
use super::super::{Exit, Failure, recorded};
use super::Prepared;
use super::one::{BuildResult, Job, RECORDED, UP_TO_DATE};
use crate::host::Host;
use crate::printer::Printer;
use crate::settings::{Apply, Destination, Format};

pub(super) fn run(
    settings: &Apply,
    all: &[Prepared],
    host: &dyn Host,
    printer: &mut Printer,
) -> Result<Exit, Failure> {
    if !settings.dry_run {
        printer.watch();
    }
    let nodes: Vec<_> = all.iter().map(|prepared| Node::of(&prepared.analysis)).collect();
    let mut run = Run {
        settings,
        all,
        host,
        printer,
        schedule: Schedule::new(Graph::of(&nodes)),
        ended: vec![None; all.len()],
    };
    run.leave_out_what_is_wrong();
    let mut exit = Exit::Done;
    if settings.dry_run {
        run.dry();
    } else {
        let runtime = runtime()?;
        exit = runtime.block_on(run.submit());
        runtime.shutdown_background();
        run.summary();
    }
    let exits = run.ended.iter().flatten().map(|ended| ended.exit);
    Ok(exits.max().unwrap_or(Exit::Done).max(exit))
}

/// A run of several manifests.
struct Run<'a> {
    settings: &'a Apply,
    all: &'a [Prepared],
    host: &'a dyn Host,
    printer: &'a Printer,
    schedule: Schedule,
    ended: Vec<Option<BuildResult>>,
}

impl Run<'_> {
    /// A name for output: the template's, or the file's if another manifest has the same.
    fn name(&self, at: usize) -> String {
        let name = |at: usize| &self.all[at].analysis.template.name.value;
        let shared = (0..self.all.len()).any(|other| other != at && name(other) == name(at));
        if shared || name(at).is_empty() {
            self.all[at].manifest.to_string()
        } else {
            name(at).clone()
        }
    }

    /// Ends the manifests with errors. All of them are noted before the first one is reported, so
    /// none is reported as skipped.
    fn leave_out_what_is_wrong(&mut self) {
        let exit = |prepared: &Prepared| prepared.plan.as_ref().err().copied();
        let wrong: Vec<_> =
            self.all.iter().enumerate().filter_map(|(at, it)| Some((at, exit(it)?))).collect();
        for (at, exit) in &wrong {
            let end = BuildResult::new(*exit, "wrong");
            self.ended[*at] = Some(end);
        }
        for (at, exit) in wrong {
            self.end(at, BuildResult::new(exit, "wrong"));
        }
    }

    /// Notes how a manifest ended, and skips those that need it.
    fn end(&mut self, at: usize, end: BuildResult) {
        let done = end.exit == Exit::Done;
        let exit = end.exit;
        self.ended[at] = Some(end);
        for (other, cause) in self.schedule.ended(at, done) {
            let reason = format!("it starts from `{}`, which is not built", self.name(cause));
            // It is skipped for the same reason, so the exit code is the same.
            self.skip(other, &reason, exit);
        }
    }

    fn skip(&mut self, at: usize, reason: &str, exit: Exit) {
        if self.ended[at].is_some() {
            return;
        }
        let printer = self.printer.about(&self.name(at));
        self.all[at].reporter(self.settings, &printer).skipped(reason);
        printer.end_progress();
        self.ended[at] = Some(BuildResult::new(exit, "not tried"));
    }

    /// Reports what would be sent, in build order.
    fn dry(&mut self) {
        while let Some(at) = self.schedule.next() {
            let prepared = &self.all[at];
            if let Ok(plan) = &prepared.plan {
                prepared.dry_run(self.settings, plan, self.printer);
            }
            self.end(at, BuildResult::new(Exit::Done, "dry"));
        }
    }

    /// Submits all; [`Exit::Interrupted`] if a signal came while builds ran in the background.
    async fn submit(&mut self) -> Exit {
        let mut targets = self.open().await;
        let nodes: Vec<_> = self.all.iter().map(|it| Node::of(&it.analysis)).collect();
        let mut signals = Signals::listen();
        let deadline = self.settings.timeout.and_then(Deadline::after);
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < self.settings.jobs
                && let Some(at) = self.schedule.next()
            {
                let (settings, all) = (self.settings, self.all);
                let prepared = &all[at];
                let printer = self.printer.about(&self.name(at));
                if let Some(note) = locked_parent(&prepared.analysis, &nodes) {
                    printer.note(&note);
                }
                // Manifests that start from it wait for its end.
                let background = settings.background && !self.schedule.is_awaited(at);
                // The digest does not know that the template has changed from which it starts.
                let rebuild =
                    settings.rebuild || self.schedule.needs(at).any(|need| self.changed(need));
                let host = self.host;
                let target = targets.get(prepared.analysis.platform.name());
                running.push(async move {
                    let ended = match (target, &prepared.plan) {
                        (Some(Ok(target)), Ok(plan)) => {
                            let printer = &printer;
                            let job = Job {
                                host,
                                settings,
                                prepared,
                                all,
                                plan,
                                printer,
                                memory: Memory::new(host, printer),
                                retry_policy: retry_policy(settings.timeout, host),
                                background,
                                deadline,
                                rebuild,
                            };
                            job.submit(target).await
                        }
                        // The reason was reported once for all manifests.
                        (Some(Err(exit)), _) => BuildResult::new(*exit, "not sent"),
                        _ => BuildResult::new(Exit::Wrong, "wrong"),
                    };
                    printer.end_progress();
                    (at, ended)
                });
            }
            let Some((at, ended)) = running.next().await else { break };
            let exit = ended.exit;
            self.end(at, ended);
            if exit == Exit::Interrupted {
                self.stop("interrupted", exit);
            } else if deadline.is_some_and(Deadline::has_passed) {
                self.stop("the timeout has passed", Exit::Platform);
            }
        }
        drop(running);
        let is_interrupted =
            self.ended.iter().flatten().any(|ended| ended.exit == Exit::Interrupted);
        let mut exit = Exit::Done;
        for target in targets.values_mut().flatten() {
            let waits = self.settings.background && !is_interrupted && exit == Exit::Done;
            if waits && !target.idle(&mut signals).await {
                exit = Exit::Interrupted;
            }
            target.close(self.printer).await;
        }
        exit
    }

    /// Whether a manifest was built, or its tags were moved.
    fn changed(&self, at: usize) -> bool {
        let ended = self.ended[at].as_ref();
        ended.is_some_and(|ended| ended.exit == Exit::Done && ended.result != UP_TO_DATE)
    }

    fn stop(&mut self, reason: &str, exit: Exit) {
        for at in self.schedule.stop() {
            self.skip(at, reason, exit);
        }
    }

    /// Connects to each platform once; an embedded one is shared.
    async fn open(&self) -> BTreeMap<&'static str, Result<Target, Exit>> {
        let mut targets = BTreeMap::new();
        for prepared in self.all.iter().filter(|prepared| prepared.plan.is_ok()) {
            let platform = prepared.analysis.platform;
            if targets.contains_key(platform.name()) {
                continue;
            }
            let Destination { endpoint, local, .. } = &self.settings.destination;
            let target = Target::open_to_build(endpoint, local, platform, self.host, self.printer);
            let target = target.await;
            let target = target.map_err(|failure| {
                self.printer.failure(&failure.message, failure.help.as_deref());
                failure.exit
            });
            targets.insert(platform.name(), target);
        }
        targets
    }

    /// Prints a table of how each manifest ended.
    fn summary(&self) {
        if self.settings.format == Format::Json {
            return;
        }
        let mut table = Table::new(["MANIFEST", "RESULT", "TEMPLATE ID"].map(Column::text));
        for (prepared, ended) in self.all.iter().zip(&self.ended) {
            let ended = ended.as_ref();
            let id = ended.and_then(|ended| ended.template_id.as_ref());
            let result = ended.map_or("not tried", |ended| ended.result);
            table.row([prepared.manifest.to_string(), result.to_owned(), or_dash(id)]);
        }
        self.printer.data(&table.render(None));
        let mut ended = self.ended.iter().flatten();
        if let Some(ended) = ended.find(|ended| ended.result == RECORDED) {
            recorded::explain(ended.recorded_because.as_deref(), self.printer);
        }
    }
}
