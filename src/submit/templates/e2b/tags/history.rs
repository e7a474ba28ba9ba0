//! The history of a tag.

use super::super::super::super::Observer;
use super::super::super::super::error::SubmitError;
use super::super::super::{PastAssignment, refused};
use super::super::{PAGE, Templates};
use crate::wire::e2b::TagHistory;

impl Templates {
    /// The newest assignments of a tag to builds that are ready, newest first; `None` if the
    /// platform has no such call.
    pub(in super::super) async fn history_of(
        &self,
        template_id: &str,
        tag: &str,
        observer: Observer<'_>,
    ) -> Result<Option<Vec<PastAssignment>>, SubmitError> {
        let path = ["templates", template_id, "tags", tag, "assignments"];
        let limit = PAGE.to_string();
        match self.get::<TagHistory>(&path, &[("limit", &limit)], observer).await {
            Ok((_, history)) => {
                let assignments = history.data.into_iter().map(|assignment| PastAssignment {
                    build_id: assignment.build_id,
                    assigned_at: assignment.assigned_at.to_string(),
                });
                Ok(Some(assignments.collect()))
            }
            Err(error) if matches!(refused(&error), Some(404 | 405)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
