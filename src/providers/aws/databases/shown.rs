//! What instances and clusters show in the same way, and how they are asked for.

use aws_sdk_rds::types::{Filter, MasterUserSecret};
use serde_json::{Value as Json, json};

pub fn filter(name: &str, values: Vec<String>) -> Filter {
    Filter::builder().name(name).set_values(Some(values)).build()
}

pub fn secret_of(found: Option<&MasterUserSecret>) -> Json {
    let one = |secret: &MasterUserSecret| {
        json!({
            "kms_key_id": secret.kms_key_id().unwrap_or_default(),
            "secret_arn": secret.secret_arn().unwrap_or_default(),
            "secret_status": secret.secret_status().unwrap_or_default(),
        })
    };
    found.map(one).into_iter().collect()
}
