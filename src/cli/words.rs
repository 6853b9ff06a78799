//! Words: splitting a line as a shell would, and finding the name that was meant.

/// Splits at blanks outside of quotes; nothing where a quote is left open.
pub fn split_shell_words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), c) if c == open => quote = None,
            (Some('\''), c) => word.get_or_insert_default().push(c),
            (_, '\\') => word.get_or_insert_default().push(characters.next()?),
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

/// The first of the names that is fewer than three edits away.
pub fn nearest<'a>(given: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    names.into_iter().find(|name| edit_distance(given, name) < 3)
}

/// Insertions, deletions and substitutions from one to the other (Levenshtein).
fn edit_distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, from) in from.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line + 1);
        for (column, to) in to.iter().enumerate() {
            let substituted = diagonal + usize::from(from != *to);
            diagonal = row[column + 1];
            row[column + 1] = substituted.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_like_a_shell() {
        assert_eq!(split_shell_words(r#"-a 'b c'  "d\"e" f\ g"#).unwrap(), ["-a", "b c", "d\"e", "f g"]);
        assert_eq!(split_shell_words("''").unwrap(), [""]);
        assert_eq!(split_shell_words("'a"), None);
    }

    #[test]
    fn finds_what_was_meant() {
        assert_eq!(nearest("plann", ["apply", "plan"]), Some("plan"));
        assert_eq!(nearest("frobnicate", ["apply", "plan"]), None);
    }
}
