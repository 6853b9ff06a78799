//! File names by pattern, for `fileset`.
//!
//! `*` and `?` stay within a path element, `**` goes through any number of directories, `[a-z]` and `[^a-z]` are sets, `{a,b}`
//! alternatives, a backslash takes the next character as it is. A pattern is only found to be wrong when a name is held against it.

use super::path;
use crate::system::{FileError, FileKind, World};

/// What may go wrong: the pattern.
#[derive(Debug)]
pub(super) struct BadPattern;

/// Directories inside directories, at most.
const MAX_DEPTH: usize = 256;

/// Paths of everything that matches, directories included, in order of name.
pub(super) fn glob(world: &dyn World, pattern: &str) -> Result<Vec<String>, BadPattern> {
    let mut search = Search { world, found: Vec::new() };
    match pattern.strip_prefix('/') {
        Some(rest) => search.look("/", rest, 0)?,
        None => search.look(".", pattern, 0)?,
    }
    Ok(search.found)
}

struct Search<'w> {
    world: &'w dyn World,
    found: Vec<String>,
}

impl Search<'_> {
    fn look(&mut self, base: &str, pattern: &str, depth: usize) -> Result<(), BadPattern> {
        if depth > MAX_DEPTH {
            return Ok(());
        }
        let (base, pattern) = split_literal(base, pattern);
        let Ok(kind) = self.world.file_kind(&base) else { return Ok(()) };
        if pattern.is_empty() {
            self.found.push(base);
            return Ok(());
        }
        if kind != FileKind::Directory {
            return Ok(());
        }
        let mut names = self.names(&base).unwrap_or_default();
        names.sort();
        let (element, rest) = match pattern.split_once('/') {
            Some((element, rest)) => (element, Some(rest)),
            None => (pattern, None),
        };
        if element == "**" {
            return self.look_everywhere(&base, &names, pattern, rest, depth);
        }
        self.look_here(&base, &names, element, rest, depth)
    }

    fn look_here(
        &mut self,
        base: &str,
        names: &[String],
        element: &str,
        rest: Option<&str>,
        depth: usize,
    ) -> Result<(), BadPattern> {
        for name in names {
            if !matches(element, name)? {
                continue;
            }
            match rest {
                None => self.found.push(path::join(base, name)),
                Some(rest) => self.look(&path::join(base, name), rest, depth + 1)?,
            }
        }
        Ok(())
    }

    /// `**`: depth first, then what comes after it right here.
    fn look_everywhere(
        &mut self,
        base: &str,
        names: &[String],
        pattern: &str,
        rest: Option<&str>,
        depth: usize,
    ) -> Result<(), BadPattern> {
        for name in names {
            let inside = path::join(base, name);
            let is_directory = self.world.file_kind(&inside) == Ok(FileKind::Directory);
            if rest.is_none() {
                self.found.push(inside.clone());
            }
            if is_directory {
                self.look(&inside, pattern, depth + 1)?;
            }
        }
        let Some(rest) = rest else { return Ok(()) };
        self.look(base, rest, depth + 1)
    }

    fn names(&self, base: &str) -> Result<Vec<String>, FileError> {
        self.world.list_directory(base)
    }
}

/// Elements at the beginning that are no patterns belong to the base.
fn split_literal<'p>(base: &str, pattern: &'p str) -> (String, &'p str) {
    let literal = match pattern.find(['*', '?', '[', '{', '\\']) {
        Some(special) => &pattern[..special],
        None => pattern,
    };
    match literal.rfind('/') {
        Some(slash) => (path::join(base, &pattern[..slash]), &pattern[slash + 1..]),
        None => (base.to_owned(), pattern),
    }
}

/// Whether a name matches one element of a pattern.
fn matches(pattern: &str, name: &str) -> Result<bool, BadPattern> {
    let Some(first) = pattern.chars().next() else { return Ok(name.is_empty()) };
    let rest = &pattern[first.len_utf8()..];
    let after_one = |name: &str| name.chars().next().map(|c| (c, name[c.len_utf8()..].to_owned()));
    match first {
        '*' => {
            let starts = name.char_indices().map(|(at, _)| at).chain([name.len()]);
            for start in starts {
                if matches(rest, &name[start..])? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        '?' => match after_one(name) {
            Some((_, after)) => matches(rest, &after),
            None => Ok(false),
        },
        '[' => {
            let Some((character, after)) = after_one(name) else { return Ok(false) };
            let (is_in, rest) = set(rest, character)?;
            Ok(is_in && matches(rest, &after)?)
        }
        '{' => {
            let (choices, rest) = alternatives(rest)?;
            for choice in choices {
                if matches(&format!("{choice}{rest}"), name)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        _ => {
            let (literal, rest) = match first {
                '\\' => {
                    let escaped = rest.chars().next().ok_or(BadPattern)?;
                    (escaped, &rest[escaped.len_utf8()..])
                }
                other => (other, rest),
            };
            match after_one(name) {
                Some((character, after)) if character == literal => matches(rest, &after),
                _ => Ok(false),
            }
        }
    }
}

/// Whether a character is in the set that begins here, and what comes after the set.
fn set(pattern: &str, character: char) -> Result<(bool, &str), BadPattern> {
    let (mut rest, is_negated) = match pattern.strip_prefix('^') {
        Some(rest) => (rest, true),
        None => (pattern, false),
    };
    if rest.starts_with(']') || rest.starts_with('-') {
        return Err(BadPattern);
    }
    let mut is_in = false;
    loop {
        if let Some(after) = rest.strip_prefix(']') {
            return Ok((is_in != is_negated, after));
        }
        let (low, after) = set_character(rest)?;
        rest = after;
        let mut high = low;
        if let Some(after) = rest.strip_prefix('-') {
            (high, rest) = set_character(after)?;
        }
        is_in |= (low..=high).contains(&character);
    }
}

fn set_character(pattern: &str) -> Result<(char, &str), BadPattern> {
    let unescaped = pattern.strip_prefix('\\').unwrap_or(pattern);
    let character = unescaped.chars().next().ok_or(BadPattern)?;
    if unescaped.len() == pattern.len() && character == '-' {
        return Err(BadPattern);
    }
    Ok((character, &unescaped[character.len_utf8()..]))
}

/// The choices in braces and what comes after them.
fn alternatives(pattern: &str) -> Result<(Vec<&str>, &str), BadPattern> {
    let mut choices = Vec::new();
    let mut start = 0;
    let mut depth = 0;
    let mut is_escaped = false;
    for (at, character) in pattern.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' => {
                choices.push(&pattern[start..at]);
                return Ok((choices, &pattern[at + 1..]));
            }
            ',' if depth == 0 => {
                choices.push(&pattern[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    Err(BadPattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_match() {
        for (pattern, name, expected) in [
            ("*.tf", "main.tf", true),
            ("[ab].*", "b.md", true),
            ("[^a]x", "ax", false),
            ("{a,b*}c", "bxc", true),
            ("\\*", "*", true),
            ("a?", "aé", true),
        ] {
            assert_eq!(matches(pattern, name).unwrap(), expected, "{pattern}");
        }
        assert!(matches("[", "a").is_err());
    }
}
