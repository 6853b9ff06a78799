//! `hashicorp/local`: files on this machine.

mod file;

use super::small::Small;

pub fn provider() -> Small {
    Small::new(
        "local",
        "2.5.3",
        || vec![file::file(), file::sensitive_file()],
        || vec![file::source(), file::sensitive_source()],
    )
}
