//! What is there: as many ids a call as the API takes, and the object's value of what the API says.

use super::super::shaping::shaped;
use super::super::token_tag::TOKEN_TAG;
use super::super::wait::Seen;
use super::super::{Failure, Patience, Want};
use super::{Life, Recovery, Shown, settling};
use crate::provider::{ReadOutcome, ReadRequest};
use crate::providers::aws::connection::Aws;
use crate::value::{Data, Text, Type, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Whether an object that exists is usable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    Ready,
    Waiting(String),
    Gone,
}

/// Shorthand for the common `state` attribute: ready in one of these states, gone in others, waiting in the rest.
pub fn ready(state: Option<&str>, ready: &[&str], gone: &[&str]) -> Readiness {
    match state {
        Some(state) if gone.contains(&state) => Readiness::Gone,
        Some(state) if !ready.contains(&state) => Readiness::Waiting(state.to_owned()),
        _ => Readiness::Ready,
    }
}

impl Life {
    /// All objects of the type that are asked for.
    pub(super) async fn read_all(&self, aws: &Arc<Aws>, requests: Vec<ReadRequest>) -> Vec<ReadOutcome> {
        let mut found: BTreeMap<String, Shown> = BTreeMap::new();
        let mut failures: BTreeMap<String, Failure> = BTreeMap::new();
        let mut ids: Vec<String> = requests.iter().map(|request| self.key_of(&request.prior)).collect();
        ids.sort();
        ids.dedup();
        let chunks: Vec<Vec<String>> = ids.chunks(self.rules.ids_per_call).map(<[String]>::to_vec).collect();
        let answers = futures::future::join_all(chunks.iter().map(|chunk| self.read_chunk(aws, chunk.clone()))).await;
        for (chunk, answer) in chunks.into_iter().zip(answers) {
            match answer {
                Ok(objects) => found.extend(objects.into_iter().map(|object| (object.id.clone(), object))),
                Err(failure) => failures.extend(chunk.into_iter().map(|id| (id, failure.clone()))),
            }
        }
        if let Some(is_unknown) = &self.rules.lacks_closer_look {
            let unknown = requests.iter().map(|request| Want(request.prior.clone())).filter(is_unknown);
            let objects: Vec<Shown> = unknown.filter_map(|prior| found.remove(&self.key_of(&prior.0))).collect();
            let looks = objects.into_iter().map(|object| async { (object.id.clone(), object.closer(aws).await) });
            for (id, answer) in futures::future::join_all(looks).await {
                match answer {
                    Ok(object) => drop(found.insert(id, object)),
                    Err(failure) => drop(failures.insert(id, failure)),
                }
            }
        }
        let outcome = |request: ReadRequest| {
            let id = self.key_of(&request.prior);
            if let Some(failure) = failures.get(&id) {
                let own = Want(request.prior.clone()).id();
                return ReadOutcome::Failed(vec![failure.complaint(&format!("reading {} ({own})", self.rules.label))]);
            }
            match found.get(&id).filter(|object| object.readiness != Readiness::Gone) {
                None => ReadOutcome::Gone,
                Some(object) => ReadOutcome::Present {
                    object: self.settle_read(self.object_of(aws, object, &request.prior), &request.prior),
                    private: request.private,
                    complaints: Vec::new(),
                },
            }
        };
        requests.into_iter().map(outcome).collect()
    }

    /// Reads one chunk of ids. Where some spoil the call by not being there, without those that the API names; where it names none,
    /// each alone. What the answer for several leaves out is asked for alone before it counts as gone: not every server's filter
    /// by association ids finds an object that has others besides.
    async fn read_chunk(&self, aws: &Arc<Aws>, mut ids: Vec<String>) -> Result<Vec<Shown>, Failure> {
        while !ids.is_empty() {
            let failure = match (self.describe)(aws.clone(), ids.clone()).await {
                Err(failure) if failure.is_any(&self.rules.missing) => failure,
                Ok(mut found) if ids.len() > 1 => {
                    let there: BTreeSet<String> = found.iter().map(|object| object.id.clone()).collect();
                    let left_out = ids.into_iter().filter(|id| !there.contains(id));
                    found.extend(self.look_alone(aws, left_out.collect()).await?);
                    return Ok(found);
                }
                answer => return answer,
            };
            let (named, others): (Vec<String>, Vec<String>) = ids.into_iter().partition(|id| failure.names(id));
            if named.is_empty() && others.len() > 1 {
                return self.look_alone(aws, others).await;
            }
            ids = if named.is_empty() { Vec::new() } else { others };
        }
        Ok(Vec::new())
    }

