//! What loading and validating a configuration says, as `file:line summary`.

use std::collections::BTreeMap;
use std::sync::Arc;
use terrace::config::{Config, Manifest, load_config};
use terrace::diag::Diagnostics;
use terrace::functions;
use terrace::ops::validate::{World as Checked, validate};
use terrace::ops::variables::{Gathering, VariableOption};
use terrace::plan;
use terrace::providers::Providers;
use terrace::system::{FileError, FileKind, World};

/// Files by path.
struct Files(BTreeMap<&'static str, &'static str>);

impl World for Files {
    fn read_file(&self, path: &str) -> Result<Vec<u8>, FileError> {
        self.0.get(path).map(|text| text.as_bytes().to_vec()).ok_or(FileError::NotFound)
    }

    fn file_kind(&self, path: &str) -> Result<FileKind, FileError> {
        if self.0.contains_key(path) { Ok(FileKind::File) } else { Err(FileError::NotFound) }
    }

    fn list_directory(&self, path: &str) -> Result<Vec<String>, FileError> {
        let prefix = if path == "." { String::new() } else { format!("{path}/") };
        let names: Vec<String> = self
            .0
            .keys()
            .filter_map(|file| file.strip_prefix(&prefix))
            .filter(|name| !name.contains('/'))
            .map(str::to_owned)
            .collect();
        if names.is_empty() && path != "." { Err(FileError::NotFound) } else { Ok(names) }
    }

    fn working_directory(&self) -> Result<String, FileError> {
        Ok("/work".to_owned())
    }

    fn home_directory(&self) -> Option<String> {
        None
    }

