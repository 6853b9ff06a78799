//! A release is smaller by what its linker can save, in the file and in memory.
//!
//! Not every linker can, and not every machine runs what comes of it, so that each saving is tried on an empty program first. Nothing
//! else depends on them.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

const SAVINGS: [&str; 2] = [
    // What is the same twice is there once: hundreds of machine-made operations compile to the same code.
    "-Wl,--icf=all",
    // A quarter of a million addresses that every start fills in, listed as a bitmap: 5 MB less to read.
    "-Wl,-z,pack-relative-relocs",
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is_release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    if is_release && env::var("HOST") == env::var("TARGET") {
        for saving in SAVINGS.into_iter().filter(|saving| works(saving)) {
            println!("cargo::rustc-link-arg-bins={saving}");
        }
    }
}

/// An empty program can be linked with it, and runs.
fn works(saving: &str) -> bool {
    let (Some(rustc), Some(directory)) = (env::var_os("RUSTC"), env::var_os("OUT_DIR")) else { return false };
    let directory = Path::new(&directory);
    let (source, program) = (directory.join("empty.rs"), directory.join("empty"));
    if fs::write(&source, "fn main() {}").is_err() {
        return false;
    }
    let mut attempt = Command::new(rustc);
    attempt.arg(&source).arg("-o").arg(&program).arg(format!("-Clink-arg={saving}"));
    let is_linked = attempt.output().is_ok_and(|output| output.status.success());
    is_linked && Command::new(&program).status().is_ok_and(|status| status.success())
}
