//! Words and operators → commands and the blocks around them.

use super::words::Token;
use super::{
    Block, BlockKind, Redirect, Script, Separator, Simple, Word, is_assignment, program_place,
};

/// Parses tokens; `None` if a block is never closed, or closed twice.
pub(super) fn script(tokens: &[Token]) -> Option<Script> {
    let mut reader = Reader { tokens, at: 0, script: Script::default(), open: Vec::new() };
    while reader.at < tokens.len() {
        reader.step()?;
    }
    reader.open.is_empty().then_some(reader.script)
}

struct Reader<'t> {
    tokens: &'t [Token],
    at: usize,
    script: Script,
    /// The open blocks, as indices into [`Script::blocks`].
    open: Vec<usize>,
}

impl<'t> Reader<'t> {
    fn operator(&self) -> Option<&'static str> {
        match self.tokens.get(self.at) {
            Some(Token::Operator(operator, _)) => Some(operator),
            _ => None,
        }
    }

    /// The next word, if it can be a reserved word.
    fn reserved(&self) -> Option<&'t str> {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) if !word.quoted => word.literal.as_deref(),
            _ => None,
        }
    }

    fn push(&mut self, kind: BlockKind) {
        let (before, outer) = (self.before(), self.open.last().copied());
        let after = Separator::Edge;
        let block = Block { kind, before, after, outer, redirects: Vec::new() };
        self.open.push(self.script.blocks.len());
        self.script.blocks.push(block);
        self.at += 1;
    }

    /// Closes the innermost block, which must be of this kind.
    fn pop(&mut self, kind: BlockKind) -> Option<()> {
        let at = self.open.pop()?;
        (self.script.blocks.get(at)?.kind == kind).then_some(())?;
        self.at += 1;
        let mut redirects = Vec::new();
        loop {
            match (self.tokens.get(self.at), self.tokens.get(self.at + 1)) {
                (Some(Token::Operator(operator, _)), _) if is_redirect(operator) => {
                    redirects.push(self.redirect(None)?);
                }
                (Some(Token::Word(word)), Some(Token::Operator(operator, range)))
                    if is_redirect(operator) && word.range.end == range.start =>
                {
                    self.at += 1;
                    redirects.push(self.redirect(descriptor(word))?);
                }
                _ => break,
            }
        }
        redirects.extend(self.piped_errors());
        let after = self.separator();
        let block = self.script.blocks.get_mut(at)?;
        (block.after, block.redirects) = (after, redirects);
        Some(())
    }

    /// Reads the operator of a redirection and its target.
    fn redirect(&mut self, descriptor: Option<u32>) -> Option<Redirect> {
        let operator = self.operator()?;
        let Some(Token::Word(target)) = self.tokens.get(self.at + 1) else { return None };
        self.at += 2;
        Some(Redirect { descriptor, operator, target: target.clone() })
    }

    /// `|&` is `2>&1 |`.
    fn piped_errors(&self) -> Option<Redirect> {
        let Some(Token::Operator("|&", range)) = self.tokens.get(self.at) else { return None };
        let target = Word {
            range: range.end..range.end,
            literal: Some("1".to_owned()),
            prefix: "1".to_owned(),
            quoted: false,
            begins_quoted: false,
        };
        Some(Redirect { descriptor: Some(2), operator: ">&", target })
    }

    fn innermost(&self) -> Option<BlockKind> {
        self.open.last().and_then(|at| self.script.blocks.get(*at)).map(|block| block.kind)
    }

    /// Ends the condition of the innermost block and begins its body.
    fn body(&mut self, kind: BlockKind) -> Option<()> {
        self.pop(BlockKind::Condition)?;
        (self.innermost()? == kind).then_some(())
    }

    /// The separator after the command that ends here.
    fn separator(&self) -> Separator {
        match self.operator() {
            Some("&&") => Separator::And,
            Some("||") => Separator::Or,
            Some("|" | "|&") => Separator::Pipe,
            Some("&") => Separator::Background,
            Some(";" | "\n") => Separator::Then,
            _ => Separator::Edge,
        }
    }

    /// Reads one command, the beginning or the end of a block, or a separator.
    fn step(&mut self) -> Option<()> {
        match self.operator() {
            Some("(") => {
                // `((…))` is arithmetic, which parses like nested subshells.
                self.push(BlockKind::Subshell);
                return Some(());
            }
            Some(")") => return self.pop(BlockKind::Subshell),
            Some(";;" | ";&" | ";;&") => return self.pattern(),
            Some(operator) if !is_redirect(operator) => {
                self.at += 1;
                return Some(());
            }
            _ => {}
        }
        match self.reserved() {
            Some("if") => {
                self.push(BlockKind::If);
                self.at -= 1;
                self.push(BlockKind::Condition);
            }
            Some("while" | "until") => {
                self.push(BlockKind::Loop);
                self.at -= 1;
                self.push(BlockKind::Condition);
            }
            Some("then") => self.body(BlockKind::If)?,
            Some("elif") => {
                (self.innermost()? == BlockKind::If).then_some(())?;
                self.push(BlockKind::Condition);
            }
            Some("else") => {
                (self.innermost()? == BlockKind::If).then_some(())?;
                self.at += 1;
            }
            Some("fi") => self.pop(BlockKind::If)?,
            Some("do") => {
                if self.innermost()? == BlockKind::Condition {
                    self.body(BlockKind::Loop)?;
                } else {
                    (self.innermost()? == BlockKind::Loop).then_some(())?;
                    self.at += 1;
                }
            }
            Some("done") => self.pop(BlockKind::Loop)?,
            Some("for" | "select") => {
                self.push(BlockKind::Loop);
                // Skip the variable and its list of words.
                while self.at < self.tokens.len() && self.reserved() != Some("do") {
                    self.at += 1;
                }
            }
            Some("case") => {
                self.push(BlockKind::Case);
                while self.reserved()? != "in" {
                    self.at += 1;
                }
                self.at += 1;
                self.skip_pattern()?;
            }
            Some("esac") => self.pop(BlockKind::Case)?,
            Some("{") => self.push(BlockKind::Group),
            Some("}") => {
                let kind = self.innermost()?;
                matches!(kind, BlockKind::Group | BlockKind::Function).then_some(())?;
                self.pop(kind)?;
            }
            Some("!") => self.at += 1,
            Some("function") => {
                self.at += 2;
                self.function()?;
            }
            Some("coproc") => return None,
            _ => self.simple()?,
        }
        Some(())
    }

    /// The next pattern of a `case`, or its end.
    fn pattern(&mut self) -> Option<()> {
        (self.innermost()? == BlockKind::Case).then_some(())?;
        self.at += 1;
        while self.operator() == Some("\n") {
            self.at += 1;
        }
        if self.reserved() == Some("esac") {
            self.pop(BlockKind::Case)
        } else {
            self.skip_pattern()
        }
    }

    fn skip_pattern(&mut self) -> Option<()> {
        if self.reserved() == Some("esac") {
            return Some(());
        }
        while self.at < self.tokens.len() {
            self.at += 1;
            if matches!(self.tokens.get(self.at - 1), Some(Token::Operator(")", _))) {
                return Some(());
            }
        }
        None
    }

    /// `() { …`, after the name.
    fn function(&mut self) -> Option<()> {
        while matches!(self.operator(), Some("(" | ")" | "\n")) {
            self.at += 1;
        }
        (self.reserved()? == "{").then_some(())?;
        self.push(BlockKind::Function);
        Some(())
    }

    fn simple(&mut self) -> Option<()> {
        let before = self.before();
        let start = self.start();
        let mut simple = Simple {
            assignments: Vec::new(),
            words: Vec::new(),
            program_at: 0,
            redirects: Vec::new(),
            range: start..start,
            before,
            after: Separator::Edge,
            block: self.open.last().copied(),
            inner: None,
        };
        let mut test = false;
        while let Some(token) = self.tokens.get(self.at) {
            match token {
                Token::Word(word) => {
                    simple.range.end = word.range.end;
                    let written = word.literal.as_deref().unwrap_or(&word.prefix);
                    if simple.words.is_empty() && is_assignment(written) {
                        simple.assignments.push(word.clone());
                    } else {
                        test |= simple.words.is_empty() && written == "[[";
                        test &= written != "]]";
                        simple.words.push(word.clone());
                    }
                    self.at += 1;
                }
                // Operators in `[[ … ]]` belong to the test.
                Token::Operator(_, range) if test => {
                    simple.range.end = range.end;
                    self.at += 1;
                }
                Token::Operator("(", _) if simple.words.len() == 1 => {
                    self.at += 1;
                    (self.operator()? == ")").then_some(())?;
                    return self.function();
                }
                Token::Operator("(", _) => {
                    // `a=(…)` and `diff <(…)` are not supported by every shell.
                    return None;
                }
                Token::Operator(operator, range) if is_redirect(operator) => {
                    let before = simple.words.last().filter(|word| word.range.end == range.start);
                    let descriptor = before.and_then(descriptor);
                    if descriptor.is_some() {
                        simple.words.pop();
                    }
                    let redirect = self.redirect(descriptor)?;
                    simple.range.end = redirect.target.range.end;
                    simple.redirects.push(redirect);
                }
                Token::Operator(..) => break,
            }
        }
        if test {
            return None;
        }
        simple.redirects.extend(self.piped_errors());
        simple.after = self.separator();
        simple.program_at = program_place(&simple.words);
        self.script.commands.push(simple);
        Some(())
    }

    /// The offset of the current token.
    fn start(&self) -> usize {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) => word.range.start,
            Some(Token::Operator(_, range)) => range.start,
            None => 0,
        }
    }

    /// The separator before the command that begins here.
    fn before(&self) -> Separator {
        // A line break may follow the operator.
        let earlier = self.tokens[..self.at].iter().rev();
        let mut newline = false;
        for token in earlier {
            match token {
                Token::Operator("\n", _) => newline = true,
                Token::Operator("&&", _) => return Separator::And,
                Token::Operator("||", _) => return Separator::Or,
                Token::Operator("|" | "|&", _) => return Separator::Pipe,
                Token::Operator(";" | "&", _) => return Separator::Then,
                Token::Word(word) if !newline && word.literal.as_deref() == Some("!") => {}
                Token::Operator(..) | Token::Word(_) => {
                    return if newline { Separator::Then } else { Separator::Edge };
                }
            }
        }
        Separator::Edge
    }
}

/// The file descriptor that a word before a redirection is, as in `2>`.
fn descriptor(word: &Word) -> Option<u32> {
    let is_number = !word.quoted && word.prefix.bytes().all(|byte| byte.is_ascii_digit());
    word.literal.as_deref().filter(|_| is_number)?.parse().ok()
}

fn is_redirect(operator: &str) -> bool {
    operator.contains(['<', '>'])
}
