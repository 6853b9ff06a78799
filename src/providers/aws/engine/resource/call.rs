//! What a function of a type gets to do its work.

use super::super::{Want, tags_of};
use crate::provider::Cancellation;
use crate::providers::aws::connection::Aws;
use crate::value::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One object's former and wanted state, and the connection.
#[derive(Clone)]
pub struct Call {
    pub aws: Arc<Aws>,
    /// Empty while the object does not exist.
    pub id: String,
    /// It was just made: what nobody asked for stays as it came.
    pub is_new: bool,
    pub prior: Want,
    pub want: Want,
    /// What is written, where state keeps something else of it (see `Field::stored`) or nothing (`Field::write_only`).
    pub configuration: Want,
    /// For the API's idempotency parameter; the same for every try.
    pub token: String,
    /// All tags that the object should have.
    pub tags: BTreeMap<String, String>,
    /// How far a function that waits by itself may go on.
    pub cancellation: Cancellation,
}

impl Call {
    /// The wanted attributes that are not yet so, and only those.
    pub fn changed(&self) -> Want {
        let entries = self.want.0.as_entries().into_iter().flat_map(|entries| entries.iter());
        let differing = entries.filter(|(name, value)| self.prior.0.get(name) != Some(value));
        Want(Value::object(differing.map(|(name, value)| (name.clone(), value.clone())).collect::<Vec<_>>()))
    }

    /// Of a list or set of texts, those that are no longer wanted and those that are new.
    pub fn gone_and_new(&self, name: &str) -> (Vec<String>, Vec<String>) {
        let (former, wanted) = (self.prior.texts(name), self.want.texts(name));
        let gone = former.iter().filter(|text| !wanted.contains(text)).cloned().collect();
        (gone, wanted.into_iter().filter(|text| !former.contains(text)).collect())
    }

    /// Keys of the tags that are no longer wanted.
    pub fn gone_tags(&self) -> Vec<String> {
        self.former_tags().into_keys().filter(|key| !self.tags.contains_key(key)).collect()
    }

    /// The tags that are new or have another value.
    pub fn new_tags(&self) -> BTreeMap<String, String> {
        let former = self.former_tags();
        let wanted = self.tags.iter().filter(|(key, value)| former.get(*key) != Some(value));
        wanted.map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    fn former_tags(&self) -> BTreeMap<String, String> {
        self.prior.value("tags_all").map(tags_of).unwrap_or_default()
    }

    /// The name as configured, or one made of its prefix, or of this.
    pub fn name_or_generated(&self, name: &str, prefix: &str, otherwise: &str) -> String {
        self.want.filled(name).unwrap_or_else(|| {
            let prefix = self.want.filled(prefix).unwrap_or_else(|| otherwise.to_owned());
            format!("{prefix}{}", self.generated_suffix())
        })
    }

    /// 26 digits for a generated name, from the token: the same for every try of the same step, as long as hashicorp's.
    pub fn generated_suffix(&self) -> String {
        use sha2::{Digest, Sha256};
        let digest = Sha256::digest(self.token.as_bytes());
        digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()[..26].to_owned()
    }
}
