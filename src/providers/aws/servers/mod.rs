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

use super::engine::{Declared, Kind, Source};

pub fn kinds() -> Vec<Box<dyn Kind>> {
    vec![
        Box::new(image_of_instance::ami_from_instance()),
        Box::new(instance::instance()),
        Box::new(key_pair::key_pair()),
        Box::new(snapshot::snapshot()),
        Box::new(volume::volume()),
        Box::new(volume_attachment::volume_attachment()),
    ]
}

pub fn sources() -> Vec<Box<dyn Source>> {
    vec![
        Box::new(image::ami()),
        Box::new(instance::instance_data()),
        Box::new(instance::instances_data()),
        Box::new(instance_type::instance_type()),
        Box::new(key_pair_data::key_pair_data()),
    ]
}

/// The attributes of a server.
pub fn instance_fields() -> Vec<Declared> {
    instance::instance().declarations()
}
