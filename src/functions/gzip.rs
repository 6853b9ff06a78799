//! Compression for `base64gzip`, to the very bytes that Terraform gives.
//!
//! They end up in arguments such as `user_data_base64`, where any difference would replace a server. So the choices that RFC 1951
//! leaves open are made as Go's `compress/flate` makes them at its default level: which matches are taken ([`matches`]), where
//! blocks end, how they are coded and with which code lengths ([`block`]), and an empty stored block where the stream is flushed.

mod block;
mod matches;

use block::BlockWriter;
use matches::Matcher;

/// A gzip file without a name or a time.
pub(super) fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut writer = BlockWriter::new(vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
    Matcher::new(bytes).run(&mut writer);
    writer.stored_header(0, false);
    writer.stored_header(0, true);
    let mut out = writer.finish();
    let mut checksum = flate2::Crc::new();
    checksum.update(bytes);
    out.extend(checksum.sum().to_le_bytes());
    out.extend((bytes.len() as u32).to_le_bytes());
    out
}

/// A byte as it is, or a repetition of what stood `distance` bytes before.
#[derive(Clone, Copy)]
enum Token {
    Literal(u8),
    Match { length: u16, distance: u16 },
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn what_is_compressed_comes_back() {
        let mut state = 7u32;
        for length in [0usize, 1, 300, 40_000, 200_000] {
            let text: Vec<u8> = (0..length)
                .map(|index| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    if index % 1000 < 700 { b"resource \"x\" {}\n"[index % 16] } else { (state >> 24) as u8 }
                })
                .collect();
            let mut back = Vec::new();
            flate2::read::GzDecoder::new(&compress(&text)[..]).read_to_end(&mut back).unwrap();
            assert_eq!(back, text);
        }
    }
}
