//! CloudWatch in its older protocol, the query protocol <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>.
//!
//! The SDK speaks CBOR to CloudWatch, which AWS understands and moto and others that stand in for it do not; the query protocol is
//! understood by all. So a request is put in other words before it is signed, and the answer when it comes. What is said stays the same.
//! Only what the provider asks CloudWatch for is known here: alarms and their tags.

use aws_smithy_cbor::data::Type;
use aws_smithy_cbor::decode::DeserializeError;
use aws_smithy_cbor::{Decoder, Encoder};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_xml::decode::{Document, ScopedDecoder, XmlDecodeError, try_data};

/// The version of CloudWatch's API.
const VERSION: &str = "2010-08-01";

/// Puts requests in other words.
#[derive(Debug)]
pub struct Requests;

impl Intercept for Requests {
    fn name(&self) -> &'static str {
        "Requests"
    }

    fn modify_before_retry_loop(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let action = request.uri().rsplit('/').next().unwrap_or_default().to_owned();
        let form = form_of(&action, request.body().bytes().unwrap_or_default())?;
        let length = form.len().to_string();
        *request.body_mut() = SdkBody::from(form);
        request.set_uri("/")?;
        let headers = request.headers_mut();
        headers.remove("smithy-protocol");
        headers.remove("accept");
        headers.insert("content-type", "application/x-www-form-urlencoded");
        headers.insert("content-length", length);
        Ok(())
    }
}

/// Puts answers in other words.
#[derive(Debug)]
pub struct Answers<T>(pub T);

impl HttpClient for Answers<SharedHttpClient> {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Answers(self.0.http_connector(settings, components)))
    }
}

impl HttpConnector for Answers<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self.0.call(request);
        HttpConnectorFuture::new(async move {
            let mut answer: HttpResponse = answer.await?;
            let body = ByteStream::new(answer.take_body()).collect().await;
            let body = body.map_err(|error| ConnectorError::io(error.into()))?.into_bytes();
            let text = String::from_utf8_lossy(&body);
            let said = cbor_of(&text, answer.status().is_success());
            // What is no XML is nobody's answer to this: the status says enough.
            *answer.body_mut() = SdkBody::from(said.unwrap_or_else(|_| nothing()));
            let headers = answer.headers_mut();
            headers.insert("smithy-protocol", "rpc-v2-cbor");
            headers.insert("content-type", "application/cbor");
            headers.remove("content-length");
            Ok(answer)
        })
    }
}

/// `Action=PutMetricAlarm&Version=2010-08-01&AlarmName=cpu&Dimensions.member.1.Name=...`
fn form_of(action: &str, body: &[u8]) -> Result<String, DeserializeError> {
    let mut pairs = vec![("Action".to_owned(), action.to_owned()), ("Version".to_owned(), VERSION.to_owned())];
    if !body.is_empty() {
        flatten(&mut Decoder::new(body), "", &mut pairs)?;
    }
    let encoded = pairs.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value)));
    Ok(encoded.collect::<Vec<_>>().join("&"))
}

