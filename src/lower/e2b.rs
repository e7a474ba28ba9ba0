//! Template → the requests of the E2B family.

mod inputs;

use std::collections::HashSet;

use serde_json::{Value, json};

use super::plan::Layout;
use super::{
    Backend, Files, LoweredStep, Plan, Purpose, Request, Reveal, Upload, runtime_env, write,
};
use crate::context::CopyHash;
use crate::platform::{Platform, ROOT};
use crate::registry::Auth;
use crate::scalar::shell::quote;
use crate::source::{Span, Spanned};
use crate::template::{
    BaseSource, Command, Copy, EnvScope, Instruction, InstructionKind, Origin, Run, Template, User,
    Write,
};
use crate::wire::e2b::{ImageRegistry, RegisterRequest, Sensitive, StartRequest, Step, StepKind};

/// An expression that the builder's shell expands to a literal `$`: it expands values in double
/// quotes, and the protocol has no escape.
const DOLLAR: &str = "${SBX_UNSET:-$}";

/// Where the parts of [`StartRequest`] are.
const LAYOUT: Layout = Layout { steps: "/steps", command: "/args/0", force: Some("/force") };

/// Lowers for the platforms that share E2B's builder.
pub(super) struct E2b;

impl Backend for E2b {
    fn lower(
        &self,
        template: &Template,
        platform: Platform,
        files: &Files,
        reveal: Reveal<'_>,
    ) -> Plan {
        let register = register(template, platform);
        let start = start(template, platform, reveal);
        let uploads = uploads(template, files);
        let finalize = template.ready.as_ref().or(template.start.as_ref());
        Plan {
            platform,
            name: register.name.clone(),
            tags: register.tags.clone(),
            public: template.public.map(|public| public.value),
            steps: steps(template, platform, files),
            base: Origin::Written(template.base.span),
            finalize: finalize.map(|Command { origin, .. }| *origin),
            sends_dockerfile: false,
            replace: false,
            requests: requests(json!(register), &uploads, json!(start)),
            uploads,
            layout: LAYOUT,
        }
    }

    fn inputs(&self, plan: &Plan) -> Value {
        inputs::of(plan)
    }
}

fn uploads(template: &Template, files: &Files) -> Vec<Upload> {
    let uploads = template.copies().filter_map(|(id, copy)| {
        Some(Upload {
            files_hash: files.hashes.get(&id)?.archive.clone(),
            source: copy.source.clone(),
            instruction: id,
            force: copy.force_upload,
        })
    });
    uploads.collect()
}

fn steps(template: &Template, platform: Platform, files: &Files) -> Vec<LoweredStep> {
    let mut state = State { user: platform.facts().default_user, has_workdir: false };
    let mut steps = Vec::with_capacity(template.instructions.len() + 1);
    for (id, instruction) in template.numbered() {
        let (label, hides_command) = match &instruction.kind {
            InstructionKind::Write(write) => (Some(write::label(instruction, write)), true),
            InstructionKind::Run(Run { label: Some(label), .. }) => (Some(label.clone()), true),
            _ => (instruction.label.clone(), false),
        };
        let hash = files.hashes.get(&id);
        steps.push(LoweredStep {
            request: json!(step(instruction, platform, state, hash)),
            origin: instruction.origin,
            label,
            hides_command,
            content: hash.map(|hash| hash.content.clone()),
        });
        state.advance(instruction);
    }
    steps.extend(environment(template));
    steps
}

/// What the instructions so far have set.
#[derive(Debug, Clone, Copy)]
struct State<'a> {
    user: &'a str,
    has_workdir: bool,
}

impl<'a> State<'a> {
    fn advance(&mut self, instruction: &'a Instruction) {
        match &instruction.kind {
            InstructionKind::User(user) => self.user = &user.name,
            InstructionKind::Workdir(_) => self.has_workdir = true,
            InstructionKind::Copy(_)
            | InstructionKind::Run(_)
            | InstructionKind::Write(_)
            | InstructionKind::Env { .. } => {}
        }
    }
}

/// The step that makes variables available in the sandbox, if there are any.
fn environment(template: &Template) -> Option<LoweredStep> {
    let args = vec![runtime_env::command(template)?, ROOT.to_owned()];
    let force = template.instructions.last().is_some_and(|last| last.no_cache);
    let step = Step { kind: StepKind::Run, args, force, files_hash: None, force_upload: None };
    let because = "it makes variables available in the sandbox";
    Some(LoweredStep {
        request: json!(step),
        origin: Origin::Added { because, span: first_variable(template) },
        label: Some("environment of the sandbox".to_owned()),
        hides_command: true,
        content: None,
    })
}

