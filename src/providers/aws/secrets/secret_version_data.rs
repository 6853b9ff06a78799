//! `data "aws_secretsmanager_secret_version"`: what a secret holds, by its version or the stage that the version is in.

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Failure, Lookup, Want, set_of_text, text};
use crate::value::{Type, Value};
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueOutput as Described;
use aws_sdk_secretsmanager::primitives::DateTimeFormat;
use std::sync::Arc;

/// What the data source found; its id says what was asked for.
pub struct Found {
    id: String,
    value: Described,
}

pub fn secret_version_data() -> Lookup {
    Lookup::new(
        "Secrets Manager Secret Version",
        vec![
            text("arn").computed().from(|found: &Found| found.value.arn.clone()),
            text("created_date")
                .computed()
                .from(|found: &Found| found.value.created_date?.fmt(DateTimeFormat::DateTime).ok()),
            text("id").optional().computed().from(|found: &Found| Some(found.id.clone())),
            text("secret_binary").computed().sensitive().from(|found: &Found| {
                let bytes = found.value.secret_binary().map(|blob| String::from_utf8_lossy(blob.as_ref()).into_owned());
                Some(bytes.unwrap_or_default())
            }),
            text("secret_id").required(),
            text("secret_string")
                .computed()
                .sensitive()
                .from(|found: &Found| found.value.secret_string.clone())
                .never_null(),
            text("version_id").optional().computed().from(|found: &Found| found.value.version_id.clone()),
            text("version_stage").default("AWSCURRENT"),
            set_of_text("version_stages").computed().from(|found: &Found| {
                Value::list(Type::String, found.value.version_stages().iter().map(|stage| Value::text(stage)).collect())
            }),
        ],
        |aws: Arc<Aws>, want: Want| async move {
            let stage = want.filled("version_stage").unwrap_or_else(|| "AWSCURRENT".into());
            let version = want.filled("version_id");
            let secret = want.text("secret_id").unwrap_or_default();
            let id = format!("{secret}|{}", version.as_ref().unwrap_or(&stage));
            let request = aws.secretsmanager().get_secret_value().secret_id(secret);
            let request = request.set_version_stage(version.is_none().then_some(stage)).set_version_id(version);
            let value = request.send().await.map_err(Failure::of("Secrets Manager: GetSecretValue"))?;
            Ok(Found { id, value })
        },
    )
}
