//! `analysis "errors" { ... }`: a request that must be answered well, or a Prometheus query with a threshold.

use super::arguments::Arguments;
use crate::rollout::policy::{Analysis, Probe};
use crate::syntax::{Block, BodySchema};
use std::time::Duration;

const USUAL_INTERVAL: Duration = Duration::from_secs(10);

pub(super) fn read_analysis(block: &Block, arguments: &mut Arguments<'_>) -> Option<Analysis> {
    let schema = BodySchema::new()
        .required("url")
        .optional("status")
        .optional("latency")
        .optional("query")
        .optional("below")
        .optional("above")
        .optional("interval")
        .optional("failures_allowed");
    let content = arguments.content(&block.body, &schema);
    let url = arguments.text(&content, "url");
    if let Some(url) = &url
        && !["http://", "https://"].iter().any(|scheme| url.starts_with(scheme))
    {
        let detail = format!("The address of an analysis begins with http:// or https://; {url:?} does not.");
        arguments.error_at(&content, "url", "Invalid address", detail);
        return None;
    }
    let probe = match content.attribute("query") {
        Some(_) => {
            for name in ["status", "latency"] {
                let detail = format!("{name} is for requests; a query has a threshold, below or above.");
                arguments.error_at(&content, name, "Argument without meaning", detail);
            }
            let query = arguments.text(&content, "query");
            let below = arguments.number(&content, "below");
            let above = arguments.number(&content, "above");
            let (threshold, must_be_below) = match (content.attribute("below"), content.attribute("above")) {
                (Some(_), None) => (below, true),
                (None, Some(_)) => (above, false),
                _ => {
                    let detail = "A query needs one threshold: below = 0.01, or above = 0.99.";
                    arguments.error("Missing threshold", detail, block.header_span());
                    (None, true)
                }
            };
            Probe::Prometheus { url: url?.to_string(), query: query?.to_string(), threshold: threshold?, must_be_below }
        }
        None => {
            for name in ["below", "above"] {
                let detail = format!("{name} is the threshold of a query, and there is no query.");
                arguments.error_at(&content, name, "Argument without meaning", detail);
            }
            let status = arguments.counts(&content, "status", 100, 599).unwrap_or_else(|| vec![200]);
            let latency = arguments.wait(&content, "latency");
            let status = status.into_iter().filter_map(|status| u16::try_from(status).ok()).collect();
            Probe::Http { url: url?.to_string(), status, latency }
        }
    };
    let interval = arguments.wait(&content, "interval").unwrap_or(USUAL_INTERVAL);
    let failures_allowed = arguments.count(&content, "failures_allowed", 0, 1_000_000).unwrap_or(0);
    let name = block.labels.first()?.text.to_string();
    Some(Analysis { name, probe, interval, failures_allowed: u32::try_from(failures_allowed).unwrap_or(u32::MAX) })
}
