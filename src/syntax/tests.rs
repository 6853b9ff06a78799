//! The parser against what Terraform was recorded to say, and against anything at all.

use super::*;
use crate::diag::{Diagnostics, FileId, SourceMap};
use std::path::{Path, PathBuf};

fn recorded(name: &str) -> Vec<serde_json::Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/open").join(name);
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect("a record is JSON")).collect()
}

fn summaries(diagnostics: &Diagnostics) -> Vec<&str> {
    diagnostics.iter().map(|diagnostic| diagnostic.summary.as_str()).collect()
}

#[test]
fn recorded_expressions_parse_as_terraform_parses_them() {
    for record in recorded("expressions.jsonl") {
        let source = record["expr"].as_str().unwrap_or_default();
        let diagnostics = match record["mode"].as_str() {
            Some("local") => parse_body(&format!("locals {{\n  it = {source}\n}}\n"), FileId(0)).1,
            _ => parse_expression(source, FileId(0), 0).1,
        };
        if record["ok"] == true {
            assert_eq!(summaries(&diagnostics), [""; 0], "{source}");
        } else if let Some(first) = diagnostics.iter().min_by_key(|diagnostic| diagnostic.subject) {
            assert_eq!(record["err"], first.summary, "{source}");
        }
    }
}

#[test]
fn recorded_texts_are_formatted_as_terraform_formats_them() {
    for record in recorded("fmt.jsonl") {
        let source = record["input"].as_str().unwrap_or_default();
        match super::format(source, FileId(0), false) {
            // Printing puts exactly one newline at the end.
            Ok(formatted) => assert_eq!(
                record["output"].as_str(),
                Some(format!("{}\n", formatted.strip_suffix('\n').unwrap_or(&formatted)).as_str()),
                "{}",
                record["id"]
            ),
            Err(diagnostics) => assert_ne!(record["rc"], 0, "{}: {:?}", record["id"], summaries(&diagnostics)),
        }
    }
}

