//! The calls of Declaw's protocol.

use serde_json::{Value, json};

use super::super::Call;
use super::Model;
use super::builds::Build;
use super::request::Request;

impl Model {
    /// `GET /templates`
    pub(super) fn look_up(&self) -> (u16, Value, Option<Call>) {
        let next = if self.templates.is_empty() { Call::Build } else { Call::Delete };
        let alias = self.name.as_deref().unwrap_or("over-the-wire");
        let list = self
            .templates
            .iter()
            .map(|id| json!({ "template_id": id, "alias": alias, "created_at": "now" }));
        (200, json!({ "templates": list.collect::<Vec<_>>() }), Some(next))
    }

    /// `DELETE /templates/{id}`
    pub(super) fn delete(&mut self, id: &str) -> (u16, Value, Option<Call>) {
        let before = self.templates.len();
        self.templates.retain(|known| known != id);
        let gone = before == self.templates.len();
        (if gone { 404 } else { 204 }, Value::Null, Some(Call::Build))
    }

    /// `POST /templates/build`
    pub(super) fn build(&mut self, request: &Request) -> (u16, Value, Option<Call>) {
        self.name = self.json(request)["alias"].as_str().map(str::to_owned);
        if !self.templates.is_empty() {
            return (409, json!({ "message": "alias is taken" }), None);
        }
        self.templates.push("tpl-new".to_owned());
        let id = format!("bld-{:04}", self.builds.len() + 1);
        self.builds.push(Build { state: "building", ..Build::waiting(id.clone()) });
        self.started += 1;
        let answer = json!({ "build_id": id, "status": "building", "template_id": "tpl-new" });
        (201, answer, Some(Call::Question))
    }

    /// `GET /templates/builds/{id}`
    pub(super) fn question(&mut self, id: &str) -> (u16, Value, Option<Call>) {
        let Some(build) = self.builds.iter_mut().find(|build| build.id == id) else {
            return (404, json!({ "message": "no such build" }), None);
        };
        let lines = Self::progress(&self.script, build);
        let logs = self.script.log.get(..lines).filter(|log| !log.is_empty());
        let answer = json!({
            "build_id": id, "template_id": "tpl-new", "status": build.state, "logs": logs,
        });
        (200, answer, Some(Call::Question))
    }
}
