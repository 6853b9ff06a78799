//! What an API says when it says no.

use super::way_out::way_out;
use crate::provider::Complaint;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::error::metadata::{ErrorMetadata, ProvideErrorMetadata};

/// A failed call, as much as is known of it.
#[derive(Clone, Debug)]
pub struct Failure {
    /// `InvalidSubnetID.NotFound`; empty where no answer came.
    pub code: String,
    pub message: String,
    pub request_id: Option<String>,
    /// The API operation, `DescribeSubnets`.
    pub operation: &'static str,
    /// No answer was seen.
    pub is_silent: bool,
    /// The call may have had its effect all the same: no answer came, or the service broke down over it.
    pub is_in_doubt: bool,
}

impl Failure {
    pub fn new(operation: &'static str, code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            request_id: None,
            operation,
            is_silent: false,
            is_in_doubt: false,
        }
    }

    /// From any operation's error.
    pub fn of<E>(operation: &'static str) -> impl Fn(SdkError<E, HttpResponse>) -> Failure
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        move |error| {
            let is_silent = !matches!(error, SdkError::ServiceError(_) | SdkError::ConstructionFailure(_));
            Failure::seen(operation, is_silent, error.meta(), error.raw_response(), &error)
        }
    }

    fn seen(
        operation: &'static str,
        is_silent: bool,
        said: &ErrorMetadata,
        response: Option<&HttpResponse>,
        error: &(dyn std::error::Error + 'static),
    ) -> Self {
        let request_id = response.and_then(|response| {
            ["x-amzn-requestid", "x-amz-request-id"]
                .iter()
                .find_map(|name| response.headers().get(*name).map(str::to_owned))
        });
        let status = response.map(HttpResponse::status);
        let failure = Self {
            code: said.code().or(code_of(status)).unwrap_or_default().to_owned(),
            message: match (said.message(), code_of(status)) {
                (Some(message), _) => message.to_owned(),
                // To a HEAD request there is no body that says more.
                (None, Some(_)) if said.code().is_none() => "it is denied, without a word why".to_owned(),
                (None, _) => chain(error),
            },
            request_id,
            operation,
            is_silent,
            is_in_doubt: false,
        };
        let is_broken = status.is_some_and(|status| status.is_server_error()) && !failure.is_throttling();
        Self { is_in_doubt: is_silent || is_broken, ..failure }
    }

    pub fn is_any(&self, codes: &[&str]) -> bool {
        codes.iter().any(|code| self.code == *code)
    }

    /// Whether it is this id of AWS's own making that it speaks of.
    pub fn names(&self, id: &str) -> bool {
        let is_made = id
            .rsplit_once('-')
            .is_some_and(|(_, digits)| digits.len() >= 8 && digits.chars().all(|digit| digit.is_ascii_hexdigit()));
        let mut words = self.message.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        is_made && words.any(|word| word == id)
    }

    pub fn is_throttling(&self) -> bool {
        self.is_any(&[
            "RequestLimitExceeded",
            "Throttling",
            "ThrottlingException",
            "TooManyRequestsException",
            "RequestThrottled",
            "SlowDown",
        ])
    }

    /// The same, of a call that followed the one that had the effect.
    pub fn after_effect(self) -> Self {
        Self { is_in_doubt: true, ..self }
    }

    pub fn is_about_credentials(&self) -> bool {
        self.is_any(&[
            "AuthFailure",
            "InvalidClientTokenId",
            "ExpiredToken",
            "ExpiredTokenException",
            "RequestExpired",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
        ])
    }

    /// It says nothing about the object: the way to the API is blocked, we are not let in any more, or somebody ended the run.
    pub fn is_no_verdict(&self) -> bool {
        self.is_in_doubt || self.is_throttling() || self.is_about_credentials() || self.code == super::wait::CANCELLED
    }

    /// `doing` is what was tried: "creating EC2 Subnet".
    pub fn complaint(&self, doing: &str) -> Complaint {
        if self.operation == "import" {
            return Complaint::error(doing, self.message.clone());
        }
        let mut detail = format!("operation error {}: ", self.operation);
        if !self.code.is_empty() {
            detail.push_str(&format!("{}: ", self.code));
        }
        detail.push_str(&self.message);
        if let Some(id) = &self.request_id {
            detail.push_str(&format!(" (request id {id})"));
        }
        if let Some(hint) = way_out(self) {
            detail.push_str("\n\n");
            detail.push_str(&hint);
        }
        Complaint::error(doing, detail)
    }
}

/// Answers to HEAD have no body that could say more.
fn code_of(status: Option<StatusCode>) -> Option<&'static str> {
    (status?.as_u16() == 403).then_some("AccessDenied")
}

/// What says that it is so already is no failure: the call may be the second after an answer that was lost.
pub fn or_already<T>(result: Result<T, Failure>, codes: &[&str]) -> Result<(), Failure> {
    match result {
        Err(failure) if !failure.is_any(codes) => Err(failure),
        _ => Ok(()),
    }
}

/// An error and all its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
