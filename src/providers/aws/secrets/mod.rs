//! Secrets and keys: SSM parameters, Secrets Manager, KMS.

mod kms_alias;
mod kms_key;
mod kms_key_changes;
mod secret;
mod secret_changes;
mod secret_version;
mod secret_version_data;
mod ssm_parameter;
mod ssm_parameter_data;

use super::engine::{Entry, Kind, Source};

pub const KINDS: &[Entry<dyn Kind>] = &[
    ("aws_kms_alias", |_| kms_alias::kms_alias().into()),
    ("aws_kms_key", |_| kms_key::kms_key().into()),
    ("aws_secretsmanager_secret", |_| secret::secret().into()),
    ("aws_secretsmanager_secret_version", |_| secret_version::secret_version().into()),
    ("aws_ssm_parameter", |_| ssm_parameter::ssm_parameter().into()),
];

pub const SOURCES: &[Entry<dyn Source>] = &[
    ("aws_secretsmanager_secret_version", |_| Box::new(secret_version_data::secret_version_data())),
    ("aws_ssm_parameter", |_| Box::new(ssm_parameter_data::ssm_parameter_data())),
];
