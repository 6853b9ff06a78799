//! The whole list of functions: every entry has a name of its own, documentation and examples that hold, and together they are
//! what Terraform's metadata says.

use std::collections::BTreeMap;
use std::sync::Arc;
use terrace::addr::reference::Subject;
use terrace::diag::{Diagnostics, SourceMap, Span};
use terrace::eval::{self, Scope, evaluate};
use terrace::functions::{self, Availability, Context, Function};
use terrace::render::value::render_value;
use terrace::syntax::parse_expression;
use terrace::system::{FileError, FileKind, World};
use terrace::value::{Data, Type, Value};

/// A directory with two files, at a fixed time.
struct Files(BTreeMap<&'static str, &'static str>);

impl World for Files {
    fn read_file(&self, path: &str) -> Result<Vec<u8>, FileError> {
        self.0.get(path).map(|text| text.as_bytes().to_vec()).ok_or(FileError::NotFound)
    }

    fn file_kind(&self, path: &str) -> Result<FileKind, FileError> {
        match path {
            "." => Ok(FileKind::Directory),
            path => self.0.get(path).map(|_| FileKind::File).ok_or(FileError::NotFound),
        }
    }

    fn list_directory(&self, _path: &str) -> Result<Vec<String>, FileError> {
        Ok(self.0.keys().map(|name| (*name).to_owned()).collect())
    }

    fn working_directory(&self) -> Result<String, FileError> {
        Ok("/work".into())
    }

    fn home_directory(&self) -> Option<String> {
        Some("/home/ann".into())
    }

    fn now_seconds(&self) -> i64 {
        1_514_764_800
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

fn context() -> Context {
    let files = BTreeMap::from([("hello.txt", "Hello"), ("greeting.tftpl", "Hello ${name}")]);
    let mut context = Context::new(Arc::new(Files(files)), ".", eval::EVALUATION);
    context.plan_time = Some(1_514_764_800);
    context
}

struct Functions(Context);

impl Scope for Functions {
    fn value_of(&self, _subject: &Subject, _span: Option<Span>) -> Result<Value, Diagnostics> {
        Ok(Value::unknown(Type::Dynamic))
    }

    fn functions(&self) -> Option<&Context> {
        Some(&self.0)
    }

    fn provider_function(&self, _provider: &str, function: &str) -> Option<&'static Function> {
        functions::find_provider_function(function)
    }
}

/// What the console prints for an expression.
fn print(text: &str, context: &Context) -> String {
    let file = SourceMap::new().add("example", text);
    let (expression, problems) = parse_expression(text, file, 0);
    assert!(!problems.has_errors(), "{text}: {problems:?}");
    let (value, problems) = evaluate(&expression, &Functions(context.clone()));
    assert!(!problems.has_errors(), "{text}: {problems:?}");
    let shown = if matches!(value.data(), Data::Type(_)) { value.unmark().0 } else { value };
    render_value(&shown, 0)
}

#[test]
fn examples_hold() {
    for function in functions::all().iter().chain(functions::provider_functions()) {
        assert!(!function.examples.is_empty(), "{} has no example", function.name);
        let mut context = context();
        context.is_console = function.availability == Availability::OnlyInConsole;
        for example in &function.examples {
            assert!(example.call.contains(function.name), "{} does not show {}", example.call, function.name);
            assert_eq!(print(example.call, &context), example.result, "{}", example.call);
        }
    }
}

#[test]
fn names_are_sorted_and_unique() {
    let names: Vec<&str> = functions::all().iter().map(|function| function.name).collect();
    assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
}

#[test]
fn metadata_is_terraforms() {
    let recorded = include_str!("functions/metadata.json");
    let ours = functions::metadata_json(&context());
    let signatures =
        |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap()["function_signatures"].clone();
    let (recorded_signatures, our_signatures) = (signatures(recorded), signatures(&ours));
    for (name, recorded) in recorded_signatures.as_object().unwrap() {
        assert_eq!(&our_signatures[name], recorded, "{name}");
    }
    assert_eq!(ours, recorded);
}

#[test]
fn what_is_not_documented_is_gone_or_of_the_console() {
    let hidden: Vec<&str> = functions::all()
        .iter()
        .filter(|function| function.documentation.is_empty())
        .map(|function| function.name)
        .collect();
    assert_eq!(hidden, ["list", "map", "type"]);
}

#[test]
fn marks_and_unknown_values_pass_through() {
    let context = context();
    for (call, expected) in [
        ("upper(sensitive(\"a\"))", "(sensitive value)"),
        ("upper(local.x)", "(known after apply)"),
        ("issensitive(join(\"\", [sensitive(\"a\")]))", "true"),
        ("nonsensitive(lookup(sensitive({ a = 1 }), \"a\"))", "1"),
        ("length([local.x])", "1"),
        ("try(core::upper(null), \"null\")", "\"null\""),
    ] {
        assert_eq!(print(call, &context), expected, "{call}");
    }
}