fn escaped(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

fn flatten(from: &mut Decoder<'_>, name: &str, pairs: &mut Vec<(String, String)>) -> Result<(), DeserializeError> {
    let value = match from.datatype()? {
        Type::Map | Type::MapIndef => {
            let mut left = from.map()?;
            while has_more(from, &mut left)? {
                let key = from.str()?.into_owned();
                let inner = if name.is_empty() { key } else { format!("{name}.{key}") };
                flatten(from, &inner, pairs)?;
            }
            return Ok(());
        }
        Type::Array | Type::ArrayIndef => {
            let (mut left, mut position) = (from.list()?, 0);
            while has_more(from, &mut left)? {
                position += 1;
                flatten(from, &format!("{name}.member.{position}"), pairs)?;
            }
            return Ok(());
        }
        Type::String | Type::StringIndef => from.str()?.into_owned(),
        Type::Bool => from.boolean()?.to_string(),
        Type::F16 | Type::F32 | Type::F64 => from.double()?.to_string(),
        Type::U8 | Type::U16 | Type::U32 | Type::U64 | Type::I8 | Type::I16 | Type::I32 | Type::I64 | Type::Int => {
            from.long()?.to_string()
        }
        _ => return from.skip(),
    };
    pairs.push((name.to_owned(), value));
    Ok(())
}

/// Whether a list or map goes on; `left` is how many are to come, where that was said.
fn has_more(from: &mut Decoder<'_>, left: &mut Option<u64>) -> Result<bool, DeserializeError> {
    match left {
        Some(0) => Ok(false),
        Some(count) => {
            *count -= 1;
            Ok(true)
        }
        None if from.datatype()? == Type::Break => from.skip().map(|()| false),
        None => Ok(true),
    }
}

/// What an element holds.
#[derive(Clone, Copy)]
enum Shape {
    Texts,
    Structures,
    Structure,
    Whole,
    Fraction,
    Flag,
    Text,
    /// Nobody asks for it.
    Skipped,
}

fn shape_of(element: &str) -> Shape {
    match element {
        "AlarmActions" | "InsufficientDataActions" | "OKActions" => Shape::Texts,
        "Dimensions" | "MetricAlarms" | "Metrics" | "Tags" => Shape::Structures,
        "Metric" | "MetricStat" => Shape::Structure,
        "DatapointsToAlarm" | "EvaluationPeriods" | "Period" => Shape::Whole,
        "Threshold" => Shape::Fraction,
        "ActionsEnabled" | "ReturnData" => Shape::Flag,
        "CompositeAlarms" => Shape::Skipped,
        _ if element.ends_with("Timestamp") => Shape::Skipped,
        _ => Shape::Text,
    }
}

/// The result in an answer, or the error in it.
fn cbor_of(xml: &str, is_success: bool) -> Result<Vec<u8>, XmlDecodeError> {
    let mut document = Document::new(xml);
    let mut root = document.root_element()?;
    let mut to = Encoder::new(Vec::new());
    while let Some(mut inner) = root.next_tag() {
        let name = inner.start_el().local().to_owned();
        if is_success && name.ends_with("Result") {
            write(&mut inner, Shape::Structure, &mut to)?;
            return Ok(to.into_writer());
        }
        if !is_success && name == "Error" {
            return error_of(inner);
        }
    }
    Ok(nothing())
}

fn error_of(mut error: ScopedDecoder<'_, '_>) -> Result<Vec<u8>, XmlDecodeError> {
    let mut to = Encoder::new(Vec::new());
    to.begin_map();
    while let Some(mut inner) = error.next_tag() {
        let name = match inner.start_el().local() {
            "Code" => "__type",
            "Message" => "message",
            _ => continue,
        };
        to.str(name).str(&try_data(&mut inner)?);
    }
    to.end();
    Ok(to.into_writer())
}

fn write(from: &mut ScopedDecoder<'_, '_>, shape: Shape, to: &mut Encoder) -> Result<(), XmlDecodeError> {
    match shape {
        Shape::Texts | Shape::Structures => {
            to.begin_array();
            let of = if matches!(shape, Shape::Texts) { Shape::Text } else { Shape::Structure };
            while let Some(mut member) = from.next_tag() {
                write(&mut member, of, to)?;
            }
            to.end();
        }
        Shape::Structure => {
            to.begin_map();
            while let Some(mut inner) = from.next_tag() {
                let name = inner.start_el().local().to_owned();
                let shape = shape_of(&name);
                if !matches!(shape, Shape::Skipped) {
                    to.str(&name);
                    write(&mut inner, shape, to)?;
                }
            }
            to.end();
        }
        Shape::Whole => {
            to.integer(number(from)?);
        }
        Shape::Fraction => {
            to.double(number(from)?);
        }
        Shape::Flag => {
            to.boolean(try_data(from)? == "true");
        }
        Shape::Text | Shape::Skipped => {
            to.str(&try_data(from)?);
        }
    }
    Ok(())
}

fn number<N: std::str::FromStr>(from: &mut ScopedDecoder<'_, '_>) -> Result<N, XmlDecodeError> {
    let text = try_data(from)?;
    text.trim().parse().map_err(|_| XmlDecodeError::custom(format!("{text:?} is no number")))
}

/// A map without entries.
fn nothing() -> Vec<u8> {
    let mut to = Encoder::new(Vec::new());
    to.map(0);
    to.into_writer()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_in_other_words() {
        let mut to = Encoder::new(Vec::new());
        to.begin_map().str("AlarmName").str("cpu high").str("Threshold").double(0.5).str("Dimensions").begin_array();
        to.begin_map().str("Name").str("a").end().end().str("EvaluationPeriods").integer(2).end();
        assert_eq!(
            form_of("PutMetricAlarm", &to.into_writer()).expect("it is CBOR"),
            "Action=PutMetricAlarm&Version=2010-08-01&AlarmName=cpu%20high&Threshold=0.5&Dimensions.member.1.Name=a&EvaluationPeriods=2"
        );
    }

    /// What is said is read back as the pairs of a request.
    fn said(xml: &str, is_success: bool) -> Vec<String> {
        let mut pairs = Vec::new();
        let cbor = cbor_of(xml, is_success).expect("it is XML");
        flatten(&mut Decoder::new(&cbor), "", &mut pairs).expect("it is CBOR");
        pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    #[test]
    fn an_answer_in_other_words() {
        let answer = "<DescribeAlarmsResponse><DescribeAlarmsResult><CompositeAlarms/><MetricAlarms><member><AlarmName>a&amp;b</AlarmName>\
             <Threshold>80.5</Threshold><Period>60</Period><ActionsEnabled>true</ActionsEnabled><OKActions/><AlarmActions><member>x</member></AlarmActions>\
             <StateUpdatedTimestamp>2026-01-01T00:00:00Z</StateUpdatedTimestamp></member></MetricAlarms></DescribeAlarmsResult></DescribeAlarmsResponse>";
        let alarm = "MetricAlarms.member.1";
        let expected =
            ["AlarmName=a&b", "Threshold=80.5", "Period=60", "ActionsEnabled=true", "AlarmActions.member.1=x"];
        assert_eq!(said(answer, true), expected.map(|pair| format!("{alarm}.{pair}")));
        assert!(said("<PutMetricAlarmResponse><ResponseMetadata/></PutMetricAlarmResponse>", true).is_empty());
        let refused = "<ErrorResponse><Error><Type>Sender</Type><Code>ResourceNotFound</Code><Message>no</Message></Error></ErrorResponse>";
        assert_eq!(said(refused, false), ["__type=ResourceNotFound", "message=no"]);
    }
}
