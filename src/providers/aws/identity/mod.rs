//! Identity: roles, policies, and how servers get them.

mod document;
mod instance_profile;
mod policy;
mod policy_json;
mod role;
mod role_changes;
mod role_data;
mod role_policies;
mod role_policy;
mod role_policy_attachment;
mod statement;
mod tags;

use super::engine::{Kind, Source};
pub use policy_json::normal_policy;

pub fn kinds() -> Vec<Box<dyn Kind>> {
    vec![
        Box::new(instance_profile::instance_profile()),
        Box::new(policy::policy()),
        Box::new(role::role()),
        Box::new(role_policy::role_policy()),
        Box::new(role_policy_attachment::role_policy_attachment()),
    ]
}

pub fn sources() -> Vec<Box<dyn Source>> {
    vec![Box::new(document::policy_document()), Box::new(role_data::role_data())]
}
