//! From RE2's syntax, as Go reads it, to that of the `regex` crate.
//!
//! The two engines agree on meaning; the notations differ. `\d`, `\s`, `\w` and `\b` are about ASCII there, sets know no operators
//! and no nesting, `{` may stand for itself, names of groups may repeat, and some of the crate's extensions do not exist. So every
//! element is read and written anew. Errors name the problem and the part of the pattern in Go's words.

/// What is wrong with a pattern.
#[derive(Debug, PartialEq)]
pub(super) struct PatternError {
    pub problem: &'static str,
    /// The offending part of the pattern.
    pub part: String,
}

/// A pattern for the `regex` crate, all of whose groups are nameless, and their names.
#[derive(Debug)]
pub(super) struct Translated {
    pub text: String,
    pub names: Vec<String>,
}

const MAX_REPEAT: u32 = 1000;
const MAX_DEPTH: usize = 1000;

pub(super) fn translate(pattern: &str) -> Result<Translated, PatternError> {
    let mut translator = Translator {
        whole: pattern,
        rest: pattern,
        out: String::new(),
        names: Vec::new(),
        groups: Vec::new(),
        has_operand: false,
        operand_repeat: 1,
        group_repeat: 1,
    };
    translator.run()?;
    Ok(Translated { text: translator.out, names: translator.names })
}

struct Translator<'a> {
    whole: &'a str,
    rest: &'a str,
    out: String,
    names: Vec<String>,
    /// For each open group the repetitions seen before it in the group around it.
    groups: Vec<u32>,
    /// Something stands before that a repetition can apply to.
    has_operand: bool,
    /// How often nested counts repeat the operand, and the most of the group so far.
    operand_repeat: u32,
    group_repeat: u32,
}

fn error<T>(problem: &'static str, part: &str) -> Result<T, PatternError> {
    Err(PatternError { problem, part: part.to_owned() })
}

/// What stands before `rest` in `text`.
fn until<'a>(text: &'a str, rest: &str) -> &'a str {
    &text[..text.len() - rest.len()]
}

fn split_char(text: &str) -> Option<(char, &str)> {
    let mut characters = text.chars();
    characters.next().map(|first| (first, characters.as_str()))
}

impl<'a> Translator<'a> {
    fn run(&mut self) -> Result<(), PatternError> {
        let mut last_repeat = "";
        while let Some((first, after)) = split_char(self.rest) {
            let start = self.rest;
            let mut is_repeat = false;
            match first {
                '(' => self.open()?,
                ')' => self.close()?,
                '|' => {
                    self.out.push('|');
                    self.rest = after;
                    self.has_operand = false;
                }
                '[' => {
                    let class = self.class()?;
                    self.operand(&class);
                }
                '*' | '+' | '?' => {
                    self.repeat(start, after, last_repeat)?;
                    is_repeat = true;
                }
                '{' => match counts(after) {
                    Some((minimum, maximum, after)) => {
                        self.repeat_counted(start, after, minimum, maximum, last_repeat)?;
                        is_repeat = true;
                    }
                    None => self.literal('{', after),
                },
                '\\' => self.backslash()?,
                '^' | '$' | '.' => {
                    self.rest = after;
                    self.operand(first.encode_utf8(&mut [0; 4]));
                }
                other => self.literal(other, after),
            }
            last_repeat = if is_repeat { start } else { "" };
        }
        match self.groups.is_empty() {
            true => Ok(()),
            false => error("missing closing )", self.whole),
        }
    }

    fn operand(&mut self, text: &str) {
        self.out.push_str(text);
        self.has_operand = true;
        self.operand_repeat = 1;
    }

    fn literal(&mut self, character: char, rest: &'a str) {
        self.rest = rest;
        self.operand(&escaped(character));
    }

