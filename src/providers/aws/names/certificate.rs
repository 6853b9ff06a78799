//! `aws_acm_certificate` <https://docs.aws.amazon.com/acm/latest/APIReference/API_CertificateDetail.html>
//!
//! Requested for a domain, or imported with its key. A requested one is there when ACM says how its domains are proven, not when they are.

use super::certificate_fields::{fields, with_domains};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Readiness, Resource, Want, tags_of};
use aws_sdk_acm::primitives::Blob;
use aws_sdk_acm::types::*;
use std::collections::BTreeMap;
use std::sync::Arc;

pub struct Certificate {
    pub detail: CertificateDetail,
    tags: BTreeMap<String, String>,
}

pub fn certificate() -> Resource<Certificate, ()> {
    Resource::new("ACM Certificate", 0, |_| (), create)
        .fields(fields())
        .read_many(1, |found: &Certificate| found.detail.certificate_arn().unwrap_or_default().to_owned(), read)
        .ready(readiness)
        .configured(with_domains)
        .tagged(|found| found.tags.clone(), change_tags)
        .change("import", |call: Call| async move { import(&call).await.map(drop) })
        .change("options", change_options)
        .delete(delete)
        .missing(&["ResourceNotFoundException"])
        .retry_delete_on(&["ResourceInUseException"])
        .recovered_by_token()
}

/// Waits for the records that prove the domains, which come a moment after the request.
fn readiness(found: &Certificate) -> Readiness {
    let is_requested = found.detail.r#type() == Some(&CertificateType::AmazonIssued);
    let is_pending = found.detail.status() == Some(&CertificateStatus::PendingValidation);
    let options = found.detail.domain_validation_options();
    let lacks = |option: &DomainValidation| match option.validation_method() {
        Some(ValidationMethod::Dns) => option.resource_record().is_none(),
        Some(ValidationMethod::Email) => option.validation_emails().is_empty(),
        _ => true,
    };
    match is_requested && is_pending && (options.is_empty() || options.iter().any(lacks)) {
        true => Readiness::Waiting("without validation options".into()),
        false => Readiness::Ready,
    }
}

fn sdk_tags(tags: &BTreeMap<String, String>) -> Result<Option<Vec<Tag>>, Failure> {
    let built = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
    let built = built.collect::<Result<Vec<_>, _>>().map_err(|error| unbuilt(&error))?;
    Ok((!built.is_empty()).then_some(built))
}

fn unbuilt(error: &dyn std::fmt::Display) -> Failure {
    Failure::new("ACM: RequestCertificate", "InvalidInput", error.to_string())
}

async fn create(_: (), call: Call) -> Result<String, Failure> {
    if call.want.filled("private_key").is_some() {
        return import(&call).await;
    }
    let want = &call.want;
    let domain = want.text("domain_name").unwrap_or_default();
    let names: Vec<String> =
        want.texts("subject_alternative_names").into_iter().filter(|name| *name != domain).collect();
    let option = |block: &Want| {
        let option = DomainValidationOption::builder().set_domain_name(block.text("domain_name"));
        option.set_validation_domain(block.text("validation_domain")).build().map_err(|error| unbuilt(&error))
    };
    let options = want.items("validation_option").iter().map(option).collect::<Result<Vec<_>, _>>()?;
    let request = call
        .aws
        .acm()
        .request_certificate()
        .domain_name(domain)
        .idempotency_token(call.generated_suffix())
        .set_certificate_authority_arn(want.filled("certificate_authority_arn"))
        .set_key_algorithm(want.filled("key_algorithm").map(|algorithm| KeyAlgorithm::from(algorithm.as_str())))
        .set_options(wanted_options(want))
        .set_subject_alternative_names((!names.is_empty()).then_some(names))
        .set_validation_method(
            want.filled("validation_method")
                .filter(|method| method != "NONE")
                .map(|method| ValidationMethod::from(method.as_str())),
        )
        .set_domain_validation_options((!options.is_empty()).then_some(options))
        .set_tags(sdk_tags(&call.tags)?);
    let answer = request.send().await.map_err(Failure::of("ACM: RequestCertificate"))?;
    Ok(answer.certificate_arn.unwrap_or_default())
}

#[expect(deprecated, reason = "new opt-outs are refused by ACM; configurations and old certificates still say it")]
fn wanted_options(want: &Want) -> Option<CertificateOptions> {
    let preference = want.item("options")?.filled("certificate_transparency_logging_preference")?;
    let preference = CertificateTransparencyLoggingPreference::from(preference.as_str());
    Some(CertificateOptions::builder().certificate_transparency_logging_preference(preference).build())
}

/// A new certificate, or a new body and key of an old one.
async fn import(call: &Call) -> Result<String, Failure> {
    let part = |name: &str| call.want.filled(name).map(|text| Blob::new(text.into_bytes()));
    let is_new = call.id.is_empty();
    let request = call
        .aws
        .acm()
        .import_certificate()
        .set_certificate_arn((!is_new).then(|| call.id.clone()))
        .set_certificate(part("certificate_body"))
        .set_private_key(part("private_key"))
        .set_certificate_chain(part("certificate_chain"))
        .set_tags(if is_new { sdk_tags(&call.tags)? } else { None });
    let answer = request.send().await.map_err(Failure::of("ACM: ImportCertificate"))?;
    Ok(answer.certificate_arn.unwrap_or_default())
}

async fn read(aws: Arc<Aws>, arns: Vec<String>) -> Result<Vec<Certificate>, Failure> {
    let mut found = Vec::new();
    for arn in arns {
        let acm = aws.acm();
        let described = acm.describe_certificate().certificate_arn(&arn).send().await;
        let Some(detail) = described.map_err(Failure::of("ACM: DescribeCertificate"))?.certificate else { continue };
        let tags = acm.list_tags_for_certificate().certificate_arn(&arn).send().await;
        let tags = tags.map_err(Failure::of("ACM: ListTagsForCertificate"))?;
        let pair = |tag: &Tag| (tag.key.clone(), tag.value.clone().unwrap_or_default());
        found.push(Certificate { detail, tags: tags.tags().iter().map(pair).collect() });
    }
    Ok(found)
}

async fn change_options(call: Call) -> Result<(), Failure> {
    let Some(options) = wanted_options(&call.want) else { return Ok(()) };
    let sent = call.aws.acm().update_certificate_options().certificate_arn(&call.id).options(options).send().await;
    sent.map(drop).map_err(Failure::of("ACM: UpdateCertificateOptions"))
}

async fn change_tags(call: Call) -> Result<(), Failure> {
    let former = call.prior.value("tags_all").map(tags_of).unwrap_or_default();
    let gone: BTreeMap<String, String> =
        former.into_iter().filter(|(key, value)| call.tags.get(key) != Some(value)).collect();
    let acm = call.aws.acm();
    if let Some(gone) = sdk_tags(&gone)? {
        let request = acm.remove_tags_from_certificate().certificate_arn(&call.id).set_tags(Some(gone));
        request.send().await.map_err(Failure::of("ACM: RemoveTagsFromCertificate"))?;
    }
    if let Some(tags) = sdk_tags(&call.tags)? {
        let request = acm.add_tags_to_certificate().certificate_arn(&call.id).set_tags(Some(tags));
        request.send().await.map_err(Failure::of("ACM: AddTagsToCertificate"))?;
    }
    Ok(())
}

async fn delete(call: Call) -> Result<(), Failure> {
    let sent = call.aws.acm().delete_certificate().certificate_arn(&call.id).send().await;
    sent.map(drop).map_err(Failure::of("ACM: DeleteCertificate"))
}
