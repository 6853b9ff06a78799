//! Opening the configuration in the working directory.

use crate::config::{Config, Manifest, join, load_config};
use crate::diag::Diagnostics;
use crate::system::World;

/// Where Terraform and we keep what `init` installed.
pub const MODULES_MANIFEST: &str = "modules/modules.json";

/// The root module and all below it. `data_directory` is `.terraform` or what `TF_DATA_DIR` says.
pub fn open_configuration(data_directory: &str, world: &dyn World) -> (Config, Diagnostics) {
    let text = world.read_file(&join(data_directory, MODULES_MANIFEST)).unwrap_or_default();
    let manifest = Manifest::parse(&String::from_utf8_lossy(&text));
    load_config(".", &manifest, world)
}
