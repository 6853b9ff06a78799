//! A release of the AWS provider is smaller by what is the same twice: hundreds of machine-made operations compile to the same code.
//!
//! Folding it is the linker's work, and not every linker can, so this one is asked first. Nothing else depends on it.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

const FOLD: &str = "-Wl,--icf=all";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is_release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    if is_release && env::var("HOST") == env::var("TARGET") && linker_folds() {
        println!("cargo::rustc-link-arg-bins={FOLD}");
    }
}

/// An empty program can be linked with it.
fn linker_folds() -> bool {
    let (Some(rustc), Some(directory)) = (env::var_os("RUSTC"), env::var_os("OUT_DIR")) else { return false };
    let directory = Path::new(&directory);
    let (source, program) = (directory.join("empty.rs"), directory.join("empty"));
    if fs::write(&source, "fn main() {}").is_err() {
        return false;
    }
    let mut attempt = Command::new(rustc);
    attempt.arg(&source).arg("-o").arg(&program).arg(format!("-Clink-arg={FOLD}"));
    attempt.output().is_ok_and(|output| output.status.success())
}
