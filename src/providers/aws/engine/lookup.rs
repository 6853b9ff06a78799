//! A data source: fields as a resource has them, and one function that finds what they describe.

use super::complaints::complaints_about;
use super::declared::Declared;
use super::field::Field;
use super::schema::{block_of, timeouts_block};
use super::{Failure, Want};
use crate::provider::{Complaint, DataOutcome};
use crate::providers::aws::connection::Aws;
use crate::schema::Schema;
use crate::value::{Text, Value};
use async_trait::async_trait;
use futures::future::BoxFuture;
use std::sync::Arc;

/// A data source as the connection sees it.
#[async_trait]
pub trait Source: Send + Sync {
    fn schema(&self) -> Schema;
    fn validate(&self, configuration: &Value) -> Vec<Complaint>;
    async fn read(&self, aws: &Arc<Aws>, configuration: Value) -> DataOutcome;
}

type Find<T> = Arc<dyn Fn(Arc<Aws>, Want) -> BoxFuture<'static, Result<T, Failure>> + Send + Sync>;

/// `T` is what was found. Fields without a getter keep what the configuration says.
pub struct Lookup<T> {
    /// `EC2 AMI`, for messages.
    label: &'static str,
    fields: Vec<Field<T, ()>>,
    declared: Vec<Declared>,
    timeouts: Vec<&'static str>,
    find: Find<T>,
}

impl<T: Send + Sync + 'static> Lookup<T> {
    pub fn new<L, F>(label: &'static str, fields: Vec<Field<T, ()>>, find: L) -> Self
    where
        L: Fn(Arc<Aws>, Want) -> F + Send + Sync + 'static,
        F: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        let declared = fields.iter().map(|field| field.declared.clone()).collect();
        Self {
            label,
            fields,
            declared,
            timeouts: Vec::new(),
            find: Arc::new(move |aws, want| Box::pin(find(aws, want))),
        }
    }

    /// Operations of the `timeouts` block.
    pub fn timeouts(mut self, timeouts: &[&'static str]) -> Self {
        self.timeouts.extend(timeouts);
        self
    }
}

#[async_trait]
impl<T: Send + Sync + 'static> Source for Lookup<T> {
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
        let attributes = self.fields.iter().map(|field| {
            let value = match &field.read {
                Some(read) => read(&found),
                None => {
                    let is_said = |value: &&Value| {
                        let is_block = field.declared.nested.as_ref().is_some_and(|nested| !nested.is_attribute);
                        !(value.is_null() || is_block && value.as_items() == Some(&[]))
                    };
                    let written = configuration.get(field.declared.name).filter(is_said);
                    let nothing = || Value::null(field.declared.of.clone());
                    written.or(field.declared.default.as_ref()).cloned().unwrap_or_else(nothing)
                }
            };
            (Text::from(field.declared.name), value)
        });
        let timeouts = configuration.get("timeouts").map(|timeouts| (Text::from("timeouts"), timeouts.clone()));
        Ok((Value::object(attributes.chain(timeouts).collect::<Vec<_>>()), Vec::new()))
    }
}
