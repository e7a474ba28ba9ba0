//! One manifest: from its plan to the end of the build.

use std::sync::Mutex;

use super::super::deployed::{Tags, declared};
use super::super::outcome::{self, Known, report_outcome};
use super::super::promotion;
use super::super::remember::Memory;
use super::super::report::{Reached, Reporter};
use super::super::resume::{self, Deadline, retry_policy, until};
use super::super::serve::runtime;
use super::super::signals::Signals;
use super::super::target::Target;
use super::super::{Exit, Failure};
use super::gated::{self, Gated};
use super::reuse::{Clients, unpublished};
use super::visibility::Seen;
use super::{Prepared, inputs};
use crate::digest::Digest;
use crate::host::{Host, now};
use crate::lower::Plan;
use crate::printer::Printer;
use crate::scalar::is_temporary;
use crate::settings::{Apply, Destination};
use crate::state::{self, Record, Stage, canonical};
use crate::submit::{self, Build, Cursor, Event, FaultKind, Observer, Outcome, RetryPolicy};

/// How the build of a manifest ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BuildResult {
    pub(super) exit: Exit,
    /// For people, in a word.
    pub(super) result: &'static str,
    pub(super) template_id: Option<String>,
    /// Why its steps were only recorded, if they were and the reason is known.
    pub(super) recorded_because: Option<String>,
}

/// The result of a build whose steps were only recorded.
pub(super) const RECORDED: &str = "recorded";

/// The result of a template that was there already with all its tags.
pub(super) const UP_TO_DATE: &str = "up to date";

impl BuildResult {
    /// A result without a build.
    pub(super) const fn new(exit: Exit, result: &'static str) -> Self {
        Self { exit, result, template_id: None, recorded_because: None }
    }

    pub(super) fn of(self, build: &Build) -> Self {
        Self { template_id: Some(build.template_id.clone()), ..self }
    }

    fn of_outcome(exit: Exit, outcome: Outcome) -> Self {
        match outcome {
            Outcome::Ready => Self::new(exit, "ready"),
            Outcome::Recorded { because } => {
                Self { recorded_because: because, ..Self::new(exit, RECORDED) }
            }
            Outcome::Failed { .. } => Self::new(exit, "failed"),
        }
    }
}

/// The work on one manifest.
pub(super) struct Job<'a> {
    pub(super) host: &'a dyn Host,
    pub(super) settings: &'a Apply,
    pub(super) prepared: &'a Prepared,
    /// All manifests of the run.
    pub(super) all: &'a [Prepared],
    pub(super) plan: &'a Plan,
    pub(super) printer: &'a Printer,
    pub(super) memory: Memory<'a>,
    /// How long requests are repeated.
    pub(super) retry_policy: RetryPolicy,
    /// Whether to return once the build has started.
    pub(super) background: bool,
    pub(super) deadline: Option<Deadline>,
    /// Whether to build even if the template is up to date.
    pub(super) rebuild: bool,
}

pub(super) fn run(
    settings: &Apply,
    prepared: &Prepared,
    host: &dyn Host,
    printer: &mut Printer,
) -> Result<Exit, Failure> {
    let plan = match &prepared.plan {
        Ok(plan) => plan,
        Err(exit) => return Ok(*exit),
    };
    if settings.dry_run {
        prepared.dry_run(settings, plan, printer);
        return Ok(Exit::Done);
    }
    printer.start_progress();
    let printer = &*printer;
    let runtime = runtime()?;
    let result = runtime.block_on(async {
        let platform = prepared.analysis.platform;
        let mut target = Target::open_to_build(
            &settings.destination.endpoint,
            &settings.destination.local,
            platform,
            host,
            printer,
        )
        .await?;
        let deadline = settings.timeout.and_then(Deadline::after);
        let background = settings.background;
        let memory = Memory::new(host, printer);
        let retry_policy = retry_policy(settings.timeout, host);
        let rebuild = settings.rebuild;
        let job = Job {
            host,
            settings,
            prepared,
            all: std::slice::from_ref(prepared),
            plan,
            printer,
            memory,
            retry_policy,
            background,
            deadline,
            rebuild,
        };
        // From here on, so that none is missed between the two.
        let mut signals = Signals::listen();
        let mut exit = job.submit(&target).await.exit;
        if background && exit != Exit::Interrupted && !target.idle(&mut signals).await {
            exit = Exit::Interrupted;
        }
        target.close(printer).await;
        Ok(exit)
    });
    // A pending DNS lookup must not delay the exit.
    runtime.shutdown_background();
    printer.end_progress();
    result
}

