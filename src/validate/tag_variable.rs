//! `invalid-tag-variable`, `unset-tag-variable`: variables of the environment in tags.

use super::{reserved_tag, tag_fault};
use crate::platform::LOCAL_KEY;
use crate::scalar::TagText;
use crate::secrets::detect;

/// How a variable is written.
const FORM: &str = "a variable is written `{env:NAME}`, with letters, digits and `_` in its name";

/// What is wrong with a tag whatever the values of its variables are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WrittenTagFault {
    /// A variable, or a brace that is not part of one.
    Variable(String),
    /// The text of the tag.
    Text(&'static str),
}

/// What is wrong with the value of a variable in a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagValueFault {
    /// The tag is wrong whatever the values are.
    Written(WrittenTagFault),
    /// A variable has no value.
    Unset {
        /// Its name.
        name: String,
    },
    /// A value looks like a secret.
    Secret {
        /// The name of the variable.
        name: String,
        /// What the value looks like, with its article.
        what: &'static str,
    },
    /// The tag with its values is not valid.
    Invalid {
        /// The tag with its values.
        tag: String,
        /// Why platforms reject it.
        reason: &'static str,
    },
    /// The tag with its values is reserved.
    Reserved {
        /// The tag with its values.
        tag: String,
        /// Why people cannot choose it.
        reason: &'static str,
    },
}

/// Why a tag that may have variables is rejected before their values are known.
#[must_use]
pub fn written_tag_fault(tag: &str) -> Option<WrittenTagFault> {
    let Some(text) = TagText::parse(tag) else {
        return Some(WrittenTagFault::Variable(FORM.to_owned()));
    };
    if let Some(name) = text.variables().find(|name| is_secret_name(name)) {
        let reason = format!("`{name}` has the name of a secret, and everyone can see tags");
        return Some(WrittenTagFault::Variable(reason));
    }
    if text.variables().next().is_none() {
        return tag_fault(tag).map(WrittenTagFault::Text);
    }
    let text = text.text();
    tag_fault(&text).filter(|_| !text.is_empty()).map(WrittenTagFault::Text)
}

fn is_secret_name(name: &str) -> bool {
    name == LOCAL_KEY || detect::is_secret_name(name)
}

/// The tag with the values of its variables in lower case. No value of a variable with the name of a
/// secret is read.
///
/// # Errors
/// A fault of the tag, of a value, or of both together.
pub fn expanded_tag(
    tag: &str,
    value: &dyn Fn(&str) -> Option<String>,
) -> Result<String, TagValueFault> {
    if let Some(fault) = written_tag_fault(tag) {
        return Err(TagValueFault::Written(fault));
    }
    let Some(text) = TagText::parse(tag) else { return Ok(tag.to_owned()) };
    let mut values = Vec::new();
    for name in text.variables() {
        let name = name.to_owned();
        let Some(value) = value(&name) else { return Err(TagValueFault::Unset { name }) };
        if let Some(hit) = detect::in_variable(&name, &value, true).first() {
            return Err(TagValueFault::Secret { name, what: hit.what });
        }
        values.push(value);
    }
    let mut values = values.into_iter();
    let tag = text.expand(|_| values.next().unwrap_or_default());
    match (tag_fault(&tag), reserved_tag(&tag)) {
        (Some(reason), _) => Err(TagValueFault::Invalid { tag, reason }),
        (None, Some(reason)) => Err(TagValueFault::Reserved { tag, reason }),
        (None, None) => Ok(tag),
    }
}

impl TagValueFault {
    /// What is wrong with the tag `written`.
    #[must_use]
    pub fn message(&self, written: &str) -> String {
        let written = written.escape_debug();
        match self {
            Self::Written(_) => format!("`{written}` is not a valid tag"),
            Self::Unset { name } => {
                format!("the tag `{written}` needs the variable `{name}`, which is not set")
            }
            Self::Secret { name, .. } => {
                format!("the tag `{written}` would contain a secret, the value of `{name}`")
            }
            Self::Invalid { tag, .. } => {
                format!("the tag `{written}` is `{}`, which is not valid", tag.escape_debug())
            }
            Self::Reserved { tag, .. } => {
                format!("the tag `{written}` is `{tag}`, which begins with `sbx-`")
            }
        }
    }

