//! What the client can do.

use serde_json::Value;

use crate::source::Encoding;

/// The capabilities of the client that matter here.
///
/// They are read one by one: a client that sends something odd elsewhere is served all the same.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is an ability of its own")]
pub(super) struct Client {
    /// The unit of columns.
    pub(super) encoding: Encoding,
    /// Whether it asks for diagnostics, and can be asked to do so again when another file has
    /// changed. Then those of manifests are not pushed.
    pub(super) pulls: bool,
    /// Whether it can watch files.
    pub(super) watches: bool,
    /// Whether it fills in the placeholders of snippets.
    pub(super) snippets: bool,
    /// Whether it takes edits of documents with their versions.
    pub(super) versioned_edits: bool,
}

impl Client {
    /// Reads the parameters of `initialize`.
    pub(super) fn read(params: &Value) -> Self {
        let can = |path: &str| {
            let value = params.pointer(&format!("/capabilities/{path}"));
            value.and_then(Value::as_bool).unwrap_or(false)
        };
        let asks = params.pointer("/capabilities/textDocument/diagnostic");
        Self {
            encoding: encoding(params),
            pulls: asks.is_some_and(Value::is_object)
                && can("workspace/diagnostics/refreshSupport"),
            watches: can("workspace/didChangeWatchedFiles/dynamicRegistration"),
            snippets: can("textDocument/completion/completionItem/snippetSupport"),
            versioned_edits: can("workspace/workspaceEdit/documentChanges"),
        }
    }
}

/// UTF-8 if it is offered, whatever else is; UTF-16 is what every client has.
fn encoding(params: &Value) -> Encoding {
    let offered = params.pointer("/capabilities/general/positionEncodings");
    let offered = offered.and_then(Value::as_array);
    let utf8 = offered.is_some_and(|offered| offered.iter().any(|encoding| encoding == "utf-8"));
    if utf8 { Encoding::Utf8 } else { Encoding::Utf16 }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn capabilities_are_read_from_anything() {
        for params in [json!(null), json!([]), json!({ "capabilities": { "general": 1 } })] {
            let client = Client::read(&params);
            assert_eq!(client.encoding, Encoding::Utf16);
            assert!(!client.pulls && !client.watches);
        }
        let mut params = json!({ "capabilities": {
            "general": { "positionEncodings": ["utf-32", "utf-8"] },
            "textDocument": { "diagnostic": {} },
            "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } },
        } });
        let client = Client::read(&params);
        assert_eq!(client.encoding, Encoding::Utf8);
        assert!(client.watches);
        assert!(!client.pulls, "it cannot be asked to pull again");
        params["capabilities"]["workspace"]["diagnostics"] = json!({ "refreshSupport": true });
        assert!(Client::read(&params).pulls);
    }
}
