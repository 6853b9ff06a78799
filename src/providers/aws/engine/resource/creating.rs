//! A create: the request is filled from the fields, sent, awaited until ready, and what it could not take is changed afterwards.

use super::super::wait::Seen;
use super::super::{Declared, Failure, Patience, Want, tags_of, with_attributes};
use super::reading::without_unknowns;
use super::{Call, Life, Recovery, failed, with_id};
use crate::provider::{Applied, ApplyRequest};
use crate::providers::aws::connection::Aws;
use crate::value::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Before an object is looked for whose create gave no answer: the APIs show new objects with a delay.
const BEFORE_LOOKING: Duration = Duration::from_millis(500);

impl Life {
    pub(super) async fn create(&self, aws: &Arc<Aws>, request: &ApplyRequest) -> Applied {
        let patience = self.patience("create", &request.planned, &request.cancellation);
        let is_in_doubt = AtomicBool::new(false);
        let outcome = async {
            let mut request = request.clone();
            if let Some(look) = &self.rules.before_create {
                request.planned = with_attributes(&request.planned, &look(self.call(aws, &request)).await?);
            }
            let call = self.call(aws, &request);
            let id = patience.until("creating", || self.try_create(aws, &request, &call, &is_in_doubt)).await?;
            Ok::<_, Failure>((request, id))
        };
        match outcome.await {
            Ok((request, id)) => self.finish_create(aws, &request, id, &patience).await,
            Err(failure) => {
                let nothing = Value::null(request.planned.type_of());
                let complaint = failure.complaint(&format!("creating {}", self.rules.label));
                Applied { is_open: is_in_doubt.into_inner(), ..failed(nothing, request, complaint) }
            }
        }
    }

    /// One try. When a former one may have had its effect, its object is looked for first: nothing is made twice.
    async fn try_create(
        &self,
        aws: &Arc<Aws>,
        request: &ApplyRequest,
        call: &Call,
        is_in_doubt: &AtomicBool,
    ) -> Result<Seen<String>, Failure> {
        if is_in_doubt.load(Ordering::SeqCst)
            && let Some(id) = self.find_created(aws, request).await?
        {
            return Ok(Seen::Done(id));
        }
        // The SDK may send a call again only if the API knows it for the same.
        let aws = if matches!(self.rules.recovery, Recovery::Token) { aws.clone() } else { aws.without_retries() };
        let call = Call { aws, ..call.clone() };
        let call = if let Recovery::Tag(tagging) = self.rules.recovery { tagging.mark(call) } else { call };
        match self.send_create(call).await {
            Ok(id) => Ok(Seen::Done(id)),
            Err(failure) if failure.is_any(&self.rules.retry_create_on) => Ok(Seen::NotYet(failure.code)),
            Err(failure) if failure.is_in_doubt => {
                is_in_doubt.store(true, Ordering::SeqCst);
                match self.rules.recovery {
                    Recovery::Find(_) | Recovery::Tag(_) => {
                        tokio::time::sleep(BEFORE_LOOKING).await;
                        Ok(Seen::NotYet(failure.message))
                    }
                    Recovery::Token | Recovery::Unclear => Err(failure),
                }
            }
            Err(failure) => Err(failure),
        }
    }

    /// The create request, filled from the fields.
    pub(super) async fn send_create(&self, call: Call) -> Result<String, Failure> {
        // State has zeros for what nobody wrote or declared; the API would take them at their word.
        let is_meant = |declared: &Declared, value: &Value| {
            !value.is_zero() || declared.default.is_some() || call.configuration.value(declared.name).is_some()
        };
        let sent = |field: &Declared| call.want.value(field.name).filter(|value| is_meant(field, value)).cloned();
        let values = self.declared.iter().map(sent).collect();
        (self.create)(call, values).await
    }

    /// From "the API has it" to "it is as planned". Whatever fails now leaves an object behind, and says so.
    pub(super) async fn finish_create(
        &self,
        aws: &Arc<Aws>,
        request: &ApplyRequest,
        id: String,
        patience: &Patience,
    ) -> Applied {
        let made = without_unknowns(with_id(request.planned.clone(), &id));
        let key = self.key_of(&made);
        let outcome = async {
            let call = Call { id: id.clone(), is_new: true, ..self.call(aws, request) };
            if let Some(rest) = &self.rules.rest_of_create {
                rest(call.clone()).await?;
            }
            let found = self.await_ready(aws, &key, patience).await?;
            if self.change_after_create_all(call, &self.object_of(aws, &found, &made)).await? {
                return self.await_ready(aws, &key, patience).await;
            }
            Ok(found)
        };
        match outcome.await {
            Ok(found) => Applied {
                object: self.settle_applied(self.object_of(aws, &found, &made), &request.planned),
                private: request.private.clone(),
                complaints: Vec::new(),
                is_open: false,
            },
            Err(failure) => {
                let complaint = failure.complaint(&format!("creating {} ({id})", self.rules.label));
                Applied { is_open: failure.is_no_verdict(), ..failed(made, request, complaint) }
            }
        }
    }

    /// Makes the changes that follow a create and whose fields are not yet as wanted.
    async fn change_after_create_all(&self, call: Call, found: &Value) -> Result<bool, Failure> {
        let mut has_changed = false;
        for change in self.rules.changes.iter().filter(|change| change.follows_create) {
            let differs = self
                .declared
                .iter()
                .filter(|field| field.change == Some(change.name))
                .any(|field| call.want.value(field.name).is_some_and(|value| found.get(field.name) != Some(value)));
            if differs {
                let call = Call { prior: Want(found.clone()), ..call.clone() };
                (change.run)(call).await?;
                has_changed = true;
            }
        }
        if let Some(change_tags) = &self.rules.change_tags
            && self.rules.is_adopted
            && found.get("tags_all").map(tags_of).unwrap_or_default() != call.tags
        {
            change_tags(Call { prior: Want(found.clone()), ..call }).await?;
            has_changed = true;
        }
        Ok(has_changed)
    }
}