impl Job<'_> {
    /// Uses the build that the template has already, or starts one and follows it.
    pub(super) async fn submit(&self, target: &Target) -> BuildResult {
        let reporter = self.prepared.reporter(self.settings, self.printer);
        let platform = self.prepared.analysis.platform;
        let connected =
            submit::driver(platform, &target.endpoint, self.retry_policy).and_then(|driver| {
                Ok((driver, submit::templates(platform, &target.endpoint, self.retry_policy)?))
            });
        let (driver, store) = match connected {
            Ok(clients) => clients,
            Err(error) => {
                let exit = reporter.submit_error(&error, &self.prepared.analysis);
                return BuildResult::new(exit, "not sent");
            }
        };
        let gate = match self.gate(target).await {
            Ok(gate) => gate,
            Err(failure) => return self.not_sent(&failure),
        };
        let clients = Clients { driver: &*driver, target };
        let digest = Digest::of(self.plan);
        let apart = gate.as_ref().filter(|_| platform.facts().has_tags);
        let apart = apart.map(|_| gated::apart(self.plan, &digest));
        let plan = apart.as_ref().unwrap_or(self.plan);
        let reached = Mutex::new((Reached::Nothing, None));
        let observer = |event: Event| {
            if let Ok(mut reached) = reached.lock() {
                self.note(&mut reached, &event, target, &digest, &plan.tags);
            }
            reporter.event(&event);
        };
        let tags = Tags {
            store: &*store,
            platform,
            template: &self.prepared.analysis.template.name.value,
            name: &self.plan.name,
            digest: &digest,
            declared: declared(&self.plan.tags),
            observer: &observer,
            seen: Mutex::default(),
        };
        let work = async {
            let gate = gate.as_ref();
            if !self.rebuild
                && let Some(result) = self.reuse(&clients, &tags, &reporter, gate).await
            {
                return result;
            }
            let before = async {
                self.unpublish(&tags, &reporter, Seen::default()).await?;
                if apart.is_some() { tags.positions().await } else { Ok(Vec::new()) }
            };
            let before = match before.await {
                Ok(before) => before,
                Err(error) => {
                    let exit = reporter.submit_error(&error, &self.prepared.analysis);
                    return BuildResult::new(exit, "not sent");
                }
            };
            let ended = self.build(&clients, plan, &reporter, &observer).await;
            let (build, outcome) = match ended {
                Ok(ended) => ended,
                Err(result) => return result,
            };
            let record = reached.lock().ok().and_then(|reached| reached.1.clone());
            if let Some(record) = &record {
                self.memory.advance(record, outcome::stage(&outcome));
            }
            let gated = gate.map(|gate| Gated { gate, registered: &plan.tags, before: &before });
            if let (Some(_), Ok(mut reached)) = (&gated, reached.lock()) {
                reached.0 = Reached::Untested(build.clone());
            }
            let settled = self.settle_any(gated.as_ref(), &tags, &reporter, (&build, &outcome));
            if let Some(result) = settled.await {
                return result;
            }
            if outcome == Outcome::Ready {
                self.remember(target, &build, &tags);
            }
            let seen = Seen { template_id: Some(&build.template_id), public: None };
            if !matches!(outcome, Outcome::Failed { .. })
                && let Err(error) = self.publish(&tags, &reporter, seen).await
            {
                return unpublished(&reporter, &build, &error);
            }
            let known = Known { plan: self.plan, analysis: &self.prepared.analysis };
            let exit = report_outcome(&reporter, Ok(known), &build, &outcome);
            BuildResult::of_outcome(exit, outcome).of(&build)
        };
        let ended = until(self.deadline, work).await;
        if let Some(gate) = &gate {
            gate.close_unless_interrupted().await;
        }
        match ended {
            Ok(ended) => ended,
            Err(left) => {
                let reached = reached.into_inner().map_or(Reached::Nothing, |(reached, _)| reached);
                self.leave(&reporter, target, &reached, &left)
            }
        }
    }

    /// Says why a promotion to another name is a new build.
    fn note_promotion(&self) {
        let digest = Digest::of(self.plan);
        let digests: Vec<_> =
            self.all.iter().map(|it| it.plan.as_ref().map(Digest::of).ok()).collect();
        let subjects =
            self.all.iter().zip(&digests).filter_map(|(prepared, digest)| {
                Some(prepared.promoted(digest.as_ref()?.as_str()))
            });
        let own = self.prepared.promoted(digest.as_str());
        let manifest = &self.prepared.analysis.manifest;
        let subjects: Vec<_> = subjects.collect();
        if let Some(note) = promotion::note(&own, &subjects, manifest, &self.memory) {
            self.printer.note(&note);
        }
    }

    fn not_sent(&self, failure: &Failure) -> BuildResult {
        self.printer.failure(&failure.message, failure.help.as_deref());
        BuildResult::new(failure.exit, "not sent")
    }

    /// Builds the template to its end, or else says how far it came.
    async fn build(
        &self,
        clients: &Clients<'_>,
        plan: &Plan,
        reporter: &Reporter<'_>,
        observer: Observer<'_>,
    ) -> Result<(Build, Outcome), BuildResult> {
        self.note_promotion();
        let files = &self.prepared.analysis.files;
        let build = match clients.driver.start(plan, files, observer).await {
            Ok(build) => build,
            Err(error) => {
                if matches!(error.kind, FaultKind::Files(..)) {
                    // The cached hashes may be wrong.
                    self.prepared.cache.forget(files.values());
                }
                let exit = reporter.submit_error(&error, &self.prepared.analysis);
                return Err(BuildResult::new(exit, "not started"));
            }
        };
        inputs::remember(&self.memory, self.prepared, self.plan, &build);
        if self.background {
            reporter.in_background(&build);
            return Err(BuildResult::new(Exit::Done, "started").of(&build));
        }
        let cursor = Cursor::default();
        let followed = submit::follow(clients.driver, &build, cursor, Some(plan), observer).await;
        match followed {
            Ok(outcome) => Ok((build, outcome)),
            Err(error) => {
                let command = self.command("logs --follow", &build);
                reporter.lost(&build, &error.to_string(), &command);
                Err(BuildResult::new(Exit::Platform, "unknown").of(&build))
            }
        }
    }

    fn command(&self, subcommand: &str, build: &Build) -> String {
        let platform = self.prepared.analysis.platform;
        let Destination { endpoint, local, .. } = &self.settings.destination;
        resume::command(subcommand, build, platform, endpoint, local.data.as_deref())
    }

    fn leave(
        &self,
        reporter: &Reporter<'_>,
        target: &Target,
        reached: &Reached,
        interruption: &resume::Interruption,
    ) -> BuildResult {
        let command = |subcommand: &str, build: &Build| self.command(subcommand, build);
        let command = (!target.is_embedded()).then_some(command);
        reporter.gave_up(reached, &interruption.reason, command);
        let result = BuildResult::new(interruption.exit, "unknown");
        match reached {
            Reached::Nothing => result,
            Reached::Registered(build) | Reached::Started(build) | Reached::Untested(build) => {
                result.of(build)
            }
        }
    }

    /// Records how far the build has come, before it is reported.
    fn note(
        &self,
        reached: &mut (Reached, Option<Record>),
        event: &Event,
        target: &Target,
        digest: &Digest,
        registered: &[String],
    ) {
        match event {
            Event::Registered { template_id, build_id } => {
                let build = Build { template_id: template_id.clone(), build_id: build_id.clone() };
                let mut record = self.record(&build, target, digest);
                if registered.iter().any(|tag| is_temporary(tag)) {
                    record.tags = registered.to_vec();
                }
                self.memory.remember(&record);
                *reached = (Reached::Registered(build), Some(record));
            }
            Event::Started => {
                if let Reached::Registered(build) = &reached.0 {
                    reached.0 = Reached::Started(build.clone());
                }
                if let Some(record) = &reached.1 {
                    self.memory.advance(record, Stage::Started);
                }
            }
            _ => {}
        }
    }

    pub(super) fn record(&self, build: &Build, target: &Target, digest: &Digest) -> Record {
        let template = &self.prepared.analysis.template;
        let imitates = self.prepared.analysis.platform.imitated().recorded_name();
        let now = now();
        Record {
            manifest: canonical(&self.prepared.manifest.file).to_string_lossy().into_owned(),
            profile: self.prepared.manifest.profile.clone(),
            platform: self.prepared.analysis.platform.name().to_owned(),
            imitates: imitates.map(str::to_owned),
            api_url: target.address(),
            template_id: build.template_id.clone(),
            build_id: build.build_id.clone(),
            name: template.name.value.clone(),
            tags: template.tags.clone(),
            requests: state::Digest::of(self.plan),
            digest: Some(digest.to_string()),
            stage: Stage::Registered,
            untested: self.prepared.variables.is_some(),
            registered_at: now,
            updated_at: now,
        }
    }
}
