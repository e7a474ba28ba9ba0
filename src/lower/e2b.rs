//! Template → the requests of the E2B family.

use super::{E2bRequests, Reveal, Upload, runtime_env};
use crate::context::FilesHash;
use crate::platform::Platform;
use crate::source::Span;
use crate::template::{
    Auth, BaseSource, Command, Copy, EnvScope, Instruction, InstructionKind, Origin, Template,
};
use crate::wire::e2b::{ImageRegistry, RegisterRequest, Sensitive, StartRequest, Step, StepKind};

/// What the builder's shell turns into one literal `$`: it expands values between double quotes,
/// and offers no escape of its own.
const DOLLAR: &str = "${SBX_UNSET:-$}";

pub(super) fn lower(
    template: &Template,
    platform: Platform,
    hashes: &[(usize, FilesHash)],
    reveal: Reveal<'_>,
) -> E2bRequests {
    let hash_of = |at: usize| hashes.iter().find(|(copy, _)| *copy == at).map(|(_, hash)| hash);
    let uploads = template
        .copies()
        .filter_map(|(at, copy)| {
            Some(Upload {
                files_hash: hash_of(at)?.clone(),
                source: copy.source.clone(),
                instruction: at,
                force: copy.force_upload,
            })
        })
        .collect();
    let mut steps: Vec<_> =
        template.instructions.iter().enumerate().map(|(at, it)| step(it, hash_of(at))).collect();
    let mut origins: Vec<_> = template.instructions.iter().map(|it| it.origin).collect();
    let mut labels: Vec<_> = template.instructions.iter().map(|it| it.label.clone()).collect();
    if let Some(command) = runtime_env::command(template) {
        let force = template.instructions.last().is_some_and(|last| last.no_cache);
        let args = vec![command, "root".to_owned()];
        steps.push(Step { kind: StepKind::Run, args, force, files_hash: None, force_upload: None });
        let because = "variables reach the sandbox through it";
        origins.push(Origin::Added { because, span: first_variable(template) });
        labels.push(Some("environment of the sandbox".to_owned()));
    }
    let finalize = template.ready.as_ref().or(template.start.as_ref());
    E2bRequests {
        register: register(template, platform),
        uploads,
        start: StartRequest {
            from_image: match &template.base.source {
                BaseSource::Image(image) => Some(image.clone()),
                BaseSource::PlatformDefault => Some(platform.facts().base_image.to_owned()),
                BaseSource::Template(_) => None,
            },
            from_template: match &template.base.source {
                BaseSource::Template(name) => Some(name.clone()),
                _ => None,
            },
            from_image_registry: template.base.auth.as_ref().map(|it| registry(&it.value, reveal)),
            start_cmd: template.start.as_ref().map(|command| command.text.clone()),
            ready_cmd: template.ready.as_ref().map(|command| command.text.clone()),
            pre_boot_script: template.pre_boot.as_ref().map(|command| command.text.clone()),
            force: false,
            steps,
        },
        origins,
        labels,
        base: Origin::Written(template.base.span),
        finalize: finalize.map(|Command { origin, .. }| *origin),
    }
}

/// Where the first variable stands that the sandbox shall see.
fn first_variable(template: &Template) -> Option<Span> {
    template.instructions.iter().find_map(|instruction| match instruction.kind {
        InstructionKind::Env { scope: EnvScope::Sandbox, .. } => instruction.origin.span(),
        _ => None,
    })
}

fn register(template: &Template, platform: Platform) -> RegisterRequest {
    let facts = platform.facts();
    let resources = &template.resources;
    let asked = |value: &Option<crate::source::Spanned<u64>>| value.as_ref().map(|it| it.value);
    RegisterRequest {
        name: template.name.value.clone(),
        tags: template.tags.clone(),
        cpu_count: asked(&resources.cpu).or(facts.default_cpu),
        memory_mb: asked(&resources.memory_mib).or(facts.default_memory),
        min_free_disk_mb: asked(&resources.disk_mib).filter(|_| facts.has_disk),
    }
}

fn registry(auth: &Auth, reveal: Reveal<'_>) -> ImageRegistry {
    let mut secret = |it| Sensitive(reveal(it));
    match auth {
        Auth::Basic { username, password } => {
            ImageRegistry::Basic { username: secret(username), password: secret(password) }
        }
        Auth::Aws { access_key_id, secret_access_key, region } => ImageRegistry::Aws {
            access_key_id: secret(access_key_id),
            secret_access_key: secret(secret_access_key),
            region: region.clone(),
        },
        Auth::Gcp { service_account } => {
            ImageRegistry::Gcp { service_account_json: secret(service_account) }
        }
        Auth::Oci { tenancy, user, fingerprint, private_key, region } => ImageRegistry::Oci {
            tenancy: tenancy.clone(),
            user: user.clone(),
            fingerprint: fingerprint.clone(),
            private_key: secret(private_key),
            region: region.clone(),
        },
        Auth::Huawei { access_key_id, secret_access_key, region } => ImageRegistry::Huawei {
            access_key_id: secret(access_key_id),
            secret_access_key: secret(secret_access_key),
            region: region.clone(),
        },
    }
}

fn step(instruction: &Instruction, hash: Option<&FilesHash>) -> Step {
    let mut force = instruction.no_cache;
    let mut force_upload = None;
    let (kind, args) = match &instruction.kind {
        InstructionKind::Copy(copy) => {
            // The SDK forces the layer too: an archive that is sent again is to be used.
            force |= copy.force_upload;
            force_upload = copy.force_upload.then_some(true);
            (StepKind::Copy, copy_args(copy))
        }
        InstructionKind::Run(run) => {
            let args = std::iter::once(&run.command).chain(&run.user).cloned().collect();
            (StepKind::Run, args)
        }
        // The build sees both kinds alike.
        InstructionKind::Env { scope: EnvScope::Build | EnvScope::Sandbox, variables } => {
            let args = variables
                .iter()
                .flat_map(|(name, value)| [name.clone(), value.for_shell(DOLLAR)])
                .collect();
            (StepKind::Env, args)
        }
        InstructionKind::User(user) => (StepKind::User, vec![user.clone()]),
        InstructionKind::Workdir(path) => (StepKind::Workdir, vec![path.clone()]),
    };
    Step { kind, args, force, files_hash: hash.map(ToString::to_string), force_upload }
}

fn copy_args(copy: &Copy) -> Vec<String> {
    vec![
        copy.source.clone(),
        copy.target.clone(),
        copy.owner.clone().unwrap_or_default(),
        copy.mode.map(|mode| mode.to_string()).unwrap_or_default(),
    ]
}
