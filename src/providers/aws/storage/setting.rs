//! A setting of a bucket that is a resource of its own: written whole by one call, read by one, known by its bucket.
//!
//! Its id is the bucket's name or, where the owner is checked, `name,account`. That is also what it is imported by.

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Field, Resource, Want, text};
use crate::value::Value;
use std::sync::Arc;

/// The bucket that a setting belongs to, and the account that should own it.
#[derive(Clone)]
pub struct Place {
    pub bucket: String,
    pub owner: Option<String>,
}

impl Place {
    pub fn parse(id: &str) -> Self {
        match id.split_once(',') {
            Some((bucket, owner)) => Self { bucket: bucket.to_owned(), owner: Some(owner.to_owned()) },
            None => Self { bucket: id.to_owned(), owner: None },
        }
    }

    fn of(want: &Want) -> Self {
        Self { bucket: want.text("bucket").unwrap_or_default(), owner: want.filled("expected_bucket_owner") }
    }

    fn id(&self) -> String {
        match &self.owner {
            Some(owner) => format!("{},{owner}", self.bucket),
            None => self.bucket.clone(),
        }
    }
}

/// What S3 says of one setting.
pub struct Setting<S> {
    pub place: Place,
    pub found: S,
}

/// A resource type whose `put` both creates and changes; `read` gives nothing where the setting is not made.
pub fn setting<S, Read, Reading, Put, Putting>(
    label: &'static str,
    fields: Vec<Field<Setting<S>, ()>>,
    read: Read,
    put: Put,
) -> Resource<Setting<S>, ()>
where
    S: Send + Sync + 'static,
    Read: Fn(Arc<Aws>, Place) -> Reading + Copy + Send + Sync + 'static,
    Reading: Future<Output = Result<Option<S>, Failure>> + Send + 'static,
    Put: Fn(Call, Place) -> Putting + Copy + Send + Sync + 'static,
    Putting: Future<Output = Result<(), Failure>> + Send + 'static,
{
    let create = move |(): (), call: Call| async move {
        let place = Place::of(&call.want);
        let id = place.id();
        put(call, place).await?;
        Ok(id)
    };
    let read_all = move |aws: Arc<Aws>, ids: Vec<String>| async move {
        let mut all = Vec::new();
        for place in ids.iter().map(|id| Place::parse(id)) {
            let found = read(aws.clone(), place.clone()).await?;
            all.extend(found.map(|found| Setting { place, found }));
        }
        Ok(all)
    };
    let change = move |call: Call| {
        let place = Place::parse(&call.id);
        put(call, place)
    };
    Resource::new(label, 0, |_| (), create)
        .fields(fields)
        .read_many(1, |found: &Setting<S>| found.place.id(), read_all)
        .change("put", change)
        .missing(&["NoSuchBucket"])
        .retry_create_on(&["OperationAborted"])
        // Written again, it is the same setting.
        .recovered_by_token()
}

pub fn bucket_field<S: 'static>() -> Field<Setting<S>, ()> {
    text("bucket")
        .required()
        .replaces()
        .check(is_bucket_name)
        .from(|found: &Setting<S>| Some(found.place.bucket.clone()))
}

pub fn owner_field<S: 'static>() -> Field<Setting<S>, ()> {
    text("expected_bucket_owner")
        .optional()
        .replaces()
        .check(is_account)
        .from(|found: &Setting<S>| found.place.owner.clone())
        .never_null()
}

fn is_bucket_name(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some(name) if name.is_empty() || name.len() > 63 => {
            Err(format!("expected length of bucket to be in the range (1 - 63), got {name}"))
        }
        _ => Ok(()),
    }
}

fn is_account(value: &Value) -> Result<(), String> {
    match value.as_str() {
        Some(account) if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) => {
            Err(format!("\"expected_bucket_owner\" doesn't look like AWS Account ID (exactly 12 digits): {account:?}"))
        }
        _ => Ok(()),
    }
}
