//! Reasons why what is planned would fail that read-only calls can tell.
//!
//! `servers` looks at what an instance is made from, `names` at names that may exist only once, `certificates` at what listeners show. A look
//! asks for many changes at once. What cannot be asked, for want of a permission or of an answer, is passed over in silence.

mod certificates;
mod names;
mod servers;

use super::connection::Aws;
use crate::provider::{Complaint, PreflightRequest};
use crate::value::{Path, PathStep, Value};

/// One answer a request.
pub async fn look(aws: &Aws, requests: &[PreflightRequest]) -> Vec<Vec<Complaint>> {
    let (servers, names, certificates) =
        tokio::join!(servers::look(aws, requests), names::look(aws, requests), certificates::look(aws, requests));
    let mut answers = vec![Vec::new(); requests.len()];
    for (index, complaint) in [servers, names, certificates].into_iter().flatten() {
        answers[index].push(complaint);
    }
    answers
}

/// What is wrong with the request at this position.
type Finding = (usize, Complaint);

/// Requests of a kind that make something new, with their positions.
fn new_of<'a>(
    requests: &'a [PreflightRequest],
    kinds: &'a [&str],
) -> impl Iterator<Item = (usize, &'a PreflightRequest)> {
    requests.iter().enumerate().filter(move |(_, request)| request.is_new && kinds.contains(&&*request.kind))
}

/// A text that is known and says something.
fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str).map(|text| &**text).filter(|text| !text.is_empty())
}

fn at(index: usize, attribute: &str, summary: &str, detail: String) -> Finding {
    (index, Complaint::error(summary, detail).at(Path(vec![PathStep::Attribute(attribute.into())])))
}