/// The requests in order. An archive of several copies is sent once.
fn requests(register: Value, uploads: &[Upload], start: Value) -> Vec<Request> {
    let request = |purpose, method, path: &str, body| Request {
        purpose,
        method,
        path: path.to_owned(),
        body,
    };
    let mut requests = vec![request(Purpose::Register, "POST", "/v3/templates", Some(register))];
    let mut seen = HashSet::new();
    for hash in uploads.iter().map(|upload| upload.files_hash.as_str()) {
        if seen.insert(hash) {
            let link = format!("/templates/{{templateID}}/files/{hash}");
            requests.push(request(Purpose::Upload, "GET", &link, None));
            let archive = json!({ "archive": hash });
            requests.push(request(Purpose::Upload, "PUT", "{url}", Some(archive)));
        }
    }
    let build = "/v2/templates/{templateID}/builds/{buildID}";
    requests.push(request(Purpose::Build, "POST", build, Some(start)));
    requests
}

/// The request that starts the build, without its steps.
fn start(template: &Template, platform: Platform, reveal: Reveal<'_>) -> StartRequest {
    let text = |command: &Option<Command>| command.as_ref().map(|command| command.text.clone());
    StartRequest {
        from_image: match &template.base.source {
            BaseSource::PlatformDefault => Some(platform.facts().base_image.to_owned()),
            BaseSource::Image(_) | BaseSource::Template(_) => {
                template.base.image().map(str::to_owned)
            }
        },
        from_template: template.base.template(platform.name()).map(str::to_owned),
        from_image_registry: template.base.auth.as_ref().map(|auth| registry(&auth.value, reveal)),
        start_cmd: text(&template.start),
        ready_cmd: text(&template.ready),
        pre_boot_script: text(&template.pre_boot),
        force: false,
        steps: Vec::new(),
    }
}

/// The span of the first variable of the sandbox.
fn first_variable(template: &Template) -> Option<Span> {
    template.instructions.iter().find_map(|instruction| match instruction.kind {
        InstructionKind::Env { scope: EnvScope::Sandbox, .. } => instruction.origin.span(),
        _ => None,
    })
}

fn register(template: &Template, platform: Platform) -> RegisterRequest {
    let facts = platform.facts();
    let resources = &template.resources;
    let asked = |value: &Option<Spanned<u64>>| value.as_ref().map(|asked| asked.value);
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

fn step(
    instruction: &Instruction,
    platform: Platform,
    state: State<'_>,
    hash: Option<&CopyHash>,
) -> Step {
    let mut force = instruction.no_cache;
    let mut force_upload = None;
    let (kind, args) = match &instruction.kind {
        InstructionKind::Copy(copy) => {
            // Like the SDK, force the layer, so that the new archive is used.
            force |= copy.force_upload;
            force_upload = copy.force_upload.then_some(true);
            (StepKind::Copy, copy_args(copy))
        }
        InstructionKind::Run(run) => {
            let args = std::iter::once(&run.command).chain(&run.user).cloned().collect();
            (StepKind::Run, args)
        }
        InstructionKind::Write(write) => {
            (StepKind::Run, vec![write_command(write, state), ROOT.to_owned()])
        }
        // The build sees both kinds alike.
        InstructionKind::Env { scope: EnvScope::Build | EnvScope::Sandbox, variables } => {
            let args = variables
                .iter()
                .flat_map(|(name, value)| [name.clone(), value.for_shell(DOLLAR)])
                .collect();
            (StepKind::Env, args)
        }
        InstructionKind::User(user) => (StepKind::User, user_args(user, platform)),
        InstructionKind::Workdir(path) => (StepKind::Workdir, vec![path.clone()]),
    };
    let files_hash = hash.map(|hash| hash.archive.to_string());
    Step { kind, args, force, files_hash, force_upload }
}

/// The command that writes a file. A relative path is that of a copy's target: relative to the
/// working directory, or else to the home directory of the current user. Without a working
/// directory, the command starts in root's.
fn write_command(write: &Write, state: State<'_>) -> String {
    let owner = write.owner.as_deref().unwrap_or(state.user);
    if write.path.starts_with('/') {
        return write::command(write, owner, "", &write.path);
    }
    let command = write::command(write, owner, ".", &write.path);
    if state.has_workdir || state.user == ROOT {
        return command;
    }
    let home = format!("$(getent passwd {} | cut -d: -f6)", quote(state.user));
    // A template that this one starts from may have set a working directory.
    format!("{{ [ \"$PWD\" != \"$HOME\" ] || cd \"{home}\"; }} && {command}")
}

/// The user, and whether it is granted `sudo`: the builder does so if the second argument is
/// `true`.
fn user_args(user: &User, platform: Platform) -> Vec<String> {
    let grants = user.sudo && platform.facts().grants_sudo && user.name != ROOT;
    let sudo = grants.then(|| "true".to_owned());
    std::iter::once(user.name.clone()).chain(sudo).collect()
}

fn copy_args(copy: &Copy) -> Vec<String> {
    vec![
        copy.source.clone(),
        copy.target.clone(),
        copy.owner.clone().unwrap_or_default(),
        copy.mode.map(|mode| mode.to_string()).unwrap_or_default(),
    ]
}
