//! Times as hashicorp's provider shows them: RFC 3339, whole seconds.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

pub fn shown_time(time: &DateTime) -> Option<String> {
    DateTime::from_secs(time.secs()).fmt(Format::DateTime).ok()
}
