//! The settings of `sbx rollback`.

use super::UsageError;
use super::templates::{Remote, expanded, manifest_in_place, remote, tags, whole_template};
use crate::cli;
use crate::host::{Environment, FileSystem};
use crate::scalar::{TemplateRef, is_digest, is_uuid};

/// `sbx rollback`
#[derive(Debug)]
pub struct Rollback {
    /// The platform.
    pub remote: Remote,
    /// The template; `None` stands for the manifest's.
    pub template: Option<TemplateRef>,
    /// The tags to move; none stands for the manifest's.
    pub tags: Vec<String>,
    /// The ID or the digest of the build to move them to; `None` stands for the one before.
    pub to: Option<String>,
    /// Whether to move them without asking for confirmation.
    pub yes: bool,
}

pub(super) fn rollback(
    args: cli::Rollback,
    files: &dyn FileSystem,
    environment: &dyn Environment,
) -> Result<Rollback, UsageError> {
    let manifest = args.template.as_deref().and_then(|text| manifest_in_place(text, files));
    let template = args.template.as_deref().filter(|_| manifest.is_none());
    let template = template.map(whole_template).transpose()?;
    if let (Some(template), true) = (&template, args.tags.is_empty()) {
        let message = format!("the tags of `{template}` to move are not given");
        let help = "add `--tag TAG`, or name the manifest instead, whose tags are moved";
        return Err(UsageError::new(message, help));
    }
    let to = args.to.map(|to| to.trim().to_lowercase());
    if let Some(to) = to.as_ref().filter(|to| !is_uuid(to) && !is_digest(to)) {
        let message = format!("`{}` is neither the ID of a build nor a digest", to.escape_debug());
        let help = "`sbx show` lists both; `sbx tag add NAME:FROM TAG` moves a tag to the build of \
                    another tag";
        return Err(UsageError::new(message, help));
    }
    Ok(Rollback {
        template,
        tags: tags(expanded(&args.tags, environment)?)?,
        to,
        yes: args.yes,
        remote: Remote { manifest, ..remote(args.remote)? },
    })
}
