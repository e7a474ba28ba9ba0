//! A draft → the text of a manifest, in the layout of `sbx fmt`.

use std::fmt::Write as _;

use super::draft::{Draft, Ready, Value, Variable};
use crate::format;
use crate::schema;

/// The most columns of an inline table of variables.
const INLINE: usize = 80;

impl Draft {
    /// The manifest. Formatting it changes nothing.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "#:schema {}", schema::ID);
        comments(&mut text, &self.comments);
        let mut keys = Table::default();
        keys.push("name", string(&self.name));
        keys.push_list("tags", &self.tags);
        if let Some(context) = &self.context {
            keys.push("context", string(context));
        }
        keys.push_list("ignore", &self.ignore);
        for (name, value) in [("user", &self.user), ("workdir", &self.workdir)] {
            if let Some(value) = value {
                keys.push(name, string(value));
            }
        }
        keys.write(&mut text);
        self.from(&mut text);
        self.resources(&mut text);
        variables(&mut text, "[build_env]", &self.build_env);
        variables(&mut text, "[env]", &self.env);
        self.steps(&mut text);
        if let Some(start) = &self.start {
            let _ = writeln!(text, "\n[start]\ncmd = {}", string(start));
        }
        if let Some(ready) = &self.ready {
            text.push('\n');
            comments(&mut text, &self.ready_comments);
            let _ = writeln!(text, "[ready]\n{}", probe(ready));
        }
        if let Some(pre_boot) = &self.pre_boot {
            let _ = writeln!(text, "\n[novita]\npre_boot = {}", string(pre_boot));
        }
        format::format(&text).unwrap_or(text)
    }

    fn from(&self, text: &mut String) {
        if self.from.entries.is_empty() {
            return;
        }
        text.push_str("\n[from]\n");
        comments(text, &self.from.comments);
        Table::of(&self.from.entries).write(text);
        if !self.from.auth.is_empty() {
            text.push_str("\n[from.auth]\n");
            Table::of(&self.from.auth).write(text);
        }
    }

    fn resources(&self, text: &mut String) {
        if self.cpu.is_none() && self.memory_mib.is_none() {
            return;
        }
        text.push_str("\n[resources]\n");
        let mut keys = Table::default();
        if let Some(cpu) = self.cpu {
            keys.push("cpu", cpu.to_string());
        }
        match self.memory_mib {
            Some(mib) if mib % 1024 == 0 && mib > 0 => {
                keys.push("memory", format!("\"{}GiB\"", mib / 1024));
            }
            Some(mib) => keys.push("memory", format!("\"{mib}MiB\"")),
            None => {}
        }
        keys.write(text);
    }

    fn steps(&self, text: &mut String) {
        for step in &self.steps {
            text.push('\n');
            comments(text, &step.comments);
            if step.entries.is_empty() {
                continue;
            }
            text.push_str("[[steps]]\n");
            comments(text, &step.allows);
            let is_table =
                |value: &Value| matches!(value, Value::Variables(all) if inline(all).is_none());
            let (tables, keys): (Vec<_>, Vec<_>) =
                step.entries.iter().cloned().partition(|(_, value)| is_table(value));
            Table::of(&keys).write(text);
            for (_, value) in &tables {
                if let Value::Variables(all) = value {
                    text.push_str("[steps.env]\n");
                    Table::of_variables(all).write(text);
                }
            }
        }
    }
}

/// The keys of a table, which are aligned unless one of them has a value of several lines.
#[derive(Default)]
struct Table<'a> {
    rows: Vec<(&'a [String], String, String)>,
}

