//! The `terrace` binary: hands its arguments to [`terrace::cli`].

fn main() -> std::process::ExitCode {
    terrace::cli::main()
}
