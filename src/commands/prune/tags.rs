//! `sbx prune TEMPLATE`: removes tags that `sbx` gave to builds and that nothing needs any more.

use jiff::Timestamp;
use serde_json::json;

use super::stale::stale;
use crate::commands::remote::{Context, failure, on, require_answer};
use crate::commands::table::plain;
use crate::commands::tag::lost_builds;
use crate::commands::{Exit, Failure};
use crate::host::Host;
use crate::printer::Printer;
use crate::settings::PruneTags;
use crate::submit::templates::Feature;

pub(super) fn run(
    settings: &PruneTags,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Exit, Failure> {
    let context = Context::new(&settings.remote, host)?;
    context.require(Feature::Tags)?;
    let template = context.template(Some(&settings.template))?;
    require_answer(settings.yes, "removes the tags")?;
    on(&settings.remote, context.platform, host, printer, async |remote| {
        let template_id = remote.find(&template).await?;
        let observer = |event| remote.observe(&event);
        let assigned = remote.templates.tags(&template_id, &observer).await;
        let Some(assigned) = assigned.map_err(|error| failure(&error))? else {
            return Err(remote.lists_no_tags());
        };
        let removed = stale(&assigned, Timestamp::now());
        let lost = lost_builds(&assigned, &removed);
        if !removed.is_empty() {
            let question = question(&template.name, &removed, lost.len());
            if !settings.yes && remote.printer.ask(&question) != Some(true) {
                remote.printer.note("nothing was removed");
                return Ok(Exit::Wrong);
            }
            let result = remote.templates.remove_tags(&template.name, &removed, &observer).await;
            result.map_err(|error| failure(&error))?;
        }
        if remote.is_json() {
            remote.json(&json!({
                "template": template.to_string(), "removed": removed, "unreachable": lost,
            }))?;
            return Ok(Exit::Done);
        }
        for tag in &removed {
            remote.printer.data_line(&plain(&format!("{}:{tag}", template.name)));
        }
        remote.printer.note(&match removed.len() {
            0 => "there was nothing to remove".to_owned(),
            1 => "removed 1 tag".to_owned(),
            count => format!("removed {count} tags"),
        });
        Ok(Exit::Done)
    })
}

fn question(name: &str, removed: &[String], lost: usize) -> String {
    let lines = removed.iter().map(|tag| format!("  {name}:{}\n", plain(tag)));
    let tags = if removed.len() == 1 { "this tag" } else { "these tags" };
    let builds = match lost {
        0 => String::new(),
        1 => " 1 build has no other tag and may be out of reach for good.".to_owned(),
        count => format!(" {count} builds have no other tag and may be out of reach for good."),
    };
    format!("{}remove {tags}?{builds}", lines.collect::<String>())
}
