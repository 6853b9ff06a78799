//! Patterns of rules: `*` is any text, `?` any one character.

/// Whether the whole text fits. Linear in practice: a mismatch only ever goes back to the latest star.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut read) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while read < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[read] => {
                at += 1;
                read += 1;
            }
            _ => match star {
                Some((star_at, consumed)) => {
                    at = star_at + 1;
                    read = consumed + 1;
                    star = Some((star_at, read));
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_and_question_marks() {
        for (pattern, text, wanted) in [
            ("/api/*", "/api/v1/x", true),
            ("/api/*", "/api", false),
            ("*.example.com", "a.b.example.com", true),
            ("*.example.com", "example.com", false),
            ("/?", "/a", true),
            ("/?", "/", false),
            ("*a*b", "xaybzb", true),
            ("", "", true),
            ("**", "", true),
        ] {
            assert_eq!(fits(pattern, text), wanted, "{pattern} {text}");
        }
    }
}
