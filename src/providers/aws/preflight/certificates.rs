//! Certificates that listeners are to show exist and are issued.

use super::{Finding, at, text};
use crate::provider::PreflightRequest;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::Failure;
use aws_sdk_acm::types::CertificateStatus;
use futures::future::join_all;
use std::collections::BTreeMap;

const KINDS: [&str; 4] =
    ["aws_lb_listener", "aws_alb_listener", "aws_lb_listener_certificate", "aws_alb_listener_certificate"];

pub async fn look(aws: &Aws, requests: &[PreflightRequest]) -> Vec<Finding> {
    let mut asked: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, request) in requests.iter().enumerate().filter(|(_, request)| KINDS.contains(&&*request.kind)) {
        let wanted = text(&request.planned, "certificate_arn");
        // IAM keeps certificates too; what those are is said by the listener.
        if let Some(arn) =
            wanted.filter(|arn| arn.contains(":acm:") && text(&request.prior, "certificate_arn") != wanted)
        {
            asked.entry(arn).or_default().push(index);
        }
    }
    let looks = asked.into_iter().map(|(arn, indices)| async move {
        let (summary, detail) = problem(aws, arn).await?;
        Some(indices.into_iter().map(move |index| at(index, "certificate_arn", summary, detail.clone())))
    });
    join_all(looks).await.into_iter().flatten().flatten().collect()
}

async fn problem(aws: &Aws, arn: &str) -> Option<(&'static str, String)> {
    let asked = aws.acm().describe_certificate().certificate_arn(arn).send().await;
    match asked.map_err(Failure::of("ACM: DescribeCertificate")) {
        Ok(answer) => {
            let status = answer.certificate?.status?;
            let detail = format!("A listener can show a certificate that is issued; {arn} is {:?}.", status.as_str());
            (status != CertificateStatus::Issued).then_some(("Certificate is not issued", detail))
        }
        Err(failure) if failure.code == "ResourceNotFoundException" => {
            Some(("Certificate does not exist", format!("There is no certificate {arn} in this region.")))
        }
        Err(_) => None,
    }
}
