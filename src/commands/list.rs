//! `sbx list`: lists the templates of an account.

use super::remote::{Context, Remote, failure, on};
use super::table::{Column, Table, mebibytes, or_dash, time};
use super::{Exit, Failure};
use crate::host::Host;
use crate::printer::Printer;
use crate::settings::List;
use crate::submit::templates::Template;

pub(super) fn run(settings: &List, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    let context = Context::new(&settings.remote, host)?;
    on(&settings.remote, context.platform, host, printer, async |remote| {
        let observer = |event| remote.observe(&event);
        let listed = remote.templates.list(settings.limit, &observer).await;
        show(remote, &listed.map_err(|error| failure(&error))?)?;
        Ok(Exit::Done)
    })
}

fn show(remote: &Remote<'_>, templates: &[Template]) -> Result<(), Failure> {
    if remote.is_json() {
        return remote.json(&templates);
    }
    if templates.is_empty() {
        remote.printer.note(&format!("there are no templates on {}", remote.platform));
        return Ok(());
    }
    let mut table = Table::new([
        Column::text("NAME"),
        Column::text("TEMPLATE ID"),
        Column::text("STATUS").optional(1),
        Column::number("CPU").optional(4),
        Column::number("MEMORY").optional(4),
        Column::number("BUILDS").optional(5),
        Column::text("PUBLIC").optional(3),
        Column::text("UPDATED").optional(2),
    ]);
    for template in templates {
        let changed = template.updated_at.as_ref().or(template.created_at.as_ref());
        table.row([
            if template.names.is_empty() { "-".to_owned() } else { template.names.join(", ") },
            template.template_id.clone(),
            status(template),
            or_dash(template.cpu_count),
            mebibytes(template.memory_mb),
            or_dash(template.build_count),
            yes_or_no(template.public),
            time(changed.map(String::as_str)),
        ]);
    }
    remote.printer.data(&table.render(remote.printer.columns()));
    Ok(())
}

/// The status of what the name without a tag resolves to, and that of a newer build.
pub(super) fn status(template: &Template) -> String {
    match (&template.status, &template.last_status) {
        (Some(status), Some(last)) if status != last => format!("{status} (last: {last})"),
        (Some(status), _) => status.clone(),
        (None, _) if template.tags_only => "tags only".to_owned(),
        (None, _) => "-".to_owned(),
    }
}

/// `yes`, `no`, or a dash.
pub(super) fn yes_or_no(value: Option<bool>) -> String {
    or_dash(value.map(|value| if value { "yes" } else { "no" }))
}
