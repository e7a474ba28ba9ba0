//! `sbx tag`: manages the tags of a template's builds.

use serde_json::json;

use super::remote::{Context, Remote, failure, on};
use super::show::tag_table;
use super::{Exit, Failure};
use crate::host::Host;
use crate::printer::Printer;
use crate::scalar::TemplateRef;
use crate::settings::{Tag, TagAction};
use crate::submit::templates::Feature;
use crate::submit::{FaultKind, SubmitError};

pub(super) fn run(settings: &Tag, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    let context = Context::new(&settings.remote, host);
    context.require(Feature::Tags)?;
    let template = match &settings.action {
        TagAction::Add(template, _) | TagAction::Remove(template, _) => Some(template),
        TagAction::List(template) => template.as_ref(),
    };
    let template = context.template(template)?;
    on(&settings.remote, context.platform, host, printer, async |remote| {
        match &settings.action {
            TagAction::Add(_, tags) => add(remote, &template, tags).await?,
            TagAction::Remove(_, tags) => remove(remote, &template, tags).await?,
            TagAction::List(_) => list(remote, &template).await?,
        }
        Ok(Exit::Done)
    })
}

async fn add(remote: &Remote<'_>, template: &TemplateRef, tags: &[String]) -> Result<(), Failure> {
    let added = remote.templates.add_tags(template, tags).await;
    let (build_id, tags) = added.map_err(|error| missing(template, &error))?;
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
) -> Result<(), Failure> {
    let removed = remote.templates.remove_tags(&template.name, tags).await;
    removed.map_err(|error| missing(template, &error))?;
    if remote.is_json() {
        return remote.json(&json!({ "template": template.to_string(), "removed": tags }));
    }
    remote.printer.note(&format!("removed {}", list_of(template, tags)));
    Ok(())
}

async fn list(remote: &Remote<'_>, template: &TemplateRef) -> Result<(), Failure> {
    let template_id = remote.find(template).await?;
    let observer = |event| remote.observe(&event);
    let tags = remote.templates.tags(&template_id, &observer).await;
    let tags = tags.map_err(|error| failure(&error))?;
    if remote.is_json() {
        return remote.json(&tags);
    }
    if tags.is_empty() {
        remote.printer.note(&format!("{template} has no tags"));
    } else {
        remote.printer.data(&tag_table(&tags).render(remote.printer.columns()));
    }
    Ok(())
}

/// `name:tag` of each.
fn list_of(template: &TemplateRef, tags: &[String]) -> String {
    let name = &template.name;
    tags.iter().map(|tag| format!("{name}:{tag}")).collect::<Vec<_>>().join(", ")
}

fn missing(template: &TemplateRef, error: &SubmitError) -> Failure {
    match error.kind {
        FaultKind::Refused { status: 404, .. } => {
            failure(error).help(format!("`sbx tag list {}` lists the existing tags", template.name))
        }
        FaultKind::Broken(_) | FaultKind::Timeout => failure(error)
            .help("the request may have been processed nevertheless; it is safe to repeat it"),
        _ => failure(error),
    }
}
