//! An update: one call for each change whose fields differ, then the tags.

use super::{Life, failed, with_id};
use crate::provider::{Applied, ApplyRequest};
use crate::providers::aws::connection::Aws;
use std::sync::Arc;

/// Of APIs that put: a field that is `changed_by` this is changed by the create request, sent again.
pub const AGAIN: &str = "the create request, sent again";

impl Life {
    pub(super) async fn update(&self, aws: &Arc<Aws>, request: &ApplyRequest) -> Applied {
        let call = self.call(aws, request);
        let patience = self.patience("update", &request.planned, &request.cancellation);
        let mut made = match self.rules.id_after_change {
            Some(id) => with_id(request.planned.clone(), &id(&call.want)),
            None => request.planned.clone(),
        };
        let outcome = async {
            let is_asked = |change: &str| {
                self.declared.iter().any(|field| {
                    field.change == Some(change) && request.prior.get(field.name) != request.planned.get(field.name)
                })
            };
            if is_asked(AGAIN) {
                self.send_create(call.clone()).await?;
            }
            for change in self.rules.changes.iter().filter(|change| is_asked(change.name)) {
                (change.run)(call.clone()).await?;
                if change.gives_new_id
                    && let Some(id) = self.find_created(aws, request).await?
                {
                    made = with_id(made.clone(), &id);
                }
            }
            if let Some(change_tags) = &self.rules.change_tags
                && request.prior.get("tags_all") != request.planned.get("tags_all")
            {
                change_tags(call.clone()).await?;
            }
            self.await_ready(aws, &self.key_of(&made), &patience).await
        };
        match outcome.await {
            Ok(found) => {
                let object = self.settle_applied(self.object_of(aws, &found, &made), &request.planned);
                Applied { object, private: request.private.clone(), complaints: Vec::new(), is_open: false }
            }
            Err(failure) => {
                let now = self.look(aws, &self.key_of(&request.prior)).await.ok().flatten();
                let object = now.map_or(request.prior.clone(), |found| {
                    self.settle_read(self.object_of(aws, &found, &request.prior), &request.prior)
                });
                failed(object, request, failure.complaint(&format!("updating {} ({})", self.rules.label, call.id)))
            }
        }
    }
}