/// The summary, place and detail of every diagnostic.
#[track_caller]
fn check_problems(text: &str, expected: &[&str]) {
    let mut sources = SourceMap::new();
    let file = sources.add("main.tf", text);
    let (_, diagnostics) = parse_body(text, file);
    let found: Vec<String> = diagnostics
        .iter()
        .map(|diagnostic| {
            let place = diagnostic.subject.map(crate::diag::Span::mention).unwrap_or_default();
            sources.resolve(&format!("{place} {}", diagnostic.summary)).into_owned()
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn several_errors_of_a_file_are_told() {
    check_problems(
        "a = [1 2]\nb \"x\" = 1\ne = ;\n",
        &[
            "main.tf:3,5-6 Invalid character",
            "main.tf:1,8-9 Missing item separator",
            "main.tf:2,7-8 Invalid block definition",
        ],
    );
    check_problems(
        "a = 1\na = 2\nb {\n",
        &["main.tf:2,1-2 Attribute redefined", "main.tf:3,3-4 Unclosed configuration block"],
    );
    check_problems(
        "é = \"\\q${1 x}\"\n",
        &["main.tf:1,6-8 Invalid escape sequence", "main.tf:1,12-13 Extra characters after interpolation expression"],
    );
}

/// The literal texts of a template.
fn literals(source: &str) -> Vec<String> {
    let (expression, diagnostics) = parse_expression(source, FileId(0), 0);
    assert_eq!(summaries(&diagnostics), [""; 0], "{source}");
    let ExpressionKind::Template(template) = expression.kind else { panic!("{source} is no template") };
    let text = |part: &TemplatePart| match part {
        TemplatePart::Literal { text, .. } => text.to_string(),
        _ => "?".to_owned(),
    };
    template.parts.iter().map(text).collect()
}

#[test]
fn strip_markers_and_indentation_apply_to_literals() {
    assert_eq!(literals(r#"" a ${~ b ~} c ""#), [" a", "?", "c "]);
    assert_eq!(literals("<<-E\n    a\n\n      ${b}\n    E\n"), ["a\n\n  ", "?", "\n"]);
    assert_eq!(literals("<<E\n  a $${b} %%{c}\n  E\n"), ["  a ${b} %{c}\n"]);
    assert_eq!(literals(r#""\u0065\u0301""#), ["é"]);
}

#[test]
fn columns_count_graphemes_after_a_byte_order_mark() {
    check_problems(
        "\u{feff}a = \"\u{1F468}\u{200D}\u{1F469}\" !\n",
        &["main.tf:1,9-10 Missing newline after argument"],
    );
}

/// Every native configuration file of the corpus and the examples.
fn configurations() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut directories = vec![root.join("tests"), root.join("examples"), root.join("modules")];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "tf") {
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                found.push((path, text));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn formatting_changes_blanks_only_and_nothing_the_second_time() {
    for (path, text) in configurations() {
        let Ok(formatted) = super::format(&text, FileId(0), false) else { continue };
        assert_eq!(super::format(&formatted, FileId(0), false).as_ref(), Ok(&formatted), "{}", path.display());
    }
}

/// A small generator of pseudo-random numbers (xorshift), so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

/// Whatever comes, there is an answer, its spans lie in the text, and formatted text parses again.
fn swallow(text: &str) {
    let mut sources = SourceMap::new();
    let file = sources.add("fuzz.tf", text);
    let (body, diagnostics) = parse_body(text, file);
    for diagnostic in diagnostics.iter() {
        let span = diagnostic.subject.expect("a syntax error has a place");
        assert!(span.start <= span.end && span.end as usize <= text.len(), "{span:?} in {text:?}");
        sources.text(span);
        sources.start(span);
    }
    drop(body);
    parse_expression(text, file, 0);
    parse_template(text, file, 0);
    parse_traversal(text, file, 0);
    let (json, _) = parse_json(text, file);
    json.content(&BodySchema::new().block("resource", &["type", "name"]).optional("a"));
    if let Ok(formatted) = super::format(text, file, false) {
        let again = super::format(&formatted, file, false);
        assert!(again.is_ok() || formatted.contains('#') || formatted.contains("//"), "{text:?} became {formatted:?}");
    }
}

const FRAGMENTS: &[&str] = &[
    "\"",
    "${",
    "%{",
    "}",
    "{",
    "[",
    "]",
    "(",
    ")",
    "~}",
    "<<-E\n",
    "E\n",
    "\n",
    "\r\n",
    " = ",
    "a",
    "b.c",
    ".*",
    "[*]",
    "1",
    "1.5e3",
    "?",
    ":",
    ",",
    "for ",
    "in ",
    "if ",
    "endif",
    "endfor",
    "else",
    "=>",
    "...",
    "::",
    "# c\n",
    "/*",
    "*/",
    "//",
    "\\u00e9",
    "\\",
    "$${",
    "%%{",
    "é",
    "\u{feff}",
    "\u{fffd}",
    "'",
    "`",
    "&",
    "&&",
    "||",
    "-",
    "!",
    "true",
    "null",
    "resource \"a\" \"b\" {\n",
    "x = \"${y}\"\n",
];

#[test]
fn random_fragments_are_swallowed() {
    let mut dice = Dice(0x5eed);
    for _ in 0..2_000 {
        let text: String = (0..dice.below(40)).map(|_| FRAGMENTS[dice.below(FRAGMENTS.len())]).collect();
        swallow(&text);
    }
}

#[test]
fn mutated_configurations_are_swallowed() {
    let mut dice = Dice(0xacce55);
    for (_, text) in configurations().iter().step_by(11) {
        for _ in 0..10 {
            let mut characters: Vec<char> = text.chars().take(3_000).collect();
            for _ in 0..=dice.below(4) {
                let at = dice.below(characters.len());
                match dice.below(3) {
                    0 => characters.truncate(at),
                    1 => drop(characters.drain(at..(at + dice.below(20)).min(characters.len()))),
                    _ => drop(characters.splice(at..at, FRAGMENTS[dice.below(FRAGMENTS.len())].chars())),
                }
            }
            swallow(&characters.iter().collect::<String>());
        }
    }
}

#[test]
fn nesting_of_any_depth_is_swallowed() {
    let count = 5_000;
    for piece in [
        "(",
        "[",
        "{",
        "{a=",
        "[for x in ",
        "f(",
        "!",
        "-",
        "a[",
        "\"${",
        "\"%{if ",
        "%{if a}",
        "a ? ",
        "a ? b : ",
        "b {\n",
        "a[*]",
        "a.*",
        "a[b]",
        "<<E\n${",
        "/*",
        "{\"a\":",
        "a::",
        "a = {\n",
        "\"",
        "a \"",
        "}",
        "%{else}",
        "%{for x in y}",
    ] {
        swallow(&piece.repeat(count));
        swallow(&format!("x = {}", piece.repeat(count)));
    }
    for operator in ["+", " && ", "==", ".a", "[0]", " ? a : "] {
        swallow(&format!("x = a{}", format!("{operator}a").repeat(count)));
    }
}

#[test]
fn a_long_chain_of_operators_is_no_trouble() {
    let (_, diagnostics) = parse_expression(&format!("a{}", " + a".repeat(400)), FileId(0), 0);
    assert!(diagnostics.is_empty());
    let (_, diagnostics) = parse_expression(&format!("a{}", " + a".repeat(600)), FileId(0), 0);
    assert_eq!(summaries(&diagnostics), ["Expression too complex"]);
}

/// Most of a tree's memory and time is allocation, so a variant that makes all nodes larger is worth a second thought.
#[test]
fn nodes_are_small() {
    assert!(size_of::<Expression>() <= 72 && size_of::<TemplatePart>() <= 80);
}
