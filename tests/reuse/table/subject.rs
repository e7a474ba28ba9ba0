//! A platform of a kind, and machines that apply a manifest to it.

use std::fs;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::super::{KEY, MANIFEST};
use crate::support::faulty::model::{Model, Script, Tags};
use crate::support::faulty::{Call, Faulty, Plan};
use crate::support::process::ToEnd as _;
use crate::support::{Ran, Workspace};

/// A platform, by what its server knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    /// E2B's open server.
    E2b,
    /// A server that looks up bare names alone.
    Older,
    /// A server without tags.
    Untagged,
    Declaw,
    /// The local platform without a container engine, which records builds.
    Recorded,
}

/// A platform, and a machine that applies a manifest to it.
pub(super) struct Subject {
    pub(super) column: Column,
    pub(super) server: Option<Faulty>,
    pub(super) workspace: Workspace,
    before: (usize, usize),
}

impl Subject {
    pub(super) fn new(column: Column) -> Self {
        Self::with(column, Box::new(|_, _| None))
    }

    pub(super) fn with(column: Column, plan: Plan) -> Self {
        let tags = match column {
            Column::Older => Tags::Older(404),
            Column::Untagged => Tags::Unknown,
            _ => Tags::Whole,
        };
        let declaw = column == Column::Declaw;
        let log = vec!["the only line".to_owned()];
        let script =
            Script { key: KEY.to_owned(), tags, declaw, log, growth: vec![0], ..Script::default() };
        let server = (column != Column::Recorded)
            .then(|| Faulty::start(Model::new(script), plan, Duration::ZERO));
        let mut subject = Self { column, server, workspace: Workspace::empty(), before: (0, 0) };
        subject.workspace = subject.machine();
        subject
    }

    /// A machine that has a clone of the project, and no record of a build.
    pub(super) fn machine(&self) -> Workspace {
        let mut workspace = Workspace::empty();
        let (name, manifest) = match self.column {
            Column::Declaw => ("declaw", MANIFEST.replace("tags = [\"v1\", \"default\"]\n", "")),
            Column::Recorded => ("local", MANIFEST.to_owned()),
            _ => ("e2b", MANIFEST.to_owned()),
        };
        workspace.set("SBX_PLATFORM", name);
        if let Some(server) = &self.server {
            let upper = name.to_uppercase();
            workspace.set(&format!("{upper}_API_KEY"), KEY);
            workspace.set(&format!("{upper}_API_URL"), &format!("http://{}", server.address));
        } else if self.workspace.path().join("sandbox.toml").exists() {
            let data = self.workspace.path().join("home/data");
            workspace.set("SBX_DATA", &data.display().to_string());
        }
        workspace.set("SBX_RETRY_SCALE", "0.002");
        workspace.write("sandbox.toml", manifest);
        workspace.write("app.py", "print()\n");
        workspace
    }

    pub(super) fn model(&self) -> Option<std::sync::MutexGuard<'_, Model>> {
        Some(self.server.as_ref()?.model.lock().expect("not poisoned"))
    }

    /// The requests, and the builds that were registered.
    fn counts(&self) -> (usize, usize) {
        let Some(model) = self.model() else {
            let logs = fs::read_dir(self.workspace.path().join("home/data/logs"));
            return (0, logs.map_or(0, Iterator::count));
        };
        let of = |call: Call| model.calls.get(&call).copied().unwrap_or(0);
        (model.calls.values().sum(), of(Call::Register) + of(Call::Build))
    }

    /// A command for the machine.
    pub(super) fn command(&self, workspace: &Workspace, more: &[&str]) -> Command {
        let mut arguments = vec!["apply", "--format", "json"];
        // A template of Declaw's is replaced.
        if self.column == Column::Declaw {
            arguments.push("--replace");
        }
        arguments.extend(more);
        workspace.command(&arguments)
    }

    pub(super) fn apply(&mut self, more: &[&str]) -> String {
        let ran = Ran::of(self.command(&self.workspace, more).to_end());
        self.cell(&ran)
    }

    /// What a run did, and what it took.
    pub(super) fn cell(&mut self, ran: &Ran) -> String {
        if let Some(model) = self.model() {
            assert!(model.faults.is_empty(), "{:?}\n{}", model.faults, ran.text());
        }
        let last = ran.stdout.lines().last().unwrap_or_default();
        let last: Value = serde_json::from_str(last).unwrap_or_default();
        let result = match last["result"].as_str().or_else(|| last["status"].as_str()) {
            Some(result) if ran.exit == 0 => result.to_owned(),
            _ => format!("exit {}", ran.exit),
        };
        let (requests, registered) = self.counts();
        let (before, were) = std::mem::replace(&mut self.before, (requests, registered));
        let builds = if registered == were { "" } else { ", new build" };
        match self.server {
            Some(_) => format!("{result}{builds}, {}", requests - before),
            None => format!("{result}{builds}"),
        }
    }

    /// The builds that the declared tags point to, and whether that is one.
    pub(super) fn is_consistent(&self) -> bool {
        let Some(model) = self.model() else { return true };
        let (v1, default) = (model.resolved("v1"), model.resolved("default"));
        v1.is_some() && v1 == default
    }
}
