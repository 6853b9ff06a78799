//! Text.
//!
//! A character is what a person sees as one: a grapheme cluster. Letters change case one to one, as Terraform's do (`ß` stays), and
//! results are brought to NFC.

use super::entry::{list, number, text};
use super::{Call, CallError, Function, regex};
use crate::value::{Data, Type, Value};
use unicode_segmentation::UnicodeSegmentation;

/// Longest indentation that is worth the memory.
const MAX_INDENT: i64 = 1 << 24;

pub(super) fn functions() -> Vec<Function> {
    let gives_text = Type::String;
    let plain = |name, body| Function::new(name, [text("str")], gives_text.clone(), body);
    vec![
        plain("chomp", |call| Ok(Value::text(call.text(0).trim_end_matches(['\r', '\n']))))
            .documented("`chomp` removes newline characters at the end of a string.")
            .example(r#"chomp("hello\n")"#, r#""hello""#),
        Function::new("endswith", [text("str"), text("suffix")], Type::Bool, |call| {
            Ok(call.text(0).ends_with(&**call.text(1)).into())
        })
        .documented(
            "`endswith` takes two values: a string to check and a suffix string. The function returns true if \
             the first string ends with that exact suffix.",
        )
        .example(r#"endswith("hello world", "world")"#, "true"),
        Function::new(
            "indent",
            [number("spaces").documented("Number of spaces to add after each newline character."), text("str")],
            Type::String,
            indent,
        )
        .documented(
            "`indent` adds a given number of spaces to the beginnings of all but the first line in a given \
             multi-line string.",
        )
        .example(r#"indent(2, "a\nb")"#, "<<EOT\na\n  b\nEOT"),
        Function::new(
            "join",
            [text("separator").documented("Delimiter to insert between the given strings.")],
            Type::String,
            join,
        )
        .variadic(list("lists", Type::String).documented("One or more lists of strings to join."))
        .documented(
            "`join` produces a string by concatenating together all elements of a given list of strings with \
             the given delimiter.",
        )
        .example(r#"join("-", ["foo", "bar", "baz"])"#, r#""foo-bar-baz""#),
        plain("lower", |call| Ok(call.text(0).chars().map(lower).collect::<String>().into()))
            .documented("`lower` converts all cased letters in the given string to lowercase.")
            .example(r#"lower("HELLO")"#, r#""hello""#),
        Function::new("replace", [text("str"), text("substr"), text("replace")], Type::String, replace)
            .documented(
                "`replace` searches a given string for another given substring, and replaces each occurrence with \
             a given replacement string.",
            )
            .example(r#"replace("1 + 2 + 3", "+", "-")"#, r#""1 - 2 - 3""#),
        Function::new("split", [text("separator"), text("str")], Type::list(Type::String), split)
            .documented("`split` produces a list by dividing a given string at all occurrences of a given separator.")
            .example(r#"split(",", "foo,bar")"#, "tolist([\n  \"foo\",\n  \"bar\",\n])"),
        Function::new("startswith", [text("str").unknown(), text("prefix")], Type::Bool, starts_with)
            .documented(
                "`startswith` takes two values: a string to check and a prefix string. The function returns true \
             if the string begins with that exact prefix.",
            )
            .example(r#"startswith("hello world", "hello")"#, "true"),
        Function::new("strcontains", [text("str"), text("substr")], Type::Bool, |call| {
            Ok(call.text(0).contains(&**call.text(1)).into())
        })
        .maybe_null()
        .documented(
            "`strcontains` takes two values: a string to check and an expected substring. The function returns \
             true if the string has the substring contained within it.",
        )
        .example(r#"strcontains("hello world", "wor")"#, "true"),
        plain("strrev", |call| Ok(call.text(0).graphemes(true).rev().collect::<String>().into()))
            .documented(
                "`strrev` reverses the characters in a string. Note that the characters are treated as _Unicode \
             characters_ (in technical terms, Unicode [grapheme cluster \
             boundaries](https://unicode.org/reports/tr29/#Grapheme_Cluster_Boundaries) are respected).",
            )
            .example(r#"strrev("hello")"#, r#""olleh""#),
        Function::new("substr", [text("str"), number("offset"), number("length")], Type::String, substr)
            .documented("`substr` extracts a substring from a given string by offset and (maximum) length.")
            .example(r#"substr("hello world", 1, 4)"#, r#""ello""#),
        plain("title", |call| Ok(title(call.text(0)).into()))
            .documented("`title` converts the first letter of each word in the given string to uppercase.")
            .example(r#"title("hello world")"#, r#""Hello World""#),
        Function::new(
            "trim",
            [
                text("str"),
                text("cutset").documented(
                    "A string containing all of the characters to trim. Each character is taken separately, so the \
             order of characters is insignificant.",
                ),
            ],
            Type::String,
            |call| {
                let cutset = call.text(1);
                Ok(Value::text(call.text(0).trim_matches(|character| cutset.contains(character))))
            },
        )
        .documented("`trim` removes the specified set of characters from the start and end of the given string.")
        .example(r#"trim("?!hello?!", "!?")"#, r#""hello""#),
        Function::new("trimprefix", [text("str"), text("prefix")], Type::String, |call| {
            let text = call.text(0);
            Ok(Value::text(text.strip_prefix(&**call.text(1)).unwrap_or(text)))
        })
        .documented(
            "`trimprefix` removes the specified prefix from the start of the given string. If the string does \
             not start with the prefix, the string is returned unchanged.",
        )
        .example(r#"trimprefix("helloworld", "hello")"#, r#""world""#),
        plain("trimspace", |call| Ok(Value::text(call.text(0).trim())))
            .documented("`trimspace` removes any space characters from the start and end of the given string.")
            .example(r#"trimspace("  hello\n\n")"#, r#""hello""#),
        Function::new("trimsuffix", [text("str"), text("suffix")], Type::String, |call| {
            let text = call.text(0);
            Ok(Value::text(text.strip_suffix(&**call.text(1)).unwrap_or(text)))
        })
        .documented("`trimsuffix` removes the specified suffix from the end of the given string.")
        .example(r#"trimsuffix("helloworld", "world")"#, r#""hello""#),
        plain("upper", |call| Ok(call.text(0).chars().map(upper).collect::<String>().into()))
            .documented("`upper` converts all cased letters in the given string to uppercase.")
            .example(r#"upper("hello")"#, r#""HELLO""#),
    ]
}

fn indent(call: &Call<'_>) -> Result<Value, CallError> {
    let spaces = call.whole(0)?;
    if spaces < 0 {
        return Err(CallError::panic("strings: negative Repeat count"));
    }
    if spaces > MAX_INDENT {
        return Err(CallError::panic("strings: Repeat output length overflow"));
    }
    let padded = format!("\n{}", " ".repeat(spaces as usize));
    Ok(call.text(1).replace('\n', &padded).into())
}

fn join(call: &Call<'_>) -> Result<Value, CallError> {
    let lists = &call.arguments[1..];
    if lists.is_empty() {
        return Err("at least one list is required".into());
    }
    if !lists.iter().all(Value::is_wholly_known) {
        return Ok(call.unknown());
    }
    let separator = call.text(0);
    let mut joined = String::new();
    let mut is_first = true;
    for number in 1..=lists.len() {
        for (index, item) in call.items(number).iter().enumerate() {
            let Some(item) = item.as_str() else {
                let which = if lists.len() > 1 { format!(" of list {number}") } else { String::new() };
                let message = format!("element {index}{which} is null; cannot concatenate null values");
                return Err(CallError::argument(number, message));
            };
            if !is_first {
                joined.push_str(separator);
            }
            joined.push_str(item);
            is_first = false;
        }
    }
    Ok(joined.into())
}

/// A search text between slashes is a regular expression.
fn replace(call: &Call<'_>) -> Result<Value, CallError> {
    let (text, search, replacement) = (call.text(0), call.text(1), call.text(2));
    let pattern = search.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    Ok(match pattern {
        Some(pattern) => regex::replace_all(text, pattern, replacement)?.into(),
        None => text.replace(&**search, replacement).into(),
    })
}

fn split(call: &Call<'_>) -> Result<Value, CallError> {
    let (separator, text) = (call.text(0), call.text(1));
    let parts: Vec<Value> = if separator.is_empty() {
        text.chars().map(|character| character.to_string().into()).collect()
    } else {
        text.split(&**separator).map(Value::text).collect()
    };
    Ok(Value::list(Type::String, parts))
}

/// What an unknown text is known to begin with may decide.
fn starts_with(call: &Call<'_>) -> Result<Value, CallError> {
    let prefix = call.text(1);
    let Data::Unknown(unknown) = call.arguments[0].data() else {
        return Ok(call.text(0).starts_with(&**prefix).into());
    };
    let known = unknown.refinement.prefix.as_deref().unwrap_or_default();
    match () {
        () if known.starts_with(&**prefix) => Ok(true.into()),
        () if !known.is_empty() && known.len() >= prefix.len() => Ok(false.into()),
        () => Ok(call.unknown()),
    }
}

fn substr(call: &Call<'_>) -> Result<Value, CallError> {
    let text = call.text(0);
    let (mut offset, length) = (call.whole(1)?, call.whole(2)?);
    if offset < 0 {
        offset = offset.saturating_add(text.graphemes(true).count() as i64);
    } else if length == 0 {
        return Ok("".into());
    }
    let mut rest = &text[..];
    if offset > 0 {
        // An offset at or beyond the end leaves nothing.
        rest = text.grapheme_indices(true).nth(offset as usize).map_or("", |(start, _)| &text[start..]);
    }
    if length < 0 {
        return Ok(Value::text(rest));
    }
    // A length of nought after a negative offset never meets its end, and takes all that is left.
    let end = match length {
        0 => None,
        length => rest.grapheme_indices(true).nth(length as usize),
    };
    Ok(Value::text(end.map_or(rest, |(end, _)| &rest[..end])))
}

/// One letter to one letter.
fn upper(character: char) -> char {
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(single), None) => single,
        // Greek letters with iota have a single capital besides the spelled-out one.
        _ => match character as u32 {
            code @ (0x1F80..=0x1F87 | 0x1F90..=0x1F97 | 0x1FA0..=0x1FA7) => char::from_u32(code + 8),
            code @ (0x1FB3 | 0x1FC3 | 0x1FF3) => char::from_u32(code + 9),
            _ => None,
        }
        .unwrap_or(character),
    }
}

fn lower(character: char) -> char {
    character.to_lowercase().next().unwrap_or(character)
}

/// Like a capital, but the digraphs of Croatian have a form of their own and Georgian has none.
fn title_case(character: char) -> char {
    match character {
        '\u{1C4}'..='\u{1C6}' => '\u{1C5}',
        '\u{1C7}'..='\u{1C9}' => '\u{1C8}',
        '\u{1CA}'..='\u{1CC}' => '\u{1CB}',
        '\u{1F1}'..='\u{1F3}' => '\u{1F2}',
        '\u{10D0}'..='\u{10FF}' => character,
        other => upper(other),
    }
}

fn title(text: &str) -> String {
    let mut previous = ' ';
    let capitalised = text.chars().map(|character| {
        let is_start = separates(previous);
        previous = character;
        if is_start { title_case(character) } else { character }
    });
    capitalised.collect()
}

/// Whether a word begins after this character.
fn separates(character: char) -> bool {
    match character {
        '_' => false,
        character if character.is_ascii() => !character.is_ascii_alphanumeric(),
        character => !character.is_alphabetic() && !character.is_numeric() && character.is_whitespace(),
    }
}
