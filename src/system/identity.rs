//! Who and where we are, for lock information; and names that nobody else has.

/// `user@host`, as far as it can be known.
pub fn who() -> String {
    let user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_else(|_| {
        if rustix::process::getuid().is_root() { "root".into() } else { rustix::process::getuid().as_raw().to_string() }
    });
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!("{user}@{host}")
}

/// A random UUID.
pub fn unique_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// The present time, RFC 3339 in UTC with nanoseconds.
pub fn timestamp() -> String {
    jiff::Timestamp::now().to_string()
}
