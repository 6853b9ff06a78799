//! The root module's variables: where their values come from and which one wins.
//!
//! From the weakest: `TF_VAR_*`, `terraform.tfvars`, `terraform.tfvars.json`, `*.auto.tfvars` and `*.auto.tfvars.json` by name, then
//! `-var` and `-var-file` in the order given. Values from text become values as the variable's type wants.

use crate::config::{InputSource, InputValue, Variable, VariableParsing, parse_file};
use crate::diag::{Diagnostic, Diagnostics, SourceMap};
use crate::eval;
use crate::syntax::{self, BodySchema, Expression};
use crate::system::{FileError, World};
use crate::value::Text;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One `-var` or `-var-file`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariableOption {
    /// `name=value`
    Assignment(String),
    /// The name of a file.
    File(String),
}

/// Values as they were found, by variable.
pub type GivenValues = BTreeMap<Text, GivenValue>;

/// A value that is not parsed yet.
#[derive(Clone, Debug)]
pub enum GivenValue {
    Text { text: String, source: InputSource },
    Written(Arc<Expression>),
}

/// What functions of this module read and write.
pub struct Gathering<'a> {
    pub world: &'a dyn World,
    pub sources: &'a mut SourceMap,
}

impl Gathering<'_> {
    /// All values from everywhere; a later source replaces what an earlier one said.
    pub fn gather(
        &mut self,
        environment: impl Iterator<Item = (String, String)>,
        options: &[VariableOption],
    ) -> (GivenValues, Diagnostics) {
        let mut values = GivenValues::new();
        let mut diagnostics = Diagnostics::new();
        for (name, text) in environment {
            if let Some(name) = name.strip_prefix("TF_VAR_") {
                values.insert(name.into(), GivenValue::Text { text, source: InputSource::Environment });
            }
        }
        for name in self.automatic_files() {
            self.add_file(&name, &mut values, &mut diagnostics);
        }
        for option in options {
            match option {
                VariableOption::File(name) => self.add_file(name, &mut values, &mut diagnostics),
                VariableOption::Assignment(text) => match parse_assignment(text) {
                    Ok((name, text)) => {
                        let value = GivenValue::Text { text: text.to_owned(), source: InputSource::CommandLine };
                        values.insert(name.into(), value);
                    }
                    Err(diagnostic) => diagnostics.push(diagnostic),
                },
            }
        }
        (values, diagnostics)
    }

    fn automatic_files(&self) -> Vec<String> {
        let mut names = self.world.list_directory(".").unwrap_or_default();
        names.sort();
        let mut found = Vec::new();
        found.extend(["terraform.tfvars", "terraform.tfvars.json"].map(str::to_owned));
        found.retain(|name| names.contains(name));
        let is_automatic = |name: &&String| name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json");
        found.extend(names.iter().filter(is_automatic).cloned());
        found
    }

    fn add_file(&mut self, name: &str, values: &mut GivenValues, diagnostics: &mut Diagnostics) {
        let summary = "Failed to read variables file";
        let bytes = match self.world.read_file(name) {
            Ok(bytes) => bytes,
            Err(FileError::NotFound) => {
                diagnostics.push(Diagnostic::error(summary, format!("Given variables file {name} does not exist.")));
                return;
            }
            Err(error) => {
                diagnostics
                    .push(Diagnostic::error(summary, format!("Error while reading {name}: {}.", error.reason())));
                return;
            }
        };
        let (body, found) = parse_file(name, &bytes, self.sources);
        let mut has_errors = found.has_errors();
        diagnostics.extend(found);
        let (content, _, _) = body.partial_content(&BodySchema::new().block("variable", &["name"]));
        for block in &content.blocks {
            let variable = &block.labels[0].text;
            let detail = format!(
                "A .tfvars file is used to assign values to variables that have already been declared in .tf files, not to declare new variables. To declare variable \"{variable}\", place this block in one of your .tf files, such as variables.tf.\n\nTo set a value for this variable in {name}, use the definition syntax instead:\n    {variable} = <value>"
            );
            diagnostics.push(Diagnostic::error("Variable declaration in .tfvars file", detail).at(block.kind_span));
            has_errors = true;
        }
        if has_errors {
            return;
        }
        let (attributes, found) = body.just_attributes();
        diagnostics.extend(found);
        for attribute in attributes {
            values.insert(attribute.name, GivenValue::Written(attribute.expression));
        }
    }

    /// Values of the declared variables, with a word about those that are not declared.
    pub fn parse(
        &mut self,
        given: &GivenValues,
        variables: &BTreeMap<Text, Arc<Variable>>,
    ) -> (BTreeMap<Text, InputValue>, Diagnostics) {
        let mut values = BTreeMap::new();
        let mut diagnostics = Diagnostics::new();
        for (name, variable) in variables {
            let Some(given) = given.get(name) else { continue };
            let (value, found) = self.parse_one(name, given, variable.parsing());
            if !found.has_errors() {
                values.insert(name.clone(), value);
            }
            diagnostics.extend(found);
        }
        diagnostics.extend(self.undeclared(given, variables));
        for (name, variable) in variables.iter().filter(|(name, _)| !given.contains_key(*name)) {
            if variable.is_required() {
                let detail = format!(
                    "The root module input variable \"{name}\" is not set, and has no default value. Use a -var or -var-file command line argument to provide a value for this variable."
                );
                diagnostics.push(Diagnostic::error("No value for required variable", detail).at(variable.span));
            }
            values.insert(name.clone(), InputValue::unset());
        }
        (values, diagnostics)
    }

    fn parse_one(&mut self, name: &str, given: &GivenValue, parsing: VariableParsing) -> (InputValue, Diagnostics) {
        match given {
            GivenValue::Written(expression) => {
                let (value, found) = eval::constant(expression);
                (InputValue { value: Some(value), source: InputSource::Written(expression.span) }, found)
            }
            GivenValue::Text { text, source } if parsing == VariableParsing::Literal => {
                let value = Some(text.as_str().into());
                (InputValue { value, source: *source }, Diagnostics::new())
            }
            GivenValue::Text { text, source } => {
                let file = self.sources.add(&format!("<value for var.{name}>"), text);
                let (expression, mut diagnostics) = syntax::parse_expression(text, file, 0);
                let mut value = None;
                if !diagnostics.has_errors() {
                    let (constant, found) = eval::constant(&expression);
                    diagnostics.extend(found);
                    value = Some(constant);
                }
                (InputValue { value, source: *source }, diagnostics)
            }
        }
    }

    /// Files may serve several configurations, and the environment serves everything; a name on the command line is meant.
    fn undeclared(&self, given: &GivenValues, variables: &BTreeMap<Text, Arc<Variable>>) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        let mut in_files = 0;
        for (name, value) in given.iter().filter(|(name, _)| !variables.contains_key(*name)) {
            match value {
                GivenValue::Written(expression) => {
                    in_files += 1;
                    if in_files <= 2 {
                        let file = &self.sources.file(expression.span.file).name;
                        let detail = format!(
                            "The root module does not declare a variable named \"{name}\" but a value was found in file \"{file}\". If you meant to use this value, add a \"variable\" block to the configuration.\n\nTo silence these warnings, use TF_VAR_... environment variables to provide certain \"global\" settings to all configurations in your organization. To reduce the verbosity of these warnings, use the -compact-warnings option."
                        );
                        diagnostics.push(Diagnostic::warning("Value for undeclared variable", detail));
                    }
                }
                GivenValue::Text { source: InputSource::CommandLine, .. } => {
                    let detail = format!(
                        "A variable named \"{name}\" was assigned on the command line, but the root module does not declare a variable of that name. To use this value, add a \"variable\" block to the configuration."
                    );
                    diagnostics.push(Diagnostic::error("Value for undeclared variable", detail));
                }
                GivenValue::Text { .. } => {}
            }
        }
        if in_files > 2 {
            let detail = format!(
                "In addition to the other similar warnings shown, {} other variable(s) defined without being declared.",
                in_files - 2
            );
            diagnostics.push(Diagnostic::warning("Values for undeclared variables", detail));
        }
        diagnostics
    }
}

/// `name=value`
fn parse_assignment(text: &str) -> Result<(&str, &str), Diagnostic> {
    let summary = "Invalid -var option";
    let Some((name, value)) = text.split_once('=') else {
        let detail = format!(
            "The given -var option \"{text}\" is not correctly specified. Must be a variable name and value separated by an equals sign, like -var=\"key=value\"."
        );
        return Err(Diagnostic::error(summary, detail));
    };
    if let Some(bare) = name.strip_suffix(' ') {
        let value = value.strip_prefix(' ').unwrap_or(value);
        let detail =
            format!("Variable name \"{name}\" is invalid due to trailing space. Did you mean -var=\"{bare}={value}\"?");
        return Err(Diagnostic::error(summary, detail));
    }
    Ok((name, value))
}
