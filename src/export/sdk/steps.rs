//! The steps of a plan as calls that send the same steps.

use std::collections::HashSet;

use super::call::{Call, Value};
use super::{Export, command};
use crate::export::Remark;
use crate::lower::LoweredStep;
use crate::platform::ROOT;
use crate::scalar::shell::quote;
use crate::source::Span;
use crate::template::{Copy, EnvScope, Instruction, InstructionKind};
use crate::wire::e2b::Step;

impl Export<'_> {
    /// Appends the calls of all steps.
    pub(super) fn steps(&mut self) {
        let instructions = &self.input.template.instructions;
        let steps = &self.input.plan.steps;
        let mut at = 0;
        while let Some((instruction, step)) = instructions.get(at).zip(steps.get(at)) {
            let sources = sources(&instructions[at..]);
            let first = self.calls.len();
            self.step(instruction, step, &sources);
            let comment = self.places.comment(instruction.origin, instruction.label.as_deref());
            if let Some(call) = self.calls.get_mut(first) {
                call.comments.push(comment);
            }
            at += sources.len().max(1);
        }
        for step in steps.iter().skip(instructions.len()) {
            self.last_step(step);
        }
    }

    /// Appends the calls of a step, and of the copies of other `sources` that belong to it.
    fn step(&mut self, instruction: &Instruction, lowered: &LoweredStep, sources: &[String]) {
        let Ok(step) = serde_json::from_value::<Step>(lowered.request.clone()) else { return };
        let is_forced = step.force && step.force_upload.is_none();
        if is_forced && !self.skips_cache {
            self.skips_cache = true;
            self.calls.push(Call::new("skip_cache", Vec::new()));
        }
        let args: Vec<&str> = step.args.iter().map(String::as_str).collect();
        match (&instruction.kind, args.as_slice()) {
            (InstructionKind::Copy(copy), [_, target, ..]) => {
                self.copy(copy, (sources, target), instruction);
            }
            (InstructionKind::Run(_) | InstructionKind::Write(_), [text, rest @ ..]) => {
                let joined = &instruction.spans.joined;
                let joined: Vec<_> = joined.iter().map(|part| part.value.as_str()).collect();
                let call = command::call(text, rest.first().copied(), &joined, self.sdk);
                let comments = lowered.label.iter().filter(|_| lowered.hides_command);
                let comments = comments.map(|label| crate::scalar::visible_line(label)).collect();
                self.calls.push(Call { comments, ..call });
            }
            (InstructionKind::Env { scope, .. }, pairs) => self.env(*scope, pairs, instruction),
            (InstructionKind::User(user), [name, rest @ ..]) => {
                self.calls.push(Call::new("set_user", vec![Value::text(*name)]));
                if rest.first() == Some(&"true") {
                    self.sudo(&user.name, instruction.spans.sudo);
                }
            }
            (InstructionKind::Workdir(_), [path, ..]) => {
                self.calls.push(Call::new("set_workdir", vec![Value::text(*path)]));
            }
            _ => {}
        }
    }

    fn copy(&mut self, copy: &Copy, (sources, target): (&[String], &str), at: &Instruction) {
        let mode = copy.mode.map(|mode| mode.bits);
        if mode == Some(0) && !self.language.sends_mode_zero(self.sdk) {
            let message = "the SDK takes the mode `0o000` for none, and keeps that of the files";
            self.remarks.push(Remark::lost(at.origin.span(), message));
        }
        if copy.mode_change.is_some() {
            let message = "the SDK cannot change single permissions of copied files";
            let remark = Remark::lost(at.origin.span(), message);
            self.remarks.push(remark.help("change those of the files, or set `mode`"));
        }
        let call = Call::new("copy", vec![Value::Texts(sources.to_vec()), Value::text(target)])
            .flag("force_upload", copy.force_upload)
            .maybe("user", copy.owner.as_deref().map(Value::text))
            .maybe("mode", mode.map(Value::Mode))
            .flag("resolve_symlinks", copy.follow_symlinks);
        self.calls.push(call);
    }

    fn env(&mut self, scope: EnvScope, pairs: &[&str], instruction: &Instruction) {
        if self.sdk.carries_variables && scope == EnvScope::Build {
            let message = "the SDK sets variables of the build in the sandbox, too";
            self.remarks.push(Remark::lost(instruction.origin.span(), message));
        }
        // A name that is set again needs a call of its own: each call takes a name once.
        let mut names = HashSet::new();
        let mut map = Vec::new();
        for pair in pairs.chunks_exact(2) {
            if !names.insert(pair[0]) {
                names = HashSet::from([pair[0]]);
                let variables = std::mem::take(&mut map);
                self.calls.push(Call::new("set_envs", vec![Value::Map(variables)]));
            }
            map.push((pair[0].to_owned(), pair[1].to_owned()));
        }
        if !map.is_empty() {
            self.calls.push(Call::new("set_envs", vec![Value::Map(map)]));
        }
    }

    /// What the platform does for a user who may use `sudo`, which no method asks for.
    fn sudo(&mut self, user: &str, span: Option<Span>) {
        let user = quote(user);
        let rule = format!("echo {user}' ALL=(ALL:ALL) NOPASSWD: ALL' >>/etc/sudoers");
        let command = format!("usermod -aG sudo {user} && passwd -d {user} && {rule}");
        let call = Call::new("run_cmd", vec![Value::Text(command)]);
        self.calls.push(call.option("user", Value::text(ROOT)));
        let message = "no method of the SDK grants `sudo`; a command of root does the same";
        self.remarks.push(Remark::note(span, message));
    }

    /// The step that makes variables available in the sandbox.
    fn last_step(&mut self, lowered: &LoweredStep) {
        if self.sdk.carries_variables {
            let message = "the SDK ends the build with its own step for variables of the sandbox, \
                           which replaces `/etc/environment`";
            self.remarks.push(Remark::note(lowered.origin.span(), message));
            return;
        }
        let Ok(step) = serde_json::from_value::<Step>(lowered.request.clone()) else { return };
        let [text, rest @ ..] = step.args.as_slice() else { return };
        let call = command::call(text, rest.first().map(String::as_str), &[], self.sdk);
        let comments = vec![self.places.comment(lowered.origin, None)];
        self.calls.push(Call { comments, ..call });
    }
}

/// The sources of the copies that one step asks for, if the first instruction is a copy.
fn sources(instructions: &[Instruction]) -> Vec<String> {
    let mut sources = Vec::new();
    for instruction in instructions {
        let InstructionKind::Copy(copy) = &instruction.kind else { break };
        let first = &instructions[0];
        let InstructionKind::Copy(first_copy) = &first.kind else { break };
        let same = Copy { source: copy.source.clone(), ..first_copy.clone() };
        let is_one_step = first.spans.target.is_some() && first.spans == instruction.spans;
        let is_same = *copy == same && first.no_cache == instruction.no_cache;
        let is_of_it = is_one_step && is_same && first.label == instruction.label;
        if !(sources.is_empty() || is_of_it) {
            break;
        }
        sources.push(copy.source.clone());
    }
    sources
}
