//! The attributes of `aws_acm_certificate`, and what of them is known before ACM has answered.

use super::certificate::Certificate;
use crate::providers::aws::engine::{Field, Want, block_list, block_set, flag, objects, set_of_text, text, texts};
use crate::schema::Nesting;
use crate::value::{Text, Type, Value};
use aws_sdk_acm::primitives::{DateTime, DateTimeFormat};
use aws_sdk_acm::types::{CertificateDetail, DomainValidation, KeyAlgorithm, RenewalSummary};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// What proves that a domain is ours: a record of it.
const PROOF: [&str; 4] = ["domain_name", "resource_record_name", "resource_record_type", "resource_record_value"];

pub fn fields() -> Vec<Field<Certificate, ()>> {
    requested_fields().into_iter().chain(imported_fields()).chain(shown_fields()).collect()
}

fn requested_fields() -> Vec<Field<Certificate, ()>> {
    let once = |field: Field<Certificate, ()>| field.optional().replaces();
    vec![
        once(text("certificate_authority_arn"))
            .conflicts(&["certificate_body", "private_key", "validation_method"])
            .from(|found: &Certificate| found.detail.certificate_authority_arn.clone())
            .never_null(),
        once(text("domain_name").computed())
            .exactly_one(&["private_key"])
            .check(|name| match name.as_str() {
                Some(name) if name.ends_with('.') => Err("\"domain_name\" cannot end with a period".into()),
                _ => Ok(()),
            })
            .from(|found: &Certificate| found.detail.domain_name.clone()),
        text("early_renewal_duration").optional().from(|_: &Certificate| None::<String>).never_null(),
        once(text("key_algorithm").computed())
            .one_of(KeyAlgorithm::values())
            .from(|found: &Certificate| Some(dashed(found.detail.key_algorithm()?.as_str()))),
        block_list("options", 1, vec![text("certificate_transparency_logging_preference").default("ENABLED")])
            .optional()
            .computed()
            .conflicts(&["certificate_body", "certificate_chain", "private_key"])
            .from(|found: &Certificate| options_of(found))
            .changed_by("options"),
        once(set_of_text("subject_alternative_names").computed())
            .from(|found: &Certificate| json!(found.detail.subject_alternative_names())),
        once(text("validation_method").computed())
            .one_of(&["EMAIL", "DNS", "NONE"])
            .from(|found: &Certificate| Some(method_of(&found.detail))),
        block_set(
            "validation_option",
            vec![text("domain_name").required().replaces(), text("validation_domain").required().replaces()],
        )
        .optional()
        .replaces()
        .conflicts(&["certificate_body", "certificate_chain", "private_key"]),
    ]
}

/// What is imported is never told again.
fn imported_fields() -> Vec<Field<Certificate, ()>> {
    vec![
        text("certificate_body").optional().changed_by("import"),
        text("certificate_chain").optional().changed_by("import"),
        text("private_key").optional().sensitive().exactly_one(&["domain_name"]).changed_by("import"),
    ]
}

