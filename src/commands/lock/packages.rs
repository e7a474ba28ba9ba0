//! Asks package indexes for the versions that steps do not name.

use std::collections::BTreeMap;
use std::path::Path;

use super::Job;
use crate::commands::report::note_retry;
use crate::commands::resume::retry_policy;
use crate::commands::serve::runtime;
use crate::commands::{Exit, Failure};
use crate::lock::package::{NOTES, Question};
use crate::settings::LockMode;
use crate::submit::Event;
use crate::submit::packages::{Indexes, PackageError, answers};

/// The packages of a lock.
#[derive(Default)]
pub(super) struct Packages {
    pub(super) resolved: BTreeMap<String, Vec<String>>,
    /// What is not locked, and why.
    pub(super) remarks: Vec<String>,
}

impl Job<'_> {
    /// The packages with their versions: those that are missing or to be updated from their indexes,
    /// the others as they are locked.
    pub(super) fn resolve_packages(
        &self,
        mut questions: Vec<Question>,
    ) -> Result<Packages, Failure> {
        let mode = &self.settings.mode;
        if *mode != LockMode::UpdateAll {
            for question in &mut questions {
                question.keep(&self.subject.lock.packages, mode.names());
            }
        }
        let mut packages = Packages::default();
        if questions.is_empty() {
            return Ok(packages);
        }
        let nothing = BTreeMap::new();
        if questions.iter().all(|question| question.asked().next().is_none()) {
            let kept = questions.into_iter();
            packages.resolved =
                kept.map(|question| (question.step.clone(), question.answered(&nothing))).collect();
        } else {
            self.ask_indexes(&questions, &mut packages)?;
        }
        packages.remarks.extend(NOTES.iter().map(|note| (*note).to_owned()));
        Ok(packages)
    }

    fn ask_indexes(&self, questions: &[Question], packages: &mut Packages) -> Result<(), Failure> {
        let directory = self.subject.file.parent().unwrap_or(Path::new(""));
        let indexes = Indexes::read(self.host, directory).map_err(|error| failure(&error))?;
        packages.remarks.extend(indexes.remarks());
        let guessed = questions.iter().filter(|question| question.guesses_python());
        packages.remarks.extend(guessed.map(|question| {
            format!(
                "the Python version of `{}` is not known: the newest releases are locked",
                question.step
            )
        }));
        let observer = |event: Event| note_retry(self.printer, &event);
        let policy = retry_policy(None, self.host);
        let found = runtime()?.block_on(answers(questions, &indexes, policy, &observer));
        let found = found.map_err(|error| failure(&error))?;
        packages.resolved =
            found.into_iter().map(|answer| (answer.step, answer.resolved)).collect();
        Ok(())
    }
}

fn failure(error: &PackageError) -> Failure {
    let exit = if error.is_absent() { Exit::Wrong } else { Exit::Platform };
    let failure = Failure::new(exit, error.to_string());
    match error.help() {
        Some(help) => failure.help(help),
        None => failure,
    }
}
