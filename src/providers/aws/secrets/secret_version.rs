//! `aws_secretsmanager_secret_version`, resource and data source
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Resource, flag, number, set_of_text, text};
use crate::value::{Text, Type, Value};
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueOutput as Described;
use aws_sdk_secretsmanager::operation::put_secret_value::builders::PutSecretValueFluentBuilder as Create;
use aws_sdk_secretsmanager::primitives::Blob;
use aws_smithy_types::base64;
use std::sync::Arc;

/// A version's id is `<arn of the secret>|<version id>`.
pub struct Version {
    secret: String,
    value: Described,
}

pub fn secret_version() -> Resource<Version, Create> {
    let begin = |aws: &Aws| aws.secretsmanager().put_secret_value();
    Resource::new("Secrets Manager Secret Version", 0, begin, create)
        .fields(vec![
            text("arn").computed().from(|found: &Version| found.value.arn.clone()),
            flag("has_secret_string_wo").computed(),
            text("secret_binary")
                .optional()
                .sensitive()
                .replaces()
                .conflicts(&["secret_string", "secret_string_wo"])
                .from(|found: &Version| Some(found.value.secret_binary().map(base64::encode).unwrap_or_default())),
            text("secret_id")
                .required()
                .replaces()
                .from(|found: &Version| Some(found.secret.clone()))
                .to(Create::set_secret_id),
            text("secret_string")
                .optional()
                .sensitive()
                .replaces()
                .conflicts(&["secret_binary", "secret_string_wo"])
                .from(|found: &Version| found.value.secret_string.clone())
                .never_null()
                .to(Create::set_secret_string),
            text("secret_string_wo").optional().sensitive().write_only().conflicts(&["secret_binary", "secret_string"]),
            number("secret_string_wo_version").optional().replaces(),
            text("version_id").computed().from(|found: &Version| found.value.version_id.clone()),
            set_of_text("version_stages")
                .optional()
                .computed()
                .from(|found: &Version| {
                    let stages = found.value.version_stages().iter().map(|stage| Value::text(stage)).collect();
                    Value::list(Type::String, stages)
                })
                .to(Create::set_version_stages)
                .changed_by("stages"),
        ])
        .read_many(
            1,
            |found: &Version| format!("{}|{}", found.secret, found.value.version_id().unwrap_or_default()),
            read,
        )
        .reconcile(without_write_only)
        .change("stages", change_stages)
        .delete(delete)
        // The current version stays until another is current.
        .delete_not_awaited()
        .missing(&["ResourceNotFoundException", "InvalidRequestException"])
        .recovered_by_token()
}

/// A value that is not to be kept does not come back by reading.
fn without_write_only(object: Value, before: &Value) -> Value {
    let is_write_only = before.get("secret_string_wo_version").is_some_and(|version| !version.is_null());
    let entries = object.as_entries().into_iter().flat_map(|entries| entries.iter());
    let place = |name: &Text, old: &Value| match &**name {
        "has_secret_string_wo" if is_write_only => Value::bool(true),
        "secret_string" if is_write_only => Value::string(""),
        _ => old.clone(),
    };
    Value::object(entries.map(|(name, old)| (name.clone(), place(name, old))).collect::<Vec<_>>())
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let request = match (call.configuration.text("secret_string_wo"), call.want.filled("secret_binary")) {
        (Some(text), _) => request.secret_string(text),
        (None, Some(encoded)) => request.secret_binary(Blob::new(decoded(&encoded)?)),
        (None, None) => request,
    };
    let secret = call.want.text("secret_id").unwrap_or_default();
    let request = request.client_request_token(&call.token);
    let answer = request.send().await.map_err(Failure::of("Secrets Manager: PutSecretValue"))?;
    Ok(format!("{secret}|{}", answer.version_id.unwrap_or_default()))
}

fn decoded(encoded: &str) -> Result<Vec<u8>, Failure> {
    base64::decode(encoded).map_err(|_| {
        Failure::new("Secrets Manager: PutSecretValue", "InvalidParameter", "secret_binary must be base64")
    })
}

async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<Version>, Failure> {
    let mut found = Vec::new();
    for id in ids {
        let Some((secret, version)) = id.rsplit_once('|') else { continue };
        let request = aws.secretsmanager().get_secret_value().secret_id(secret).version_id(version);
        let value = request.send().await.map_err(Failure::of("Secrets Manager: GetSecretValue"))?;
        found.push(Version { secret: secret.to_owned(), value });
    }
    Ok(found)
}

async fn change_stages(call: Call) -> Result<(), Failure> {
    let (former, wanted) = (call.prior.texts("version_stages"), call.want.texts("version_stages"));
    let version = call.prior.text("version_id").unwrap_or_default();
    for stage in wanted.iter().filter(|stage| !former.contains(stage)) {
        move_stage(&call, stage, Some(&version), None).await?;
    }
    // AWSCURRENT only ever moves to another version.
    for stage in former.iter().filter(|stage| !wanted.contains(stage) && *stage != "AWSCURRENT") {
        move_stage(&call, stage, None, Some(&version)).await?;
    }
    Ok(())
}

async fn move_stage(call: &Call, stage: &str, to: Option<&str>, from: Option<&str>) -> Result<(), Failure> {
    let request = call.aws.secretsmanager().update_secret_version_stage().version_stage(stage);
    let request = request
        .set_secret_id(call.prior.text("secret_id"))
        .set_move_to_version_id(to.map(str::to_owned))
        .set_remove_from_version_id(from.map(str::to_owned));
    request.send().await.map_err(Failure::of("Secrets Manager: UpdateSecretVersionStage"))?;
    Ok(())
}

async fn delete(call: Call) -> Result<(), Failure> {
    let version = call.prior.text("version_id").unwrap_or_default();
    for stage in call.prior.texts("version_stages").iter().filter(|stage| *stage != "AWSCURRENT") {
        move_stage(&call, stage, None, Some(&version)).await?;
    }
    Ok(())
}
