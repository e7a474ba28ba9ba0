//! `sbx delete`: deletes templates for good.

use serde_json::{Value, json};

use super::remote::{Context, Remote, failure, on, require_answer};
use super::{Exit, Failure};
use crate::host::Host;
use crate::platform::Platform;
use crate::printer::Printer;
use crate::scalar::TemplateRef;
use crate::settings::Delete;
use crate::submit::templates::{Details, Template};
use crate::submit::{FaultKind, SubmitError};

pub(super) fn run(settings: &Delete, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    let context = Context::new(&settings.remote, host)?;
    let platform = context.platform;
    for reference in &settings.templates {
        let template = context.template(Some(reference))?;
        refuse_reserved(platform, template.name.rsplit('/').next().unwrap_or_default())?;
    }
    require_answer(settings.yes, "deletes")?;
    on(&settings.remote, platform, host, printer, async |remote| {
        let mut found: Vec<(&TemplateRef, Details)> = Vec::new();
        // All are looked up before the first one is deleted: a wrong name deletes nothing.
        for reference in &settings.templates {
            let details = details(remote, reference).await?;
            let known = |it: &Details| it.template.template_id == details.template.template_id;
            if !found.iter().any(|(_, it)| known(it)) {
                found.push((reference, details));
            }
        }
        if !settings.yes && remote.printer.ask(&question(platform, &found)) != Some(true) {
            remote.printer.note("nothing was deleted");
            return Ok(Exit::Wrong);
        }
        delete(remote, &found).await
    })
}

async fn details(remote: &Remote<'_>, reference: &TemplateRef) -> Result<Details, Failure> {
    let template_id = remote.find(reference).await?;
    let observer = |event| remote.observe(&event);
    let details = remote.templates.show(&template_id, 1, &observer).await;
    let details = details.map_err(|error| failure(&error))?;
    for name in &details.template.names {
        refuse_reserved(remote.platform, name)?;
    }
    Ok(details)
}

/// Refuses to delete the platform's own templates.
fn refuse_reserved(platform: Platform, name: &str) -> Result<(), Failure> {
    if !platform.facts().reserved_names.contains(&name) {
        return Ok(());
    }
    let message = format!("`{name}` is a template of `{platform}` itself, which cannot be deleted");
    Err(Failure::new(Exit::Usage, message).help("remove it from the command"))
}

fn question(platform: Platform, found: &[(&TemplateRef, Details)]) -> String {
    let lines = found.iter().map(|(_, details)| {
        let Template { template_id, build_count, .. } = &details.template;
        let builds = match build_count {
            None => String::new(),
            Some(1) => ", 1 build".to_owned(),
            Some(count) => format!(", {count} builds"),
        };
        let name = super::table::plain(details.template.name());
        format!("  {name} ({template_id}{builds})\n")
    });
    let what = if found.len() == 1 { "this template" } else { "these templates" };
    format!("{}delete {what} from {platform}?", lines.collect::<String>())
}

/// Deletes one template after the other, also after one that cannot be deleted.
async fn delete(remote: &Remote<'_>, found: &[(&TemplateRef, Details)]) -> Result<Exit, Failure> {
    let mut exit = Exit::Done;
    let mut results: Vec<Value> = Vec::new();
    for (reference, details) in found {
        let Template { template_id, names, .. } = &details.template;
        let result = remote.templates.delete(template_id).await;
        let mut entry = json!({
            "template": reference.to_string(), "templateId": template_id, "names": names,
            "deleted": result.is_ok(), "reason": null,
        });
        match result {
            Ok(()) if !remote.is_json() => {
                let name = super::table::plain(details.template.name());
                remote.printer.note(&format!("deleted {name} ({template_id})"));
            }
            Ok(()) => {}
            Err(error) => {
                let message = format!("`{reference}` is not deleted: {}", error.reason());
                remote.printer.failure(&message, help(remote, reference, &error).as_deref());
                entry["reason"] = json!(error.reason());
                exit = Exit::Platform;
            }
        }
        results.push(entry);
    }
    if remote.is_json() {
        remote.json(&results)?;
    }
    Ok(exit)
}

fn help(remote: &Remote<'_>, reference: &TemplateRef, error: &SubmitError) -> Option<String> {
    match error.kind {
        FaultKind::Refused { status: 400, .. } => {
            let help = "kill the sandboxes that were created from it first, paused ones too: the \
                        platform's SDK or dashboard lists them";
            Some(help.to_owned())
        }
        FaultKind::Refused { status: 404, .. } => Some("it was deleted in the meantime".to_owned()),
        FaultKind::Broken(_) | FaultKind::Timeout => {
            let command = remote.command(&format!("exists {reference}"));
            Some(format!("it may have been deleted nevertheless: check with `{command}`"))
        }
        _ => error.help(),
    }
}
