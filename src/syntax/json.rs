//! JSON syntax (`*.tf.json`): text to nodes with spans, nodes to expressions.
//!
//! Not a general JSON reader: it says what is wrong in HCL's words and goes on after an error inside a value. Names are left in
//! the order written and may repeat, which the schema of a body allows or not. See
//! <https://github.com/hashicorp/hcl/blob/main/json/spec.md>.

use super::content::did_you_mean;
use super::json_content::body_of;
use super::json_token::{JsonToken, JsonTokens, Sign, unescape};
use super::parser::{DEPTH_LIMIT, parse_template};
use super::tree::{Body, Expression, ExpressionKind, JsonExpression, JsonKind, JsonNode, JsonProperty};
use crate::diag::{Diagnostic, Diagnostics, FileId, Span};
use crate::value::{Number, Value};

/// A configuration file in JSON syntax.
pub fn parse_json(text: &str, file: FileId) -> (Body, Diagnostics) {
    let (mut root, mut diagnostics) = parse_json_value(text, file);
    if !matches!(root.kind, JsonKind::Object(_) | JsonKind::Array(_)) {
        let detail =
            "The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects.";
        diagnostics.push(Diagnostic::error("Root value must be object", detail).at(root.start_span()));
        root = JsonNode { kind: JsonKind::Object([].into()), span: Span::new(file, 0, 0) };
    }
    (body_of(root), diagnostics)
}

/// Any JSON value that is all of the text.
pub fn parse_json_value(text: &str, file: FileId) -> (JsonNode, Diagnostics) {
    let mut parser = JsonParser { tokens: JsonTokens::new(text, file), diagnostics: Diagnostics::new(), depth: 0 };
    let node = parser.value();
    let next = parser.tokens.peek();
    if parser.diagnostics.is_empty() && next.sign != Sign::End {
        parser.error("Extraneous data after value", "Extra characters appear after the JSON value.", next);
    }
    (node, parser.diagnostics)
}

/// A JSON value as an expression.
pub fn expression_of(node: &JsonNode) -> Expression {
    let mut json = JsonExpression { node: node.clone(), templates: Vec::new(), problems: Vec::new() };
    json.collect(node);
    Expression { kind: ExpressionKind::Json(Box::new(json)), span: node.span }
}

impl JsonExpression {
    fn collect(&mut self, node: &JsonNode) {
        match &node.kind {
            JsonKind::String(text) => self.template(text, node.span),
            JsonKind::Array(items) => items.iter().for_each(|item| self.collect(item)),
            JsonKind::Object(properties) => {
                for property in properties.iter() {
                    self.template(&property.name, property.name_span);
                    self.collect(&property.value);
                }
            }
            _ => {}
        }
    }

    /// Spans inside the template are right as long as the string has no escapes.
    fn template(&mut self, text: &str, span: Span) {
        let (template, problems) = parse_template(text, span.file, span.start + 1);
        self.templates.push(template);
        self.problems.extend(problems);
    }
}

/// The value of JSON as it stands: strings are not templates.
pub fn plain_value(node: &JsonNode) -> Value {
    match &node.kind {
        JsonKind::Null => Value::untyped_null(),
        JsonKind::Bool(value) => Value::bool(*value),
        JsonKind::Number(number) => number.clone(),
        JsonKind::String(text) => Value::text(text),
        JsonKind::Array(items) => Value::tuple(items.iter().map(plain_value).collect()),
        JsonKind::Object(properties) => {
            Value::object(properties.iter().map(|property| (property.name.clone(), plain_value(&property.value))))
        }
        JsonKind::Invalid => Value::unknown(crate::value::Type::Dynamic),
    }
}

struct JsonParser<'t> {
    tokens: JsonTokens<'t>,
    diagnostics: Diagnostics,
    depth: u32,
}

const VALUE_STARTS: &str = "A JSON value must start with a brace, a bracket, a number, a string, or a keyword.";

