//! Names that were made of a prefix, told from names that were given.

/// As many digits as hashicorp's provider appends.
const SUFFIX_LENGTH: usize = 26;

/// The prefix that a generated name was made from; empty where the name was given.
pub fn name_prefix_of(name: &str) -> String {
    let split = name.len().saturating_sub(SUFFIX_LENGTH);
    let is_generated = name.len() >= SUFFIX_LENGTH
        && name.is_char_boundary(split)
        && name[split..].bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_generated { name[..split].to_owned() } else { String::new() }
}

/// CRC-32 as a positive number: hashicorp's provider makes ids of it.
pub fn string_hash(text: &str) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(text.as_bytes());
    crc.sum()
}
