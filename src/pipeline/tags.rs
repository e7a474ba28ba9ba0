//! Tags with variables of the environment. They stay as they are written, unless a command that uses
//! them supplies the values.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Analysis;
use super::front::Front;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::host::Environment;
use crate::manifest::Manifest;
use crate::scalar::TagText;
use crate::source::Spanned;
use crate::template::Template;
use crate::validate::{TagValueFault, WrittenTagFault, expanded_tag, written_tag_fault};

impl Analysis {
    /// The same with the values of the variables in its tags. Those that have none, and tags that are
    /// not valid with them, are reported.
    #[must_use]
    pub fn with_tag_values(self, environment: &dyn Environment) -> Self {
        let names = names(&self.manifest);
        if names.is_empty() {
            return self;
        }
        let value = |name: &str| Some((name.to_owned(), environment.variable(name)?));
        let values = names.into_iter().filter_map(value).collect();
        let options = super::Options { tag_values: Some(Arc::new(values)), ..self.options };
        Self::of(self.front, options)
    }
}

/// The variables of tags whose values may be read.
fn names(manifest: &Manifest) -> Vec<&str> {
    let tags = manifest.tags.iter().flatten().map(|tag| tag.value.as_str());
    let readable = tags.filter(|tag| written_tag_fault(tag).is_none());
    readable
        .filter_map(TagText::parse)
        .flat_map(|text| text.variables().collect::<Vec<_>>())
        .collect()
}

/// The template with the tags that the values make, each once.
pub(super) fn expand(
    front: &Front,
    values: &BTreeMap<String, String>,
    extra_tags: &[String],
    diagnostics: &mut Diagnostics,
) -> Arc<Template> {
    let mut tags: Vec<String> = Vec::new();
    let mut add = |tag: String| {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    };
    for written in front.manifest.tags.iter().flatten() {
        match expanded_tag(&written.value, &|name| values.get(name).cloned()) {
            Ok(tag) => add(tag),
            // The rules on manifests report it.
            Err(TagValueFault::Written(_)) if front.depth > super::Depth::Syntax => {}
            Err(fault) => diagnostics.push(diagnose(written, &fault)),
        }
    }
    for tag in extra_tags {
        add(tag.clone());
    }
    Arc::new(Template { tags, ..Template::clone(&front.template) })
}

fn diagnose(written: &Spanned<String>, fault: &TagValueFault) -> Diagnostic {
    let code = match fault {
        TagValueFault::Written(WrittenTagFault::Text(_)) | TagValueFault::Invalid { .. } => {
            Code::InvalidTag
        }
        TagValueFault::Written(WrittenTagFault::Variable(_)) | TagValueFault::Secret { .. } => {
            Code::InvalidTagVariable
        }
        TagValueFault::Unset { .. } => Code::UnsetTagVariable,
        TagValueFault::Reserved { .. } => Code::ReservedTag,
    };
    let diagnostic = Diagnostic::new(code, written.span, fault.message(&written.value));
    let diagnostic = diagnostic.label(fault.reason());
    match fault.help() {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}
