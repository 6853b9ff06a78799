//! Which logs go to CloudWatch: what is to be turned on and off.

use crate::providers::aws::engine::Call;
use aws_sdk_rds::types::CloudwatchLogsExportConfiguration;

pub fn log_exports(call: &Call) -> Option<CloudwatchLogsExportConfiguration> {
    if call.is_new && call.want.value("enabled_cloudwatch_logs_exports").is_none() {
        return None;
    }
    let (former, wanted) =
        (call.prior.texts("enabled_cloudwatch_logs_exports"), call.want.texts("enabled_cloudwatch_logs_exports"));
    let without = |list: &[String], other: &[String]| -> Vec<String> {
        list.iter().filter(|name| !other.contains(name)).cloned().collect()
    };
    let (on, off) = (without(&wanted, &former), without(&former, &wanted));
    let configuration = CloudwatchLogsExportConfiguration::builder()
        .set_enable_log_types((!on.is_empty()).then_some(on))
        .set_disable_log_types((!off.is_empty()).then_some(off))
        .build();
    (former != wanted).then_some(configuration)
}
