//! Compression for `base64gzip`.

use flate2::{Compress, Compression, FlushCompress};

/// A gzip file without a name or a time.
pub(super) fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let mut deflate = Compress::new(Compression::new(6), false);
    let mut body = Vec::with_capacity(bytes.len() + 1024);
    let _ = deflate.compress_vec(bytes, &mut body, FlushCompress::Sync);
    out.extend(body);
    let mut checksum = flate2::Crc::new();
    checksum.update(bytes);
    out.extend([1, 0, 0, 0xff, 0xff]);
    out.extend(checksum.sum().to_le_bytes());
    out.extend((bytes.len() as u32).to_le_bytes());
    out
}
