//! Builds of the local platform whose image its container engine does not hold.

use super::super::super::Observer;
use super::super::super::error::SubmitError;
use super::super::{LostBuilds, MISSING, TemplateBuild, is_ready, refused};
use super::Templates;
use crate::wire::local::Images;

impl Templates {
    /// The builds whose image is missing. A server without the call, an older `sbx serve`, cannot
    /// tell.
    pub(super) async fn lost(
        &self,
        template_id: &str,
        observer: Observer<'_>,
    ) -> Result<LostBuilds, SubmitError> {
        if !self.in_engine {
            return Ok(LostBuilds::default());
        }
        match self.get::<Images>(&["sbx", "images", template_id], &[], observer).await {
            Ok((_, Images { missing, reason })) => {
                Ok(LostBuilds { build_ids: missing, unknown: reason })
            }
            Err(error) if refused(&error).is_some() => {
                Ok(LostBuilds { unknown: Some(error.reason()), ..LostBuilds::default() })
            }
            Err(error) => Err(error),
        }
    }

    /// Gives the status `missing` to the builds whose image is.
    pub(super) async fn mark_lost(
        &self,
        template_id: &str,
        builds: &mut [TemplateBuild],
        observer: Observer<'_>,
    ) -> Result<(), SubmitError> {
        let lost = self.lost(template_id, observer).await?.build_ids;
        let lost =
            |build: &&mut TemplateBuild| is_ready(&build.status) && lost.contains(&build.build_id);
        builds.iter_mut().filter(lost).for_each(|build| MISSING.clone_into(&mut build.status));
        Ok(())
    }
}
