//! What the platform reports, in the words of all platforms.

use super::super::{READY, RECORDED, TagAssignment, Template, TemplateBuild};
use crate::wire::e2b::{self, BuildState, TemplateSummary, TemplateTag};

/// A template as a list has it. Its status is that of the last build with the tag `default`.
pub(super) fn template(summary: TemplateSummary) -> Template {
    let counted = |count: u64| (count > 0).then_some(count);
    let names = if summary.names.is_empty() { summary.aliases } else { summary.names };
    let status = summary.build_status.as_ref().map(|build| state(build, summary.recorded));
    Template {
        template_id: summary.template_id,
        names,
        status: status.clone(),
        last_status: status,
        tags_only: false,
        // A UUID of zeros means that there is none.
        build_id: Some(summary.build_id).filter(|id| id.chars().any(|c| !matches!(c, '0' | '-'))),
        public: Some(summary.public),
        cpu_count: counted(summary.cpu_count),
        memory_mb: counted(summary.memory_mb),
        disk_mb: counted(summary.disk_size_mb),
        build_count: Some(summary.build_count),
        spawn_count: Some(summary.spawn_count),
        created_at: Some(summary.created_at.to_string()),
        updated_at: Some(summary.updated_at.to_string()),
        last_spawned_at: summary.last_spawned_at.map(|time| time.to_string()),
    }
}

pub(super) fn build(build: e2b::TemplateBuild) -> TemplateBuild {
    let counted = |count: u64| (count > 0).then_some(count);
    TemplateBuild {
        build_id: build.build_id,
        status: state(&build.status, build.recorded),
        cpu_count: counted(build.cpu_count),
        memory_mb: counted(build.memory_mb),
        created_at: build.created_at.to_string(),
        finished_at: build.finished_at.map(|time| time.to_string()),
        digest: None,
        tags: Vec::new(),
    }
}

/// An assignment whose build was not looked at.
pub(super) fn assignment(tag: TemplateTag) -> TagAssignment {
    let created_at = tag.created_at.to_string();
    TagAssignment { tag: tag.tag, build_id: tag.build_id, status: None, created_at }
}

pub(super) fn state(state: &BuildState, recorded: bool) -> String {
    match state {
        BuildState::Waiting => "waiting".to_owned(),
        BuildState::Building => "building".to_owned(),
        BuildState::Ready if recorded => RECORDED.to_owned(),
        BuildState::Ready => READY.to_owned(),
        BuildState::Error => "error".to_owned(),
        BuildState::Other(state) => state.chars().take(MAX_STATE).collect(),
    }
}

/// The most characters of a status that this version does not know.
const MAX_STATE: usize = 40;
