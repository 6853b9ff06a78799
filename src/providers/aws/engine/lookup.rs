//! A data source: fields as a resource has them, and one function that finds what they describe.

use super::complaints::complaints_about;
use super::declared::Declared;
use super::field::{Field, Read, values_of};
use super::schema::{block_of, timeouts_block};
use super::shaping::shaped;
use super::{Failure, Want};
use crate::provider::{Complaint, DataOutcome};
use crate::providers::aws::connection::Aws;
use crate::schema::Schema;
use crate::value::{Text, Value};
use async_trait::async_trait;
use futures::future::BoxFuture;
use futures::{FutureExt, TryFutureExt};
use std::sync::Arc;

/// A data source as the connection sees it.
#[async_trait]
pub trait Source: Send + Sync {
    fn schema(&self) -> Schema;
    fn validate(&self, configuration: &Value) -> Vec<Complaint>;
    async fn read(&self, aws: &Arc<Aws>, configuration: Value) -> DataOutcome;
}

/// Finds what the configuration describes; gives a value for each field that has a getter.
type Find = Box<dyn Fn(Arc<Aws>, Want) -> BoxFuture<'static, Result<Vec<Option<Value>>, Failure>> + Send + Sync>;

/// Fields without a getter keep what the configuration says.
pub struct Lookup {
    /// `EC2 AMI`, for messages.
    label: &'static str,
    declared: Vec<Declared>,
    timeouts: Vec<&'static str>,
    find: Find,
}

impl Lookup {
    /// `T` is what `find` finds.
    pub fn new<T, L, F>(label: &'static str, fields: Vec<Field<T, ()>>, find: L) -> Self
    where
        T: 'static,
        L: Fn(Arc<Aws>, Want) -> F + Send + Sync + 'static,
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        let (declared, reads): (Vec<Declared>, Vec<_>) =
            fields.into_iter().map(|field| (field.declared, field.read)).unzip();
        let reads: Arc<[Option<Read<T>>]> = reads.into();
        let find: Find = Box::new(move |aws, want| {
            let (found, reads) = (find(aws, want), reads.clone());
            found.map_ok(move |found| values_of(&reads, &found)).boxed()
        });
        Self { label, declared, timeouts: Vec::new(), find }
    }

    /// Operations of the `timeouts` block.
    pub fn timeouts(mut self, timeouts: &[&'static str]) -> Self {
        self.timeouts.extend(timeouts);
        self
    }
}

#[async_trait]
impl Source for Lookup {
    fn schema(&self) -> Schema {
        let mut block = block_of(&self.declared);
        if !self.timeouts.is_empty() {
            block.blocks.insert("timeouts".into(), timeouts_block(self.timeouts.iter().copied()));
        }
        Schema { version: 0, block }
    }

    fn validate(&self, configuration: &Value) -> Vec<Complaint> {
        complaints_about(&self.declared, configuration)
    }

    async fn read(&self, aws: &Arc<Aws>, configuration: Value) -> DataOutcome {
        let found = (self.find)(aws.clone(), Want(configuration.clone())).await;
        let found = found.map_err(|failure| vec![failure.complaint(&format!("reading {}", self.label))])?;
        let attributes = self.declared.iter().zip(found).map(|(field, value)| {
            let value = match value {
                Some(value) => shaped(value, field),
                None => {
                    let is_said = |value: &&Value| {
                        let is_block = field.nested.as_ref().is_some_and(|nested| !nested.is_attribute);
                        !(value.is_null() || is_block && value.as_items() == Some(&[]))
                    };
                    let written = configuration.get(field.name).filter(is_said);
                    let nothing = || Value::null(field.of.clone());
                    written.or(field.default.as_ref()).cloned().unwrap_or_else(nothing)
                }
            };
            (Text::from(field.name), value)
        });
        let timeouts = configuration.get("timeouts").map(|timeouts| (Text::from("timeouts"), timeouts.clone()));
        Ok((Value::object(attributes.chain(timeouts).collect::<Vec<_>>()), Vec::new()))
    }
}