    /// `(`, `(?:`, `(?flags:`, `(?flags)`, `(?P<name>` or `(?<name>`.
    fn open(&mut self) -> Result<(), PatternError> {
        let start = self.rest;
        if !start.starts_with("(?") {
            self.names.push(String::new());
            self.rest = &start[1..];
            return self.push_group("(");
        }
        if let Some(named) = start.strip_prefix("(?P<").or_else(|| start.strip_prefix("(?<")) {
            let Some((name, after)) = named.split_once('>') else { return error("invalid named capture", start) };
            let is_word = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric();
            if name.is_empty() || !name.bytes().all(is_word) {
                return error("invalid named capture", until(start, after));
            }
            self.names.push(name.to_owned());
            self.rest = after;
            return self.push_group("(");
        }
        self.flags(start)
    }

    fn flags(&mut self, start: &'a str) -> Result<(), PatternError> {
        let mut text = String::from("(?");
        let (mut is_negative, mut has_flag) = (false, false);
        let mut rest = &start[2..];
        while let Some((flag, after)) = split_char(rest) {
            rest = after;
            match flag {
                'i' | 'm' | 's' | 'U' => has_flag = true,
                '-' if !is_negative => (is_negative, has_flag) = (true, false),
                ':' | ')' if !is_negative || has_flag => {
                    self.rest = rest;
                    if flag == ':' {
                        text.push(':');
                        return self.push_group(&text);
                    }
                    // `(?)` changes nothing, and the crate does not know it.
                    if text != "(?" {
                        text.push(')');
                        self.out.push_str(&text);
                    }
                    return Ok(());
                }
                _ => break,
            }
            if !text.contains(flag) || flag == '-' {
                text.push(flag);
            }
        }
        error("invalid or unsupported Perl syntax", until(start, rest))
    }

    fn push_group(&mut self, text: &str) -> Result<(), PatternError> {
        self.out.push_str(text);
        self.groups.push(self.group_repeat);
        (self.group_repeat, self.has_operand) = (1, false);
        match self.groups.len() > MAX_DEPTH {
            true => error("expression nests too deeply", self.whole),
            false => Ok(()),
        }
    }

    fn close(&mut self) -> Result<(), PatternError> {
        let Some(around) = self.groups.pop() else { return error("unexpected )", self.whole) };
        self.out.push(')');
        self.rest = &self.rest[1..];
        self.has_operand = true;
        self.operand_repeat = self.group_repeat;
        self.group_repeat = around.max(self.operand_repeat);
        Ok(())
    }

    /// The operator, with `?` after it where it is there; operators cannot follow each other.
    fn repeat(&mut self, start: &'a str, after: &'a str, last_repeat: &'a str) -> Result<(), PatternError> {
        let after = after.strip_prefix('?').unwrap_or(after);
        if !last_repeat.is_empty() {
            return error("invalid nested repetition operator", until(last_repeat, after));
        }
        if !self.has_operand {
            return error("missing argument to repetition operator", until(start, after));
        }
        self.out.push_str(until(start, after));
        self.rest = after;
        Ok(())
    }

    fn repeat_counted(
        &mut self,
        start: &'a str,
        after: &'a str,
        minimum: u32,
        maximum: Option<u32>,
        last_repeat: &'a str,
    ) -> Result<(), PatternError> {
        let most = maximum.unwrap_or(minimum).max(minimum);
        if most > MAX_REPEAT || maximum.is_some_and(|maximum| minimum > maximum) {
            return error("invalid repeat count", until(start, after));
        }
        self.repeat(start, after, last_repeat)?;
        self.operand_repeat = self.operand_repeat.saturating_mul(most.max(1));
        if most >= 2 && self.operand_repeat > MAX_REPEAT {
            return error("invalid repeat count", until(start, self.rest));
        }
        self.group_repeat = self.group_repeat.max(self.operand_repeat);
        Ok(())
    }