    async fn look_alone(&self, aws: &Arc<Aws>, ids: Vec<String>) -> Result<Vec<Shown>, Failure> {
        let found = futures::future::try_join_all(ids.iter().map(|id| self.look(aws, id))).await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// What an object is read by.
    pub(super) fn key_of(&self, object: &Value) -> String {
        let want = Want(object.clone());
        self.rules.key.map_or_else(|| want.id(), |key| key(&want))
    }

    /// One object as the API shows it now; nothing where it does not exist.
    pub(super) async fn look(&self, aws: &Arc<Aws>, key: &str) -> Result<Option<Shown>, Failure> {
        match (self.describe)(aws.clone(), vec![key.to_owned()]).await {
            Ok(found) => {
                let found = found.into_iter().find(|object| object.id == key);
                match found.filter(|object| object.readiness != Readiness::Gone) {
                    Some(found) if found.readiness == Readiness::Ready => found.closer(aws).await.map(Some),
                    found => Ok(found),
                }
            }
            Err(failure) if failure.is_any(&self.rules.missing) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    pub(super) async fn await_ready(&self, aws: &Arc<Aws>, key: &str, patience: &Patience) -> Result<Shown, Failure> {
        patience
            .until("waiting", || async {
                match self.look(aws, key).await? {
                    None => Ok(Seen::NotYet("not found yet".into())),
                    Some(found) => match &found.readiness {
                        Readiness::Ready => Ok(Seen::Done(found)),
                        Readiness::Waiting(state) => Ok(Seen::NotYet(state.clone())),
                        Readiness::Gone => Err(Failure::new("waiting", "Gone", "it disappeared while it was made")),
                    },
                }
            })
            .await
    }

    /// What state keeps of an object that was there already.
    pub(super) fn settle_read(&self, found: Value, prior: &Value) -> Value {
        let found = settling::keep_unsaid(found, prior, &self.rules.kept);
        let found = self.rules.refreshed.map_or(found.clone(), |refreshed| refreshed(found));
        if self.rules.is_newer_kind { found } else { settling::settle_read(found, prior) }
    }

    /// What state keeps of an object that was just made or changed.
    pub(super) fn settle_applied(&self, found: Value, planned: &Value) -> Value {
        if self.rules.is_newer_kind { found } else { settling::settle_applied(found, planned) }
    }

    /// The object's value: what the API says over what was known before.
    pub(super) fn object_of(&self, aws: &Aws, found: &Shown, before: &Value) -> Value {
        let (own_tags, all_tags) = match &self.rules.change_tags {
            Some(_) => {
                if let Recovery::Tag(tagging) = self.rules.recovery
                    && found.tags.contains_key(TOKEN_TAG)
                {
                    aws.tagged.note(tagging, &found.id);
                }
                let visible = aws.tags.visible(found.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())));
                let nothing = Value::null(Type::map(Type::String));
                let (own, all) = aws.tags.split(&visible, before.get("tags").unwrap_or(&nothing));
                // The older types say of an object without tags that they are none.
                let own = if own.is_null() && !self.rules.is_newer_kind { Value::map(Type::String, []) } else { own };
                (own, all)
            }
            None => Default::default(),
        };
        let timeouts = before.get("timeouts").cloned().unwrap_or_else(|| Value::null(self.timeouts_type()));
        let attributes = self.declared.iter().zip(&found.values).map(|(field, value)| {
            let value = match (field.name, value) {
                ("tags", None) => own_tags.clone(),
                ("tags_all", None) => all_tags.clone(),
                ("id", None) if self.rules.key.is_none() => Value::text(&found.id),
                (_, Some(value)) => shaped(value.clone(), field),
                _ => before.get(field.name).cloned().unwrap_or_else(|| Value::null(field.of.clone())),
            };
            let value = without_unknowns(value);
            let value = if self.rules.is_newer_kind { value } else { settling::zeros_in_blocks(field, value) };
            (Text::from(field.name), value)
        });
        let mut entries: Vec<(Text, Value)> = attributes.collect();
        if !self.rules.timeouts.is_empty() {
            entries.push(("timeouts".into(), timeouts));
        }
        let object = Value::object(entries);
        self.rules.reconcile.map_or(object.clone(), |reconcile| reconcile(object, before))
    }
}

/// State holds no unknown value: what nobody decided is null.
pub(super) fn without_unknowns(value: Value) -> Value {
    match value.data() {
        Data::Unknown(unknown) => match unknown.type_of() {
            // Blocks that nobody wrote are none.
            Type::List(block) if matches!(**block, Type::Object(_)) => Value::list((**block).clone(), Vec::new()),
            Type::Set(block) if matches!(**block, Type::Object(_)) => Value::set((**block).clone(), Vec::new()),
            other => Value::null(other.clone()),
        },
        _ if value.is_wholly_known() => value,
        _ => value.map_children(&mut without_unknowns),
    }
}
