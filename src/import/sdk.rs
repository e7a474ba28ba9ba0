//! The JSON that the official SDKs make of a template.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::convert::{Converter, Origins};
use super::draft::{From, Value};
use super::note::{Effect, Note};
use super::{Imported, dockerfile, ready};
use crate::manifest;
use crate::scalar::{Mode, Text};
use crate::source::{FileId, Span};
use crate::template::{Copy, EnvScope, Instruction, InstructionKind, Origin, Run, Spans, User};

/// The user of the steps of a template, until a step sets another.
const USER: &str = "user";

/// What an SDK sends to build a template.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    from_image: Option<String>,
    from_template: Option<String>,
    #[serde(borrow)]
    from_image_registry: Option<&'a RawValue>,
    start_cmd: Option<String>,
    ready_cmd: Option<String>,
    pre_boot_script: Option<String>,
    #[serde(borrow, default)]
    steps: Vec<&'a RawValue>,
    #[serde(default)]
    force: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    r#type: String,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    force: Option<bool>,
    #[serde(default)]
    force_upload: Option<bool>,
    #[serde(default)]
    resolve_symlinks: Option<bool>,
}

/// Imports the JSON of an SDK's template.
///
/// # Errors
/// Why the text is not one, with its line if that is known.
pub fn template(file: FileId, text: &str) -> Result<Imported, String> {
    let document: Document<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let base = [&document.from_image, &document.from_template];
    if base.iter().all(|base| base.is_none()) && document.steps.is_empty() {
        return Err("it has neither `fromImage`, `fromTemplate` nor `steps`".to_owned());
    }
    let place = |raw: &RawValue| {
        let start = raw.get().as_ptr().addr().saturating_sub(text.as_ptr().addr());
        Span { file, start, end: start + raw.get().len() }
    };
    let mut origins = Steps;
    let mut converter = Converter::new(USER, &mut origins);
    let mut instructions = Vec::new();
    let mut is_forced = document.force;
    let last = document.steps.len();
    for (number, raw) in (1..).zip(&document.steps) {
        let span = place(raw);
        let step: Step = match serde_json::from_str(raw.get()) {
            Ok(step) => step,
            Err(error) => {
                converter.note(Effect::Lost, Some(span), format!("the step is not read: {error}"));
                continue;
            }
        };
        if number == last && is_environment(&step) {
            let message =
                "the step that makes variables available in the sandbox is added by `sbx`";
            converter.note(Effect::Changed, Some(span), message);
            continue;
        }
        let Some(kind) = kind(&step) else {
            let message = format!("a step of type `{}` is not known in this form", step.r#type);
            converter.note(Effect::Lost, Some(span), message);
            continue;
        };
        // Once a step is rebuilt, all that follow are.
        let no_cache = step.force == Some(true) && step.force_upload != Some(true) && !is_forced;
        is_forced |= no_cache;
        instructions.push(Instruction {
            kind,
            origin: Origin::Written(span),
            label: None,
            no_cache,
            spans: Spans::default(),
        });
    }
    if document.force {
        converter.note(
            Effect::Changed,
            None,
            "`force` is not carried: `sbx apply --rebuild` is it",
        );
    }
    converter.head(&instructions);
    let Converter { mut draft, mut notes, .. } = converter;
    draft.from = match (document.from_image, document.from_template) {
        (Some(image), _) => dockerfile::base(&image),
        (None, Some(template)) => From::of("template", template),
        (None, None) => From { entries: vec![("base", Value::Bool(true))], ..From::default() },
    };
    if let Some(raw) = document.from_image_registry {
        registry(raw, place(raw), &mut draft.from, &mut notes);
    }
    draft.start = document.start_cmd.filter(|it| !it.is_empty());
    draft.ready = document.ready_cmd.filter(|it| !it.is_empty()).map(|it| ready::of(&it));
    draft.pre_boot = document.pre_boot_script.filter(|it| !it.is_empty());
    notes.sort_by_key(|note| note.span);
    Ok(Imported { draft, notes })
}

/// What a step does; `None` if it is not one that the manifest has.
fn kind(step: &Step) -> Option<InstructionKind> {
    let args = step.args.as_slice();
    let filled = |at: usize| args.get(at).filter(|it| !it.is_empty()).cloned();
    Some(match (step.r#type.as_str(), args) {
        ("RUN", [command] | [command, _]) => {
            InstructionKind::Run(Run::new(command.clone(), filled(1)))
        }
        ("COPY", [source, target, ..]) => InstructionKind::Copy(Copy {
            owner: filled(2),
            mode: match filled(3) {
                Some(mode) => Some(Mode::from_bits(u64::from_str_radix(&mode, 8).ok()?)?),
                None => None,
            },
            follow_symlinks: step.resolve_symlinks == Some(true),
            force_upload: step.force_upload == Some(true),
            ..Copy::new(source, target)
        }),
        ("ENV", args) if !args.is_empty() && args.len() % 2 == 0 => {
            let variables = args.chunks_exact(2).map(|pair| {
                // The builder's shell expands a value as it expands that of a manifest.
                let value = Text::parse(&pair[1]).unwrap_or_else(|_| Text::literal(&pair[1]));
                (pair[0].clone(), value)
            });
            InstructionKind::Env { scope: EnvScope::Sandbox, variables: variables.collect() }
        }
        ("WORKDIR", [path]) => InstructionKind::Workdir(path.clone()),
        ("USER", [name, ..]) => InstructionKind::User(User {
            name: name.clone(),
            sudo: args.get(1).is_some_and(|sudo| sudo == "true"),
        }),
        _ => return None,
    })
}

/// Whether a step is the one with which an SDK, or `sbx` itself, ends: it decodes a script that
/// writes the variables into the files of login sessions.
fn is_environment(step: &Step) -> bool {
    let [command, user] = step.args.as_slice() else { return false };
    if step.r#type != "RUN" || user != "root" {
        return false;
    }
    let encoded = command.split_once("echo ").and_then(|(_, rest)| rest.split_once(" | base64 -d"));
    let script = encoded.and_then(|(encoded, _)| STANDARD.decode(encoded).ok());
    script.is_some_and(|script| {
        let script = String::from_utf8_lossy(&script);
        script.contains("/etc/profile.d/") && script.contains("/etc/environment")
    })
}