    fn backslash(&mut self) -> Result<(), PatternError> {
        let start = self.rest;
        let Some((kind, after)) = split_char(&start[1..]) else {
            return error("trailing backslash at end of expression", "");
        };
        let text = match kind {
            'A' | 'z' => format!("\\{kind}"),
            'b' => "(?-u:\\b)".to_owned(),
            // Not a boundary: between two words, or between two others, by the ASCII rules.
            'B' => "(?:(?-u:\\B))".to_owned(),
            'C' => return error("invalid escape sequence", "\\C"),
            'Q' => {
                let (quoted, after) = after.split_once("\\E").unwrap_or((after, ""));
                for character in quoted.chars() {
                    self.operand(&escaped(character));
                }
                self.rest = after;
                return Ok(());
            }
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => {
                format!("[{}]", perl_class(kind).expect("these are Perl classes"))
            }
            'p' | 'P' => {
                let (class, after) = unicode_class(start)?;
                self.rest = after;
                self.operand(&class);
                return Ok(());
            }
            _ => {
                let (character, after) = escape(start)?;
                self.literal(character, after);
                return Ok(());
            }
        };
        self.rest = after;
        self.operand(&text);
        Ok(())
    }

    /// `[...]`
    fn class(&mut self) -> Result<String, PatternError> {
        let start = self.rest;
        let mut rest = &start[1..];
        let mut out = String::from("[");
        if let Some(after) = rest.strip_prefix('^') {
            out.push('^');
            rest = after;
        }
        let mut is_first = true;
        while is_first || !rest.starts_with(']') {
            is_first = false;
            if let Some((name, after)) = named_class(rest)? {
                out.push_str(name);
                rest = after;
                continue;
            }
            if rest.starts_with("\\p") || rest.starts_with("\\P") {
                let (class, after) = unicode_class(rest)?;
                out.push_str(&class);
                rest = after;
                continue;
            }
            let perl = rest.strip_prefix('\\').and_then(split_char);
            if let Some((kind, after)) = perl
                && let Some(class) = perl_class(kind)
            {
                out.push_str(class);
                rest = after;
                continue;
            }
            let range = rest;
            let (low, after) = class_character(rest, start)?;
            rest = after;
            let mut high = low;
            if rest.starts_with('-') && rest.len() >= 2 && !rest.starts_with("-]") {
                let (end, after) = class_character(&rest[1..], start)?;
                (high, rest) = (end, after);
                if high < low {
                    return error("invalid character class range", until(range, rest));
                }
            }
            out.push_str(&escaped(low));
            if high != low {
                out.push('-');
                out.push_str(&escaped(high));
            }
        }
        self.rest = &rest[1..];
        out.push(']');
        Ok(out)
    }
}

/// `2}`, `2,}` or `2,5}`: least, most (none: without end) and what comes after.
fn counts(text: &str) -> Option<(u32, Option<u32>, &str)> {
    let (minimum, rest) = count(text)?;
    if let Some(after) = rest.strip_prefix('}') {
        return Some((minimum, Some(minimum), after));
    }
    let rest = rest.strip_prefix(',')?;
    if let Some(after) = rest.strip_prefix('}') {
        return Some((minimum, None, after));
    }
    let (maximum, rest) = count(rest)?;
    Some((minimum, Some(maximum), rest.strip_prefix('}')?))
}

/// Digits without a leading zero. Counts too large for any use stay too large.
fn count(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let is_number = !digits.is_empty() && (digits.len() == 1 || !digits.starts_with('0'));
    is_number.then(|| (digits.parse().unwrap_or(u32::MAX), rest))
}

/// A character that stands for itself, inside of sets and outside.
fn escaped(character: char) -> String {
    match character {
        '_' => "_".into(),
        character if character.is_ascii_alphanumeric() => character.into(),
        character => format!("\\x{{{:x}}}", character as u32),
    }
}

