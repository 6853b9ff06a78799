//! What functions may know beyond their arguments.

use super::{Availability, CallError, Function};
use crate::diag::Diagnostics;
use crate::syntax::Expression;
use crate::system::World;
use crate::value::Value;
use std::sync::Arc;

/// What the functions called at one place of the configuration may know of the world. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    pub world: Arc<dyn World>,
    /// What relative paths are relative to: the root module's directory, usually `.`.
    pub base_directory: Arc<str>,
    pub place: Place,
    /// Calls are made in the console.
    pub is_console: bool,
    /// `timestamp()`, `uuid()` and `bcrypt()` give unknown values, because this is a plan.
    pub defers_impure: bool,
    /// When the plan was made, in seconds since 1970.
    pub plan_time: Option<i64>,
    pub evaluation: Evaluation,
}

/// The evaluator's part of functions that evaluate text.
#[derive(Clone, Copy)]
pub struct Evaluation {
    /// Evaluates the text of a template with variables. `place` of the context says which function asks.
    pub render_template: fn(&Template<'_>, &Context) -> Result<Value, CallError>,
    /// Evaluates an expression that may use neither names nor functions.
    pub constant: fn(&Expression) -> (Value, Diagnostics),
}

/// A template to evaluate.
pub struct Template<'a> {
    /// How messages name it: the path, or `<templatestring argument>`.
    pub name: &'a str,
    pub text: &'a str,
    /// An object or map without marks, all of whose keys are identifiers.
    pub variables: &'a Value,
}

/// Where calls are written; templates are not offered everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Configuration,
    TemplateFile,
    TemplateString,
}

impl Context {
    /// For the configuration in a directory.
    pub fn new(world: Arc<dyn World>, base_directory: &str, evaluation: Evaluation) -> Self {
        Self {
            world,
            base_directory: base_directory.into(),
            place: Place::Configuration,
            is_console: false,
            defers_impure: false,
            plan_time: None,
            evaluation,
        }
    }

    /// The same from inside a template.
    pub fn in_place(&self, place: Place) -> Self {
        Self { place, ..self.clone() }
    }

    pub(super) fn offers(&self, function: &Function) -> bool {
        match function.availability {
            Availability::Everywhere => true,
            Availability::OnlyInConsole => self.is_console,
            Availability::NotInConsole => !self.is_console,
        }
    }

    /// Templates may not render templates, and those from elsewhere may not read files.
    pub(super) fn check_place(&self, function: &Function) -> Result<(), CallError> {
        let name = function.name;
        match self.place {
            Place::TemplateFile | Place::TemplateString if function.is_template => {
                Err(format!("cannot recursively call {name} from inside another template function").into())
            }
            Place::TemplateString if function.is_filesystem => Err(format!(
                "cannot use filesystem access functions like {name} in templatestring templates; \
                 consider passing the function result as a template variable instead"
            )
            .into()),
            _ => Ok(()),
        }
    }
}
