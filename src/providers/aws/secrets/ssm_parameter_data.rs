//! `data "aws_ssm_parameter"`: a parameter by name.

use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Failure, Lookup, Want, flag, number, text};
use aws_sdk_ssm::types::Parameter as Described;
use std::sync::Arc;

pub fn ssm_parameter_data() -> Lookup {
    let is_plain = |found: &Described| found.r#type.as_ref().is_none_or(|kind| kind.as_str() != "SecureString");
    Lookup::new(
        "SSM Parameter",
        vec![
            text("arn").computed().from(Described::arn),
            text("id").optional().computed().from(Described::name),
            text("insecure_value")
                .computed()
                .from(move |found: &Described| found.value.clone().filter(|_| is_plain(found)))
                .never_null(),
            text("name").required(),
            text("type").computed().from(Described::r#type),
            text("value").computed().sensitive().from(Described::value),
            number("version").computed().from(|found: &Described| Some(found.version)),
            flag("with_decryption").default(true),
        ],
        |aws: Arc<Aws>, want: Want| async move {
            let request = aws.ssm().get_parameter().set_name(want.text("name"));
            let request = request.with_decryption(want.flag("with_decryption").unwrap_or(true));
            let answer = request.send().await.map_err(Failure::of("SSM: GetParameter"))?;
            answer
                .parameter
                .ok_or_else(|| Failure::new("SSM: GetParameter", "ParameterNotFound", "no parameter in the answer"))
        },
    )
}