/// The credentials of a registry, which are not copied.
fn registry(raw: &RawValue, span: Span, from: &mut From, notes: &mut Vec<Note>) {
    let fields: BTreeMap<String, serde_json::Value> =
        serde_json::from_str(raw.get()).unwrap_or_default();
    let kind = fields.get("type").and_then(serde_json::Value::as_str).unwrap_or_default();
    let text = |name: &str| {
        let value = fields.get(name).and_then(serde_json::Value::as_str);
        Value::Text(value.unwrap_or_default().to_owned())
    };
    let secret = |name: &str| Value::SecretOf(name.to_owned());
    let of = |kind: &str| ("type", Value::Text(kind.to_owned()));
    let (auth, variables) = match kind {
        "registry" => (
            vec![
                of("basic"),
                ("username", secret("REGISTRY_USERNAME")),
                ("password", secret("REGISTRY_PASSWORD")),
            ],
            "`REGISTRY_USERNAME` and `REGISTRY_PASSWORD`",
        ),
        "aws" => (
            vec![
                of("aws"),
                ("access_key_id", secret("AWS_ACCESS_KEY_ID")),
                ("secret_access_key", secret("AWS_SECRET_ACCESS_KEY")),
                ("region", text("awsRegion")),
            ],
            "`AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`",
        ),
        "gcp" => (
            vec![of("gcp"), ("service_account", secret("GCP_SERVICE_ACCOUNT"))],
            "`GCP_SERVICE_ACCOUNT`",
        ),
        kind => {
            let message =
                format!("the credentials for a registry of type `{kind}` are not carried");
            notes.push(
                Note::new(Effect::Lost, Some(span), message).help("write them as `from.auth`"),
            );
            return;
        }
    };
    // `from` with credentials names the image in full.
    if let Some((key, Value::Text(tag))) = from.entries.first().cloned()
        && let Some(known) = manifest::From::DISTRIBUTIONS.iter().find(|known| known.key == key)
    {
        *from = From::of("image", format!("{}:{tag}", known.repository));
    }
    from.auth = auth;
    notes.push(
        Note::new(Effect::Lost, Some(span), "the credentials of the registry are not copied")
            .help(format!("set {variables} in the environment, to which `from.auth` refers")),
    );
}

/// The steps of a template have no comments, and each is a step of its own.
struct Steps;

impl Origins for Steps {
    fn part(&self, span: Span) -> usize {
        span.start
    }

    fn comments(&mut self, _: Span) -> Vec<String> {
        Vec::new()
    }
}
