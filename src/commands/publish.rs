//! `sbx publish` and `sbx unpublish`: make templates public or private.

use serde_json::{Value, json};

use super::remote::{Context, failure, on};
use super::{Exit, Failure};
use crate::host::Host;
use crate::printer::Printer;
use crate::settings::Publish;
use crate::submit::templates::Feature;

pub(super) fn run(settings: &Publish, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    let context = Context::new(&settings.remote, host)?;
    context.require(Feature::Publishing)?;
    on(&settings.remote, context.platform, host, printer, async |remote| {
        let public = settings.public;
        let mut found = Vec::new();
        // All are looked up before the first one is changed: a wrong name changes nothing.
        for reference in &settings.templates {
            found.push((reference, remote.find(reference).await?));
        }
        let mut changed: Vec<Value> = Vec::new();
        for (reference, template_id) in found {
            let observer = |event| remote.observe(&event);
            let updated = remote.templates.publish(&template_id, public, &observer).await;
            updated.map_err(|error| failure(&error))?;
            if remote.is_json() {
                changed.push(json!({
                    "template": reference.to_string(), "templateId": template_id, "public": public,
                }));
            } else {
                remote.printer.note(&format!("{reference} is {}", visibility(public)));
            }
        }
        if remote.is_json() {
            remote.json(&changed)?;
        }
        Ok(Exit::Done)
    })
}

/// A template's visibility, for people.
pub(super) const fn visibility(public: bool) -> &'static str {
    if public {
        "public: other teams can start sandboxes from it"
    } else {
        "private: only your team can start sandboxes from it"
    }
}
