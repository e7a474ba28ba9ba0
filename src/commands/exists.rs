//! `sbx exists`: tests whether a template exists.
//!
//! The exit code is the answer: 0 yes, 1 no, 3 unknown.

use serde_json::json;

use super::remote::{Context, failure, on};
use super::table::plain;
use super::{Exit, Failure};
use crate::host::Host;
use crate::printer::Printer;
use crate::settings::Exists;
use crate::submit::templates::Lookup;

pub(super) fn run(settings: &Exists, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    let context = Context::new(&settings.remote, host)?;
    let template = context.template(settings.template.as_ref())?;
    on(&settings.remote, context.platform, host, printer, async |remote| {
        let observer = |event| remote.observe(&event);
        let found = remote.templates.look_up(&template, &observer).await;
        let found = found.map_err(|error| failure(&error))?;
        let platform = remote.platform;
        let (template_id, public, line) = match &found {
            Lookup::Found { template_id, public } => (
                Some(template_id),
                *public,
                format!("{template} exists on {platform}: {template_id}"),
            ),
            Lookup::NotYours => {
                (None, None, format!("{template} exists on {platform}, but is not yours"))
            }
            Lookup::NotReady { status } => {
                let status = plain(status);
                let line =
                    format!("{template} is not ready on {platform}: its build is `{status}`");
                (None, None, line)
            }
            Lookup::Missing => (None, None, format!("{template} does not exist on {platform}")),
        };
        let status = match &found {
            Lookup::NotReady { status } => Some(status),
            _ => None,
        };
        let exists = matches!(found, Lookup::Found { .. } | Lookup::NotYours);
        if remote.is_json() {
            remote.json(&json!({
                "template": template.to_string(), "exists": exists,
                "yours": template_id.is_some(), "templateId": template_id, "public": public,
                "status": status,
            }))?;
        } else {
            remote.printer.data_line(&line);
        }
        Ok(if exists { Exit::Done } else { Exit::Wrong })
    })
}