fn shown_fields() -> Vec<Field<Certificate, ()>> {
    let renewal = ["renewal_status", "renewal_status_reason", "updated_at"];
    vec![
        text("arn").computed().from(|found: &Certificate| found.detail.certificate_arn.clone()),
        objects("domain_validation_options", Nesting::Set, PROOF.map(|name| text(name).computed()).into())
            .computed()
            .from(|found: &Certificate| proofs_of(&found.detail)),
        text("not_after").computed().from(|found: &Certificate| time_text(found.detail.not_after())).never_null(),
        text("not_before").computed().from(|found: &Certificate| time_text(found.detail.not_before())).never_null(),
        flag("pending_renewal").computed().from(|_: &Certificate| Some(false)),
        text("renewal_eligibility")
            .computed()
            .from(|found: &Certificate| Some(found.detail.renewal_eligibility()?.as_str().to_owned()))
            .never_null(),
        objects("renewal_summary", Nesting::List, renewal.map(|name| text(name).computed()).into())
            .computed()
            .from(|found: &Certificate| renewal_of(&found.detail)),
        text("status").computed().from(|found: &Certificate| Some(found.detail.status()?.as_str().to_owned())),
        text("type").computed().from(|found: &Certificate| Some(found.detail.r#type()?.as_str().to_owned())),
        texts("validation_emails").computed().from(|found: &Certificate| {
            let options = found.detail.domain_validation_options().iter();
            json!(options.flat_map(DomainValidation::validation_emails).collect::<Vec<_>>())
        }),
    ]
}

/// The API says `RSA-2048` of what it is asked for as `RSA_2048`.
fn dashed(algorithm: &str) -> String {
    algorithm.replace('-', "_")
}

fn time_text(time: Option<&DateTime>) -> Option<String> {
    DateTime::from_secs(time?.secs()).fmt(DateTimeFormat::DateTime).ok()
}

#[expect(deprecated, reason = "the API still answers with it")]
fn options_of(found: &Certificate) -> Json {
    let preference = found.detail.options().and_then(|options| options.certificate_transparency_logging_preference());
    preference
        .map_or(json!([]), |preference| json!([{ "certificate_transparency_logging_preference": preference.as_str() }]))
}

/// None for what is not proven at all: an imported certificate, or one of a private authority.
fn method_of(detail: &CertificateDetail) -> String {
    let method = detail.domain_validation_options().iter().find_map(|option| option.validation_method());
    method.map_or("NONE", |method| method.as_str()).to_owned()
}

fn proofs_of(detail: &CertificateDetail) -> Json {
    let proof = |option: &DomainValidation| {
        let record = option.resource_record()?;
        Some(json!({
            "domain_name": option.domain_name(),
            "resource_record_name": record.name(),
            "resource_record_type": record.r#type().as_str(),
            "resource_record_value": record.value(),
        }))
    };
    detail.domain_validation_options().iter().filter_map(proof).collect()
}

fn renewal_of(detail: &CertificateDetail) -> Json {
    let summary = |found: &RenewalSummary| {
        json!({
            "renewal_status": found.renewal_status().as_str(),
            "renewal_status_reason": found.renewal_status_reason().map(|reason| reason.as_str()).unwrap_or_default(),
            "updated_at": time_text(Some(found.updated_at())).unwrap_or_default(),
        })
    };
    detail.renewal_summary().map(summary).into_iter().collect()
}

/// ACM adds the domain to the alternative names, and for DNS there is one proof a name: both are known in the plan, so that
/// `for_each` can make the records.
pub fn with_domains(configuration: &Value, is_new: bool) -> Value {
    let want = Want(configuration.clone());
    let is_open = configuration.get("subject_alternative_names").is_some_and(|names| !names.is_wholly_known());
    let Some(domain) = want.filled("domain_name").filter(|_| !is_open) else { return configuration.clone() };
    let mut names: BTreeSet<String> = want.texts("subject_alternative_names").into_iter().collect();
    let names_are_written = !names.is_empty();
    names.insert(domain);
    let mut known = Vec::new();
    if names_are_written || is_new {
        let all = names.iter().map(|name| Value::text(name)).collect();
        known.push(("subject_alternative_names", Value::set(Type::String, all)));
    }
    if is_new && want.text("validation_method").as_deref() == Some("DNS") {
        let plain: BTreeSet<&str> = names.iter().map(|name| name.trim_end_matches('.')).collect();
        let proofs: Vec<Value> = plain.into_iter().map(open_proof).collect();
        let of = proofs.first().map_or(Type::Dynamic, Value::type_of);
        known.push(("domain_validation_options", Value::set(of, proofs)));
    }
    let value_of = |name: &Text, value: &Value| {
        known.iter().find(|(known, _)| **known == **name).map_or_else(|| value.clone(), |(_, value)| value.clone())
    };
    let entries = configuration.as_entries().into_iter().flat_map(|entries| entries.iter());
    Value::object(entries.map(|(name, value)| (name.clone(), value_of(name, value))).collect::<Vec<_>>())
}

/// A proof whose record is not known yet.
fn open_proof(domain: &str) -> Value {
    Value::object(PROOF.map(|name| {
        let value = if name == "domain_name" { Value::text(domain) } else { Value::unknown(Type::String) };
        (Text::from(name), value)
    }))
}
