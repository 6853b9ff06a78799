//! A delete: retried while something still depends on the object, awaited until it is gone.

use super::super::wait::Seen;
use super::{Life, failed};
use crate::provider::{Applied, ApplyRequest};
use crate::providers::aws::connection::Aws;
use crate::value::Value;
use std::sync::Arc;

impl Life {
    pub(super) async fn destroy(&self, aws: &Arc<Aws>, request: &ApplyRequest) -> Applied {
        let call = self.call(aws, request);
        let patience = self.patience("delete", &request.prior, &request.cancellation);
        let outcome = async {
            // The configuration asked to leave it where it is and to forget it.
            if call.prior.flag("skip_destroy").unwrap_or_default() {
                return Ok(());
            }
            patience
                .until("deleting", || async {
                    match (self.rules.delete)(call.clone()).await {
                        Ok(()) => Ok(Seen::Done(())),
                        Err(failure) if failure.is_any(&self.rules.missing) => Ok(Seen::Done(())),
                        Err(failure) if failure.is_any(&self.rules.retry_delete_on) => Ok(Seen::NotYet(failure.code)),
                        Err(failure) => Err(failure),
                    }
                })
                .await?;
            if !self.rules.delete_is_awaited {
                return Ok(());
            }
            let look = || async {
                Ok(match self.look(aws, &self.key_of(&request.prior)).await? {
                    None => Seen::Done(()),
                    Some(_) => Seen::NotYet("still there".into()),
                })
            };
            patience.until("deleting", look).await
        };
        match outcome.await {
            Ok(()) => {
                aws.tagged.forget(&call.id);
                Applied {
                    object: Value::null(request.prior.type_of()),
                    private: request.private.clone(),
                    complaints: Vec::new(),
                    is_open: false,
                }
            }
            Err(failure) => failed(
                request.prior.clone(),
                request,
                failure.complaint(&format!("deleting {} ({})", self.rules.label, call.id)),
            ),
        }
    }
}