    fn now_seconds(&self) -> i64 {
        0
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

fn files<const N: usize>(files: [(&'static str, &'static str); N]) -> Files {
    Files(files.into_iter().collect())
}

fn lines(diagnostics: &Diagnostics, config: &Config) -> Vec<String> {
    let line = |diagnostic: &terrace::diag::Diagnostic| match diagnostic.subject {
        Some(span) => {
            let name = &config.sources.file(span.file).name;
            format!("{name}:{} {}", config.sources.start(span).line, diagnostic.summary)
        }
        None => diagnostic.summary.clone(),
    };
    diagnostics.iter().map(line).collect()
}

fn check<const N: usize>(given: [(&'static str, &'static str); N], expected: &[&str]) {
    let files = files(given);
    let (config, mut diagnostics) = load_config(".", &Manifest::default(), &files);
    if !diagnostics.has_errors() {
        let functions = functions::Context::new(Arc::new(files), ".", terrace::eval::EVALUATION);
        let world = Checked {
            providers: &plan::Providers(Providers::built_in().by_source()),
            functions: &functions,
            working_directory: "/work".to_owned(),
            root_directory: ".".to_owned(),
        };
        diagnostics.extend(validate(&config, &world));
    }
    assert_eq!(lines(&diagnostics, &config), expected);
}

#[test]
fn a_sound_configuration_says_nothing() {
    check(
        [
            (
                "main.tf",
                "module \"m\" {\n  source = \"./m\"\n  size = 2\n}\noutput \"o\" {\n  value = module.m.id\n}\n",
            ),
            (
                "m/main.tf",
                "variable \"size\" {\n  type = number\n}\nresource \"terraform_data\" \"a\" {\n  input = var.size\n}\n",
            ),
            ("m/out.tf", "output \"id\" {\n  value = terraform_data.a.id\n}\n"),
        ],
        &[],
    );
}

#[test]
fn all_errors_of_all_files_are_told() {
    check(
        [
            ("a.tf", "variable \"x\" {}\nvariable \"x\" {}\nresource \"terraform_data\" \"1\" {}\n"),
            ("b.tf", "output \"x\" {}\nfoo {}\n"),
        ],
        &[
            "a.tf:3 Invalid resource name",
            "b.tf:2 Unsupported block type",
            "b.tf:1 Missing required argument",
            "a.tf:2 Duplicate variable declaration",
        ],
    );
}

#[test]
fn override_files_replace_arguments() {
    check(
        [
            ("main.tf", "variable \"v\" {\n  type = string\n  default = \"x\"\n}\nlocals {\n  a = 1\n}\n"),
            ("x_override.tf", "variable \"v\" {\n  default = []\n}\nlocals {\n  b = 2\n}\n"),
        ],
        &[
            "x_override.tf:1 Invalid default value for variable",
            "x_override.tf:5 Missing base local value definition to override",
        ],
    );
}

#[test]
fn a_block_that_needs_a_wrong_one_is_not_looked_at() {
    check(
        [(
            "main.tf",
            "locals {\n  a = var.nope\n  b = local.a + module.nope\n}\noutput \"o\" {\n  value = local.b.x\n}\n",
        )],
        &["main.tf:2 Reference to undeclared input variable"],
    );
}

#[test]
fn references_are_checked_against_schemas() {
    check(
        [(
            "main.tf",
            "resource \"terraform_data\" \"a\" {\n  count = 2\n}\noutput \"o\" {\n  value = [terraform_data.a.id, terraform_data.a[0].nope]\n}\n",
        )],
        &["main.tf:5 Missing resource instance key", "main.tf:5 Unsupported attribute"],
    );
}

#[test]
fn cycles_have_names() {
    check([("main.tf", "locals {\n  a = local.b\n  b = local.a\n}\n")], &["Cycle: local.a (expand), local.b (expand)"]);
}

#[test]
fn a_module_that_calls_itself_ends() {
    let (_, diagnostics) =
        load_config(".", &Manifest::default(), &files([("main.tf", "module \"m\" {\n  source = \"./\"\n}\n")]));
    assert_eq!(diagnostics.iter().next().map(|it| &*it.summary), Some("Modules nested too deeply"));
}

#[test]
fn variables_come_from_the_strongest_source() {
    let files = files([
        ("terraform.tfvars", "a = \"file\"\nb = \"file\"\nc = \"file\"\nd = 1\n"),
        ("z.auto.tfvars", "b = \"auto\"\nc = \"auto\"\n"),
        ("given.tfvars", "c = \"given\"\n"),
        (
            "main.tf",
            "variable \"a\" {}\nvariable \"b\" {}\nvariable \"c\" {}\nvariable \"e\" {\n  type = list(string)\n}\n",
        ),
    ]);
    let (mut config, _) = load_config(".", &Manifest::default(), &files);
    let variables = config.root().variables.clone();
    let mut gathering = Gathering { world: &files, sources: &mut config.sources };
    let environment = [("TF_VAR_a".to_owned(), "env".to_owned()), ("TF_VAR_e".to_owned(), "[\"x\"]".to_owned())];
    let options = [VariableOption::Assignment("b=flag".to_owned()), VariableOption::File("given.tfvars".to_owned())];
    let (given, diagnostics) = gathering.gather(environment.into_iter(), &options);
    assert!(diagnostics.is_empty());
    let (values, diagnostics) = gathering.parse(&given, &variables);
    let text = |name: &str| values[name].value.as_ref().and_then(|value| value.as_str().map(|text| text.to_string()));
    assert_eq!(["a", "b", "c"].map(|name| text(name).unwrap_or_default()), ["file", "flag", "given"]);
    assert_eq!(values["e"].value.as_ref().and_then(|value| value.as_items().map(<[_]>::len)), Some(1));
    assert_eq!(lines(&diagnostics, &config), ["Value for undeclared variable"]);
}

#[test]
fn a_rollout_block_speaks_of_servers_that_exist() {
    check(
        [("main.tf", ""), ("web.terrace.hcl", "\nrollout \"web\" {\n}\n")],
        &["web.terrace.hcl:2 Missing required argument"],
    );
    check(
        [("main.tf", ""), ("web.terrace.hcl", "\nrollout \"web\" {\n  fleet = aws_instance.web\n}\n")],
        &["web.terrace.hcl:2 Reference to undeclared resource"],
    );
}
