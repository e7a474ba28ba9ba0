//! The calls of Declaw's protocol.

use serde_json::{Value, json};

use super::super::Call;
use super::Model;
use super::builds::Build;

impl Model {
    /// `GET /templates`
    pub(super) fn look_up(&self) -> (u16, Value, Option<Call>) {
        let next = if self.templates.is_empty() { Call::Build } else { Call::Delete };
        let list = self
            .templates
            .iter()
            .map(|id| json!({ "template_id": id, "alias": "over-the-wire", "created_at": "now" }));
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
    pub(super) fn build(&mut self) -> (u16, Value, Option<Call>) {
        if !self.templates.is_empty() {
            return (409, json!({ "message": "alias is taken" }), None);
        }
        self.templates.push("tpl-new".to_owned());
        self.builds.push(Build { state: "building", ..Build::waiting("bld-0001".to_owned()) });
        self.started += 1;
        let answer =
            json!({ "build_id": "bld-0001", "status": "building", "template_id": "tpl-new" });
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
