//! Renames a variable: where it is defined, and where the manifest refers to it.
//!
//! Every occurrence of the name in the manifest has to be one whose meaning is certain: a key of a
//! table of variables, or `$NAME` or `${NAME…}` where the compiler or a shell replaces it. One of any
//! other kind, such as `export NAME`, could be the same variable or another thing, so the rename is
//! refused and says where it is. Files that read the variable are not looked at.

use std::ops::Range;

use gen_lsp_types::{PrepareRenamePlaceholder, PrepareRenameResult, WorkspaceEdit};
use lsp_server::ErrorCode;

use super::code_actions::edit;
use super::links::reference_at;
use super::named::Named;
use super::outgoing::Refusal;
use super::reports::View;
use crate::diagnostic::Code;
use crate::diagnostic::fix::Edit;
use crate::outline::Outline;
use crate::scalar::is_name;
use crate::source::{FileId, Span};

/// The keys of steps whose words the compiler replaces references in.
const WORDS: [&str; 15] = [
    "apt", "branch", "bun", "mkdir", "npm", "owner", "pip", "remove", "rename", "symlink",
    "target", "to", "user", "workdir", "write",
];

/// The variable that can be renamed at an offset.
pub(super) fn prepare(
    view: &View<'_>,
    offset: usize,
) -> Result<Option<PrepareRenameResult>, Refusal> {
    let renaming = Renaming::new(view);
    let Some(range) = renaming.at(offset) else { return Ok(None) };
    let name = renaming.text[range.clone()].to_owned();
    renaming.occurrences(&name)?;
    let range = view.range(Span::manifest(range.start, range.end));
    Ok(Some(PrepareRenamePlaceholder::new(range, name).into()))
}

/// The edits that rename the variable at an offset.
pub(super) fn rename(
    view: &View<'_>,
    offset: usize,
    new: &str,
) -> Result<Option<WorkspaceEdit>, Refusal> {
    let renaming = Renaming::new(view);
    let Some(range) = renaming.at(offset) else { return Ok(None) };
    let old = &renaming.text[range];
    if !is_name(new) {
        let message = format!("`{new}` is not the name of a variable");
        return Err(Refusal::new(ErrorCode::InvalidParams, message));
    }
    if new == old {
        return Ok(None);
    }
    if let Some(at) = words(renaming.text, new).next() {
        return Err(renaming.refusal(&format!("`{new}` is used already"), FileId::MANIFEST, at));
    }
    let edits = renaming
        .occurrences(old)?
        .into_iter()
        .map(|range| Edit { span: Span::manifest(range.start, range.end), text: new.to_owned() });
    Ok(Some(edit(view, &edits.collect::<Vec<_>>())))
}

/// Where a reference counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// The compiler.
    Compiler,
    /// A shell while the template is built.
    Shell,
    /// A shell of the finished template, which has no variables of the build.
    Sandbox,
}

/// What a key of the manifest is to variables.
enum Place {
    /// A variable of the steps and of the sandbox, of the steps alone, or of the steps that follow.
    Definition {
        of_sandbox: bool,
        of_steps: bool,
    },
    Value(Reader),
}

struct Renaming<'a> {
    view: &'a View<'a>,
    text: &'a str,
    outline: Outline<'a>,
}

impl<'a> Renaming<'a> {
    fn new(view: &'a View<'_>) -> Self {
        let text = view.analysis.sources.manifest().text();
        Self { view, text, outline: Outline::new(text) }
    }

    /// The name of the variable at an offset: its key, or a reference to it.
    fn at(&self, offset: usize) -> Option<Range<usize>> {
        if let Some(range) = reference_at(self.text, offset) {
            return Some(range);
        }
        let named = Named::at(&self.outline, offset)?;
        let is_key = (named.range.start..=named.range.end).contains(&offset);
        let range = unquoted(self.text, named.range.clone());
        let is_variable = matches!(place(&named.path), Some(Place::Definition { .. }));
        (is_key && is_variable && is_name(&self.text[range.clone()])).then_some(range)
    }

    /// Every occurrence of a name.
    fn occurrences(&self, name: &str) -> Result<Vec<Range<usize>>, Refusal> {
        let is_broken = |code: Code| matches!(code, Code::TomlSyntax | Code::NotUtf8);
        if self.view.analysis.diagnostics.iter().any(|found| is_broken(found.code)) {
            let message = "the manifest has syntax errors, so nothing can be renamed";
            return Err(Refusal::new(ErrorCode::RequestFailed, message));
        }
        let others = self.view.analysis.sources.iter().filter(|(id, _)| *id != FileId::MANIFEST);
        for (file, source) in others {
            if let Some(at) = words(source.text(), name).next() {
                return Err(self.unknown(name, file, at));
            }
        }
        let in_comment = |at: usize| self.outline.comments.iter().any(|it| it.contains(&at));
        let mut found = Vec::new();
        let (mut of_sandbox, mut of_steps, mut read_by) = (false, None, Vec::new());
        for at in words(self.text, name).filter(|at| !in_comment(*at)) {
            let range = at..at + name.len();
            match self.meaning(&range) {
                Some(Place::Definition { of_sandbox: yes, of_steps: is_step }) => {
                    of_sandbox |= yes;
                    of_steps = Some(of_steps.unwrap_or(true) && is_step);
                }
                Some(Place::Value(reader)) => read_by.push((reader, at)),
                None => return Err(self.unknown(name, FileId::MANIFEST, at)),
            }
            found.push(range);
        }
        let Some(only_steps) = of_steps else {
            let message = format!("`{name}` is not a variable of the manifest");
            return Err(Refusal::new(ErrorCode::RequestFailed, message));
        };
        // A reference that is not to this variable.
        let first = found.first().map_or(0, |range| range.start);
        let elsewhere = read_by.into_iter().find(|(reader, at)| {
            (*reader == Reader::Sandbox && !of_sandbox) || (only_steps && *at == first)
        });
        elsewhere.map_or(Ok(found), |(_, at)| Err(self.unknown(name, FileId::MANIFEST, at)))
    }

