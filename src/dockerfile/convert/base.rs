//! `FROM`: the base image, and the initial user and working directory.

use super::Converter;
use crate::dockerfile::instruction::{Instruction, Word};
use crate::dockerfile::{syntax, trailing_comment, unsupported};
use crate::template::{InstructionKind, User};
use crate::validate;

/// The spellings of the platform of sandboxes.
const AMD64: &[&str] = &["linux/amd64", "linux/x86_64", "linux/x86-64", "amd64", "x86_64"];

impl Converter<'_> {
    pub(super) fn from(&mut self, instruction: &Instruction) {
        if self.from.is_some() {
            // Another fault was reported already.
            return self.image(instruction);
        }
        self.from = Some(instruction.place());
        self.image(instruction);
        self.scope.enter_stage();
        let because = "which is the initial state of a Dockerfile";
        self.add(InstructionKind::User(User::named("root")), because, instruction.place());
        self.add(InstructionKind::Workdir("/".to_owned()), because, instruction.place());
    }

    /// Reports a `FROM` that is not an image and an optional name.
    pub(super) fn malformed(&mut self, instruction: &Instruction) {
        let words = instruction.words(self.dockerfile.escape);
        let comment = words.iter().skip(1).find(|word| word.text.starts_with('#'));
        self.push_fault(match comment {
            Some(comment) => trailing_comment(instruction.span_from(comment)),
            None => syntax(instruction.place(), "`FROM` takes one image and an optional name")
                .help("write `FROM image` or `FROM image AS name`"),
        });
    }

    fn image(&mut self, instruction: &Instruction) {
        self.platform(instruction);
        let words = instruction.words(self.dockerfile.escape);
        let Some((image, _)) = image_and_name(&words) else {
            self.malformed(instruction);
            return;
        };
        let Some(image) = self.spanned(instruction, image) else { return };
        if image.value == "scratch" {
            let fault = unsupported(image.span, "`scratch` cannot be the base image of a sandbox")
                .help("start from an image of a distribution, such as `debian:bookworm-slim`");
            self.push_fault(fault);
            return;
        }
        let fault = validate::image_fault(&image);
        if fault.is_some() {
            self.diagnostics.extend(fault);
            return;
        }
        self.converted.image = Some(image);
    }

    fn platform(&mut self, instruction: &Instruction) {
        for flag in self.flags(instruction) {
            let word = Word::made(flag.value.unwrap_or_default(), flag.range);
            let Some(platform) = self.spanned(instruction, &word) else { continue };
            if !AMD64.contains(&platform.value.as_str()) {
                let message = format!("the platform `{}` is not supported", platform.value);
                let fault = unsupported(platform.span, message)
                    .help("write `--platform=linux/amd64`, or remove the flag");
                self.push_fault(fault);
            }
        }
    }
}

/// The image of a `FROM`, and the name of its stage.
pub(super) fn image_and_name(words: &[Word]) -> Option<(&Word, Option<&Word>)> {
    match words {
        [image] => Some((image, None)),
        [image, keyword, name] if keyword.text.eq_ignore_ascii_case("as") => {
            Some((image, Some(name)))
        }
        _ => None,
    }
}
