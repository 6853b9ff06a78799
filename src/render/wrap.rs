//! Word wrap as Terraform wraps the detail of a diagnostic.
//!
//! Lines break at white space only, so a word longer than the line stands out; the space at a break is dropped. Width counts characters.
//! The rule, with its corner cases, is that of mitchellh/go-wordwrap, because these texts are compared byte by byte.

const NO_BREAK_SPACE: char = '\u{a0}';

/// A line, broken so that no part is longer than `width` characters where its words allow it.
pub fn wrap(line: &str, width: usize) -> String {
    let mut out = String::with_capacity(line.len() + 8);
    let mut column = 0;
    let (mut word, mut word_length) = (String::new(), 0);
    let (mut space, mut space_length) = (String::new(), 0);
    for c in line.chars() {
        if c.is_whitespace() && c != NO_BREAK_SPACE {
            if space.is_empty() || !word.is_empty() {
                column += space_length + word_length;
                out.push_str(&std::mem::take(&mut space));
                out.push_str(&std::mem::take(&mut word));
                (space_length, word_length) = (0, 0);
            }
            space.push(c);
            space_length += 1;
        } else {
            word.push(c);
            word_length += 1;
            if column + space_length + word_length > width && word_length < width {
                out.push('\n');
                column = 0;
                space.clear();
                space_length = 0;
            }
        }
    }
    if !word.is_empty() || column + space_length <= width {
        out.push_str(&space);
    }
    out.push_str(&word);
    out
}

/// A text with its lines wrapped; lines that start with a space are preformatted and stay.
pub fn wrap_paragraphs(text: &str, width: usize) -> String {
    let lines: Vec<String> =
        text.split('\n').map(|line| if line.starts_with(' ') { line.to_owned() } else { wrap(line, width) }).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_at_spaces() {
        assert_eq!(wrap("one two three", 7), "one two\nthree");
        assert_eq!(wrap("one  two", 5), "one\ntwo");
        assert_eq!(wrap("", 5), "");
    }

    #[test]
    fn long_words_stand_out() {
        assert_eq!(wrap("a incomprehensible b", 5), "a\nincomprehensible\nb");
    }

    #[test]
    fn preformatted_lines_stay() {
        assert_eq!(wrap_paragraphs("a b\n    c d e f", 3), "a b\n    c d e f");
    }
}
