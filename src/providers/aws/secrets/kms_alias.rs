//! `aws_kms_alias` <https://docs.aws.amazon.com/kms/latest/APIReference/API_AliasListEntry.html>
//!
//! The API only lists: one listing serves all aliases of a read.

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Resource, all_of, name_prefix_of, text};
use crate::value::Value;
use aws_sdk_kms::operation::create_alias::builders::CreateAliasFluentBuilder as Create;
use aws_sdk_kms::types::AliasListEntry as Alias;
use std::sync::Arc;

pub fn kms_alias() -> Resource<Alias, Create> {
    Resource::new("KMS Alias", 0, |aws| aws.kms().create_alias(), create)
        .fields(vec![
            text("arn").computed().from(Alias::alias_arn),
            text("name").optional().computed().replaces().conflicts(&["name_prefix"]).from(Alias::alias_name),
            text("name_prefix")
                .optional()
                .computed()
                .replaces()
                .conflicts(&["name"])
                .from(|found: &Alias| Some(name_prefix_of(found.alias_name().unwrap_or_default()))),
            text("target_key_arn").computed().from(|found: &Alias| {
                let (base, _) = found.alias_arn()?.split_once(":alias/")?;
                Some(format!("{base}:key/{}", found.target_key_id()?))
            }),
            text("target_key_id")
                .required()
                .same(is_same_key)
                .from(Alias::target_key_id)
                .to(Create::set_target_key_id)
                .changed_by("target"),
        ])
        .read_many(usize::MAX, |found: &Alias| found.alias_name().unwrap_or_default().to_owned(), read)
        .change("target", change_target)
        .delete(delete)
        .missing(&["NotFoundException"])
        .retry_create_on(&["NotFoundException"])
        .recovered_by(|call: Call| async move { Ok(Some(name_of(&call))) })
}

/// A key's ARN ends in its id.
fn is_same_key(old: &Value, new: &Value) -> bool {
    let id = |value: &Value| value.as_str().and_then(|text| text.rsplit('/').next().map(str::to_owned));
    id(old) == id(new)
}

fn name_of(call: &Call) -> String {
    call.name_or_generated("name", "name_prefix", "alias/")
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let name = name_of(&call);
    request.alias_name(&name).send().await.map_err(Failure::of("KMS: CreateAlias"))?;
    Ok(name)
}

async fn read(aws: Arc<Aws>, names: Vec<String>) -> Result<Vec<Alias>, Failure> {
    let pages = aws.kms().list_aliases().into_paginator().items().send();
    let all = all_of(pages, "KMS: ListAliases").await?;
    let is_asked = |alias: &Alias| alias.alias_name().is_some_and(|name| names.iter().any(|asked| asked == name));
    Ok(all.into_iter().filter(is_asked).collect())
}

async fn change_target(call: Call) -> Result<(), Failure> {
    let target = call.want.text("target_key_id");
    let request = call.aws.kms().update_alias().alias_name(&call.id).set_target_key_id(target);
    request.send().await.map_err(Failure::of("KMS: UpdateAlias"))?;
    Ok(())
}

async fn delete(call: Call) -> Result<(), Failure> {
    call.aws.kms().delete_alias().alias_name(&call.id).send().await.map_err(Failure::of("KMS: DeleteAlias"))?;
    Ok(())
}
