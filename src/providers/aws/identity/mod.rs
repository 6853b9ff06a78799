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

use super::engine::{Entry, Kind, Source};
pub use policy_json::normal_policy;

pub const KINDS: &[Entry<dyn Kind>] = &[
    ("aws_iam_instance_profile", |_| instance_profile::instance_profile().into()),
    ("aws_iam_policy", |_| policy::policy().into()),
    ("aws_iam_role", |_| role::role().into()),
    ("aws_iam_role_policy", |_| role_policy::role_policy().into()),
    ("aws_iam_role_policy_attachment", |_| role_policy_attachment::role_policy_attachment().into()),
];

pub const SOURCES: &[Entry<dyn Source>] = &[
    ("aws_iam_policy_document", |_| Box::new(document::policy_document())),
    ("aws_iam_role", |_| Box::new(role_data::role_data())),
];
