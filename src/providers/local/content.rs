//! What is in a file, and its checksums.

use crate::providers::small::{Rule, computed};
use crate::value::{Type, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

const CHECKSUMS: [&str; 6] =
    ["content_base64sha256", "content_base64sha512", "content_md5", "content_sha1", "content_sha256", "content_sha512"];

/// `id` is a checksum too.
pub fn checksum_rules() -> impl Iterator<Item = Rule> {
    CHECKSUMS.into_iter().chain(["id"]).map(|name| computed(name, Type::String))
}

pub fn checksums(content: &[u8]) -> impl Iterator<Item = (&'static str, Value)> {
    CHECKSUMS.into_iter().chain(["id"]).map(|name| (name, Value::string(checksum(name, content))))
}

/// What tells whether a file is as it was.
pub fn id(content: &[u8]) -> String {
    checksum("id", content)
}

fn checksum(name: &str, content: &[u8]) -> String {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    match name {
        "content_base64sha256" => STANDARD.encode(Sha256::digest(content)),
        "content_base64sha512" => STANDARD.encode(Sha512::digest(content)),
        "content_md5" => hex(&Md5::digest(content)),
        "content_sha256" => hex(&Sha256::digest(content)),
        "content_sha512" => hex(&Sha512::digest(content)),
        _ => hex(&Sha1::digest(content)),
    }
}
