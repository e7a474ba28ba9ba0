//! `sbx show`: shows a template with its tags and builds.

use super::list::{status, yes_or_no};
use super::remote::{Context, Remote, failure, on};
use super::table::{Column, Table, mebibytes, or_dash, plain, time};
use super::{Exit, Failure};
use crate::host::Host;
use crate::printer::Printer;
use crate::scalar::is_digest;
use crate::settings::Show;
use crate::submit::templates::{Details, MISSING, TagAssignment, TemplateBuild, is_ready};

pub(super) fn run(settings: &Show, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    let context = Context::new(&settings.remote, host)?;
    let template = context.template(settings.template.as_ref())?;
    on(&settings.remote, context.platform, host, printer, async |remote| {
        let template_id = remote.find(&template).await?;
        let observer = |event| remote.observe(&event);
        let details = remote.templates.show(&template_id, settings.limit, &observer).await;
        let details = details.map_err(|error| failure(&error))?;
        if remote.is_json() {
            remote.json(&details)?;
        } else {
            show(remote, &details);
        }
        Ok(Exit::Done)
    })
}

fn show(remote: &Remote<'_>, details: &Details) {
    let template = &details.template;
    let line = |title: &str, value: String| {
        if value != "-" {
            remote.printer.data_line(&format!("{title:<13}{}", plain(&value)));
        }
    };
    line("name", if template.names.is_empty() { "-".into() } else { template.names.join(", ") });
    line("template ID", template.template_id.clone());
    line("platform", remote.platform.to_string());
    line("status", status(template));
    line("build ID", or_dash(template.build_id.as_ref()));
    line("public", yes_or_no(template.public));
    line("CPU", or_dash(template.cpu_count));
    line("memory", mebibytes(template.memory_mb));
    line("disk", mebibytes(template.disk_mb));
    line("builds", or_dash(template.build_count));
    line("sandboxes", or_dash(template.spawn_count.filter(|count| *count > 0)));
    line("created", time(template.created_at.as_deref()));
    line("updated", time(template.updated_at.as_deref()));
    line("last used", time(template.last_spawned_at.as_deref()));
    // The table of builds has the digests.
    let tags: Option<Vec<_>> = details
        .tags
        .as_ref()
        .map(|tags| tags.iter().filter(|tag| !is_digest(&tag.tag)).cloned().collect());
    if let Some(tags) = tags.as_ref().filter(|tags| !tags.is_empty()) {
        remote.printer.data(&format!("\n{}", tag_table(tags).render(remote.printer.columns())));
        note_unready(remote, template.name(), tags);
    }
    if let Some(builds) = details.builds.as_ref().filter(|builds| !builds.is_empty()) {
        remote.printer.data(&format!("\n{}", build_table(builds).render(remote.printer.columns())));
        if builds.iter().any(|build| build.status == MISSING) {
            remote.printer.note(
                "the image of a `missing` build is not in the container engine in use: `sbx apply` \
                 builds it again",
            );
        }
        let count = builds.len() as u64;
        let more = template.build_count.unwrap_or_default().saturating_sub(count);
        if more > 0 {
            let note = format!("{more} older builds are not shown: `--limit` shows more");
            remote.printer.note(&note);
        }
    }
}

/// Says what a tag resolves to whose newest build is not ready.
pub(super) fn note_unready(remote: &Remote<'_>, name: &str, tags: &[TagAssignment]) {
    let unready =
        |tag: &&TagAssignment| tag.status.as_ref().is_some_and(|status| !is_settled(status));
    if let Some(tag) = tags.iter().find(unready) {
        let reference = plain(&format!("{name}:{}", tag.tag));
        remote.printer.note(&format!(
            "a tag resolves to its newest build that is ready: `sbx exists {reference}` tests \
             whether there is one"
        ));
    }
}

/// Whether a tag whose newest build has this status resolves to it.
fn is_settled(status: &str) -> bool {
    is_ready(status) || status == MISSING
}

/// One row per tag.
pub(super) fn tag_table(tags: &[TagAssignment]) -> Table {
    let mut table = Table::new([
        Column::text("TAG"),
        Column::text("BUILD ID"),
        Column::text("STATUS").optional(2),
        Column::text("SINCE").optional(1),
    ]);
    for tag in tags {
        table.row([
            tag.tag.clone(),
            tag.build_id.clone(),
            or_dash(tag.status.as_ref()),
            time(Some(&tag.created_at)),
        ]);
    }
    table
}

fn build_table(builds: &[TemplateBuild]) -> Table {
    let mut table = Table::new([
        Column::text("BUILD ID"),
        Column::text("STATUS"),
        Column::text("DIGEST").optional(2),
        Column::text("TAGS").optional(1).cuttable(),
        Column::number("CPU").optional(3),
        Column::number("MEMORY").optional(3),
        Column::text("REGISTERED").optional(1),
        Column::text("ENDED").optional(4),
    ]);
    for build in builds {
        table.row([
            build.build_id.clone(),
            build.status.clone(),
            or_dash(build.digest.as_ref()),
            if build.tags.is_empty() { "-".to_owned() } else { build.tags.join(", ") },
            or_dash(build.cpu_count),
            mebibytes(build.memory_mb),
            time(Some(&build.created_at)),
            time(build.finished_at.as_deref()),
        ]);
    }
    table
}
