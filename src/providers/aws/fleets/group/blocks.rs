//! Blocks of an Auto Scaling group: how they are declared, sent and read.

use super::super::mirror::{mirrored, string, strings};
use super::{launch, maybe, tags};
use crate::providers::aws::engine::{Field, Want, block_list, block_set, flag, number, numbers, text, texts};
use crate::value::{Text, Type, Value};
use aws_sdk_autoscaling::operation::create_auto_scaling_group::builders::CreateAutoScalingGroupFluentBuilder as Create;
use aws_sdk_autoscaling::types::{
    AutoScalingGroup as Group, AvailabilityZoneDistribution, CapacityReservationSpecification,
    CapacityReservationTarget, InstanceMaintenancePolicy, InstanceReusePolicy, LifecycleHookSpecification,
    TrafficSourceIdentifier, WarmPoolConfiguration,
};

mirrored!(instance_reuse_policy: InstanceReusePolicy, InstanceReusePolicy { yes reuse_on_scale_in });

pub fn fields() -> Vec<Field<Group, Create>> {
    let maintenance = vec![
        number("max_healthy_percentage").required().check(|value| in_range(value, 100, 200)),
        number("min_healthy_percentage").required().check(|value| in_range(value, 0, 100)),
    ];
    vec![
        block_list(
            "availability_zone_distribution",
            1,
            vec![string("capacity_distribution_strategy").one_of(STRATEGIES)],
        )
        .optional()
        .computed()
        .from(|found: &Group| {
            let zones = found.availability_zone_distribution();
            let strategy = zones.and_then(|zones| zones.capacity_distribution_strategy()).map(|one| one.as_str());
            Value::tuple(vec![Value::object([(Text::from("capacity_distribution_strategy"), said(strategy))])])
        })
        .to(|request: Create, blocks: &Value| request.set_availability_zone_distribution(zones_of(blocks))),
        block_list("capacity_reservation_specification", 1, reservation_fields())
            .optional()
            .computed()
            .from(|found: &Group| Value::tuple(vec![reservation_value(found.capacity_reservation_specification())]))
            .to(|request: Create, blocks: &Value| {
                request.set_capacity_reservation_specification(only(blocks).as_ref().map(reservation))
            }),
        block_set("initial_lifecycle_hook", hook_fields()).optional().replaces().to(
            |request: Create, blocks: &Value| {
                let hooks = blocks.as_items().unwrap_or_default().iter().map(|block| hook(&Want(block.clone())));
                request.set_lifecycle_hook_specification_list(Some(hooks.collect()))
            },
        ),
        block_list("instance_maintenance_policy", 1, maintenance)
            .optional()
            .from(|found: &Group| maybe(found.instance_maintenance_policy().and_then(maintenance_value)))
            .to(|request: Create, blocks: &Value| {
                request.set_instance_maintenance_policy(only(blocks).as_ref().map(maintenance_of))
            }),
        block_list("instance_refresh", 1, refresh_fields()).optional(),
        block_set(
            "tag",
            vec![text("key").required(), flag("propagate_at_launch").required(), text("value").required()],
        )
        .optional()
        .from(tags::value_of),
        block_set("traffic_source", vec![text("identifier").required(), text("type").optional()])
            .optional()
            .computed()
            .conflicts(&["load_balancers", "target_group_arns"])
            .from(|found: &Group| {
                let source = |source: &TrafficSourceIdentifier| {
                    Value::object([
                        (Text::from("identifier"), said(source.identifier())),
                        ("type".into(), said(source.r#type())),
                    ])
                };
                Value::tuple(found.traffic_sources().iter().map(source).collect())
            })
            .to(|request: Create, blocks: &Value| {
                let sources = blocks.as_items().unwrap_or_default().iter().map(|block| source(&Want(block.clone())));
                request.set_traffic_sources(Some(sources.collect()))
            }),
        block_list("warm_pool", 1, warm_pool_fields())
            .optional()
            .from(|found: &Group| maybe(found.warm_pool_configuration().map(warm_pool_value))),
    ]
    .into_iter()
    .chain(launch::fields())
    .collect()
}

const STRATEGIES: &[&str] = &["balanced-best-effort", "balanced-only"];

/// For `Field::check`: a percentage, or -1 for none.
fn in_range(value: &Value, least: i64, most: i64) -> Result<(), String> {
    match value.as_number().and_then(|number| number.to_i64()) {
        Some(number) if number == -1 || (least..=most).contains(&number) => Ok(()),
        _ => Err(format!("expected -1 or a number in the range ({least} - {most})")),
    }
}

fn reservation_fields() -> Vec<Field<(), ()>> {
    let target = vec![
        texts("capacity_reservation_ids").optional().conflicts(&["capacity_reservation_resource_group_arns"]),
        texts("capacity_reservation_resource_group_arns").optional().conflicts(&["capacity_reservation_ids"]),
    ];
    vec![
        text("capacity_reservation_preference").optional().computed().one_of(&[
            "capacity-reservations-only",
            "capacity-reservations-first",
            "none",
            "default",
        ]),
        block_list("capacity_reservation_target", 1, target).optional(),
    ]
}

fn hook_fields() -> Vec<Field<(), ()>> {
    vec![
        text("default_result").optional().computed().one_of(&["CONTINUE", "ABANDON"]),
        number("heartbeat_timeout").optional(),
        text("lifecycle_transition")
            .required()
            .one_of(&["autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"]),
        text("name").required(),
        text("notification_metadata").optional(),
        text("notification_target_arn").optional(),
        text("role_arn").optional(),
    ]
}

fn refresh_fields() -> Vec<Field<(), ()>> {
    let preferences = vec![
        block_list("alarm_specification", 1, vec![texts("alarms").optional()]).optional(),
        flag("auto_rollback").optional(),
        string("checkpoint_delay"),
        numbers("checkpoint_percentages").optional(),
        string("instance_warmup"),
        number("max_healthy_percentage").default(100).between(100, 200),
        number("min_healthy_percentage").default(90).between(0, 100),
        text("scale_in_protected_instances").default("Ignore").one_of(&["Refresh", "Ignore", "Wait"]),
        flag("skip_matching").default(false),
        text("standby_instances").default("Ignore").one_of(&["Terminate", "Ignore", "Wait"]),
    ];
    vec![
        block_list("preferences", 1, preferences).optional(),
        text("strategy").required().one_of(&["Rolling"]),
        strings("triggers"),
    ]
}

fn warm_pool_fields() -> Vec<Field<(), ()>> {
    vec![
        block_list("instance_reuse_policy", 1, instance_reuse_policy::fields()).optional(),
        number("max_group_prepared_capacity").default(-1),
        number("min_size").default(0),
        text("pool_state").default("Stopped").one_of(&["Stopped", "Running", "Hibernated"]),
    ]
}

fn said(text: Option<&str>) -> Value {
    text.map_or(Value::null(Type::String), Value::text)
}

/// The only block of a list.
pub fn only(blocks: &Value) -> Option<Want> {
    blocks.as_items()?.first().cloned().map(Want)
}

pub fn zones_of(blocks: &Value) -> Option<AvailabilityZoneDistribution> {
    let strategy = only(blocks)?.filled("capacity_distribution_strategy")?;
    let request = AvailabilityZoneDistribution::builder();
    Some(request.capacity_distribution_strategy(strategy.as_str().into()).build())
}

pub fn reservation(block: &Want) -> CapacityReservationSpecification {
    let target = |block: Want| {
        let listed = |name: &str| Some(block.texts(name)).filter(|texts| !texts.is_empty());
        CapacityReservationTarget::builder()
            .set_capacity_reservation_ids(listed("capacity_reservation_ids"))
            .set_capacity_reservation_resource_group_arns(listed("capacity_reservation_resource_group_arns"))
            .build()
    };
    let preference = block.filled("capacity_reservation_preference").map(|text| text.as_str().into());
    let request = CapacityReservationSpecification::builder().set_capacity_reservation_preference(preference);
    request.set_capacity_reservation_target(block.item("capacity_reservation_target").map(target)).build()
}

fn reservation_value(found: Option<&CapacityReservationSpecification>) -> Value {
    let preference = found.and_then(|found| found.capacity_reservation_preference()).map(|one| one.as_str());
    let target = found.and_then(|found| found.capacity_reservation_target()).map(|target| {
        let listed = |texts: &[String]| match texts {
            [] => Value::null(Type::list(Type::String)),
            texts => Value::list(Type::String, texts.iter().map(|text| Value::text(text)).collect()),
        };
        Value::object([
            (Text::from("capacity_reservation_ids"), listed(target.capacity_reservation_ids())),
            (
                "capacity_reservation_resource_group_arns".into(),
                listed(target.capacity_reservation_resource_group_arns()),
            ),
        ])
    });
    Value::object([
        (Text::from("capacity_reservation_preference"), said(preference)),
        ("capacity_reservation_target".into(), maybe(target)),
    ])
}

pub fn maintenance_of(block: &Want) -> InstanceMaintenancePolicy {
    InstanceMaintenancePolicy::builder()
        .set_max_healthy_percentage(block.integer("max_healthy_percentage"))
        .set_min_healthy_percentage(block.integer("min_healthy_percentage"))
        .build()
}

fn maintenance_value(found: &InstanceMaintenancePolicy) -> Option<Value> {
    let (most, least) = (found.max_healthy_percentage()?, found.min_healthy_percentage()?);
    Some(Value::object([
        (Text::from("max_healthy_percentage"), Value::from(i64::from(most))),
        ("min_healthy_percentage".into(), Value::from(i64::from(least))),
    ]))
}

pub fn source(block: &Want) -> TrafficSourceIdentifier {
    TrafficSourceIdentifier::builder().set_identifier(block.text("identifier")).set_type(block.filled("type")).build()
}

fn warm_pool_value(found: &WarmPoolConfiguration) -> Value {
    let count = |count: Option<i32>, otherwise: i32| Value::from(i64::from(count.unwrap_or(otherwise)));
    let state = found.pool_state().map(|state| state.as_str()).unwrap_or("Stopped");
    Value::object([
        (Text::from("instance_reuse_policy"), maybe(found.instance_reuse_policy().map(instance_reuse_policy::value))),
        ("max_group_prepared_capacity".into(), count(found.max_group_prepared_capacity(), -1)),
        ("min_size".into(), count(found.min_size(), 0)),
        ("pool_state".into(), Value::text(state)),
    ])
}

fn hook(block: &Want) -> LifecycleHookSpecification {
    LifecycleHookSpecification::builder()
        .set_lifecycle_hook_name(block.text("name"))
        .set_lifecycle_transition(block.text("lifecycle_transition"))
        .set_default_result(block.filled("default_result"))
        .set_heartbeat_timeout(block.positive("heartbeat_timeout"))
        .set_notification_metadata(block.filled("notification_metadata"))
        .set_notification_target_arn(block.filled("notification_target_arn"))
        .set_role_arn(block.filled("role_arn"))
        .build()
}
