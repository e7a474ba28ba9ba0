//! Lays out expressions: on one line if it fits, or else with a line for each part.

/// An expression, or a part of one.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    /// What stays on one line.
    Word(String),
    /// A text whose lines have literals of their own.
    Lines(Vec<String>),
    /// Parts between brackets.
    Group(String, Vec<Self>, &'static str),
    /// A part with something before it, such as the name of an option.
    Named(String, Box<Self>),
}

/// How a language writes what takes several lines.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    /// The widest line.
    pub(super) width: usize,
    /// The spaces of a level.
    pub(super) indent: usize,
    /// What joins the literals of a text.
    pub(super) joint: &'static str,
    /// Whether several literals need parentheses around them.
    pub(super) parenthesizes: bool,
    /// What is between the braces of an object and what it holds.
    pub(super) padding: &'static str,
}

impl Style {
    /// An expression that begins in the column `at`, on a line that is indented by `level` spaces,
    /// with so many characters behind it.
    pub(super) fn render(&self, shape: &Shape, level: usize, at: usize, behind: usize) -> String {
        if let Some(flat) = self.flat(shape)
            && at + flat.chars().count() + behind <= self.width
        {
            return flat;
        }
        let inner = level + self.indent;
        let pad = " ".repeat(inner);
        match shape {
            Shape::Word(word) => word.clone(),
            Shape::Lines(lines) if self.parenthesizes && lines.len() > 1 => {
                let joint = format!("{}\n{pad}", self.joint);
                format!("(\n{pad}{}\n{})", lines.join(&joint), " ".repeat(level))
            }
            Shape::Lines(lines) => lines.join(&format!("{}\n{pad}", self.joint)),
            Shape::Named(name, part) => {
                let rest = self.render(part, level, at + name.chars().count(), behind);
                format!("{name}{rest}")
            }
            Shape::Group(open, parts, close) if parts.is_empty() => format!("{open}{close}"),
            Shape::Group(open, parts, close) => {
                // A single group keeps the brackets of its call beside its own.
                if let [only @ Shape::Group(..)] = parts.as_slice()
                    && close.len() == 1
                {
                    let column = at + open.chars().count();
                    let rest = self.render(only, level, column, behind + 1);
                    return format!("{open}{rest}{close}");
                }
                let mut text = format!("{open}\n");
                for part in parts {
                    text.push_str(&pad);
                    text.push_str(&self.render(part, inner, inner, 1));
                    text.push_str(",\n");
                }
                text.push_str(&" ".repeat(level));
                text.push_str(close);
                text
            }
        }
    }

    /// The expression on one line, if it has no parts that need their own.
    fn flat(&self, shape: &Shape) -> Option<String> {
        Some(match shape {
            Shape::Word(word) => word.clone(),
            Shape::Lines(lines) => match lines.as_slice() {
                [line] => line.clone(),
                _ => return None,
            },
            Shape::Named(name, part) => format!("{name}{}", self.flat(part)?),
            Shape::Group(open, parts, close) => {
                let parts: Option<Vec<_>> = parts.iter().map(|part| self.flat(part)).collect();
                let space = if *close == "}" { self.padding } else { "" };
                format!("{open}{space}{}{space}{close}", parts?.join(", "))
            }
        })
    }
}
