//! Names of character sets, and the characters of those of one byte that the encoding crate does not have.

/// Where a set comes from.
pub(super) enum Source {
    Utf8,
    /// Big-endian with a byte order mark.
    Utf16,
    Utf16BigEndian,
    Utf16LittleEndian,
    /// Characters by byte, from 128 on or all; the replacement character where there is none.
    Table(&'static str),
    /// A label of the WHATWG's standard.
    Web(&'static str),
}

use Source::{Utf8, Utf16, Utf16BigEndian, Utf16LittleEndian, Web};

/// Name in messages, other names in small letters, source.
pub(super) const CHARSETS: &[(&str, &str, Source)] = &[
    ("UTF-8", "csutf8", Utf8),
    ("UTF-16", "csutf16", Utf16),
    ("UTF-16BE", "csutf16be", Utf16BigEndian),
    ("UTF-16LE", "csutf16le", Utf16LittleEndian),
    ("windows-1252", "cswindows1252", Web("windows-1252")),
];
