//! `COPY` and `ADD`: files of the build context, and here-documents as files.

use super::Converter;
use super::chmod::Permissions;
use super::command::{terminator, with_line_break};
use crate::dockerfile::expand::Rules;
use crate::dockerfile::heredoc::{Heredoc, Marker};
use crate::dockerfile::instruction::{Arguments, Instruction, Keyword, Word};
use crate::dockerfile::{syntax, unsupported};
use crate::scalar::shell::quote;
use crate::scalar::{Piece, Text};
use crate::source::{Span, Spanned};
use crate::template::{Copy, InstructionKind, Run};
use crate::validate;

/// The suffixes of archives that `ADD` unpacks.
const ARCHIVES: &[&str] =
    &[".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz", ".tar.zst"];

const RENAME: &str = "use another name, or a `RUN` if the shell should expand it";

/// The properties that all sources of one instruction share.
struct Common {
    target: String,
    owner: Option<String>,
    permissions: Option<Permissions>,
    /// Whether local archives are unpacked.
    unpacks: bool,
}

impl Converter<'_> {
    pub(super) fn copy(&mut self, instruction: &Instruction) {
        let Some((sources, common)) = self.common(instruction) else { return };
        for source in sources {
            if let Some(marker) = Marker::parse(&source.text) {
                self.copy_text(instruction, &source, &marker, &common);
            } else {
                self.copy_file(instruction, &source, &common);
            }
        }
    }

    /// The sources, and the properties that they share; `None` if there is a fault.
    fn common(&mut self, instruction: &Instruction) -> Option<(Vec<Word>, Common)> {
        let faults = self.faults;
        let word = instruction.keyword.word();
        let (mut owner, mut permissions) = (None, None);
        let mut unpacks = instruction.keyword == Keyword::Add;
        for flag in self.flags(instruction) {
            let value = Word::made(flag.value.clone().unwrap_or_default(), flag.range);
            match flag.name.as_str() {
                "unpack" => unpacks = flag.value.as_deref() != Some("false"),
                "chmod" => permissions = self.permissions(instruction, &value),
                _ => owner = self.owner(instruction, &value),
            }
        }
        let mut sources = match instruction.arguments() {
            Ok(Arguments::Json(words)) => words,
            Ok(Arguments::Shell(_)) => instruction.words(self.dockerfile.escape),
            Err(fault) => {
                self.push_fault(*fault);
                return None;
            }
        };
        let target = sources.pop().filter(|_| !sources.is_empty());
        let Some(written) = target else {
            let fault =
                syntax(instruction.place(), format!("`{word}` needs a source and a target"));
            self.push_fault(fault.help(format!("write `{word} source target`")));
            return None;
        };
        if Marker::parse(&written.text).is_some() {
            let fault =
                syntax(instruction.span_of(&written), "a here-document cannot be the target");
            self.push_fault(fault.help(format!("write `{word} <<EOF target`")));
            return None;
        }
        let target = self.spanned(instruction, &written)?;
        self.passes(validate::spliced_fault(&target, "the target of a copy"), RENAME)?;
        let text = target.value.as_str();
        if text.is_empty() {
            let fault = syntax(target.span, "the target is empty");
            self.push_fault(fault.help("write a path, or `.` for the working directory"));
            return None;
        }
        let directory = text.ends_with('/') || matches!(text, "." | "..") || text.ends_with("/.");
        if sources.len() > 1 && !directory {
            let fault = syntax(target.span, "with several sources, the target must be a directory")
                .help(format!("write `{text}/`"));
            self.push_fault(fault);
        }
        let common = Common { target: target.value, owner, permissions, unpacks };
        (self.faults == faults).then_some((sources, common))
    }

    fn owner(&mut self, instruction: &Instruction, word: &Word) -> Option<String> {
        let value = self.spanned(instruction, word)?;
        self.passes(validate::spliced_fault(&value, "an owner"), "use another name")?;
        self.passes(validate::owner_fault(&value), "write `--chown=user` or `--chown=user:group`")?;
        Some(value.value)
    }

    fn copy_file(&mut self, instruction: &Instruction, word: &Word, common: &Common) {
        let Some(source) = self.source(instruction, word) else { return };
        if instruction.keyword == Keyword::Add && !self.can_be_added(&source, common) {
            return;
        }
        let special = source.value.find(['*', '?', '[']);
        if special.is_some_and(|at| source.value[at..].contains('/')) {
            let fault = unsupported(source.span, "patterns for directories are not supported")
                .label(
                    "Docker copies all matches into one directory; the platform keeps the matched \
                     directories",
                )
                .help("copy the files of each directory with a separate instruction");
            self.push_fault(fault);
            return;
        }
        // Docker copies as root, regardless of the current user; the platform as the current user.
        let other = self.user.as_deref().is_some_and(|user| user != "root");
        let (mode, mode_change) = Permissions::split(common.permissions.as_ref());
        let copy = Copy {
            source: source.value,
            target: common.target.clone(),
            owner: common.owner.clone().or_else(|| other.then(|| "root".to_owned())),
            mode,
            mode_change,
            follow_symlinks: false,
            force_upload: false,
        };
        self.push(InstructionKind::Copy(copy), source.span);
    }

    /// The path of a source in the build context.
    fn source(&mut self, instruction: &Instruction, word: &Word) -> Option<Spanned<String>> {
        let mut source = self.spanned(instruction, word)?;
        let is_url = instruction.keyword == Keyword::Add && is_remote(&source.value);
        if source.value.starts_with('/') {
            // The root directory of a source is the build context.
            let relative = source.value.trim_start_matches('/');
            let relative = if relative.is_empty() { "." } else { relative };
            source = Spanned::new(relative.to_owned(), source.span);
        }
        if source.value.is_empty() {
            let fault = syntax(source.span, "the source is empty");
            self.push_fault(fault.help("write a path, or `.` for the whole build context"));
            return None;
        }
        if is_url {
            return Some(source);
        }
        self.passes(validate::spliced_fault(&source, "the source of a copy"), RENAME)?;
        match validate::source_fault(&source) {
            Some(fault) => {
                self.push_fault(fault);
                None
            }
            None => Some(source),
        }
    }

    /// Whether `ADD` treats a source as `COPY` does.
    fn can_be_added(&mut self, source: &Spanned<String>, common: &Common) -> bool {
        let lower = source.value.to_lowercase();
        let fault = if is_remote(&source.value) {
            let fetch = if is_git(&source.value) { "git clone" } else { "curl -fsSLo" };
            unsupported(source.span, "`ADD` with a URL is not supported")
                .help(format!("download it in a `RUN`, such as `RUN {fetch} …`"))
        } else if common.unpacks && ARCHIVES.iter().any(|ending| lower.ends_with(ending)) {
            unsupported(source.span, "unpacking an archive with `ADD` is not supported").help(
                "`COPY` it and unpack it in a `RUN`, or write `ADD --unpack=false` to copy it \
                             unchanged",
            )
        } else {
            return true;
        };
        self.push_fault(fault);
        false
    }

    /// Writes a here-document with a command. It runs as root, regardless of the current user.
    fn copy_text(
        &mut self,
        instruction: &Instruction,
        word: &Word,
        marker: &Marker,
        common: &Common,
    ) {
        let heredoc =
            instruction.heredocs.iter().find(|heredoc| heredoc.marker.name == marker.name);
        let Some(heredoc) = heredoc else {
            let message = format!("the here-document `{}` has no text", marker.name);
            let fault = syntax(instruction.span_of(word), message);
            self.push_fault(fault.help("write the instruction without `[` and `]`"));
            return;
        };
        let Some(content) = self.content(instruction, heredoc) else { return };
        let command = written(heredoc, &content, common);
        let run = Run::new(command, Some("root".to_owned()));
        self.push(InstructionKind::Run(run), instruction.place());
    }

    /// The content of a here-document, escaped for one of the shell.
    fn content(&mut self, instruction: &Instruction, heredoc: &Heredoc) -> Option<String> {
        let content = heredoc.content();
        if !heredoc.marker.expands {
            return Some(content);
        }
        // Offsets differ from the file if tabs were removed.
        let start = heredoc.start.filter(|_| !heredoc.marker.tabs);
        let place = |part: std::ops::Range<usize>| match (start, instruction.place()) {
            (Some(start), line) => {
                Span { start: start + part.start, end: start + part.end, ..line }
            }
            (None, line) => line,
        };
        // In here-documents the escape character is always `\`, and quotes are literal.
        let rules = Rules { escape: '\\', quotes: false };
        let text = self.expanded(&content, rules, place)?;
        Some(for_heredoc(&text))
    }
}

