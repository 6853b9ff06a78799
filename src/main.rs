//! The `terrace` binary: hands its arguments to [`terrace::cli`].

fn main() {}
