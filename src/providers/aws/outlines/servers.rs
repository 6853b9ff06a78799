//! Spot requests: a server's attributes, and what is bid for it.

use super::{Outline, outline};
use crate::providers::aws::engine::{flag, number, text};
use crate::providers::aws::servers::instance_fields;

/// What a server has and a request for one has not, or has by itself.
const OF_SERVERS: [&str; 4] = ["id", "instance_lifecycle", "instance_market_options", "spot_instance_request_id"];

pub fn spot_instance_request(name: &'static str) -> Outline {
    let own = outline(
        name,
        0,
        vec![
            number("block_duration_minutes").optional(),
            text("instance_interruption_behavior").optional(),
            text("launch_group").optional(),
            text("spot_bid_status").computed(),
            text("spot_instance_id").computed(),
            text("spot_price").optional().computed(),
            text("spot_request_state").computed(),
            text("spot_type").optional(),
            text("valid_from").optional().computed(),
            text("valid_until").optional().computed(),
            flag("wait_for_fulfillment").optional(),
        ],
    );
    let of_server = instance_fields().into_iter().filter(|field| !OF_SERVERS.contains(&field.name));
    Outline { declared: own.declared.into_iter().chain(of_server).collect(), ..own }
        .timeouts(&["create", "read", "delete"])
}
