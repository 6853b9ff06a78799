//! Expressions and bodies to values: what names, unknown values and marks do, and what is said when something is wrong.

use std::collections::BTreeMap;
use terrace::addr::reference::Subject;
use terrace::diag::{Cause, Diagnostics, SourceMap, Span};
use terrace::eval::{Scope, decode, evaluate, evaluate_checked, names, repetition};
use terrace::render::value::render_value;
use terrace::schema::{Attribute, Block, NestedBlock, Nesting};
use terrace::syntax::{parse_body, parse_expression};
use terrace::value::{Marks, Text, Type, Value};

/// Variables by name; `var.unknown` is an unknown text, `var.secret` a sensitive one.
struct Variables(BTreeMap<Text, Value>);

fn variables() -> Variables {
    let list = |items: &[&str]| Value::list(Type::String, items.iter().map(|item| Value::from(*item)).collect());
    Variables(BTreeMap::from([
        ("list".into(), list(&["a", "b"])),
        ("map".into(), Value::map(Type::Number, [("one".into(), 1.into()), ("two".into(), 2.into())])),
        ("number".into(), 2.into()),
        ("text".into(), "x".into()),
        ("unknown".into(), Value::unknown(Type::String)),
        ("unknown_list".into(), Value::unknown(Type::list(Type::String))),
        ("secret".into(), Value::from("s").with_marks(Marks::SENSITIVE)),
        ("object".into(), Value::object([("a".into(), Value::object([("b".into(), 1.into())]))])),
    ]))
}

impl Scope for Variables {
    fn value_of(&self, subject: &Subject, span: Option<Span>) -> Result<Value, Diagnostics> {
        match subject {
            Subject::Variable(name) => match self.0.get(name) {
                Some(value) => Ok(value.clone()),
                None => names::undeclared_variable(name, [], span),
            },
            Subject::Each(name) => names::each(name, None, None, span),
            _ => Ok(Value::unknown(Type::Dynamic)),
        }
    }
}

fn evaluate_text(text: &str) -> (Value, Diagnostics) {
    let file = SourceMap::new().add("test.tf", text);
    let (expression, problems) = parse_expression(text, file, 0);
    assert!(!problems.has_errors(), "{text}: {problems:?}");
    evaluate(&expression, &variables())
}

/// The value as the console shows it, on one line.
fn check(text: &str, expected: &str) {
    let (value, problems) = evaluate_text(text);
    assert!(!problems.has_errors(), "{text}: {problems:?}");
    let shown = render_value(&value, 0);
    let lines: Vec<&str> = shown.lines().map(str::trim).collect();
    assert_eq!(lines.join(" "), expected, "{text}");
}

/// Every error as `Summary: detail`, and the values that it shows as `name statement`.
fn check_errors(text: &str, expected: &[&str]) {
    let (_, problems) = evaluate_text(text);
    let shown: Vec<String> = problems
        .iter()
        .map(|problem| {
            let values: Vec<String> = problem
                .expression_values
                .iter()
                .map(|value| format!(" | {} {}", value.traversal, value.statement))
                .collect();
            format!("{}: {}{}", problem.summary, problem.detail, values.concat())
        })
        .collect();
    assert_eq!(shown, expected, "{text}");
}

#[test]
fn operators_convert_their_operands() {
    check("1 + \"2\" * 3", "7");
    check("!\"true\" || 2 > 1", "true");
    check("\"a\" == \"a\" && 1 != \"1\"", "true");
    check_errors(
        "1 + var.list",
        &[
            "Invalid operand: Unsuitable value for right operand: number required. | var.list is list of string with 2 elements",
        ],
    );
    check_errors("null + 1", &["Operation failed: Error during operation: argument must not be null."]);
    check_errors(
        "0 / 0",
        &["Operation failed: Error during operation: can't divide zero by zero or infinity by infinity."],
    );
}

#[test]
fn unknown_values_travel() {
    check("var.unknown == \"x\"", "(known after apply)");
    check("[var.unknown, 1]", "[ (known after apply), 1, ]");
    check("var.unknown == null ? 1 : 2", "(known after apply)");
    check("[for x in var.unknown_list : x]", "(known after apply)");
    check("\"a-${var.unknown}\" == \"b-c\"", "false");
    check("\"a-${var.unknown}\" == null", "false");
    check("false && var.unknown == \"x\"", "(known after apply)");
}

#[test]
fn marks_travel() {
    check("\"${var.secret}!\"", "(sensitive value)");
    check("[for x in var.list : x if var.secret == \"s\"]", "(sensitive value)");
    check("{ (var.secret) = 1 }", "(sensitive value)");
    check("{ a = var.secret }", "{ \"a\" = (sensitive value) }");
    check("{ a = var.secret, b = 1 }.b", "1");
    check("true ? 1 : var.secret", "(sensitive value)");
}

