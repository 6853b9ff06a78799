//! The functions of the language: one list of entries, one calling convention.
//!
//! An entry ([`Function`]) says what a function is called, what it takes and gives, and holds its body and its examples. The
//! convention ([`Function::call`]) deals once with number and types of arguments, null, unknown values and marks; bodies see what
//! their parameters allow and nothing else. The examples run as tests.
//!
//! Everything that a function knows beyond its arguments comes in through a [`Context`].
//! The order of checks and the messages follow Terraform 1.11.

mod call;
mod charset;
mod collection;
mod context;
mod conversion;
mod csv;
mod datetime;
mod encoding;
mod entry;
mod error;
mod evaluation;
mod filesystem;
mod format;
mod glob;
mod gzip;
mod hash;
mod ip;
mod json;
mod mapping;
mod metadata;
mod numeric;
mod path;
mod provider_terraform;
mod random;
mod regex;
mod rsa;
mod sensitive;
mod sequence;
mod set;
mod text;
mod timestamp;
mod yaml;

pub use call::Call;
pub use context::{Context, Evaluation, Place, Template};
pub use entry::{Availability, Example, Function, Parameter, Returns};
pub use error::CallError;
pub use metadata::{metadata_json, signature_json};
pub use provider_terraform::{all as provider_functions, find as find_provider_function};

use std::sync::LazyLock;

/// All functions, sorted by name.
static ALL: LazyLock<Vec<Function>> = LazyLock::new(|| {
    let mut all: Vec<Function> = [
        collection::functions(),
        conversion::functions(),
        csv::functions(),
        datetime::functions(),
        encoding::functions(),
        evaluation::functions(),
        filesystem::functions(),
        format::functions(),
        hash::functions(),
        ip::functions(),
        json::functions(),
        mapping::functions(),
        numeric::functions(),
        random::functions(),
        regex::functions(),
        rsa::functions(),
        sensitive::functions(),
        sequence::functions(),
        set::functions(),
        text::functions(),
        yaml::functions(),
    ]
    .into_iter()
    .flatten()
    .collect();
    all.sort_by_key(|function| function.name);
    all
});

/// All functions of the language, sorted by name, those too that only some places have.
pub fn all() -> &'static [Function] {
    &ALL
}

/// The function of a name, with or without `core::` in front, where it may be called from the place that the context describes.
pub fn find(name: &str, context: &Context) -> Option<&'static Function> {
    let name = name.strip_prefix("core::").unwrap_or(name);
    let index = ALL.binary_search_by_key(&name, |function| function.name).ok()?;
    Some(&ALL[index]).filter(|function| context.offers(function))
}

/// Names of all functions that may be called, for "did you mean".
pub fn names(context: &Context) -> impl Iterator<Item = &'static str> {
    ALL.iter().filter(|function| context.offers(function)).map(|function| function.name)
}
