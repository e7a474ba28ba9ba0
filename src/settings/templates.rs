//! The settings of the commands that manage templates.

use std::path::{Path, PathBuf};

use super::destination::Destination;
use super::endpoint::endpoint;
use super::local::local;
use super::manifest::one_profile;
use super::{Format, UsageError, manifest_at, platform};
use crate::cli;
use crate::host::{Environment, FileSystem};
use crate::scalar::{DEFAULT_TAG, TemplateRef, is_uuid};
use crate::validate::{expanded_tag, reserved_tag, tag_fault};

/// The longest name or ID that servers take, with its namespace.
const MAX_CHARS: usize = 128;

/// The platform whose templates a command manages, and how it reports.
#[derive(Debug)]
pub struct Remote {
    /// Where the templates are built.
    pub destination: Destination,
    /// The manifest that supplies the platform and the template, if it is not `./sandbox.toml`.
    pub manifest: Option<PathBuf>,
    /// The profile of the manifest.
    pub profile: Option<String>,
    /// The format of what is printed.
    pub format: Format,
}

/// `sbx list`
#[derive(Debug)]
pub struct List {
    /// The platform.
    pub remote: Remote,
    /// The maximum number of templates.
    pub limit: Option<usize>,
}

/// `sbx show`
#[derive(Debug)]
pub struct Show {
    /// The platform.
    pub remote: Remote,
    /// The template; `None` stands for the manifest's.
    pub template: Option<TemplateRef>,
    /// The maximum number of builds.
    pub limit: usize,
}

/// `sbx exists`
#[derive(Debug)]
pub struct Exists {
    /// The platform.
    pub remote: Remote,
    /// The template or the build; `None` stands for the manifest's template.
    pub template: Option<TemplateRef>,
}

/// `sbx delete`
#[derive(Debug)]
pub struct Delete {
    /// The platform.
    pub remote: Remote,
    /// The templates.
    pub templates: Vec<TemplateRef>,
    /// Whether to delete without asking for confirmation.
    pub yes: bool,
}

/// `sbx publish` and `sbx unpublish`
#[derive(Debug)]
pub struct Publish {
    /// The platform.
    pub remote: Remote,
    /// The templates.
    pub templates: Vec<TemplateRef>,
    /// Whether other teams may start sandboxes from them.
    pub public: bool,
}

/// `sbx tag`
#[derive(Debug)]
pub struct Tag {
    /// The platform.
    pub remote: Remote,
    /// The subcommand.
    pub action: TagAction,
    /// Whether to remove tags without asking for confirmation.
    pub yes: bool,
}

/// A subcommand of `sbx tag`.
#[derive(Debug)]
pub enum TagAction {
    /// Adds tags to the build that has the reference's tag, or the default tag.
    Add(TemplateRef, Vec<String>),
    /// Removes tags.
    Remove(TemplateRef, Vec<String>),
    /// Lists the tags of a template; `None` stands for the manifest's.
    List(Option<TemplateRef>),
}

pub(super) fn list(args: cli::List) -> Result<List, UsageError> {
    let limit = args.limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(List { remote: remote(args.remote)?, limit })
}

pub(super) fn show(args: cli::Show, files: &dyn FileSystem) -> Result<Show, UsageError> {
    let manifest = args.template.as_deref().and_then(|text| manifest_in_place(text, files));
    let template = args.template.as_deref().filter(|_| manifest.is_none());
    Ok(Show {
        template: template.map(whole_template).transpose()?,
        remote: Remote { manifest, ..remote(args.remote)? },
        limit: usize::try_from(args.limit).unwrap_or(usize::MAX),
    })
}

pub(super) fn exists(args: cli::Exists, files: &dyn FileSystem) -> Result<Exists, UsageError> {
    let manifest = args.template.as_deref().and_then(|text| manifest_in_place(text, files));
    let template = args.template.as_deref().filter(|_| manifest.is_none());
    let template = template.map(template_ref).transpose()?;
    Ok(Exists { template, remote: Remote { manifest, ..remote(args.remote)? } })
}

pub(super) fn delete(args: cli::Delete) -> Result<Delete, UsageError> {
    let templates = several(&args.templates)?;
    Ok(Delete { templates, remote: remote(args.remote)?, yes: args.yes })
}

pub(super) fn publish(args: cli::Publish, public: bool) -> Result<Publish, UsageError> {
    let templates = several(&args.templates)?;
    Ok(Publish { templates, remote: remote(args.remote)?, public })
}

pub(super) fn tag(args: cli::Tag) -> Result<Tag, UsageError> {
    let mut yes = false;
    let (remote_args, action) = match args.command {
        cli::TagCommand::Add(args) => {
            let template = template_ref(&args.template)?;
            (args.remote, TagAction::Add(template, new_tags(args.tags)?))
        }
        cli::TagCommand::Remove(args) => {
            let template = whole_template(&args.template)?;
            let tags = tags(args.tags)?;
            if tags.iter().any(|tag| tag == DEFAULT_TAG) {
                let message = format!("the tag `{DEFAULT_TAG}` cannot be removed");
                let help =
                    format!("`sbx tag add {template}:TAG {DEFAULT_TAG}` puts it on another build");
                return Err(UsageError::new(message, help));
            }
            yes = args.yes;
            (args.remote, TagAction::Remove(template, tags))
        }
        cli::TagCommand::List(args) => {
            let template = args.template.as_deref().map(whole_template).transpose()?;
            (args.remote, TagAction::List(template))
        }
    };
    Ok(Tag { remote: remote(remote_args)?, action, yes })
}

