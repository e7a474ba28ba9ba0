//! Compares what a manifest declares with what a platform has.

use super::Declared;
use super::deployed::{Deployed, Facts, Resolved};

/// What was compared.
pub(super) struct Comparison {
    /// The template, if there is one.
    pub(super) template_id: Option<String>,
    /// Whether other teams may use it, if that is known.
    pub(super) public: Option<bool>,
    /// The declared visibility, if it is not the template's.
    pub(super) visibility: Option<bool>,
    /// Each declared tag.
    pub(super) tags: Vec<TagResult>,
    /// What `sbx apply` would do.
    pub(super) apply: Apply,
}

/// A declared tag.
pub(super) struct TagResult {
    pub(super) tag: String,
    /// The build that it resolves to, if one is known.
    pub(super) build_id: Option<String>,
    /// The digest of that build, if it is known.
    pub(super) digest: Option<String>,
    /// Whatever is not as declared, in words that continue a sentence about the tag.
    pub(super) differences: Vec<String>,
}

/// What `sbx apply` would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Apply {
    /// Nothing.
    Nothing,
    /// Move these tags to a build with the digest.
    Move { tags: Vec<String>, build_id: String },
    /// Build.
    Build,
    /// Nothing, unless it is made to build: builds have the digest and other resources.
    Rebuild,
}

impl Comparison {
    pub(super) fn is_as_declared(&self) -> bool {
        self.visibility.is_none() && self.tags.iter().all(|result| result.differences.is_empty())
    }

    /// What is not as declared about the visibility, in words that continue a sentence about the
    /// template.
    pub(super) fn visibility_difference(&self) -> Option<String> {
        let public = self.visibility?;
        Some(format!("is {} instead of {}", word(!public), word(public)))
    }
}

/// Compares each declared tag.
pub(super) fn compare(declared: &Declared, found: Option<&Deployed>) -> Comparison {
    let Some(found) = found else {
        let missing = |tag: &String| TagResult {
            tag: tag.clone(),
            build_id: None,
            digest: None,
            differences: vec!["does not exist".to_owned()],
        };
        let tags = declared.tags.iter().map(missing).collect();
        return Comparison {
            template_id: None,
            public: None,
            visibility: None,
            tags,
            apply: Apply::Build,
        };
    };
    let results = declared.tags.iter().zip(&found.tags);
    let tags: Vec<_> =
        results.map(|(tag, resolved)| result(declared, found, tag, resolved)).collect();
    let apply = apply(&found.matching, &tags);
    let is_declared = |public: &bool| found.public.is_none_or(|found| found == *public);
    Comparison {
        template_id: Some(found.template_id.clone()),
        public: found.public,
        visibility: declared.public.filter(|public| !is_declared(public)),
        tags,
        apply,
    }
}

fn apply(matching: &[String], tags: &[TagResult]) -> Apply {
    let is_there =
        |result: &&TagResult| result.build_id.as_ref().is_some_and(|id| matching.contains(id));
    let moved = tags.iter().filter(|result| !is_there(result));
    let moved: Vec<String> = moved.map(|result| result.tag.clone()).collect();
    match matching.first() {
        None => Apply::Build,
        Some(build_id) if !moved.is_empty() => {
            Apply::Move { tags: moved, build_id: build_id.clone() }
        }
        Some(_) if tags.iter().all(|result| result.differences.is_empty()) => Apply::Nothing,
        Some(_) => Apply::Rebuild,
    }
}

fn result(declared: &Declared, found: &Deployed, tag: &str, resolved: &Resolved) -> TagResult {
    let (facts, differences) = match resolved {
        Resolved::Nothing => (None, vec!["points to no build that is ready".to_owned()]),
        Resolved::Unknown { newest, status } => {
            let words = format!(
                "points to an older build than {newest}, which is `{status}`: the platform does not \
                 tell which"
            );
            (None, vec![words])
        }
        Resolved::Build(facts) => (Some(facts), differences(declared, found, facts)),
    };
    let has_digest = |facts: &&Facts| found.matching.contains(&facts.build_id);
    let digest = match facts.filter(has_digest) {
        Some(_) => Some(declared.digest.to_string()),
        None => facts.and_then(|facts| facts.digest.clone()),
    };
    TagResult {
        tag: tag.to_owned(),
        build_id: facts.map(|facts| facts.build_id.clone()),
        digest,
        differences,
    }
}

fn differences(declared: &Declared, found: &Deployed, facts: &Facts) -> Vec<String> {
    let mut differences = Vec::new();
    if facts.is_lost {
        let build_id = &facts.build_id;
        differences.push(format!(
            "points to build {build_id}, whose image is not in the container engine in use"
        ));
    } else if !found.matching.contains(&facts.build_id) {
        let build_id = &facts.build_id;
        differences.push(match &facts.digest {
            Some(digest) => format!("points to build {build_id} with the digest {digest}"),
            None => format!("points to build {build_id}, whose digest is not known"),
        });
    }
    for (what, unit, wanted, has) in [
        ("CPUs", "", declared.cpu_count, facts.cpu_count),
        ("memory", " MiB", declared.memory_mb, facts.memory_mb),
    ] {
        if let (Some(wanted), Some(has)) = (wanted, has)
            && wanted != has
        {
            differences.push(format!("has {what}: {has}{unit} instead of {wanted}{unit}"));
        }
    }
    differences
}

pub(super) const fn word(public: bool) -> &'static str {
    if public { "public" } else { "private" }
}
