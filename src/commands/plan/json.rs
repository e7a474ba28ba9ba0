//! A plan for programs.

use serde_json::{Value, json};

use super::Entry;
use super::human::QUOTE;
use super::titles::step_title;
use super::words::{differences, reasons, why, word};
use crate::plan::{Action, Build, BuildState, Cause, Change, Difference, TagMove};

/// What would be done with one manifest.
pub(super) fn value(entry: &Entry) -> Value {
    let Entry { subject, action, visibility, dependants, notes } = entry;
    let mut value = json!({
        "file": subject.manifest.file,
        "template": subject.analysis.template.name.value,
        "platform": subject.analysis.platform.name(),
        "digest": subject.digest.as_str(),
        "changes": entry.changes(),
    });
    if let Some(profile) = &subject.manifest.profile {
        value["profile"] = json!(profile);
    }
    match action {
        Action::UpToDate { build_id, unknown } => {
            value["action"] = json!("up-to-date");
            value["buildId"] = json!(build_id);
            value["unknown"] = json!(unknown);
        }
        Action::MoveTags { build_id, tags: moved } => {
            value["action"] = json!("move-tags");
            value["buildId"] = json!(build_id);
            value["tags"] = tags(moved);
        }
        Action::Build(build) => {
            value["action"] = json!("build");
            self::build(entry, build, &mut value);
        }
    }
    if let Some(image) = &subject.image {
        value["image"] = json!(image);
    }
    value["tests"] = json!(entry.tests());
    value["public"] = json!(visibility);
    value["dependants"] = json!(dependants);
    value["notes"] = json!(notes);
    value
}

fn tags(tags: &[TagMove]) -> Value {
    tags.iter().map(|moved| json!({ "tag": moved.tag, "from": moved.from })).collect()
}

fn build(entry: &Entry, build: &Build, value: &mut Value) {
    let subject = &entry.subject;
    let (cause, compared) = match &build.cause {
        Cause::First => ("first", Value::Null),
        Cause::Base { .. } => ("base", Value::Null),
        Cause::Differs { build_id, tag, state, .. } => {
            ("differs", json!({ "buildId": build_id, "tag": tag, "state": self::state(*state) }))
        }
    };
    value["cause"] = json!(cause);
    value["why"] = json!(why(&build.cause, QUOTE));
    value["comparedWith"] = compared;
    let texts = reasons(subject, &build.cause);
    let reasons = differences(&build.cause).iter().zip(texts).map(|(difference, reason)| {
        let mut value = self::difference(difference);
        value["text"] = json!(format!("{}: {}", reason.what, reason.how));
        value["place"] = json!(reason.place);
        value
    });
    value["reasons"] = reasons.collect();
    let forecast = build.forecast.as_ref();
    let steps = subject.plan.steps.iter().enumerate().map(|(at, _)| {
        let foreseen = forecast.and_then(|forecast| forecast.steps.get(at));
        json!({
            "step": at + 1, "title": step_title(subject, at),
            "cached": foreseen.map(|step| step.cached),
            "certain": foreseen.is_some_and(|step| step.certain),
        })
    });
    value["steps"] = steps.collect();
    value["stepsAreExact"] = json!(forecast.is_some_and(|forecast| forecast.exact));
    let uploads = build.archives.iter().map(|archive| {
        json!({
            "src": archive.source, "filesHash": archive.files_hash, "entries": archive.entries,
            "bytes": archive.bytes, "present": archive.present,
        })
    });
    value["uploads"] = uploads.collect();
    value["tags"] = tags(&build.tags);
    value["needsReplace"] = json!(build.needs_replace);
}

const fn state(state: BuildState) -> &'static str {
    match state {
        BuildState::Ready => "ready",
        BuildState::Recorded => "recorded",
        BuildState::Failed => "error",
        BuildState::Unfinished => "building",
        BuildState::Lost => "lost",
    }
}

fn difference(difference: &Difference) -> Value {
    let names = |names: &std::collections::BTreeMap<String, Change>| {
        let of = |change| -> Vec<_> {
            names.iter().filter(|(_, known)| **known == change).map(|(name, _)| name).collect()
        };
        json!({
            "changed": of(Change::Changed), "added": of(Change::Added), "removed": of(Change::Removed),
        })
    };
    match difference {
        Difference::From { before, now } => {
            json!({ "kind": "from", "before": before, "now": now })
        }
        Difference::Resource { resource, before, now } => json!({
            "kind": "resource", "name": word(*resource), "before": before, "now": now,
        }),
        Difference::Field { name, change } => {
            json!({ "kind": "field", "name": name, "change": change.word() })
        }
        Difference::Variables { step, names: changed } => json!({
            "kind": "variables", "step": step.map(|at| at + 1), "names": names(changed),
        }),
        Difference::Files { step, source, paths } => json!({
            "kind": "files", "step": step + 1, "source": source,
            "paths": paths.as_ref().map(names),
        }),
        Difference::Step { step, change } => {
            json!({ "kind": "step", "step": step + 1, "change": change.word() })
        }
        Difference::Removed { after, was } => json!({
            "kind": "step", "after": after, "change": Change::Removed.word(),
            "was": was.kind.word(),
        }),
        Difference::Environment { step } => {
            json!({ "kind": "step", "step": step + 1, "change": Change::Changed.word() })
        }
    }
}