/// For use inside of a set.
fn perl_class(kind: char) -> Option<&'static str> {
    Some(match kind {
        'd' => "0-9",
        'D' => "[^0-9]",
        's' => r"\t\n\x0c\r\x20",
        'S' => r"[^\t\n\x0c\r\x20]",
        'w' => "0-9A-Za-z_",
        'W' => "[^0-9A-Za-z_]",
        _ => return None,
    })
}

/// `[:alpha:]` or `[:^alpha:]`, with its brackets.
fn named_class(text: &str) -> Result<Option<(&str, &str)>, PatternError> {
    let Some(inner) = text.strip_prefix("[:") else { return Ok(None) };
    let Some((name, after)) = inner.split_once(":]") else { return Ok(None) };
    let is_known = matches!(
        name.strip_prefix('^').unwrap_or(name),
        "alnum"
            | "alpha"
            | "ascii"
            | "blank"
            | "cntrl"
            | "digit"
            | "graph"
            | "lower"
            | "print"
            | "punct"
            | "space"
            | "upper"
            | "word"
            | "xdigit"
    );
    let class = until(text, after);
    if is_known { Ok(Some((class, after))) } else { error("invalid character class range", class) }
}

/// `\pL`, `\p{Greek}`, `\P{^Greek}`: general categories by their short names, and scripts.
fn unicode_class(text: &str) -> Result<(String, &str), PatternError> {
    let range = "invalid character class range";
    let is_upper = text.starts_with("\\P");
    let (name, after) = match text[2..].strip_prefix('{') {
        Some(inner) => match inner.split_once('}') {
            Some(split) => split,
            None => return error(range, text),
        },
        None => match split_char(&text[2..]) {
            Some((letter, after)) => (&text[2..2 + letter.len_utf8()], after),
            None => return error(range, text),
        },
    };
    let (name, is_caret) = match name.strip_prefix('^') {
        Some(name) => (name, true),
        None => (name, false),
    };
    let letter = if is_upper != is_caret { 'P' } else { 'p' };
    let class = match name {
        "Any" => format!("\\{letter}{{any}}"),
        name if is_category(name) => format!("\\{letter}{{gc={name}}}"),
        name if is_script(name) => format!("\\{letter}{{sc={name}}}"),
        _ => return error(range, until(text, after)),
    };
    Ok((class, after))
}

fn is_category(name: &str) -> bool {
    matches!(
        name,
        "C" | "Cc"
            | "Cf"
            | "Co"
            | "Cs"
            | "L"
            | "Ll"
            | "Lm"
            | "Lo"
            | "Lt"
            | "Lu"
            | "M"
            | "Mc"
            | "Me"
            | "Mn"
            | "N"
            | "Nd"
            | "Nl"
            | "No"
            | "P"
            | "Pc"
            | "Pd"
            | "Pe"
            | "Pf"
            | "Pi"
            | "Po"
            | "Ps"
            | "S"
            | "Sc"
            | "Sk"
            | "Sm"
            | "So"
            | "Z"
            | "Zl"
            | "Zp"
            | "Zs"
    )
}

/// Scripts are written out and capitalised.
fn is_script(name: &str) -> bool {
    let is_written_out = name.split('_').all(|word| word.starts_with(|first: char| first.is_ascii_uppercase()))
        && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
    is_written_out && regex::Regex::new(&format!("\\p{{sc={name}}}")).is_ok()
}

/// One character of a set.
fn class_character<'a>(text: &'a str, whole_class: &str) -> Result<(char, &'a str), PatternError> {
    match split_char(text) {
        None => error("missing closing ]", whole_class),
        Some(('\\', _)) => escape(text),
        Some(found) => Ok(found),
    }
}

/// A character written with a backslash.
fn escape(text: &str) -> Result<(char, &str), PatternError> {
    let problem = "invalid escape sequence";
    let Some((kind, after)) = split_char(&text[1..]) else {
        return error("trailing backslash at end of expression", "");
    };
    let simple = match kind {
        'a' => '\u{7}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '1'..='7' if !after.starts_with(|digit: char| ('0'..='7').contains(&digit)) => {
            return error(problem, until(text, after));
        }
        '0'..='7' => return Ok(octal(kind, after)),
        'x' => return hexadecimal(text, after),
        other if other.is_ascii() && !other.is_ascii_alphanumeric() => other,
        _ => return error(problem, until(text, after)),
    };
    Ok((simple, after))
}

