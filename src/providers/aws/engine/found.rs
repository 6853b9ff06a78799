//! What a data source of EC2 found: how it is looked for, that it is the only one, and how its tags are shown.

use super::ec2::{filter, filters_of, tag_map};
use super::{Failure, Field, Want, map_of_text, text};
use crate::providers::aws::connection::Aws;
use crate::value::{Text, Type, Value};
use aws_sdk_ec2::types::{Filter, Tag};

/// What was found, with the tags that are shown.
pub struct Found<T> {
    pub object: T,
    pub tags: Value,
}

/// A computed text of what was found, empty where the API says nothing.
pub fn found_text<T: 'static>(name: &'static str, get: fn(&T) -> Option<&str>) -> Field<Found<T>, ()> {
    text(name).computed().from(move |found: &Found<T>| Some(get(&found.object).unwrap_or_default().to_owned()))
}

/// What the API keeps as tags; what is written of them looks for the object.
pub fn found_tags<T: 'static>() -> Field<Found<T>, ()> {
    map_of_text("tags").optional().computed().from(|found: &Found<T>| found.tags.clone())
}

/// The filters that were written, as blocks, as tags, as attributes; nothing where all are looked at.
pub fn given(want: &Want, attributes: &[(&str, Option<String>)]) -> Option<Vec<Filter>> {
    let mut filters = filters_of(want);
    filters.extend(attributes.iter().filter_map(|(name, value)| Some(filter(name, [value.as_ref()?]))));
    Some(filters).filter(|filters| !filters.is_empty())
}

pub fn only_one<T>(found: Vec<T>, what: &str) -> Result<T, Failure> {
    let count = found.len();
    let refused = |problem: &str| Failure::new("Describe", "", problem.to_owned());
    match found.into_iter().next() {
        None => Err(refused(&format!("no matching EC2 {what} found"))),
        Some(_) if count > 1 => Err(refused(&format!(
            "multiple EC2 {what}s matched; use additional constraints to reduce matches to a single EC2 {what}"
        ))),
        Some(only) => Ok(only),
    }
}

pub fn show<T>(aws: &Aws, found: Vec<T>, tags: fn(&T) -> &[Tag]) -> Result<Found<T>, Failure> {
    let object = only_one(found, "object")?;
    let all = tag_map(tags(&object));
    let visible = aws.tags.visible(all.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    let tags = visible.iter().map(|(key, value)| (Text::from(key.as_str()), Value::text(value)));
    Ok(Found { tags: Value::map(Type::String, tags), object })
}
