//! What became of a step whose outcome was never written down: the run ended, or the answer never came.

use super::super::{Failure, Want};
use super::{Life, Recovery, with_id};
use crate::provider::{Applied, ApplyRequest, Cancellation, Complaint, Intent, Recovered};
use crate::providers::aws::connection::Aws;
use std::sync::Arc;

impl Life {
    /// What became of an interrupted step.
    pub(super) async fn recover_step(&self, aws: &Arc<Aws>, intent: &Intent) -> Recovered {
        let request = ApplyRequest {
            address: intent.address.clone(),
            kind: intent.kind.clone(),
            prior: intent.prior.clone(),
            planned: intent.planned.clone(),
            configuration: intent.planned.clone(),
            private: intent.private.clone(),
            token: intent.token.clone(),
            cancellation: Cancellation::default(),
        };
        match (&self.rules.recovery, intent.prior.is_null()) {
            (_, false) => self.recover_change(aws, intent).await,
            (Recovery::Unclear, true) => Recovered::Unclear(self.unclear(intent)),
            (Recovery::Token, true) => recovered_create(self.create(aws, &request).await),
            (Recovery::Tag(tagging), true) if !tagging.has_room(&self.call(aws, &request)) => {
                Recovered::Unclear(self.unclear(intent))
            }
            (Recovery::Find(_) | Recovery::Tag(_), true) => match self.find_created(aws, &request).await {
                Err(failure) => Recovered::Unclear(failure.complaint(&format!("looking for {}", intent.address))),
                Ok(None) => Recovered::Absent,
                Ok(Some(id)) => {
                    let patience = self.patience("create", &request.planned, &request.cancellation);
                    recovered_create(self.finish_create(aws, &request, id, &patience).await)
                }
            },
        }
    }

    /// The object of a create whose answer was never seen.
    pub(super) async fn find_created(&self, aws: &Arc<Aws>, request: &ApplyRequest) -> Result<Option<String>, Failure> {
        let call = self.call(aws, request);
        let found = match &self.rules.recovery {
            Recovery::Find(find) => find(call).await?,
            Recovery::Tag(tagging) => tagging.find(&call).await?,
            Recovery::Token | Recovery::Unclear => None,
        };
        let Some(id) = found else { return Ok(None) };
        let key = self.key_of(&with_id(request.planned.clone(), &id));
        Ok(self.look(aws, &key).await?.map(|_| id))
    }

    fn unclear(&self, intent: &Intent) -> Complaint {
        let detail = format!(
            "A run was interrupted while it created {} ({}), and nothing tells whether that one exists. Look for it; import it if it is \
             there.",
            intent.address, self.rules.label
        );
        Complaint::error("Interrupted create could not be cleared up", detail)
    }

    /// What is there after an update or a destroy that may have been made or not.
    async fn recover_change(&self, aws: &Arc<Aws>, intent: &Intent) -> Recovered {
        let before = if intent.planned.is_null() { &intent.prior } else { &intent.planned };
        let before = with_id(before.clone(), &Want(intent.prior.clone()).id());
        match self.look(aws, &self.key_of(&before)).await {
            Err(failure) => Recovered::Unclear(failure.complaint(&format!("looking for {}", intent.address))),
            Ok(None) => Recovered::Absent,
            Ok(Some(found)) => Recovered::Adopt {
                object: self.object_of(aws, &found, &before),
                private: intent.private.clone(),
                is_complete: false,
            },
        }
    }
}

/// An interrupted create that was taken up again.
fn recovered_create(applied: Applied) -> Recovered {
    let is_complete = applied.complaints.is_empty();
    let complaint = applied.complaints.into_iter().next();
    match complaint {
        Some(complaint) if applied.is_open || applied.object.is_null() => Recovered::Unclear(complaint),
        _ => Recovered::Adopt { object: applied.object, private: applied.private, is_complete },
    }
}
