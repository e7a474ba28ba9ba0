//! `sbx rollback`: moves tags to the build that they pointed to before, or to any other.

mod target;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::deployed::declared;
use super::remember::Memory;
use super::remote::{Context, Remote, failure, on, require_answer};
use super::table::{plain, time};
use super::{Exit, Failure};
use crate::host::Host;
use crate::platform::Platform;
use crate::printer::Printer;
use crate::scalar::{TemplateRef, counted};
use crate::settings::Rollback;
use crate::state::Built;
use crate::submit::templates::{Before, Details, Feature, TemplateBuild};
use target::Target;

/// How many builds are read, to describe those that tags move between.
const BUILDS: usize = 100;

/// A tag and the builds that it moves between.
struct Move {
    tag: String,
    /// The build that it resolves to now, if one is known.
    from: Option<String>,
    to: String,
}

pub(super) fn run(
    settings: &Rollback,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Exit, Failure> {
    let context = Context::new(&settings.remote, host)?;
    context.require(Feature::Tags)?;
    let template = context.template(settings.template.as_ref())?;
    let Some(tags) = tags_to_move(settings, &context, host, printer) else {
        return Ok(Exit::Wrong);
    };
    require_answer(settings.yes, "moves the tags")?;
    on(&settings.remote, context.platform, host, printer, async |remote| {
        let template_id = remote.find(&template).await?;
        let observer = |event| remote.observe(&event);
        let details = remote.templates.show(&template_id, BUILDS, &observer).await;
        let details = details.map_err(|error| failure(&error))?;
        let recorded = recorded(host, printer, context.platform, &template_id);
        let target = Target { remote, template: &template, details: &details, recorded: &recorded };
        let mut moves = Vec::new();
        for tag in tags {
            moves.push(target.of(tag, settings.to.as_deref()).await?);
        }
        moves.retain(|step| step.from.as_ref() != Some(&step.to));
        if moves.is_empty() {
            return done(remote, &template, &details, &moves);
        }
        note_tests(remote, &context, &template);
        let question = question(&template, &details, &moves);
        if !settings.yes && remote.printer.ask(&question) != Some(true) {
            remote.printer.note("nothing was moved");
            return Ok(Exit::Wrong);
        }
        let before = Before::listed(details.tags.as_deref().unwrap_or_default());
        let builds: BTreeSet<&String> = moves.iter().map(|step| &step.to).collect();
        for build_id in builds {
            let tags = moves.iter().filter(|step| step.to == *build_id);
            let tags: Vec<_> = tags.map(|step| step.tag.clone()).collect();
            assign(remote, &template, build_id, &tags, &before).await?;
        }
        done(remote, &template, &details, &moves)
    })
}

/// The builds of a template that this machine has started, newest first for each manifest.
fn recorded(
    host: &dyn Host,
    printer: &Printer,
    platform: Platform,
    template_id: &str,
) -> Vec<Built> {
    let histories = Memory::new(host, printer).histories().into_iter();
    let of_platform = histories.filter(|history| history.platform == platform.name());
    let builds = of_platform.flat_map(|history| history.builds);
    builds.filter(|built| built.template_id == template_id).collect()
}

/// The tags of the arguments, else those of the manifest, else the one of the untagged name; `None`
/// if one of the manifest is wrong, which is reported.
fn tags_to_move(
    settings: &Rollback,
    context: &Context,
    host: &dyn Host,
    printer: &Printer,
) -> Option<Vec<String>> {
    let mut tags = match settings.tags.as_slice() {
        [] => declared(&context.tags(host, printer)?),
        given => given.to_vec(),
    };
    let mut seen = BTreeSet::new();
    tags.retain(|tag| seen.insert(tag.clone()));
    Some(tags)
}

/// Says that the manifest's tests do not decide whether the tags move.
fn note_tests(remote: &Remote<'_>, context: &Context, template: &TemplateRef) {
    let tests = context.tests_of(template);
    if tests > 0 {
        let tests = counted(tests, "test", "tests");
        let test = remote.command(&format!("test{}", context.manifest_words()));
        remote.printer.note(&format!(
            "the tags move without the {tests} of the manifest; `{test}` runs them afterwards"
        ));
    }
}

/// Moves tags to a build, all of them or none.
async fn assign(
    remote: &Remote<'_>,
    template: &TemplateRef,
    build_id: &str,
    tags: &[String],
    before: &Before,
) -> Result<(), Failure> {
    let observer = |event| remote.observe(&event);
    let target = TemplateRef { name: template.name.clone(), tag: Some(build_id.to_owned()) };
    let moved = remote.templates.add_tags(&target, tags, before, &observer).await;
    let (found, _) = moved.map_err(|error| {
        let list = remote.command(&format!("tag list {}", template.name));
        failure(&error).help(format!("`{list}` shows what the tags point to now"))
    })?;
    if found == build_id {
        return Ok(());
    }
    let message =
        format!("the platform moved the tags to build {}, not to {build_id}", plain(&found));
    Err(Failure::new(Exit::Platform, message))
}

fn question(template: &TemplateRef, details: &Details, moves: &[Move]) -> String {
    let line = |step: &Move| {
        let from = step
            .from
            .as_ref()
            .map_or_else(|| "no build that is ready".to_owned(), |from| described(details, from));
        let to = described(details, &step.to);
        format!("  {}:{}\n    from {from}\n      to {to}\n", template.name, step.tag)
    };
    let what = if moves.len() == 1 { "this tag" } else { "these tags" };
    format!("{}move {what}?", moves.iter().map(line).collect::<String>())
}

/// A build for people: its ID, its digest and when it was registered.
fn described(details: &Details, build_id: &str) -> String {
    let facts = known(details, build_id).map(|build| {
        let digest = build.digest.iter().map(|digest| format!(", {digest}"));
        let when = format!(", registered {}", time(Some(&build.created_at)));
        digest.chain([when]).collect::<String>()
    });
    plain(&format!("build {build_id}{}", facts.unwrap_or_default()))
}

fn known<'a>(details: &'a Details, build_id: &str) -> Option<&'a TemplateBuild> {
    details.builds.iter().flatten().find(|build| build.build_id == build_id)
}

fn done(
    remote: &Remote<'_>,
    template: &TemplateRef,
    details: &Details,
    moves: &[Move],
) -> Result<Exit, Failure> {
    if remote.is_json() {
        let list: Vec<Value> = moves
            .iter()
            .map(|step| {
                let digest = known(details, &step.to).and_then(|build| build.digest.as_ref());
                json!({ "tag": step.tag, "from": step.from, "to": step.to, "digest": digest })
            })
            .collect();
        remote.json(&json!({ "template": template.to_string(), "moved": list }))?;
        return Ok(Exit::Done);
    }
    if moves.is_empty() {
        remote.printer.note("nothing to move: the tags point to that build already");
    }
    for step in moves {
        let build = described(details, &step.to);
        remote.printer.note(&format!("{}:{} is now {build}", template.name, step.tag));
    }
    Ok(Exit::Done)
}
