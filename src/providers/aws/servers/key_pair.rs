//! `aws_key_pair` <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_KeyPairInfo.html>

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::ec2::{arn, change_tags, filter, tag_map, tag_specifications};
use crate::providers::aws::engine::{Call, Failure, Resource, name_prefix_of, text};
use crate::value::Value;
use aws_sdk_ec2::operation::import_key_pair::builders::ImportKeyPairFluentBuilder as Create;
use aws_sdk_ec2::primitives::Blob;
use aws_sdk_ec2::types::{KeyPairInfo, ResourceType};
use std::sync::Arc;

pub struct KeyPair {
    pub key: KeyPairInfo,
    pub arn: String,
}

pub fn key_pair() -> Resource<KeyPair, Create> {
    Resource::new("EC2 Key Pair", 1, |aws| aws.ec2().import_key_pair(), create)
        .fields(vec![
            text("arn").computed().from(|found: &KeyPair| Some(found.arn.clone())),
            text("fingerprint").computed().from(|found: &KeyPair| found.key.key_fingerprint().map(str::to_owned)),
            text("key_name")
                .optional()
                .computed()
                .replaces()
                .conflicts(&["key_name_prefix"])
                .from(|found: &KeyPair| found.key.key_name().map(str::to_owned)),
            text("key_name_prefix")
                .optional()
                .computed()
                .replaces()
                .conflicts(&["key_name"])
                .from(|found: &KeyPair| Some(name_prefix_of(found.key.key_name().unwrap_or_default()))),
            text("key_pair_id").computed().from(|found: &KeyPair| found.key.key_pair_id().map(str::to_owned)),
            text("key_type")
                .computed()
                .from(|found: &KeyPair| found.key.key_type().map(|kind| kind.as_str().to_owned())),
            text("public_key").required().replaces().same(is_same_key),
        ])
        .read_many(200, |found: &KeyPair| found.key.key_name().unwrap_or_default().to_owned(), read)
        .tagged(
            |found| tag_map(found.key.tags()),
            |call: Call| async move {
                // Tags go by the key's own id, not by its name.
                let id = call.prior.text("key_pair_id").unwrap_or_default();
                change_tags(Call { id, ..call }).await
            },
        )
        .delete(delete)
        .missing(&["InvalidKeyPair.NotFound"])
        .recovered_by(find)
}

/// White space around a key says nothing.
fn is_same_key(old: &Value, new: &Value) -> bool {
    matches!((old.as_str(), new.as_str()), (Some(old), Some(new)) if old.trim() == new.trim())
}

fn name_of(call: &Call) -> String {
    call.want.filled("key_name").unwrap_or_else(|| {
        let prefix = call.want.filled("key_name_prefix").unwrap_or_else(|| "terraform-".into());
        format!("{prefix}{}", call.generated_suffix())
    })
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let key = call.want.text("public_key").unwrap_or_default();
    let request = request.key_name(name_of(&call)).public_key_material(Blob::new(key.trim().as_bytes()));
    let request = request.set_tag_specifications(tag_specifications(ResourceType::KeyPair, &call.tags));
    let answer = request.send().await.map_err(Failure::of("EC2: ImportKeyPair"))?;
    Ok(answer.key_name.unwrap_or_default())
}

async fn read(aws: Arc<Aws>, names: Vec<String>) -> Result<Vec<KeyPair>, Failure> {
    let request = aws.ec2().describe_key_pairs().set_key_names(Some(names));
    let answer = request.send().await.map_err(Failure::of("EC2: DescribeKeyPairs"))?;
    let assemble = |key: KeyPairInfo| KeyPair { arn: arn_of(&aws, &key), key };
    Ok(answer.key_pairs.unwrap_or_default().into_iter().map(assemble).collect())
}

pub fn arn_of(aws: &Aws, key: &KeyPairInfo) -> String {
    arn(aws, &aws.account, "key-pair", key.key_name().unwrap_or_default())
}

async fn delete(call: Call) -> Result<(), Failure> {
    call.aws.ec2().delete_key_pair().key_name(&call.id).send().await.map_err(Failure::of("EC2: DeleteKeyPair"))?;
    Ok(())
}

async fn find(call: Call) -> Result<Option<String>, Failure> {
    let request = call.aws.ec2().describe_key_pairs().filters(filter("key-name", [name_of(&call)]));
    let answer = request.send().await.map_err(Failure::of("EC2: DescribeKeyPairs"))?;
    Ok(answer.key_pairs().first().and_then(KeyPairInfo::key_name).map(str::to_owned))
}