pub(super) fn remote(args: cli::RemoteArgs) -> Result<Remote, UsageError> {
    let destination = Destination {
        platform: platform(args.platform.as_ref())?,
        endpoint: endpoint(args.endpoint)?,
        local: local(args.data.data, args.data.engine.engine),
    };
    let profile = one_profile(&args.profile)?;
    Ok(Remote { destination, format: args.format.into(), manifest: None, profile })
}

/// The manifest that an argument names in place of a template: unlike a template's name with its
/// namespace, it ends with `.toml`, or is written as a path.
pub(super) fn manifest_in_place(text: &str, files: &dyn FileSystem) -> Option<PathBuf> {
    let path = Path::new(text);
    let is_toml = path.extension().is_some_and(|extension| extension == "toml");
    let is_path = text.starts_with(['.', '/']) || text.ends_with('/');
    (is_toml || is_path).then(|| manifest_at(path, files))
}

/// Reads an argument that refers to a template or to one of its builds.
///
/// # Errors
/// The text cannot be a template's name or ID.
pub fn template_ref(text: &str) -> Result<TemplateRef, UsageError> {
    let lower = text.trim().to_lowercase();
    let (name, tag) = match lower.split_once(':') {
        Some((name, tag)) => (name, Some(tag)),
        None => (lower.as_str(), None),
    };
    let parts: Vec<_> = name.split('/').collect();
    let is_part = |part: &&str| {
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
        !part.is_empty() && part.chars().all(known)
    };
    if parts.len() > 2 || !parts.iter().all(is_part) || name.len() > MAX_CHARS {
        let message = format!("`{}` is not a template's name or ID", text.escape_debug());
        let help = "write `name`, `namespace/name` or an ID: letters, digits, `-` and `_`";
        return Err(UsageError::new(message, help));
    }
    if let Some(tag) = tag.filter(|tag| !is_uuid(tag)) {
        check_tag(tag)?;
    }
    Ok(TemplateRef { name: name.to_owned(), tag: tag.map(str::to_owned) })
}

/// Reads an argument that refers to a template, not to one of its builds.
pub(super) fn whole_template(text: &str) -> Result<TemplateRef, UsageError> {
    let reference = template_ref(text)?;
    if let Some(tag) = &reference.tag {
        let message = format!("`{reference}` is one build of a template, not the template");
        return Err(UsageError::new(message, format!("remove `:{tag}`")));
    }
    Ok(reference)
}

/// The given templates without duplicates.
fn several(texts: &[String]) -> Result<Vec<TemplateRef>, UsageError> {
    let mut references: Vec<TemplateRef> = Vec::new();
    for text in texts {
        let reference = whole_template(text)?;
        if !references.contains(&reference) {
            references.push(reference);
        }
    }
    Ok(references)
}

pub(super) fn tags(texts: Vec<String>) -> Result<Vec<String>, UsageError> {
    texts.iter().try_for_each(|tag| check_tag(tag))?;
    Ok(texts)
}

/// Tags that a person gives to a build.
pub(super) fn new_tags(texts: Vec<String>) -> Result<Vec<String>, UsageError> {
    let texts = tags(texts)?;
    for tag in &texts {
        if let Some(reason) = reserved_tag(tag) {
            return Err(UsageError::new(format!("the tag `{tag}` is reserved"), reason));
        }
    }
    Ok(texts)
}

/// Tags of `--tag` with the values of their variables.
pub(super) fn expanded(
    texts: &[String],
    environment: &dyn Environment,
) -> Result<Vec<String>, UsageError> {
    let expand = |tag: &String| {
        // What has no variable is checked as every tag.
        if !tag.contains('{') {
            return Ok(tag.clone());
        }
        expanded_tag(tag, &|name| environment.variable(name)).map_err(|fault| {
            let why = fault.help().unwrap_or_else(|| fault.reason());
            UsageError::new(fault.message(tag), why)
        })
    };
    texts.iter().map(expand).collect()
}

fn check_tag(tag: &str) -> Result<(), UsageError> {
    match tag_fault(tag) {
        None => Ok(()),
        Some(reason) => {
            Err(UsageError::new(format!("`{}` is not a tag", tag.escape_debug()), reason))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_called_by_name_by_tag_or_by_id() {
        let read = |text: &str| template_ref(text).map(|it| (it.name, it.tag));
        let name = |name: &str, tag: Option<&str>| Ok((name.to_owned(), tag.map(str::to_owned)));
        assert_eq!(read("web"), name("web", None));
        assert_eq!(read(" Team/Web_1 "), name("team/web_1", None));
        assert_eq!(read("team/web:v1.0"), name("team/web", Some("v1.0")));
        let build = "01234567-89ab-cdef-0123-456789abcdef";
        assert_eq!(read(&format!("web:{build}")), name("web", Some(build)));
        assert_eq!(read("0f3k2j5h6g7d8s9a0q1w"), name("0f3k2j5h6g7d8s9a0q1w", None));
        for wrong in ["", ":v1", "web:", "a/b/c", "a/", "/b", "a b", "../x", "web:a b", "a:b:c"] {
            assert!(template_ref(wrong).is_err(), "{wrong:?}");
        }
        assert!(whole_template("web:v1").is_err());
    }
}
