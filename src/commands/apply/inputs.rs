//! Keeps what a build is made of, for the reasons of a later `sbx plan`, and its tags, for `sbx rollback`.

use super::super::remember::Memory;
use super::Prepared;
use crate::lower::Plan;
use crate::plan::{Inputs, Salt};
use crate::state::Built;
use crate::submit::Build;
use crate::template::InstructionId;

/// The most files of which each has a fingerprint.
const MOST_FILES: usize = 20_000;

/// The most bytes of files that are read for that.
const MOST_BYTES: u64 = 256 << 20;

/// Records what a build that was just started is made of. The platform works meanwhile.
pub(super) fn remember(memory: &Memory<'_>, prepared: &Prepared, plan: &Plan, started: &Build) {
    let analysis = &prepared.analysis;
    let random = uuid::Uuid::new_v4().simple().to_string();
    let mut inputs = Inputs::of(plan, Salt::new(random));
    let sets = analysis.files.values();
    let count: usize = sets.clone().map(|set| set.entries().len()).sum();
    let bytes: u64 = sets.map(crate::context::FileSet::bytes).sum();
    if count <= MOST_FILES && bytes <= MOST_BYTES {
        let hash = |id: &InstructionId| analysis.files.get(id)?.hash_each().ok();
        tokio::task::block_in_place(|| inputs.add_files(plan, |_| true, hash));
    }
    let image = analysis.resolution.config().map(|config| config.digest.clone());
    let (template_id, build_id) = (started.template_id.clone(), started.build_id.clone());
    let built = Built { template_id, build_id, inputs, image, tags: Vec::new() };
    let name = &analysis.template.name.value;
    memory.remember_inputs(&prepared.manifest, analysis.platform, name, built);
}

/// Records that the declared tags point to a build.
pub(super) fn tagged(memory: &Memory<'_>, prepared: &Prepared, build: &Build, tags: &[String]) {
    memory.remember_tags(&prepared.manifest, prepared.analysis.platform, &build.build_id, tags);
}
