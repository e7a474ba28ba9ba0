//! Calls as TypeScript. The code has no types of its own, so that it is JavaScript, too.

use std::fmt::Write as _;

use super::layout::{Shape, Style};
use super::literal::{Syntax, lines};
use super::sdk::Language;
use super::sdk::call::{Call, Program, Value};
use crate::platform::Sdk;
use crate::scalar::is_name;

const STYLE: Style =
    Style { width: 80, indent: 2, joint: " +", parenthesizes: false, padding: " " };

/// Names that are not those of Python in another spelling.
const NAMES: &[(&str, &str)] = &[
    ("from_aws_registry", "fromAWSRegistry"),
    ("from_gcp_registry", "fromGCPRegistry"),
    ("from_oci_registry", "fromOCIRegistry"),
    ("service_account_json", "serviceAccountJSON"),
    ("memory_mb", "memoryMB"),
    ("wait_for_url", "waitForURL"),
];

/// TypeScript with the packages of npm.
pub(super) struct TypeScript;

impl Language for TypeScript {
    fn name(&self) -> &'static str {
        "typescript"
    }

    fn package(&self, sdk: &Sdk) -> &'static str {
        sdk.npm
    }

    fn module(&self, sdk: &Sdk) -> &'static str {
        sdk.npm
    }

    fn usage(&self, package: &str, file: &str) -> Vec<String> {
        vec![format!("Build it with `npm install {package}` and `npx tsx {file}`.")]
    }

    fn file(&self) -> &'static str {
        "template.mts"
    }

    fn sends_mode_zero(&self, _: &Sdk) -> bool {
        false
    }

    fn ignores_like_docker(&self, _: &Sdk) -> bool {
        false
    }

    fn signs_in_everywhere(&self, _: &Sdk) -> bool {
        true
    }

    fn render(&self, program: &Program) -> String {
        let mut text: String =
            program.header.iter().map(|line| ["// ", line, "\n"].concat()).collect();
        text.push('\n');
        let reads = program.uses(|value| matches!(value, Value::File(_)));
        if reads {
            text.push_str("import { readFileSync } from \"node:fs\";\n");
        }
        if reads || program.context.is_some() {
            text.push_str("import { resolve } from \"node:path\";\n");
        }
        let names: Vec<_> = program.helpers().into_iter().map(camel).collect();
        let names: Vec<_> = std::iter::once("Template".to_owned()).chain(names).collect();
        let names = names.join(", ");
        let _ = writeln!(text, "import {{ {names} }} from \"{}\";\n", program.package);
        let arguments: Vec<_> = constructor(program).into_iter().collect();
        let first = Shape::Group("Template(".to_owned(), arguments, ")");
        let before = "export const template = ";
        let _ = write!(text, "{before}{}", STYLE.render(&first, 0, before.len(), 0));
        for call in &program.calls {
            for comment in call.comments.iter().filter(|comment| !comment.is_empty()) {
                let _ = write!(text, "\n  // {comment}");
            }
            let shape = Shape::Group(format!(".{}(", camel(call.method)), arguments_of(call), ")");
            let _ = write!(text, "\n  {}", STYLE.render(&shape, 2, 2, 1));
        }
        text.push_str(";\n\n");
        let mut arguments = vec![Shape::Word("template".to_owned())];
        arguments.extend(arguments_of(&program.build));
        let build = Shape::Group("await Template.build(".to_owned(), arguments, ")");
        let _ = writeln!(text, "{};", STYLE.render(&build, 0, 0, 1));
        text
    }
}

fn constructor(program: &Program) -> Option<Shape> {
    let mut options = Vec::new();
    if let Some(context) = &program.context {
        let path = Syntax::TypeScript.literal(context);
        let path = format!("fileContextPath: resolve(import.meta.dirname, {path})");
        options.push(Shape::Word(path));
    }
    if !program.ignore.is_empty() {
        let patterns = texts(&program.ignore);
        options.push(Shape::Named("fileIgnorePatterns: ".to_owned(), Box::new(patterns)));
    }
    (!options.is_empty()).then(|| object(options))
}

fn object(options: Vec<Shape>) -> Shape {
    Shape::Group("{".to_owned(), options, "}")
}

/// A name in the spelling of TypeScript.
fn camel(name: &str) -> String {
    if let Some((_, own)) = NAMES.iter().find(|(python, _)| *python == name) {
        return (*own).to_owned();
    }
    let mut parts = name.split('_');
    let mut camel = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

fn arguments_of(call: &Call) -> Vec<Shape> {
    let mut arguments: Vec<_> = call.arguments.iter().map(shape).collect();
    let option = |(name, value): &(&'static str, Value)| {
        Shape::Named(format!("{}: ", camel(name)), Box::new(shape(value)))
    };
    if call.method == "from_image" {
        // It takes the sign-in and the rest apart.
        let is_sign_in = |name: &str| matches!(name, "username" | "password");
        let (sign_in, rest): (Vec<_>, Vec<_>) =
            call.options.iter().partition(|(name, _)| is_sign_in(name));
        if !sign_in.is_empty() {
            arguments.push(object(sign_in.into_iter().map(option).collect()));
        } else if !rest.is_empty() {
            arguments.push(shape(&Value::Absent));
        }
        if !rest.is_empty() {
            arguments.push(object(rest.into_iter().map(option).collect()));
        }
        return arguments;
    }
    if !call.options.is_empty() {
        arguments.push(object(call.options.iter().map(option).collect()));
    } else if call.arguments.last() == Some(&Value::Absent) {
        arguments.pop();
    }
    arguments
}

fn texts(items: &[String]) -> Shape {
    Shape::Group("[".to_owned(), items.iter().map(|item| text(item)).collect(), "]")
}

fn text(text: &str) -> Shape {
    Shape::Lines(match lines(text).as_slice() {
        [] => vec!["\"\"".to_owned()],
        lines => lines.iter().map(|line| Syntax::TypeScript.literal(line)).collect(),
    })
}

/// The key of an object. In a literal, `__proto__` is no key.
fn key(name: &str) -> String {
    if name == "__proto__" || !is_name(name) {
        return format!("[{}]", Syntax::TypeScript.literal(name));
    }
    name.to_owned()
}

fn variable(name: &str) -> String {
    if is_name(name) {
        return format!("process.env.{name}");
    }
    format!("process.env[{}]", Syntax::TypeScript.literal(name))
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
                Shape::Named(format!("{}: ", key(name)), Box::new(text(value)))
            });
            return object(pairs.collect());
        }
        Value::Helper(name, arguments) => {
            let arguments = arguments.iter().map(shape).collect();
            return Shape::Group(format!("{}(", camel(name)), arguments, ")");
        }
        Value::Number(number) => number.to_string(),
        Value::Mode(bits) => format!("0o{bits:03o}"),
        Value::Flag(flag) => flag.to_string(),
        Value::Absent => "undefined".to_owned(),
        Value::Name(name) => (*name).to_owned(),
        Value::Variable(name) => format!("{} ?? \"\"", variable(name)),
        Value::File(path) => {
            let path = Syntax::TypeScript.literal(path);
            let path = format!("resolve(import.meta.dirname, {path})");
            format!("readFileSync({path}, \"utf8\").replace(/\\n$/, \"\")")
        }
        Value::Json(inner) => {
            return Shape::Group("JSON.parse(".to_owned(), vec![shape(inner)], ")");
        }
    })
}
