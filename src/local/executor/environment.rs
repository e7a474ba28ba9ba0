//! ENV: variables, whose values may name others.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::builder::Builder;
use super::command::Sink;
use super::root::as_root;
use crate::local::build::BuildError;
use crate::local::store::Context;

/// ENV: the values are expanded by root's login shell, which knows no variable of the template.
pub(super) fn environment(
    builder: &mut Builder<'_>,
    pairs: &[&str],
    sink: Sink<'_>,
) -> Result<Context, BuildError> {
    let mut context = builder.layer.context.clone();
    let pairs: Vec<(&str, &str)> =
        pairs.chunks_exact(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?))).collect();
    // A value without a dollar sign is itself.
    let expanded: Vec<&str> =
        pairs.iter().map(|(_, value)| *value).filter(|value| value.contains('$')).collect();
    let mut expanded = expand(builder, &expanded, sink)?.into_iter();
    for (name, value) in pairs {
        let value = if value.contains('$') {
            expanded.next().unwrap_or_default()
        } else {
            value.to_owned()
        };
        context.variables.insert(name.to_owned(), value);
    }
    Ok(context)
}

/// The values of texts between double quotes, without the substitution of commands.
fn expand(
    builder: &mut Builder<'_>,
    texts: &[&str],
    sink: Sink<'_>,
) -> Result<Vec<String>, BuildError> {
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let prints = texts.iter().map(|text| {
        // In base64, a value keeps its line breaks and its white space.
        format!("echo \"=$(printf %s \"{}\" | base64 | tr -d '\\n')\"", escaped(text))
    });
    let script = format!("set -e\n{}", prints.collect::<Vec<_>>().join("\n"));
    let answer = as_root(builder, &script, false, sink)?;
    let lines = answer.lines(builder, "failed to evaluate environment variables", sink)?;
    let values = lines.iter().filter_map(|line| line.strip_prefix('=')).map(|value| {
        let bytes = BASE64_STANDARD.decode(value).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    });
    Ok(values.collect())
}

/// Escapes what the server escapes: all but the names of variables.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('`', "\\`");
    text.replace("$(", "\\$(")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_variables_are_expanded() {
        assert_eq!(escaped(r#"a\b"`x`$(y)$Z"#), r#"a\\b\"\`x\`\$(y)$Z"#);
    }
}
