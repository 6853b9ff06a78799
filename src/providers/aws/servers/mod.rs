//! Servers and what they are made of.

mod image;
mod image_of_instance;
mod image_of_instance_changes;
mod instance;
mod instance_type;
mod key_pair;
mod key_pair_data;
mod snapshot;
mod volume;
mod volume_attachment;

use super::engine::{Declared, Entry, Kind, Source};

pub const KINDS: &[Entry<dyn Kind>] = &[
    ("aws_ami_from_instance", |_| image_of_instance::ami_from_instance().into()),
    ("aws_instance", |_| instance::instance().into()),
    ("aws_key_pair", |_| key_pair::key_pair().into()),
    ("aws_ebs_snapshot", |_| snapshot::snapshot().into()),
    ("aws_ebs_volume", |_| volume::volume().into()),
    ("aws_volume_attachment", |_| volume_attachment::volume_attachment().into()),
];

pub const SOURCES: &[Entry<dyn Source>] = &[
    ("aws_ami", |_| Box::new(image::ami())),
    ("aws_instance", |_| Box::new(instance::instance_data())),
    ("aws_instances", |_| Box::new(instance::instances_data())),
    ("aws_ec2_instance_type", |_| Box::new(instance_type::instance_type())),
    ("aws_key_pair", |_| Box::new(key_pair_data::key_pair_data())),
];

/// The attributes of a server.
pub fn instance_fields() -> Vec<Declared> {
    instance::instance().declarations()
}
