//! `COPY` and `ADD`: files of the build context.

use super::Converter;
use super::add::Remote;
use super::chmod::Permissions;
use crate::dockerfile::heredoc::Marker;
use crate::dockerfile::instruction::{Arguments, Instruction, Keyword, Word};
use crate::dockerfile::{syntax, unsupported};
use crate::source::Spanned;
use crate::template::{Copy, InstructionKind, Unpack};
use crate::validate;

const RENAME: &str = "use another name, or a `RUN` if the shell should expand it";

/// The properties that all sources of one instruction share.
#[derive(Default)]
pub(super) struct Common {
    pub(super) target: String,
    pub(super) owner: Option<String>,
    pub(super) permissions: Option<Permissions>,
    /// Whether archives are unpacked, if that is written.
    pub(super) unpack: Option<bool>,
    /// The checksum of a remote source.
    pub(super) checksum: Option<Spanned<String>>,
    /// Whether a repository is copied with its `.git`.
    pub(super) keeps_git_dir: bool,
}

impl Common {
    /// Whether the form of the target says that it is a directory.
    pub(super) fn is_directory(&self) -> bool {
        let target = self.target.as_str();
        target.ends_with('/') || matches!(target.rsplit('/').next(), Some("." | ".."))
    }
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
        if self.has_comment(instruction, 2) {
            return None;
        }
        let faults = self.faults;
        let word = instruction.keyword.word();
        let mut common = Common::default();
        for flag in self.flags(instruction) {
            let is_on = flag.value.as_deref() != Some("false");
            let value = Word::made(flag.value.clone().unwrap_or_default(), flag.range);
            match flag.name.as_str() {
                "unpack" => common.unpack = Some(is_on),
                "keep-git-dir" => common.keeps_git_dir = is_on,
                "chmod" => common.permissions = self.permissions(instruction, &value),
                "checksum" => common.checksum = self.spanned(instruction, &value),
                _ => common.owner = self.owner(instruction, &value),
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
        if target.value.is_empty() {
            let fault = syntax(target.span, "the target is empty");
            self.push_fault(fault.help("write a path, or `.` for the working directory"));
            return None;
        }
        common.target = target.value;
        if sources.len() > 1 && !common.is_directory() {
            let message = "with several sources, the target must be a directory";
            let fault = syntax(target.span, message).help(format!("write `{}/`", common.target));
            self.push_fault(fault);
        }
        if sources.len() > 1
            && let Some(checksum) = &common.checksum
        {
            let fault = syntax(checksum.span, "`--checksum` takes a single source");
            self.push_fault(fault.help(format!("write an `{word}` for each source")));
        }
        (self.faults == faults).then_some((sources, common))
    }

    fn owner(&mut self, instruction: &Instruction, word: &Word) -> Option<String> {
        let mut value = self.spanned(instruction, word)?;
        if value.value.len() > 1 && value.value.starts_with(':') {
            // Docker takes a group alone for a group of root.
            value.value.insert_str(0, "root");
        }
        self.passes(validate::spliced_fault(&value, "an owner"), "use another name")?;
        self.passes(validate::owner_fault(&value), "write `--chown=user` or `--chown=user:group`")?;
        Some(value.value)
    }

    fn copy_file(&mut self, instruction: &Instruction, word: &Word, common: &Common) {
        let Some(source) = self.spanned(instruction, word) else { return };
        let remote = Remote::of(&source.value).filter(|_| instruction.keyword == Keyword::Add);
        if let Some(remote) = remote {
            return self.add_remote(instruction, (&source, remote), common);
        }
        let Some(source) = self.source(source) else { return };
        if let Some(checksum) = &common.checksum {
            let fault = syntax(checksum.span, "`--checksum` needs a URL as the source")
                .help("remove it: the files of the build context are what they are");
            return self.push_fault(fault);
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
        let unpacks = common.unpack.unwrap_or(instruction.keyword == Keyword::Add);
        let copy = Copy {
            source: source.value,
            target: common.target.clone(),
            owner: common.owner.clone().or_else(|| other.then(|| "root".to_owned())),
            mode,
            mode_change,
            follow_symlinks: false,
            force_upload: false,
            unpack: unpacks.then(|| Unpack { owner: common.owner.clone() }),
        };
        self.push(InstructionKind::Copy(copy), source.span);
    }

    /// The path of a source in the build context.
    fn source(&mut self, mut source: Spanned<String>) -> Option<Spanned<String>> {
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
        self.passes(validate::spliced_fault(&source, "the source of a copy"), RENAME)?;
        match validate::source_fault(&source) {
            Some(fault) => {
                self.push_fault(fault);
                None
            }
            None => Some(source),
        }
    }
}