impl JsonParser<'_> {
    fn error(&mut self, summary: &str, detail: impl Into<String>, at: JsonToken<'_>) {
        self.diagnostics.push(Diagnostic::error(summary, detail).at(at.span));
    }

    /// A value; an invalid one where an error has been told.
    fn value(&mut self) -> JsonNode {
        let start = self.tokens.peek();
        let kind = match start.sign {
            Sign::OpenBrace | Sign::OpenBracket if self.depth >= DEPTH_LIMIT => {
                let detail = format!("Nesting of more than {DEPTH_LIMIT} levels is not supported.");
                self.error("Too many levels of nesting", detail, start);
                self.tokens.skip_all();
                None
            }
            Sign::OpenBrace => self.deeper(Self::object),
            Sign::OpenBracket => self.deeper(Self::array),
            Sign::Number => self.number(),
            Sign::String => self.string(),
            Sign::Keyword => self.keyword(),
            Sign::CloseBrace => self.no_value("Missing JSON value", VALUE_STARTS, start),
            Sign::CloseBracket => self.no_value("Missing array element value", VALUE_STARTS, start),
            Sign::End => self.no_value("Missing value", "The JSON data ends prematurely.", start),
            _ => self.no_value("Invalid start of value", VALUE_STARTS, start),
        };
        match kind {
            Some((kind, end)) => JsonNode { kind, span: start.span.to(end) },
            None => JsonNode { kind: JsonKind::Invalid, span: start.span },
        }
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> T) -> T {
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn no_value(&mut self, summary: &str, detail: &str, at: JsonToken<'_>) -> Option<(JsonKind, Span)> {
        self.error(summary, detail, at);
        None
    }

    fn object(&mut self) -> Option<(JsonKind, Span)> {
        let open = self.tokens.read();
        let mut properties = Vec::new();
        while self.tokens.peek().sign != Sign::CloseBrace {
            let name = self.value();
            let JsonKind::String(text) = name.kind else {
                let detail = "A JSON object property name must be a string";
                self.diagnostics.push(Diagnostic::error("Invalid object property name", detail).at(name.start_span()));
                return None;
            };
            let colon = self.tokens.read();
            if colon.sign != Sign::Colon {
                self.tokens.recover(colon, Sign::OpenBrace, Sign::CloseBrace);
                self.no_colon(colon);
                return None;
            }
            let value = self.value();
            properties.push(JsonProperty { name: text, name_span: name.span, value });
            match self.tokens.peek().sign {
                Sign::CloseBrace => break,
                Sign::Comma => {
                    let comma = self.tokens.read();
                    if self.tokens.peek().sign == Sign::CloseBrace {
                        let detail = "JSON does not permit a trailing comma after the final property in an object.";
                        return self.no_value("Trailing comma in object", detail, comma);
                    }
                }
                Sign::End => {
                    let detail = "No closing brace was found for this JSON object.";
                    return self.no_value("Unclosed object", detail, open);
                }
                Sign::CloseBracket => {
                    self.tokens.read();
                    let detail = "A JSON object must be closed with a brace, not a bracket.";
                    return self.no_value("Mismatched braces", detail, self.tokens.peek());
                }
                _ => {
                    let bad = self.tokens.read();
                    self.tokens.recover(bad, Sign::OpenBrace, Sign::CloseBrace);
                    let detail = "A comma must appear between each property definition in an object.";
                    return self.no_value("Missing attribute seperator comma", detail, self.tokens.peek());
                }
            }
        }
        let close = self.tokens.read();
        Some((JsonKind::Object(properties.into()), close.span))
    }

    fn no_colon(&mut self, found: JsonToken<'_>) {
        match found.sign {
            Sign::CloseBrace | Sign::Comma => {
                let detail = "A JSON object attribute must have a value, introduced by a colon.";
                self.error("Missing object value", detail, found);
            }
            Sign::Equals => {
                let detail = "JSON uses a colon as its name/value delimiter, not an equals sign.";
                self.error("Missing property value colon", detail, found);
            }
            _ => {
                let detail = "A colon must appear between an object property's name and its value.";
                self.error("Missing property value colon", detail, found);
            }
        }
    }

    fn array(&mut self) -> Option<(JsonKind, Span)> {
        let open = self.tokens.read();
        let mut items = Vec::new();
        while self.tokens.peek().sign != Sign::CloseBracket {
            items.push(self.value());
            let (summary, detail) = match self.tokens.peek().sign {
                Sign::CloseBracket => break,
                Sign::Comma => {
                    let comma = self.tokens.read();
                    if self.tokens.peek().sign == Sign::CloseBracket {
                        let detail = "JSON does not permit a trailing comma after the final value in an array.";
                        return self.no_value("Trailing comma in array", detail, comma);
                    }
                    continue;
                }
                Sign::End => {
                    let detail = "No closing bracket was found for this JSON array.";
                    return self.no_value("Unclosed object", detail, open);
                }
                Sign::Colon => ("Invalid array value", "A colon is not used to introduce values in a JSON array."),
                Sign::CloseBrace => ("Mismatched brackets", "A JSON array must be closed with a bracket, not a brace."),
                _ => ("Missing attribute seperator comma", "A comma must appear between each value in an array."),
            };
            let bad = self.tokens.read();
            self.tokens.recover(bad, Sign::OpenBracket, Sign::CloseBracket);
            return self.no_value(summary, detail, self.tokens.peek());
        }
        let close = self.tokens.read();
        Some((JsonKind::Array(items.into()), close.span))
    }

    fn number(&mut self) -> Option<(JsonKind, Span)> {
        let token = self.tokens.read();
        let number = Some(token.text).filter(|text| is_json_number(text)).and_then(Number::parse);
        let Some(number) = number else {
            let detail = "There is a syntax error in the given JSON number.";
            return self.no_value("Invalid JSON number", detail, token);
        };
        Some((JsonKind::Number(Value::number(number)), token.span))
    }

    fn string(&mut self) -> Option<(JsonKind, Span)> {
        let token = self.tokens.read();
        match unescape(token.text) {
            Ok(text) => Some((JsonKind::String(text.into()), token.span)),
            Err(offset) => {
                let start = token.span.start + offset as u32;
                let place = Span { start, end: start + 1, ..token.span };
                let detail = "There is a syntax error in the given JSON string.";
                self.diagnostics.push(Diagnostic::error("Invalid JSON string", detail).at(place).within(token.span));
                None
            }
        }
    }

    fn keyword(&mut self) -> Option<(JsonKind, Span)> {
        const SUMMARY: &str = "Invalid JSON keyword";
        let token = self.tokens.read();
        let kind = match token.text {
            "true" => JsonKind::Bool(true),
            "false" => JsonKind::Bool(false),
            "null" => JsonKind::Null,
            "undefined" | "NaN" | "Infinity" => {
                let detail = format!("The JavaScript identifier {:?} cannot be used in JSON.", token.text);
                return self.no_value(SUMMARY, &detail, token);
            }
            text => {
                let hint = did_you_mean(text, ["false", "true", "null"]);
                return self.no_value(SUMMARY, &format!("{text:?} is not a valid JSON keyword.{hint}"), token);
            }
        };
        Some((kind, token.span))
    }
}