/// Up to three digits in all.
fn octal(first: char, mut rest: &str) -> (char, &str) {
    let mut code = first as u32 - '0' as u32;
    for _ in 0..2 {
        let Some((digit, after)) = split_char(rest).filter(|(digit, _)| ('0'..='7').contains(digit)) else { break };
        code = code * 8 + digit as u32 - '0' as u32;
        rest = after;
    }
    (char::from_u32(code).expect("three octal digits are a character"), rest)
}

/// Two digits, or any number of them in braces.
fn hexadecimal<'a>(text: &'a str, rest: &'a str) -> Result<(char, &'a str), PatternError> {
    let problem = "invalid escape sequence";
    let Some((first, after)) = split_char(rest) else { return error(problem, until(text, rest)) };
    if first != '{' {
        let digits = first.to_digit(16).zip(split_char(after));
        let Some((high, (second, after))) = digits else { return error(problem, until(text, after)) };
        let Some(low) = second.to_digit(16) else { return error(problem, until(text, after)) };
        return Ok((char::from_u32(high * 16 + low).expect("a byte is a character"), after));
    }
    let mut code = 0;
    let mut rest = after;
    let mut count = 0;
    while let Some((digit, after)) = split_char(rest) {
        rest = after;
        if digit == '}' {
            break;
        }
        let Some(value) = digit.to_digit(16) else { return error(problem, until(text, rest)) };
        code = code * 16 + value;
        count += 1;
        if code > char::MAX as u32 {
            return error(problem, until(text, rest));
        }
    }
    match char::from_u32(code) {
        Some(character) if count > 0 && until(text, rest).ends_with('}') => Ok((character, rest)),
        _ => error(problem, until(text, rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(pattern: &str) -> String {
        let error = translate(pattern).unwrap_err();
        format!("{} in {}", error.problem, error.part)
    }

    #[test]
    fn errors_are_named_as_go_names_them() {
        assert_eq!(problem("(?i"), "invalid or unsupported Perl syntax in (?i");
        assert_eq!(problem("a**"), "invalid nested repetition operator in **");
        assert_eq!(problem("[a"), "missing closing ] in [a");
        assert_eq!(problem("a{1001}"), "invalid repeat count in {1001}");
        assert_eq!(problem("(a{100}){20}"), "invalid repeat count in {20}");
        assert_eq!(problem(r"\x{110000}"), r"invalid escape sequence in \x{110000");
        assert_eq!(problem(r"\p{Foo}"), r"invalid character class range in \p{Foo}");
        assert_eq!(problem("x)"), "unexpected ) in x)");
        assert_eq!(problem("a\\"), "trailing backslash at end of expression in ");
    }

    #[test]
    fn what_is_special_only_in_the_crate_is_escaped() {
        for (pattern, text) in
            [("a{,2}", "a{,2}"), ("[a&&b]", "&"), ("[[a]", "["), (r"\Qa.b\E", "a.b"), ("[]a]", "]"), ("a{2", "a{2")]
        {
            let translated = translate(pattern).unwrap();
            let regex = regex::Regex::new(&translated.text).unwrap();
            assert_eq!(regex.find(text).map(|found| found.as_str()), Some(text), "{pattern}");
        }
    }

    #[test]
    fn classes_are_about_ascii() {
        let regex = regex::Regex::new(&translate(r"^\w+\b").unwrap().text).unwrap();
        assert_eq!(regex.find("héllo").map(|found| found.as_str()), Some("h"));
        assert!(regex::Regex::new(&translate(r"\Ba[^\d\s]\B").unwrap().text).is_ok());
    }
}
