//! The order of paths in `replace_paths`: that of go-cty's path sets, which sort by a CRC-64 of the steps, so that the JSON of two plans can be
//! compared as text. See `path_set.go` in <https://github.com/zclconf/go-cty>.

use crate::value::{Path, PathStep};

/// What go-cty sorts a path by.
pub fn place_of(path: &Path) -> i64 {
    let mut crc = u64::MAX;
    for step in &path.0 {
        match step {
            PathStep::Attribute(name) => crc = name.bytes().fold(crc, with_byte),
            PathStep::Key(_) | PathStep::Index(_) => crc = with_byte(crc, b'#'),
        }
    }
    (!crc).cast_signed()
}

/// CRC-64 of ISO 3309, bit by bit.
fn with_byte(crc: u64, byte: u8) -> u64 {
    const POLYNOMIAL: u64 = 0xD800_0000_0000_0000;
    (0..8).fold(crc ^ u64::from(byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ POLYNOMIAL } else { crc >> 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_in_the_order_that_terraform_shows() {
        let places = ["vpc_id", "cidr_block"].map(|name| place_of(&Path::of_attribute(name)));
        assert_eq!(places, [3704687020128022528, 7782220426257706435]);
    }
}
