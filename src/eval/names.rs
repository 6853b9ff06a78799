//! What every scope says the same way: names with a fixed meaning, and names that are not declared.

use super::check::module_text;
use crate::addr::ModulePath;
use crate::diag::{Diagnostic, Diagnostics, Span, nearest};
use crate::value::{Marks, Value};

/// A lookup that may fail with one error at the reference.
type Lookup = Result<Value, Diagnostics>;

fn error(summary: &str, detail: impl Into<String>, span: Option<Span>) -> Lookup {
    let mut error = Diagnostic::error(summary, detail);
    error.subject = span;
    Err(error.into())
}

fn hint<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(name, known).map(|near| format!(" Did you mean {near:?}?"))
}

/// Directories as `path` shows them.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    /// The working directory, absolute.
    pub working: String,
    pub module: String,
    pub root: String,
}

/// `path.module`
pub fn path(name: &str, paths: &Paths, span: Option<Span>) -> Lookup {
    match name {
        "cwd" => Ok(Value::text(&paths.working)),
        "module" => Ok(Value::text(&paths.module)),
        "root" => Ok(Value::text(&paths.root)),
        _ => {
            let hint = hint(name, ["cwd", "module", "root"]).unwrap_or_default();
            error(
                "Invalid \"path\" attribute",
                format!("The \"path\" object does not have an attribute named {name:?}.{hint}"),
                span,
            )
        }
    }
}

/// `terraform.workspace`, `terraform.applying`
pub fn terraform(name: &str, workspace: &str, is_applying: bool, span: Option<Span>) -> Lookup {
    let summary = "Invalid \"terraform\" attribute";
    match name {
        "workspace" => Ok(Value::text(workspace)),
        "applying" => Ok(Value::bool(is_applying).with_marks(Marks::EPHEMERAL)),
        "env" => error(
            summary,
            "The terraform.env attribute was deprecated in v0.10 and removed in v0.12. The \"state environment\" concept was renamed \
             to \"workspace\" in v0.12, and so the workspace name can now be accessed using the terraform.workspace attribute.",
            span,
        ),
        _ => error(
            summary,
            format!(
                "The \"terraform\" object does not have an attribute named {name:?}. The only supported attributes are \
                 terraform.workspace, the name of the currently-selected workspace, and terraform.applying, a boolean which is true \
                 only during apply."
            ),
            span,
        ),
    }
}

/// `count.index`; `index` is there where the block has `count`.
pub fn count(name: &str, index: Option<&Value>, span: Option<Span>) -> Lookup {
    match (name, index) {
        ("index", Some(index)) => Ok(index.clone()),
        ("index", None) => error(
            "Reference to \"count\" in non-counted context",
            "The \"count\" object can only be used in \"module\", \"resource\", and \"data\" blocks, and only when the \"count\" \
             argument is set.",
            span,
        ),
        _ => error(
            "Invalid \"count\" attribute",
            format!(
                "The \"count\" object does not have an attribute named {name:?}. The only supported attribute is count.index, which is \
                 the index of each instance of a resource block that has the \"count\" argument set."
            ),
            span,
        ),
    }
}

/// `each.key` and `each.value`; both are there where the block has `for_each`, the value not while destroying.
pub fn each(name: &str, key: Option<&Value>, value: Option<&Value>, span: Option<Span>) -> Lookup {
    match (name, key, value) {
        ("key", Some(key), _) => Ok(key.clone()),
        ("value", _, Some(value)) => Ok(value.clone()),
        ("value", _, None) => error(
            "each.value cannot be used in this context",
            "A reference to \"each.value\" has been used in a context in which it is unavailable, such as when the configuration no \
             longer contains the value in its \"for_each\" expression. Remove this reference to each.value in your configuration to \
             work around this error.",
            span,
        ),
        ("key", None, _) => error(
            "Reference to \"each\" in context without for_each",
            "The \"each\" object can be used only in \"module\" or \"resource\" blocks, and only when the \"for_each\" argument is set.",
            span,
        ),
        _ => error(
            "Invalid \"each\" attribute",
            format!(
                "The \"each\" object does not have an attribute named {name:?}. The supported attributes are each.key and each.value, \
                 the current key and value pair of the \"for_each\" attribute set."
            ),
            span,
        ),
    }
}

pub fn undeclared_variable<'a>(name: &str, known: impl IntoIterator<Item = &'a str>, span: Option<Span>) -> Lookup {
    let hint = hint(name, known)
        .unwrap_or_else(|| format!(" This variable can be declared with a variable {name:?} {{}} block."));
    error(
        "Reference to undeclared input variable",
        format!("An input variable with the name {name:?} has not been declared.{hint}"),
        span,
    )
}

pub fn undeclared_local<'a>(name: &str, known: impl IntoIterator<Item = &'a str>, span: Option<Span>) -> Lookup {
    let hint = hint(name, known).unwrap_or_default();
    error(
        "Reference to undeclared local value",
        format!("A local value with the name {name:?} has not been declared.{hint}"),
        span,
    )
}

/// `parent` is the module that the reference stands in.
pub fn undeclared_module(name: &str, parent: &ModulePath, span: Option<Span>) -> Lookup {
    let module = parent.child(name);
    error("Reference to undeclared module", format!("The configuration contains no {module}."), span)
}

pub fn undeclared_resource(resource: &crate::addr::Resource, module: &ModulePath, span: Option<Span>) -> Lookup {
    let detail = format!(
        "A resource {:?} {:?} has not been declared in {}",
        &*resource.kind,
        &*resource.name,
        module_text(module)
    );
    error("Reference to undeclared resource", detail, span)
}

pub fn no_self(span: Option<Span>) -> Lookup {
    error(
        "Invalid \"self\" reference",
        "The \"self\" object is not available in this context. This object can be used only in resource provisioner, connection, and \
         postcondition blocks.",
        span,
    )
}