    /// What an occurrence is; `None` if that is not certain.
    fn meaning(&self, range: &Range<usize>) -> Option<Place> {
        let named = Named::at(&self.outline, range.start)?;
        let is_key = unquoted(self.text, named.range.clone()) == *range;
        match place(&named.path)? {
            place @ Place::Definition { .. } if is_key => Some(place),
            // The value of another variable.
            Place::Definition { .. } => self.reference(range, Reader::Compiler, named.value),
            Place::Value(reader) => self.reference(range, reader, named.value),
        }
    }

    /// A reference that its reader replaces.
    fn reference(
        &self,
        range: &Range<usize>,
        reader: Reader,
        value: Option<Range<usize>>,
    ) -> Option<Place> {
        if reference_at(self.text, range.start)? != *range {
            return None;
        }
        let dollar = self.text[..range.start].rfind('$')?;
        let is_braced = self.text[dollar..].starts_with("${");
        let is_closed = self.text[range.end..].starts_with('}');
        let plain = reader != Reader::Compiler;
        // Only a shell knows `${NAME:-default}`.
        if is_braced && !is_closed && !plain {
            return None;
        }
        if plain && !self.is_expanded(dollar, value?) {
            return None;
        }
        Some(Place::Value(reader))
    }

    /// Whether a shell certainly replaces what is behind the dollar sign at an offset of a value.
    fn is_expanded(&self, dollar: usize, value: Range<usize>) -> bool {
        let elements = self.outline.arrays.iter().flat_map(|array| &array.elements);
        let mut strings = elements.map(|element| element.range.clone());
        let string = strings.find(|range| range.contains(&dollar)).unwrap_or(value);
        let whole = &self.text[string.clone()];
        let open = ["'''", "\"\"\"", "'", "\""].iter().find(|quote| whole.starts_with(**quote));
        let start = string.start + open.map_or(0, |quote| quote.len());
        let before = &self.text[start..dollar];
        !before.ends_with('\\')
            && before.matches('\'').count().is_multiple_of(2)
            && !whole.contains("<<")
    }

    fn unknown(&self, name: &str, file: FileId, at: usize) -> Refusal {
        let what = format!("`{name}` may be another thing than the variable");
        self.refusal(&what, file, at)
    }

    fn refusal(&self, what: &str, file: FileId, at: usize) -> Refusal {
        let source = self.view.analysis.sources.get(file);
        let (name, line) = (source.name(), source.line_of(at) + 1);
        Refusal::new(ErrorCode::RequestFailed, format!("{what} in {name}, line {line}"))
    }
}

/// What the value of a key is to variables; `None` if nothing is replaced in it.
fn place(path: &[String]) -> Option<Place> {
    let path: Vec<_> = path.iter().map(String::as_str).collect();
    let path = match path.as_slice() {
        ["profiles", _, rest @ ..] => rest,
        path => path,
    };
    Some(match path {
        ["env", _] => Place::Definition { of_sandbox: true, of_steps: false },
        ["build_env", _] => Place::Definition { of_sandbox: false, of_steps: false },
        ["steps", "env", _] => Place::Definition { of_sandbox: false, of_steps: true },
        ["user" | "workdir"] => Place::Value(Reader::Compiler),
        ["steps", key] if WORDS.contains(key) => Place::Value(Reader::Compiler),
        ["steps", "run"] => Place::Value(Reader::Shell),
        ["start" | "ready"] | ["start" | "ready", "cmd"] | ["tests", "run"] => {
            Place::Value(Reader::Sandbox)
        }
        _ => return None,
    })
}

/// The range of a key without its quotes.
fn unquoted(text: &str, range: Range<usize>) -> Range<usize> {
    let is_quoted = text[range.clone()].starts_with(['"', '\'']) && range.len() >= 2;
    if is_quoted { range.start + 1..range.end - 1 } else { range }
}

/// The offsets at which a name is a word of its own.
fn words<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = usize> + 't {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name).map(|(at, _)| at).filter(move |at| {
        let before = &text[..*at];
        // The letter of `\n` is no part of a word.
        let is_escape = before.ends_with(['b', 'e', 'f', 'n', 'r', 't'])
            && before[..before.len() - 1].ends_with('\\');
        let is_begin = is_escape || !before.ends_with(is_part);
        is_begin && !text[at + name.len()..].starts_with(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_as_a_whole_word() {
        let at = |text: &str| words(text, "AB").collect::<Vec<_>>();
        assert_eq!(at("AB $AB ${AB} AB_ XAB aAB"), [0, 4, 9]);
        assert_eq!(at(r"\nAB nAB -AB-"), [2, 10]);
    }
}