impl<'a> Table<'a> {
    fn of(entries: &[(&'static str, Value)]) -> Self {
        let mut table = Self::default();
        for (name, value) in entries {
            table.push(name, self::value(value));
        }
        table
    }

    fn of_variables(variables: &'a [Variable]) -> Self {
        let rows = variables.iter().map(|variable| {
            let name = quoted(&variable.name);
            (variable.comments.as_slice(), name, scalar(&variable.value))
        });
        Self { rows: rows.collect() }
    }

    fn push(&mut self, name: &str, value: String) {
        self.rows.push((&[], quoted(name), value));
    }

    /// Adds an array, unless it is empty.
    fn push_list(&mut self, name: &str, values: &[String]) {
        if !values.is_empty() {
            let values: Vec<_> = values.iter().map(|value| string(value)).collect();
            self.push(name, format!("[{}]", values.join(", ")));
        }
    }

    fn write(&self, text: &mut String) {
        let is_list = |value: &String| value.starts_with("[\n");
        let aligns = !self.rows.iter().any(|(_, _, value)| is_list(value));
        let widths = self.rows.iter().map(|(_, name, _)| name.chars().count());
        let width = widths.max().filter(|_| aligns).unwrap_or_default();
        for (lines, name, value) in &self.rows {
            comments(text, lines);
            let _ = writeln!(text, "{name:width$} = {value}");
        }
    }
}

fn comments(text: &mut String, lines: &[String]) {
    for line in lines {
        // A control character would end the comment, or the manifest.
        let line: String = line.chars().filter(|c| !c.is_control() || *c == '\t').collect();
        let _ = writeln!(text, "# {line}");
    }
}

/// A key with the quotes that it needs.
fn quoted(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(bare) { name.to_owned() } else { string(name) }
}

/// The value of a variable, without quotes if it is a number.
fn scalar(value: &str) -> String {
    let is_number = value.parse::<i64>().is_ok_and(|number| number.to_string() == value);
    if is_number { value.to_owned() } else { string(value) }
}

fn variables(text: &mut String, header: &str, variables: &[Variable]) {
    if variables.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{header}");
    Table::of_variables(variables).write(text);
}

fn value(value: &Value) -> String {
    match value {
        Value::Text(text) => string(text),
        Value::List(list) => match list.as_slice() {
            [one] => string(one),
            list => {
                let all: Vec<_> = list.iter().map(|text| string(text)).collect();
                let line = format!("[{}]", all.join(", "));
                // Commands are read one below the other.
                if line.len() > INLINE { format!("[\n  {},\n]", all.join(",\n  ")) } else { line }
            }
        },
        Value::Bool(is_set) => is_set.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Mode(mode) => format!("0o{:o}", mode.bits),
        Value::Variables(all) => inline(all).unwrap_or_default(),
        Value::SecretOf(variable) => format!("{{ env = {} }}", string(variable)),
    }
}

/// A table of variables on one line, if it is short and has no comments.
fn inline(variables: &[Variable]) -> Option<String> {
    let plain = |variable: &Variable| {
        variable.comments.is_empty() && !variable.value.contains(['\n', '\r'])
    };
    if !variables.iter().all(plain) {
        return None;
    }
    let mut lines = Vec::new();
    for Variable { name, value, .. } in variables {
        lines.push(format!("{} = {}", quoted(name), scalar(value)));
    }
    let line = format!("{{ {} }}", lines.join(", "));
    (line.len() <= INLINE).then_some(line)
}

fn probe(ready: &Ready) -> String {
    match ready {
        Ready::Command(command) => format!("cmd = {}", string(command)),
        Ready::Url(url, None) => format!("url = {}", string(url)),
        Ready::Url(url, Some(status)) => format!("url = {}\nstatus = {status}", string(url)),
        Ready::Port(port) => format!("port = {port}"),
        Ready::Process(process) => format!("process = {}", string(process)),
        Ready::File(file) => format!("file = {}", string(file)),
        Ready::Wait(seconds) => format!("wait = \"{seconds}s\""),
    }
}

/// A string of TOML, in the form that needs the fewest escapes.
fn string(text: &str) -> String {
    let is_control = |c: char| c.is_control() && c != '\n' && c != '\t';
    let needs_escape = text.contains(is_control);
    if text.contains('\n') && !needs_escape {
        if !text.contains("'''") && !text.ends_with('\'') {
            return format!("'''\n{text}'''");
        }
        let lines = text.replace('\\', "\\\\").replace('"', "\\\"");
        return format!("\"\"\"\n{lines}\"\"\"");
    }
    if text.contains(['"', '\\']) && !text.contains(['\'', '\t']) && !needs_escape {
        return format!("'{text}'");
    }
    // The escapes of TOML include those of JSON, which leaves some controls as they are.
    let mut escaped = String::new();
    for c in serde_json::to_string(text).unwrap_or_default().chars() {
        if c.is_control() {
            let _ = write!(escaped, "\\u{:04X}", u32::from(c));
        } else {
            escaped.push(c);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_keep_their_text() {
        for text in [
            "",
            "plain",
            "it's",
            "a \"b\"",
            "\\d+",
            "'\"\\",
            "a\nb",
            "\n",
            "a'''b\nc",
            "a\r\nb",
            "\u{7f}\u{85}\u{0}",
            "a\tb",
            "x\n'",
            "\\\n\"\"\"\"",
            "\u{1b}[0m\n",
        ] {
            let written = format!("x = {}", string(text));
            let table: toml::Table = toml::from_str(&written).expect("it is TOML");
            assert_eq!(table["x"].as_str(), Some(text), "{written}");
        }
    }
}
