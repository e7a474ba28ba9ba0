//! Digests of the requests of a manifest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::lower::{Plan, Purpose};
use crate::scalar::hex;
use crate::secrets::PLACEHOLDER;

/// The digests of all requests of a manifest, and of each part, to determine what has changed.
///
/// Secrets are replaced by the placeholder first, so that requests that differ only in a secret have the same digest.
/// Tags and `force` are omitted, because command-line arguments set them, too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// The digest of everything, in hexadecimal.
    pub whole: String,
    /// The digest of each part by its name, such as `fromImage` or `steps/3`, counted from 1.
    pub parts: BTreeMap<String, String>,
}

/// The number of hexadecimal digits of a part's digest.
const SHORT: usize = 16;

impl Digest {
    /// The digests of a plan's requests.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let mut parts = BTreeMap::new();
        let mut whole = Sha256::new();
        // The step contains the hash of the uploaded archive.
        let sent = plan.preview().into_iter().filter(|sent| sent.purpose != Purpose::Upload);
        for request in sent {
            let Some(mut body) = request.body else { continue };
            if let Some(body) = body.as_object_mut() {
                body.remove("tags");
                body.remove("force");
                if let Some(registry) = body.get_mut("fromImageRegistry") {
                    hide(registry);
                }
            }
            whole.update(request.method);
            whole.update(request.path);
            whole.update(body.to_string());
            split(&mut parts, "", &body);
        }
        Self { whole: hex(&whole.finalize()), parts }
    }
}

/// Masks every text of a registry's credentials except their type.
fn hide(registry: &mut Value) {
    for (key, value) in registry.as_object_mut().into_iter().flatten() {
        if key != "type" {
            *value = Value::from(PLACEHOLDER);
        }
    }
}

/// The parts of a body: its fields and the elements of its lists.
fn split(parts: &mut BTreeMap<String, String>, name: &str, value: &Value) {
    let below = |key: &str| {
        if name.is_empty() { key.to_owned() } else { format!("{name}/{key}") }
    };
    match value {
        Value::Object(fields) if name.is_empty() || name == "template" => {
            for (key, value) in fields {
                split(parts, &below(key), value);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                parts.insert(below(&(at + 1).to_string()), short(item));
            }
        }
        _ => {
            parts.insert(name.to_owned(), short(value));
        }
    }
}

fn short(value: &Value) -> String {
    let mut digest = hex(&Sha256::digest(value.to_string()));
    digest.truncate(SHORT);
    digest
}