    /// Why that is wrong.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::Written(WrittenTagFault::Variable(reason)) => reason.clone(),
            Self::Written(WrittenTagFault::Text(reason))
            | Self::Invalid { reason, .. }
            | Self::Reserved { reason, .. } => (*reason).to_owned(),
            Self::Unset { name } => format!("`{name}` is not set, or empty"),
            Self::Secret { what, .. } => format!("it looks like {what}, and everyone can see tags"),
        }
    }

    /// What to do about it, where `reason` does not say that.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Written(_) => None,
            Self::Unset { name } => Some(format!("set it where `sbx` runs: `export {name}=…`")),
            Self::Secret { name, .. } => Some(format!("use another variable than `{name}`")),
            Self::Invalid { .. } | Self::Reserved { .. } => {
                Some("set the variables to other values, or change the tag".to_owned())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(tag: &str, value: &str) -> Result<String, TagValueFault> {
        let value = value.to_owned();
        expanded_tag(tag, &move |name| (name == "X").then(|| value.clone()))
    }

    #[test]
    fn a_value_is_inserted_in_lower_case_and_the_result_is_checked() {
        assert_eq!(expanded("pr-{env:X}", "42A"), Ok("pr-42a".to_owned()));
        assert_eq!(expanded("v1", ""), Ok("v1".to_owned()));
        let unset = TagValueFault::Unset { name: "Y".to_owned() };
        assert_eq!(expanded("{env:Y}", "1"), Err(unset));
        for value in ["feature/x", "a b", "x\n", &"a".repeat(129)] {
            let fault = expanded("{env:X}", value);
            assert!(matches!(fault, Err(TagValueFault::Invalid { .. })), "{value:?}: {fault:?}");
        }
        let uuid = expanded("{env:X}", "01234567-89AB-cdef-0123-456789abcdef");
        assert!(matches!(uuid, Err(TagValueFault::Invalid { .. })), "{uuid:?}");
        for (tag, value) in [("{env:X}", "sbx-1"), ("sb{env:X}", "x-1")] {
            assert!(matches!(expanded(tag, value), Err(TagValueFault::Reserved { .. })), "{tag}");
        }
    }

    #[test]
    fn the_text_around_variables_is_checked_without_their_values() {
        for tag in ["pr-{env:X}", "{env:X}", "{env:X}{env:Y}", "v1"] {
            assert_eq!(written_tag_fault(tag), None, "{tag}");
        }
        for tag in ["PR-{env:X}", "a b{env:X}", "V1", ""] {
            let fault = written_tag_fault(tag);
            assert!(matches!(fault, Some(WrittenTagFault::Text(_))), "{tag}: {fault:?}");
        }
    }

    #[test]
    fn no_variable_with_the_name_of_a_secret_is_read() {
        let names = [
            "NOVITA_API_KEY",
            "E2B_API_KEY_FILE",
            "SBX_LOCAL_KEY",
            "GITHUB_TOKEN",
            "Db_Password",
            "TOKEN_HASH_SECRET",
        ];
        for name in names {
            let tag = format!("v-{{env:{name}}}");
            let read = |_: &str| -> Option<String> { panic!("{name} is read") };
            let fault = expanded_tag(&tag, &read);
            assert!(matches!(fault, Err(TagValueFault::Written(_))), "{fault:?}");
        }
        let key = format!("sk-ant-{}", "aB3dE5gH7jK9mN1pQ3sT5vW7yZ");
        let fault = expanded("{env:X}", &key).expect_err("it looks like a secret");
        assert!(matches!(fault, TagValueFault::Secret { .. }), "{fault:?}");
        let said = [fault.message("{env:X}"), fault.reason(), fault.help().unwrap_or_default()];
        assert!(!said.concat().contains(&key), "{said:?}");
    }
}