/// Escapes a text for a here-document in which the shell expands references.
fn for_heredoc(text: &Text) -> String {
    let mut out = String::new();
    for piece in text.pieces() {
        match piece {
            Piece::Literal(literal) => {
                for c in literal.chars() {
                    if matches!(c, '\\' | '`' | '$') {
                        out.push('\\');
                    }
                    out.push(c);
                }
            }
            Piece::Reference { name, .. } => {
                out.push_str("${");
                out.push_str(name);
                out.push('}');
            }
        }
    }
    out
}

/// The command that writes a here-document to its target. If the target is a directory, the file
/// gets the name of the document, as in Docker.
fn written(heredoc: &Heredoc, content: &str, common: &Common) -> String {
    let name = &heredoc.marker.name;
    let end = terminator(name, content);
    let quoted_end = if heredoc.marker.expands { end.clone() } else { format!("'{end}'") };
    let file = "\"$SBX_HEREDOC_DEST\"";
    let place = if common.target.ends_with('/') {
        format!("SBX_HEREDOC_DEST={}\n", quote(&format!("{}{name}", common.target)))
    } else {
        let (target, name) = (quote(&common.target), quote(name));
        format!(
            "SBX_HEREDOC_DEST={target}\n\
             if [ -d {file} ]; then SBX_HEREDOC_DEST={file}/{name}; fi\n"
        )
    };
    let content = with_line_break(content);
    let mut lines = vec![format!(
        "mkdir -p \"$(dirname {file})\" && cat <<{quoted_end} >{file}\n{content}{end}"
    )];
    if let Some(owner) = &common.owner {
        // A user without a group implies the group of the same name, as for copied files.
        let owner = if owner.contains(':') { owner.clone() } else { format!("{owner}:{owner}") };
        lines.push(format!("chown {} {file}", quote(&owner)));
    }
    let mode = common.permissions.as_ref().map(|permissions| permissions.of_file(0o644));
    lines.extend(mode.map(|mode| format!("chmod {:o} {file}", mode.bits)));
    format!("{place}{}", lines.join("\n"))
}

fn is_remote(source: &str) -> bool {
    let scheme = source.split_once("://").map(|(scheme, _)| scheme);
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c))
    };
    scheme.is_some_and(is_scheme) || is_git(source)
}

fn is_git(source: &str) -> bool {
    let path = source.split(['#', '?']).next().unwrap_or(source);
    let begins = ["git@", "git://", "github.com/"].iter().any(|start| source.starts_with(start));
    begins || (path.contains("://") && path.strip_suffix(".git").is_some())
}
