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

use super::engine::{Kind, Source};

pub fn kinds() -> Vec<Box<dyn Kind>> {
    vec![
        Box::new(kms_alias::kms_alias()),
        Box::new(kms_key::kms_key()),
        Box::new(secret::secret()),
        Box::new(secret_version::secret_version()),
        Box::new(ssm_parameter::ssm_parameter()),
    ]
}

pub fn sources() -> Vec<Box<dyn Source>> {
    vec![Box::new(secret_version_data::secret_version_data()), Box::new(ssm_parameter_data::ssm_parameter_data())]
}
