//! Names and short texts of a file, of which most occur again and again, are allocated once.

use crate::value::{Text, Value};

/// A table of texts seen lately. One that finds its place taken takes it over, so the table never grows.
pub struct Names(Vec<Option<Text>>);

impl Names {
    const PLACES: usize = 1024;
    /// Longer texts seldom repeat.
    const LONGEST: usize = 40;

    pub fn new() -> Self {
        Self(Vec::new())
    }

    pub fn share(&mut self, text: &str) -> Text {
        if text.len() > Self::LONGEST {
            return text.into();
        }
        if self.0.is_empty() {
            self.0.resize(Self::PLACES, None);
        }
        let place = &mut self.0[hash(text.as_bytes()) as usize % Self::PLACES];
        match place {
            Some(known) if **known == *text => known.clone(),
            _ => place.insert(text.into()).clone(),
        }
    }
}

/// FNV-1a.
fn hash(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// Text in NFC.
pub fn normalised(text: &str) -> Text {
    match Value::text(text).as_str() {
        Some(text) => text.clone(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn the_same_name_is_the_same_allocation() {
        let mut names = Names::new();
        let (one, other) = (names.share("vpc_id"), names.share("vpc_id"));
        assert!(Arc::ptr_eq(&one, &other));
        for number in 0..10_000 {
            assert_eq!(&*names.share(&number.to_string()), number.to_string());
        }
        assert_eq!(&*names.share(""), "");
    }
}
