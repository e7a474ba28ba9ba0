//! `sbx tag`: manages the tags of a template's builds.

use serde_json::json;

use super::remote::{Context, Remote, failure, on};
use super::show::{note_unready, tag_table};
use super::table::plain;
use super::{Exit, Failure};
use crate::host::Host;
use crate::printer::Printer;
use crate::scalar::TemplateRef;
use crate::settings::{Tag, TagAction};
use crate::submit::templates::{Before, Feature, TagAssignment};
use crate::submit::{FaultKind, SubmitError};

/// How many builds are read at once to know their status.
const BUILDS: usize = 100;

pub(super) fn run(settings: &Tag, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    let context = Context::new(&settings.remote, host)?;
    context.require(Feature::Tags)?;
    let template = match &settings.action {
        TagAction::Add(template, _) | TagAction::Remove(template, _) => Some(template),
        TagAction::List(template) => template.as_ref(),
    };
    let template = context.template(template)?;
    on(&settings.remote, context.platform, host, printer, async |remote| {
        match &settings.action {
            TagAction::Add(_, tags) => add(remote, &template, tags).await?,
            TagAction::Remove(_, tags) => {
                return remove(remote, &template, tags, settings.yes).await;
            }
            TagAction::List(_) => list(remote, &template).await?,
        }
        Ok(Exit::Done)
    })
}

async fn add(remote: &Remote<'_>, template: &TemplateRef, tags: &[String]) -> Result<(), Failure> {
    let observer = |event| remote.observe(&event);
    let added = remote.templates.add_tags(template, tags, &Before::default(), &observer).await;
    let (build_id, tags) = added.map_err(|error| not_added(remote, template, &error))?;
    if remote.is_json() {
        return remote.json(&json!({
            "template": template.to_string(), "buildId": build_id, "tags": tags,
        }));
    }
    remote.printer.note(&format!("build {build_id} is now {}", list_of(template, &tags)));
    Ok(())
}

async fn remove(
    remote: &Remote<'_>,
    template: &TemplateRef,
    tags: &[String],
    yes: bool,
) -> Result<Exit, Failure> {
    let template_id = remote.find(template).await?;
    let observer = |event| remote.observe(&event);
    let assigned = remote.templates.tags(&template_id, &observer).await;
    let assigned = assigned.map_err(|error| failure(&error))?.unwrap_or_default();
    let lost = lost_builds(&assigned, tags);
    if !lost.is_empty() {
        remote.printer.note(&format!(
            "{} no other tag, and without one it is out of reach for good: for sandboxes, `show`, \
             `status` and `logs`",
            builds(&lost)
        ));
        let question = format!("remove {}?", list_of(template, tags));
        if !yes && Printer::can_ask() && remote.printer.ask(&question) != Some(true) {
            remote.printer.note("nothing was removed");
            return Ok(Exit::Wrong);
        }
    }
    let removed = remote.templates.remove_tags(&template.name, tags, &observer).await;
    removed.map_err(|error| not_sure(remote, template, &error))?;
    if remote.is_json() {
        remote.json(&json!({
            "template": template.to_string(), "removed": tags, "unreachable": lost,
        }))?;
    } else {
        remote.printer.note(&format!("removed {}", list_of(template, tags)));
    }
    Ok(Exit::Done)
}

/// The builds that have no tag but those to remove. A tag is removed with its whole history, of
/// which only the newest build is known here.
pub(super) fn lost_builds<'a>(assigned: &'a [TagAssignment], removed: &[String]) -> Vec<&'a str> {
    let (gone, kept): (Vec<_>, Vec<_>) =
        assigned.iter().partition(|assignment| removed.contains(&assignment.tag));
    let mut lost: Vec<&str> = Vec::new();
    for assignment in gone {
        let build = assignment.build_id.as_str();
        if !kept.iter().any(|kept| kept.build_id == build) && !lost.contains(&build) {
            lost.push(build);
        }
    }
    lost
}

/// The subject and the verb of a sentence about builds.
fn builds(ids: &[&str]) -> String {
    let shown = ids.iter().map(|id| plain(id)).collect::<Vec<_>>().join(", ");
    if ids.len() == 1 { format!("build {shown} has") } else { format!("builds {shown} have") }
}

async fn list(remote: &Remote<'_>, template: &TemplateRef) -> Result<(), Failure> {
    let template_id = remote.find(template).await?;
    let observer = |event| remote.observe(&event);
    let details = remote.templates.show(&template_id, BUILDS, &observer).await;
    let Some(tags) = details.map_err(|error| failure(&error))?.tags else {
        return Err(remote.lists_no_tags());
    };
    if remote.is_json() {
        return remote.json(&tags);
    }
    if tags.is_empty() {
        remote.printer.note(&format!("{template} has no tags"));
    } else {
        remote.printer.data(&tag_table(&tags).render(remote.printer.columns()));
        note_unready(remote, &template.name, &tags);
    }
    Ok(())
}

/// `name:tag` of each.
fn list_of(template: &TemplateRef, tags: &[String]) -> String {
    let name = &template.name;
    tags.iter().map(|tag| format!("{name}:{tag}")).collect::<Vec<_>>().join(", ")
}

fn not_added(remote: &Remote<'_>, template: &TemplateRef, error: &SubmitError) -> Failure {
    match error.kind {
        FaultKind::Refused { status: 404, .. } => failure(error).help(format!(
            "no build of `{template}` is ready: `{}` lists the tags and the status of their builds",
            remote.command(&format!("tag list {}", template.name))
        )),
        _ => not_sure(remote, template, error),
    }
}

fn not_sure(remote: &Remote<'_>, template: &TemplateRef, error: &SubmitError) -> Failure {
    match error.kind {
        FaultKind::Broken(_) | FaultKind::Timeout => failure(error).help(format!(
            "the request may have been processed nevertheless: `{}` shows it; it is safe to \
             repeat it",
            remote.command(&format!("tag list {}", template.name))
        )),
        _ => failure(error),
    }
}
