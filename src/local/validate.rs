//! Names, tags and resources, validated like in the real server.

#[cfg(test)]
mod tests;

use std::fmt;

use uuid::Uuid;

use super::api_error::ApiError;
use super::{Config, TEAM};
use crate::wire::e2b::DEFAULT_TAG;

/// The longest name in a registration, including its namespace and tag.
const NAME_LIMIT: usize = 128;

/// The default resources of a build.
const DEFAULT_CPU: u64 = 2;
const DEFAULT_MEMORY_MB: u64 = 1024;

/// The limits for every team.
const MAX_CPU: u64 = 32;
const MIN_MEMORY_MB: u64 = 128;

/// The name (`name` or `namespace/name`) or ID of a template, trimmed and in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identifier {
    pub(super) namespace: Option<String>,
    pub(super) name: String,
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(namespace) = &self.namespace {
            write!(f, "{namespace}/")?;
        }
        f.write_str(&self.name)
    }
}

impl Identifier {
    /// Rejects a namespace other than the team's.
    pub(super) fn check_namespace(&self) -> Result<(), ApiError> {
        match &self.namespace {
            Some(namespace) if namespace != TEAM => Err(ApiError::bad_request(format!(
                "namespace '{namespace}' must match your team '{TEAM}'"
            ))),
            _ => Ok(()),
        }
    }

    /// The error for a missing template.
    pub(super) fn not_found(&self) -> ApiError {
        ApiError::not_found(format!("template '{self}' not found"))
    }
}

/// Parses `name` or `namespace/name`, optionally with a `:tag`. The default tag counts as none.
pub(super) fn parse_name(text: &str) -> Result<(Identifier, Option<String>), String> {
    let text = text.trim();
    let (identifier, tag) = match text.split_once(':') {
        Some((identifier, tag)) => (identifier, Some(clean(tag, "tag", is_tag_char)?)),
        None => (text, None),
    };
    let (namespace, name) = match identifier.split_once('/') {
        Some((namespace, name)) => (Some(clean(namespace, "namespace", is_name_char)?), name),
        None => (None, identifier),
    };
    let name = clean(name, "template ID", is_name_char)?;
    Ok((Identifier { namespace, name }, tag.filter(|tag| tag != DEFAULT_TAG)))
}

/// Rejects a name that is too long for a registration.
pub(super) fn check_name_length(name: &str) -> Result<(), ApiError> {
    if name.chars().count() > NAME_LIMIT {
        let message = format!("Invalid name: it must have at most {NAME_LIMIT} characters");
        return Err(ApiError::bad_request(message));
    }
    Ok(())
}

/// Trims tags, converts them to lower case and removes duplicates.
pub(super) fn clean_tags(tags: &[String]) -> Result<Vec<String>, ApiError> {
    let mut cleaned: Vec<String> = Vec::with_capacity(tags.len());
    for tag in tags {
        let refuse =
            |why: &str| ApiError::bad_request(format!("Invalid tag: invalid tag '{tag}': {why}"));
        let clean = clean(tag, "tag", is_tag_char).map_err(|why| refuse(&why))?;
        // A reference may have a build ID in place of a tag.
        if Uuid::parse_str(&clean).is_ok() {
            return Err(refuse("tag cannot be a UUID"));
        }
        if !cleaned.contains(&clean) {
            cleaned.push(clean);
        }
    }
    Ok(cleaned)
}

/// The CPUs and the memory (MiB) of a build, with defaults. The open server also refuses odd
/// numbers of both; here, a manifest is built whatever platform it is meant for, and others take
/// them.
pub(super) fn resources(
    config: &Config,
    cpu: Option<u64>,
    memory_mb: Option<u64>,
) -> Result<(u64, u64), ApiError> {
    let refuse = |message: String| Err(ApiError::bad_request(message));
    if let Some(cpu) = cpu {
        if cpu < 1 {
            return refuse("CPU count must be at least 1".to_owned());
        }
        if cpu > MAX_CPU {
            return refuse(format!("CPU count must be at most {MAX_CPU}"));
        }
        if cpu > config.max_cpu {
            return refuse(format!("CPU count can't be higher than {}", config.max_cpu));
        }
    }
    if let Some(memory) = memory_mb {
        if memory < MIN_MEMORY_MB {
            return refuse(format!("Memory must be at least {MIN_MEMORY_MB} MiB"));
        }
        if memory > config.max_memory_mb {
            return refuse(format!("Memory can't be higher than {} MiB", config.max_memory_mb));
        }
    }
    Ok((cpu.unwrap_or(DEFAULT_CPU), memory_mb.unwrap_or(DEFAULT_MEMORY_MB)))
}

/// Whether a text is a `filesHash`, which is safe to use in a file name.
pub(super) fn is_files_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn clean(text: &str, what: &str, allowed: fn(char) -> bool) -> Result<String, String> {
    let cleaned = text.trim().to_lowercase();
    if cleaned.is_empty() || !cleaned.chars().all(allowed) {
        return Err(format!("invalid {what}: {text}"));
    }
    Ok(cleaned)
}

fn is_name_char(c: char) -> bool {
    matches!(c, 'a'..='z' | '0'..='9' | '-' | '_')
}

fn is_tag_char(c: char) -> bool {
    is_name_char(c) || c == '.'
}
