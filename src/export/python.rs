//! Calls as Python.

use std::fmt::Write as _;

use super::layout::{Shape, Style};
use super::literal::{Syntax, lines};
use super::sdk::Language;
use super::sdk::call::{Call, Program, Value};
use crate::platform::Sdk;

const STYLE: Style = Style { width: 88, indent: 4, joint: "", parenthesizes: true, padding: "" };

/// Python with the packages of PyPI.
pub(super) struct Python;

impl Language for Python {
    fn name(&self) -> &'static str {
        "python"
    }

    fn package(&self, sdk: &Sdk) -> &'static str {
        sdk.pypi
    }

    fn module(&self, sdk: &Sdk) -> &'static str {
        sdk.module
    }

    fn usage(&self, package: &str, file: &str) -> Vec<String> {
        vec![format!("Build it with `pip install {package}` and `python {file}`.")]
    }

    fn file(&self) -> &'static str {
        "template.py"
    }

    fn sends_mode_zero(&self, sdk: &Sdk) -> bool {
        sdk.sends_mode_zero
    }

    fn ignores_like_docker(&self, sdk: &Sdk) -> bool {
        sdk.ignores_like_docker
    }

    fn signs_in_everywhere(&self, sdk: &Sdk) -> bool {
        sdk.signs_in_everywhere
    }

    fn render(&self, program: &Program) -> String {
        let mut text = header(&program.header);
        let has_directory = program.context.is_some() || uses_files(program);
        let reads = program.uses(|value| matches!(value, Value::Variable(_)));
        let parses = program.uses(|value| matches!(value, Value::Json(_)));
        let imports = [(parses, "import json"), (reads, "import os")];
        let mut imports: Vec<_> =
            imports.iter().filter(|(used, _)| *used).map(|(_, line)| *line).collect();
        if has_directory {
            imports.push("from pathlib import Path");
        }
        for import in &imports {
            let _ = writeln!(text, "{import}");
        }
        if !imports.is_empty() {
            text.push('\n');
        }
        let names: Vec<_> = std::iter::once("Template").chain(program.helpers()).collect();
        let _ = writeln!(text, "from {} import {}\n", program.package, names.join(", "));
        if has_directory {
            text.push_str("HERE = Path(__file__).parent\n\n");
        }
        text.push_str(&chain("Template", &constructor(program), &program.calls));
        text.push_str("\nif __name__ == \"__main__\":\n    ");
        text.push_str(&build("Template.build", &program.build));
        text.push('\n');
        text
    }
}

/// The lines at the beginning of a file.
pub(super) fn header(lines: &[String]) -> String {
    let mut text: String = lines.iter().map(|line| ["# ", line, "\n"].concat()).collect();
    text.push('\n');
    text
}

/// A template as a chain of calls.
pub(super) fn chain(class: &str, arguments: &[Shape], calls: &[Call]) -> String {
    let first = Shape::Group(format!("{class}("), arguments.to_vec(), ")");
    let mut text = format!("template = (\n    {}\n", STYLE.render(&first, 4, 4, 0));
    for call in calls {
        for comment in call.comments.iter().filter(|comment| !comment.is_empty()) {
            let _ = writeln!(text, "    # {comment}");
        }
        let shape = Shape::Group(format!(".{}(", call.method), arguments_of(call), ")");
        let _ = writeln!(text, "    {}", STYLE.render(&shape, 4, 4, 0));
    }
    text.push_str(")\n");
    text
}

/// The call that builds the template, in a block.
pub(super) fn build(function: &str, call: &Call) -> String {
    let mut arguments = vec![Shape::Word("template".to_owned())];
    arguments.extend(arguments_of(call));
    STYLE.render(&Shape::Group(format!("{function}("), arguments, ")"), 4, 4, 0)
}

fn uses_files(program: &Program) -> bool {
    program.uses(|value| matches!(value, Value::File(_)))
}

fn constructor(program: &Program) -> Vec<Shape> {
    let mut arguments = Vec::new();
    if let Some(context) = &program.context {
        let path = Syntax::Python.literal(context);
        arguments.push(Shape::Word(format!("file_context_path=HERE / {path}")));
    }
    if !program.ignore.is_empty() {
        let patterns = texts(&program.ignore);
        arguments.push(Shape::Named("file_ignore_patterns=".to_owned(), Box::new(patterns)));
    }
    arguments
}

fn arguments_of(call: &Call) -> Vec<Shape> {
    let arguments = call.arguments.iter().filter(|value| **value != Value::Absent).map(shape);
    let options = call.options.iter();
    let options =
        options.map(|(name, value)| Shape::Named(format!("{name}="), Box::new(shape(value))));
    arguments.chain(options).collect()
}

fn texts(items: &[String]) -> Shape {
    Shape::Group("[".to_owned(), items.iter().map(|item| text(item)).collect(), "]")
}

fn text(text: &str) -> Shape {
    Shape::Lines(match lines(text).as_slice() {
        [] => vec!["\"\"".to_owned()],
        lines => lines.iter().map(|line| Syntax::Python.literal(line)).collect(),
    })
}

fn shape(value: &Value) -> Shape {
    Shape::Word(match value {
        Value::Text(value) => return text(value),
        Value::Texts(items) => match items.as_slice() {
            [only] => return text(only),
            items => return texts(items),
        },
        Value::List(items) => return texts(items),
        Value::Map(pairs) => {
            let pairs = pairs.iter().map(|(name, value)| {
                Shape::Named(format!("{}: ", Syntax::Python.literal(name)), Box::new(text(value)))
            });
            return Shape::Group("{".to_owned(), pairs.collect(), "}");
        }
        Value::Helper(name, arguments) => {
            return Shape::Group(format!("{name}("), arguments.iter().map(shape).collect(), ")");
        }
        Value::Number(number) => number.to_string(),
        Value::Mode(bits) => format!("0o{bits:03o}"),
        Value::Flag(true) => "True".to_owned(),
        Value::Flag(false) => "False".to_owned(),
        Value::Absent => "None".to_owned(),
        Value::Name(name) => (*name).to_owned(),
        Value::Variable(name) => format!("os.environ[{}]", Syntax::Python.literal(name)),
        Value::File(path) => {
            let path = Syntax::Python.literal(path);
            format!("(HERE / {path}).read_text().removesuffix(\"\\n\")")
        }
        Value::Json(inner) => {
            return Shape::Group("json.loads(".to_owned(), vec![shape(inner)], ")");
        }
    })
}