#[test]
fn conditionals_have_one_type() {
    check("true ? 1 : \"x\"", "\"1\"");
    check("false ? var.list : null", "tolist(null) /* of string */");
    check("true ? 1 : 1 + var.list", "1");
    check_errors(
        "true ? 1 : {}",
        &["Inconsistent conditional result types: The true and false result expressions must have consistent \
         types. The 'true' value is number, but the 'false' value is object."],
    );
    check_errors(
        "true ? { a = 1 } : { a = [] }",
        &[
            "Inconsistent conditional result types: The true and false result expressions must have consistent types. Type mismatch for \
           object attribute \"a\": The 'true' value is number, but the 'false' value is tuple.",
        ],
    );
    check_errors(
        "null ? 1 : 2",
        &["Null condition: The condition value is null. Conditions must either be true or false."],
    );
}

#[test]
fn loops_see_their_names() {
    check("[for i, x in var.list : \"${i}${x}\" if x != \"a\"]", "[ \"1b\", ]");
    check("{for k, v in var.map : v => k...}", "{ \"1\" = [ \"one\", ] \"2\" = [ \"two\", ] }");
    check("[for var in var.list : var]", "[ \"a\", \"b\", ]");
    check_errors(
        "{for x in [\"a\", \"a\"] : x => 1}",
        &[
            "Duplicate object key: Two different items produced the key \"a\" in this 'for' expression. If duplicates are expected, use the \
           ellipsis (...) after the value expression to enable grouping by key.",
        ],
    );
    check_errors(
        "[for x in 5 : x]",
        &[
            "Iteration over non-iterable value: A value of type number cannot be used as the collection in a 'for' expression.",
        ],
    );
}

#[test]
fn splats_take_single_values_too() {
    check("var.object[*].a.b", "[ 1, ]");
    check("null[*]", "[]");
    check("[{ a = [{ b = 1 }] }][*].a[*].b", "[ [ 1, ], ]");
    check("var.unknown[*]", "(known after apply)");
    check_errors(
        "var.list[*].a",
        &[
            "Unsupported attribute: Can't access attributes on a primitive-typed value (string).",
            "Unsupported attribute: Can't access attributes on a primitive-typed value (string).",
        ],
    );
}

#[test]
fn templates_are_text() {
    check("\"%{ for x in var.list }${x},%{ endfor }%{ if true }!%{ else }?%{ endif }\"", "\"a,b,!\"");
    check("\"${var.map}\"", "tomap({ \"one\" = 1 \"two\" = 2 })");
    check_errors(
        "\"a${null}\"",
        &[
            "Invalid template interpolation value: The expression result is null. Cannot include a null value in a string template.",
        ],
    );
}

#[test]
fn errors_show_what_names_stood_for() {
    check_errors(
        "var.list[var.number]",
        &[
            "Invalid index: The given key does not identify an element in this collection value: the given index is greater than or equal \
           to the length of the collection. | var.list is list of string with 2 elements | var.number is 2",
        ],
    );
    check_errors(
        "var.object.a.nope",
        &[
            "Unsupported attribute: This object does not have an attribute named \"nope\". | var.object.a is object with 1 attribute \"b\"",
        ],
    );
    check_errors(
        "var.secret.x",
        &["Unsupported attribute: Can't access attributes on a primitive-typed value (string)."],
    );
}

#[test]
fn a_missing_name_hides_other_errors() {
    check_errors(
        "var.nope + [] + each.key",
        &[
            "Reference to undeclared input variable: An input variable with the name \"nope\" has not been declared. This variable can be \
             declared with a variable \"nope\" {} block.",
            "Reference to \"each\" in context without for_each: The \"each\" object can be used only in \"module\" or \"resource\" blocks, \
             and only when the \"for_each\" argument is set.",
        ],
    );
}

#[test]
fn checked_evaluation_looks_everywhere() {
    let text = "[for x in [] : var.nope]";
    let (expression, _) = parse_expression(text, SourceMap::new().add("test.tf", text), 0);
    assert!(!evaluate(&expression, &variables()).1.has_errors());
    assert!(evaluate_checked(&expression, &variables()).1.has_errors());
}

#[test]
fn long_chains_and_deep_nests_do_not_overflow() {
    let chain = vec!["1"; 300].join(" + ");
    check(&chain, "300");
    check(&format!("{}1{}", "(".repeat(100), ")".repeat(100)), "1");
    let nested = |open: &str, close: &str| evaluate_text(&format!("{}1{}", open.repeat(60), close.repeat(60)));
    assert!(!nested("[for x in [1] : ", "]").1.has_errors());
    assert!(!nested("true ? ", " : 2").1.has_errors());
    assert!(!nested("{ a = ", " }").1.has_errors());
    assert!(!nested("\"${", "}a\"").1.has_errors());
    assert!(!nested("[for x in [1] : x if null != ", "]").1.has_errors());
    assert!(nested("[1][*][", " - 1]").1.has_errors());
}

