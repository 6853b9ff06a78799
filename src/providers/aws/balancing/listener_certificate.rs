//! `aws_lb_listener_certificate` <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AddListenerCertificates.html>

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Call, Failure, Imports, Resource, text};
use crate::value::Value;
use aws_sdk_elasticloadbalancingv2::operation::add_listener_certificates::builders::AddListenerCertificatesFluentBuilder as Create;
use aws_sdk_elasticloadbalancingv2::types::Certificate;
use std::collections::BTreeSet;
use std::sync::Arc;

pub struct ListenerCertificate {
    listener: String,
    certificate: String,
}

pub fn listener_certificate() -> Resource<ListenerCertificate, Create> {
    Resource::new("ELBv2 Listener Certificate", 0, |aws| aws.elbv2().add_listener_certificates(), create)
        .fields(vec![
            text("certificate_arn")
                .required()
                .replaces()
                .from(|found: &ListenerCertificate| Some(found.certificate.clone())),
            text("listener_arn")
                .required()
                .replaces()
                .from(|found: &ListenerCertificate| Some(found.listener.clone()))
                .to(Create::set_listener_arn),
        ])
        .read_many(usize::MAX, |found: &ListenerCertificate| format!("{}_{}", found.listener, found.certificate), read)
        .delete(delete)
        .missing(&["ListenerNotFound", "CertificateNotFound"])
        .retry_create_on(&["CertificateNotFound"])
        .imported_by(imported)
        .recovered_by(|call: Call| async move { Ok(Some(id_of(&call))) })
}

fn id_of(call: &Call) -> String {
    let part = |name: &str| call.want.text(name).unwrap_or_default();
    format!("{}_{}", part("listener_arn"), part("certificate_arn"))
}

/// `LISTENER_CERTIFICATE`, both ARNs.
async fn imported(_aws: Arc<Aws>, id: String) -> Result<Imports, Failure> {
    let wrong = || Failure::new("import", "", format!("{id:?} is not LISTENERARN_CERTIFICATEARN"));
    let (listener, certificate) = id.split_once('_').ok_or_else(wrong)?;
    Ok(vec![
        ("id", Value::text(&id)),
        ("listener_arn", Value::text(listener)),
        ("certificate_arn", Value::text(certificate)),
    ])
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let certificate = Certificate::builder().set_certificate_arn(call.want.text("certificate_arn")).build();
    let request = request.certificates(certificate);
    request.send().await.map_err(Failure::of("Elastic Load Balancing v2: AddListenerCertificates"))?;
    Ok(id_of(&call))
}

/// All certificates of a listener come together.
async fn read(aws: Arc<Aws>, ids: Vec<String>) -> Result<Vec<ListenerCertificate>, Failure> {
    let listeners: BTreeSet<&str> = ids.iter().filter_map(|id| Some(id.split_once("_arn:")?.0)).collect();
    let found = futures::future::try_join_all(listeners.into_iter().map(|listener| certificates_of(&aws, listener)));
    Ok(found.await?.into_iter().flatten().collect())
}

/// Those beside the listener's own default.
async fn certificates_of(aws: &Aws, listener: &str) -> Result<Vec<ListenerCertificate>, Failure> {
    let request = aws.elbv2().describe_listener_certificates().listener_arn(listener);
    let mut pages = request.into_paginator().items().send();
    let mut found = Vec::new();
    while let Some(certificate) = pages.next().await {
        match certificate.map_err(Failure::of("Elastic Load Balancing v2: DescribeListenerCertificates")) {
            Err(failure) if failure.is_any(&["ListenerNotFound"]) => return Ok(Vec::new()),
            Err(failure) => return Err(failure),
            Ok(certificate) if certificate.is_default() == Some(true) => {}
            Ok(certificate) => found.push(ListenerCertificate {
                listener: listener.to_owned(),
                certificate: certificate.certificate_arn.unwrap_or_default(),
            }),
        }
    }
    Ok(found)
}

async fn delete(call: Call) -> Result<(), Failure> {
    let certificate = Certificate::builder().set_certificate_arn(call.prior.text("certificate_arn")).build();
    let request = call
        .aws
        .elbv2()
        .remove_listener_certificates()
        .set_listener_arn(call.prior.text("listener_arn"))
        .certificates(certificate);
    request.send().await.map_err(Failure::of("Elastic Load Balancing v2: RemoveListenerCertificates"))?;
    Ok(())
}