/// An optional minus, an integer without leading zeros, an optional fraction, an optional exponent.
fn is_json_number(text: &str) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let text = text.strip_prefix('-').unwrap_or(text);
    let integer = digits(text);
    if integer == 0 || (integer > 1 && text.starts_with('0')) {
        return false;
    }
    let mut rest = &text[integer..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let length = digits(fraction);
        if length == 0 {
            return false;
        }
        rest = &fraction[length..];
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        return !exponent.is_empty() && digits(exponent) == exponent.len();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::{BodySchema, Content};

    fn parse(text: &str) -> (Body, Vec<String>) {
        let (body, diagnostics) = parse_json(text, FileId(0));
        (body, summaries(&diagnostics))
    }

    fn summaries(diagnostics: &Diagnostics) -> Vec<String> {
        diagnostics.iter().map(|diagnostic| diagnostic.summary.clone()).collect()
    }

    fn content(text: &str, schema: &BodySchema) -> (Content, Vec<String>) {
        let (body, problems) = parse(text);
        assert_eq!(problems, [""; 0]);
        let (content, diagnostics) = body.content(schema);
        (content, summaries(&diagnostics))
    }

    #[test]
    fn labels_are_nested_properties() {
        let schema = BodySchema::new().block("resource", &["type", "name"]);
        let text = r#"{"//": "x", "resource": [{"a": {"b": [{}, {}]}}, {"a": {"c": {}}}]}"#;
        let (content, problems) = content(text, &schema);
        assert_eq!(problems, [""; 0]);
        let labels: Vec<Vec<&str>> =
            content.blocks.iter().map(|block| block.labels.iter().map(|label| &*label.text).collect()).collect();
        assert_eq!(labels, [["a", "b"], ["a", "b"], ["a", "c"]]);
    }

    #[test]
    fn a_schema_finds_what_is_wrong() {
        let schema = BodySchema::new().required("must").optional("count").block("b", &["name"]);
        let (_, problems) = content(r#"{"coutn": 1, "b": {}, "count": 1, "count": 2}"#, &schema);
        assert_eq!(
            problems,
            [
                "Missing block label",
                "Duplicate argument",
                "Missing required argument",
                "Extraneous JSON object property"
            ]
        );
    }

    #[test]
    fn errors_are_told_in_hcls_words() {
        assert_eq!(parse("{\"a\": 1,}").1, ["Trailing comma in object", "Root value must be object"]);
        assert_eq!(parse("[1 2]").1, ["Missing attribute seperator comma", "Root value must be object"]);
        assert_eq!(parse("{\"a\": tru}").1, ["Invalid JSON keyword"]);
        assert_eq!(parse("{\"a\": 01, \"b\": \"\\x\"}").1, ["Invalid JSON number", "Invalid JSON string"]);
        assert_eq!(parse("").1, ["Missing value", "Root value must be object"]);
        assert_eq!(parse(&"[".repeat(100_000)).1[0], "Too many levels of nesting");
    }

    #[test]
    fn strings_are_templates_when_evaluated() {
        let schema = BodySchema::new().optional("a");
        let (content, _) = content(r#"{"a": ["${var.x}", {"k": "${"}]}"#, &schema);
        let ExpressionKind::Json(json) = &content.attributes[0].expression.kind else { panic!("JSON") };
        assert_eq!(json.templates.len(), 3);
        assert_eq!(json.problems.len(), 1);
    }
}