/// A block with an argument and repeated inner blocks.
fn schema() -> Block {
    let inner =
        Block { attributes: BTreeMap::from([("port".into(), Attribute::required(Type::Number))]), ..Block::default() };
    let rule = NestedBlock { nesting: Nesting::List, block: inner, min_items: 0, max_items: 2 };
    Block {
        attributes: BTreeMap::from([
            ("name".into(), Attribute::required(Type::String)),
            ("tags".into(), Attribute::optional(Type::map(Type::String))),
            ("legacy".into(), Attribute::optional(Type::list(Type::object([("x".into(), Type::Number)])))),
        ]),
        blocks: BTreeMap::from([("rule".into(), rule)]),
        ..Block::default()
    }
}

fn decode_text(text: &str) -> (Value, Diagnostics) {
    let (body, problems) = parse_body(text, SourceMap::new().add("test.tf", text));
    assert!(!problems.has_errors(), "{problems:?}");
    decode::decode(&body, &schema(), &variables())
}

#[test]
fn bodies_become_objects() {
    let (value, problems) = decode_text("name = 1\nrule {\n  port = \"80\"\n}\nlegacy {\n  x = 1\n}\n");
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(value.get("name").and_then(Value::as_str).map(|name| &**name), Some("1"));
    assert!(value.get("tags").is_some_and(Value::is_null));
    assert_eq!(value.type_of(), schema().implied_type());
    assert_eq!(value.get("legacy").and_then(Value::as_items).map(<[Value]>::len), Some(1));
}

#[test]
fn dynamic_blocks_come_from_collections() {
    let text = "name = \"x\"\ndynamic \"rule\" {\n  for_each = var.map\n  iterator = it\n  content {\n    port = it.value\n  }\n}\n";
    let (value, problems) = decode_text(text);
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(render_value(value.get("rule").unwrap(), 0).matches("port").count(), 2);

    let (value, _) = decode_text(&text.replace("var.map", "var.unknown_list"));
    assert!(!value.get("rule").unwrap().is_known());
}

#[test]
fn bodies_say_what_is_wrong() {
    let summaries =
        |text: &str| -> Vec<String> { decode_text(text).1.iter().map(|problem| problem.summary.clone()).collect() };
    assert_eq!(summaries("nam = 1\n"), ["Missing required argument", "Unsupported argument"]);
    assert_eq!(summaries("name = []\n"), ["Incorrect attribute value type"]);
    assert_eq!(summaries("name = 1\nrule {}\n"), ["Missing required argument"]);
    let rule = "rule {\n  port = 1\n}\n";
    assert_eq!(summaries(&format!("name = 1\n{}", rule.repeat(3))), ["Too many rule blocks"]);
    assert_eq!(summaries("name = var.nope\ntags = 1\n"), ["Reference to undeclared input variable"]);
    assert_eq!(summaries("name = 1\ndynamic \"nope\" {\n  for_each = []\n}\n"), ["Unsupported block type"]);
}

#[test]
fn repetition_wants_whole_numbers_and_texts() {
    let expression = |text: &str| parse_expression(text, SourceMap::new().add("test.tf", text), 0).0;
    let count = |text: &str| repetition::count(&expression(text), &variables());
    assert!(matches!(count("2"), Ok(repetition::Count::Known(2))));
    assert!(matches!(count("var.unknown_list == null ? 1 : 2"), Ok(repetition::Count::Unknown)));
    assert_eq!(
        count("1.5").unwrap_err().iter().next().unwrap().detail,
        "The given \"count\" argument value is unsuitable: value must be a whole number, between -9223372036854775808 and 9223372036854775807."
    );
    assert!(count("-1").is_err() && count("null").is_err());

    let for_each = |text: &str| repetition::for_each(&expression(text), &variables());
    assert!(matches!(for_each("var.map"), Ok(repetition::ForEach::Known(entries)) if entries.len() == 2));
    assert!(matches!(for_each("var.unknown_list == null ? {} : { a = 1 }"), Ok(repetition::ForEach::Unknown)));
    assert!(for_each("{ a = var.secret }").is_ok());
    let secret = for_each("var.secret == \"s\" ? {} : {}").unwrap_err();
    assert_eq!(secret.iter().next().unwrap().cause, Some(Cause::Sensitive));
    assert!(for_each("var.list").is_err());
}

#[test]
fn an_unknown_number_keeps_its_bounds() {
    let (value, _) = evaluate_text("var.unknown == \"x\" ? 1 : 5");
    let terrace::value::Data::Unknown(unknown) = value.data() else { panic!("not unknown") };
    assert_eq!(unknown.refinement.upper.as_ref().map(|bound| bound.0.to_i64()), Some(Some(5)));
}

#[test]
fn constants_have_no_names() {
    let text = "[foo, upper(\"x\")]";
    let (expression, _) = parse_expression(text, SourceMap::new().add("test.tf", text), 0);
    let (_, problems) = terrace::eval::constant(&expression);
    let summaries: Vec<&str> = problems.iter().map(|problem| &*problem.summary).collect();
    assert_eq!(summaries, ["Variables not allowed", "Function calls not allowed"]);
}
