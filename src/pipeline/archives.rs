//! `ADD` of archives: copies of them become a copy to a place of their own and an extraction.
//!
//! Which files are archives is known when they are selected, so this changes the template before
//! anything else looks at the copies.

use std::collections::HashMap;

use crate::context::{Compression, Context, Entry, EntryKind, Format};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::dockerfile::Extraction;
use crate::template::{Copy, Instruction, InstructionKind, Run, Template, Unpack};

/// Where an archive is until it is extracted. `/tmp` may be emptied between two steps.
const STAGING: &str = "/.sbx-add/";

/// The template with the extractions that its copies ask for; `None` if it has no such copy.
pub(super) fn expand(
    template: &Template,
    context: &Context<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Template> {
    if !template.copies().any(|(_, copy)| copy.unpack.is_some()) {
        return None;
    }
    let mut expansion = Expansion { context, formats: HashMap::new(), diagnostics };
    let mut instructions = Vec::new();
    for instruction in &template.instructions {
        match expansion.kinds(instruction) {
            Some(kinds) => instructions
                .extend(kinds.into_iter().map(|kind| Instruction { kind, ..instruction.clone() })),
            None => instructions.push(instruction.clone()),
        }
    }
    Some(Template { instructions, ..template.clone() })
}

struct Expansion<'a> {
    context: &'a Context<'a>,
    /// What the files are: many instructions may copy the same one.
    formats: HashMap<String, Format>,
    diagnostics: &'a mut Diagnostics,
}

impl Expansion<'_> {
    /// What an instruction becomes; `None` if it copies no archive, or if that is reported.
    fn kinds(&mut self, instruction: &Instruction) -> Option<Vec<InstructionKind>> {
        let InstructionKind::Copy(copy) = &instruction.kind else { return None };
        let unpack = copy.unpack.as_ref()?;
        // What cannot be selected is reported when the files are.
        let files = self.context.select(copy).ok()?;
        // What is in a directory is copied as it is.
        if files.entries().iter().any(|entry| entry.kind == EntryKind::Directory) {
            return None;
        }
        let formats: Vec<_> = files.entries().iter().map(|entry| self.format(entry)).collect();
        if formats.iter().all(|format| *format == Format::Other) {
            return None;
        }
        let is_pattern = copy.source.contains(['*', '?', '[', '\\']);
        let mut kinds = Vec::new();
        for (entry, format) in files.entries().iter().zip(formats) {
            let source = if is_pattern { entry.path.as_str() } else { copy.source.as_str() };
            if is_pattern && source.contains(['*', '?', '[', '{', '\\']) {
                self.diagnostics.push(unnamed(instruction, source));
                return None;
            }
            match format {
                Format::Archive(compression) => {
                    kinds.extend(extraction(source, compression, copy, unpack));
                    if copy.mode.is_some() || copy.mode_change.is_some() {
                        self.diagnostics.push(mode_without_effect(instruction, source));
                    }
                }
                Format::Compressed(compression) => {
                    self.diagnostics.push(undecided(instruction, source, compression));
                    return None;
                }
                Format::Other => {
                    let copy = Copy { source: source.to_owned(), unpack: None, ..copy.clone() };
                    kinds.push(InstructionKind::Copy(copy));
                }
            }
        }
        Some(kinds)
    }

    fn format(&mut self, entry: &Entry) -> Format {
        if entry.kind != EntryKind::File {
            return Format::Other;
        }
        let known = self.formats.get(&entry.path).copied();
        known.unwrap_or_else(|| {
            let format = self.context.format(entry);
            self.formats.insert(entry.path.clone(), format);
            format
        })
    }
}

/// A copy to the place of archives, and the extraction, which removes it.
fn extraction(
    source: &str,
    compression: Compression,
    copy: &Copy,
    unpack: &Unpack,
) -> [InstructionKind; 2] {
    let name = source.trim_end_matches('/').rsplit('/').next().unwrap_or(source);
    let staged = Copy { owner: Some("root".to_owned()), ..Copy::new(source, STAGING) };
    let extraction = Extraction {
        archive: &format!("{STAGING}{name}"),
        letter: compression.letter(),
        program: compression.program(),
        target: &copy.target,
        owner: unpack.owner.as_deref(),
    };
    let label = Some(format!("ADD {source} {}", copy.target));
    let run = Run { label, ..Run::as_root(extraction.command()) };
    [InstructionKind::Copy(staged), InstructionKind::Run(run)]
}

fn fault(code: Code, instruction: &Instruction, message: String) -> Diagnostic {
    match instruction.origin.span() {
        Some(span) => Diagnostic::new(code, span, message),
        None => Diagnostic::without_place(code, message),
    }
}

/// The fault of a compressed file that may be an archive.
fn undecided(instruction: &Instruction, source: &str, compression: Compression) -> Diagnostic {
    let program = compression.program().unwrap_or_default();
    let message = format!("whether `{source}` is an archive is unknown");
    fault(Code::DockerfileUnsupported, instruction, message)
        .label(format!("`ADD` extracts archives, and `sbx` does not read `{program}`"))
        .help("copy it unchanged with `COPY`; the name of an archive ends with `.tar` and a suffix")
}

/// The fault of a name that is a pattern itself.
fn unnamed(instruction: &Instruction, source: &str) -> Diagnostic {
    let message = format!("`{source}` cannot be copied by its name");
    fault(Code::DockerfileUnsupported, instruction, message)
        .label("the pattern matches an archive, which needs an instruction of its own")
        .help("rename the file, or write an `ADD` for each file")
}

/// The warning for `--chmod`, which Docker does not apply to what it extracts.
fn mode_without_effect(instruction: &Instruction, source: &str) -> Diagnostic {
    let message = format!("`--chmod` has no effect on the archive `{source}`");
    fault(Code::DockerfileIgnored, instruction, message)
        .help("remove it: extracted files have the modes of the archive, as in Docker")
}
