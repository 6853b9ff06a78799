//! Looking at things over the network for the analyses of rollouts: one request, one judgement.
//!
//! A question that is not answered in time, a value that is missing and a result that is not one number are all bad.
//! Prometheus: <https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries>

use super::web;
use crate::apply::{Observation, Probes};
use crate::rollout::{Probe, render_duration};
use async_trait::async_trait;
use std::time::Duration;
use tokio::time::Instant;

/// The longest that an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
const LARGEST_ANSWER: usize = 1 << 20;

/// Looks over the network.
pub struct Network;

#[async_trait]
impl Probes for Network {
    async fn observe(&self, probe: &Probe) -> Observation {
        match probe {
            Probe::Http { url, status, latency } => {
                let begun = Instant::now();
                match ask(url).await {
                    Ok((code, _)) if !status.contains(&code) => Observation::Bad(format!("{url} answered {code}")),
                    Ok(_) => match latency.filter(|longest| begun.elapsed() > *longest) {
                        Some(longest) => {
                            Observation::Bad(format!("{url} took longer than {}", render_duration(longest)))
                        }
                        None => Observation::Good,
                    },
                    Err(problem) => Observation::Bad(format!("{url}: {problem}")),
                }
            }
            Probe::Prometheus { url, query, threshold, must_be_below } => {
                let address = format!("{}/api/v1/query?query={}", url.trim_end_matches('/'), encoded(query));
                match ask(&address).await.and_then(|(_, body)| single_value(&body)) {
                    Ok(value) if value.is_nan() => Observation::Bad("the value is not a number".to_owned()),
                    Ok(value) if *must_be_below == (value < *threshold) && value != *threshold => Observation::Good,
                    Ok(value) => {
                        let side = if *must_be_below { "below" } else { "above" };
                        Observation::Bad(format!("{value} is not {side} {threshold}"))
                    }
                    Err(problem) => Observation::Bad(problem),
                }
            }
        }
    }
}

/// `{"data":{"resultType":"vector","result":[{"value":[1700000000,"0.01"]}]}}`, or a scalar.
fn single_value(body: &str) -> Result<f64, String> {
    let answer: serde_json::Value = serde_json::from_str(body).map_err(|_| "the answer is no JSON".to_owned())?;
    let data = &answer["data"];
    let pair = match (data["resultType"].as_str(), data["result"].as_array()) {
        (Some("scalar"), Some(pair)) => pair.get(1),
        (Some("vector"), Some(found)) => match found.as_slice() {
            [one] => one["value"].get(1),
            [] => return Err("the query found no value".to_owned()),
            many => return Err(format!("the query found {} values instead of one", many.len())),
        },
        _ => return Err("the answer is no instant vector".to_owned()),
    };
    let text = pair.and_then(serde_json::Value::as_str).ok_or("the answer holds no value")?;
    text.parse().map_err(|_| format!("{text:?} is no number"))
}

fn encoded(text: &str) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    text.bytes()
        .map(|byte| if is_plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

async fn ask(url: &str) -> Result<(u16, String), String> {
    match tokio::time::timeout(PATIENCE, web::get(url, None, LARGEST_ANSWER)).await {
        Ok(answer) => answer.map(|answer| (answer.status, answer.text())),
        Err(_) => Err(format!("no answer within {}", render_duration(PATIENCE))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_number_is_a_value() {
        let vector = |result: &str| single_value(&format!(r#"{{"data":{{"resultType":"vector","result":{result}}}}}"#));
        assert_eq!(vector(r#"[{"value":[1,"0.5"]}]"#), Ok(0.5));
        assert_eq!(vector("[]"), Err("the query found no value".to_owned()));
        assert!(vector(r#"[{"value":[1,"1"]},{"value":[1,"2"]}]"#).is_err());
        assert_eq!(single_value(r#"{"data":{"resultType":"scalar","result":[1,"3"]}}"#), Ok(3.0));
        assert!(single_value("<html>").is_err());
    }

    #[tokio::test]
    async fn who_does_not_answer_is_bad() {
        let probe = Probe::Http { url: "http://127.0.0.1:1/".to_owned(), status: vec![200], latency: None };
        assert!(matches!(Network.observe(&probe).await, Observation::Bad(_)));
    }
}
