//! `hashicorp/local`: files on this machine, and what commands say.

mod command;
mod content;
mod file;

use super::small::Small;

pub fn provider() -> Small {
    let sources = || vec![command::data_source(), file::source("local_file"), file::source("local_sensitive_file")];
    Small::new("local", "2.9.0", || vec![file::file(), file::sensitive_file()], sources)
        .with_ephemeral(|| vec![command::ephemeral()])
}
