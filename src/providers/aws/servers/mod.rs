//! Servers and what they are made of.

mod image;
mod image_of_instance;
mod instance;
mod key_pair;
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
    vec![Box::new(image::ami())]
}

/// The attributes of a server.
pub fn instance_fields() -> Vec<Declared> {
    instance::instance().declarations()
}
