//! A record as the API has it: its values or alias, and the policy that it is one of several by.

use super::escaped_name;
use super::record::Record;
use crate::providers::aws::engine::{Field, Want, block_list, block_set, flag, number, text};
use crate::value::{Text, Type, Value};
use aws_sdk_route53::error::BuildError;
use aws_sdk_route53::types::{
    AliasTarget, CidrRoutingConfig, Coordinates, GeoLocation, GeoProximityLocation, ResourceRecord, ResourceRecordSet,
    RrType,
};
use serde_json::json;

pub fn routing_fields() -> Vec<Field<Record, ()>> {
    let policy = |name: &'static str, parts: Vec<Field<(), ()>>| {
        block_list::<Record, ()>(name, 1, parts).optional().needs(&["set_identifier"]).changed_by("upsert")
    };
    let coordinates = vec![text("latitude").required(), text("longitude").required()];
    vec![
        policy("cidr_routing_policy", vec![text("collection_id").required(), text("location_name").required()]).from(
            |found: &Record| {
                block_json(
                    found.set.cidr_routing_config(),
                    |range| json!({ "collection_id": range.collection_id, "location_name": range.location_name }),
                )
            },
        ),
        policy("failover_routing_policy", vec![text("type").required()])
            .from(|found: &Record| block_json(found.set.failover(), |failover| json!({ "type": failover.as_str() }))),
        policy(
            "geolocation_routing_policy",
            vec![text("continent").optional(), text("country").optional(), text("subdivision").optional()],
        )
        .from(|found: &Record| {
            block_json(found.set.geo_location(), |place| {
                json!({
                    "continent": place.continent_code().unwrap_or_default(),
                    "country": place.country_code().unwrap_or_default(),
                    "subdivision": place.subdivision_code().unwrap_or_default(),
                })
            })
        }),
        policy(
            "geoproximity_routing_policy",
            vec![
                text("aws_region").optional(),
                number("bias").optional(),
                block_set("coordinates", coordinates).optional(),
                text("local_zone_group").optional(),
            ],
        )
        .from(|found: &Record| {
            block_json(found.set.geo_proximity_location(), |place| {
                let point = |point: &Coordinates| json!({ "latitude": point.latitude, "longitude": point.longitude });
                json!({
                    "aws_region": place.aws_region().unwrap_or_default(),
                    "bias": place.bias().unwrap_or_default(),
                    "coordinates": place.coordinates().map(point).into_iter().collect::<Vec<_>>(),
                    "local_zone_group": place.local_zone_group().unwrap_or_default(),
                })
            })
        }),
        policy("latency_routing_policy", vec![text("region").required()])
            .from(|found: &Record| block_json(found.set.region(), |region| json!({ "region": region.as_str() }))),
        flag("multivalue_answer_routing_policy")
            .optional()
            .needs(&["set_identifier"])
            .from(|found: &Record| found.set.multi_value_answer)
            .never_null()
            .changed_by("upsert"),
        policy("weighted_routing_policy", vec![number("weight").required()])
            .from(|found: &Record| block_json(found.set.weight, |weight| json!({ "weight": weight }))),
    ]
}

/// The one block of what the API says, or none.
fn block_json<T>(found: Option<T>, block: impl Fn(T) -> serde_json::Value) -> serde_json::Value {
    json!(found.into_iter().map(block).collect::<Vec<_>>())
}

pub fn alias_of(set: &ResourceRecordSet) -> Value {
    let of = Type::object([
        (Text::from("evaluate_target_health"), Type::Bool),
        ("name".into(), Type::String),
        ("zone_id".into(), Type::String),
    ]);
    let one = |alias: &AliasTarget| {
        Value::object([
            (Text::from("evaluate_target_health"), Value::bool(alias.evaluate_target_health)),
            ("name".into(), Value::text(&escaped_name(&alias.dns_name))),
            ("zone_id".into(), Value::text(&alias.hosted_zone_id)),
        ])
    };
    Value::list(of, set.alias_target().map(one).into_iter().collect())
}

/// Texts of TXT records are kept without the quotes of the zone file.
pub fn records_of(set: &ResourceRecordSet) -> Value {
    let is_quoted = matches!(set.r#type, RrType::Txt | RrType::Spf);
    let bare =
        |value: &str| value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value).to_owned();
    let one = |record: &ResourceRecord| {
        let value = if is_quoted { bare(&record.value) } else { record.value.clone() };
        Value::text(&value)
    };
    match set.resource_records() {
        [] => Value::list(Type::String, Vec::new()),
        records => Value::list(Type::String, records.iter().map(one).collect()),
    }
}

pub fn set_of(name: &str, of: &Want) -> Result<ResourceRecordSet, BuildError> {
    let kind = of.text("type").unwrap_or_default();
    let is_quoted = matches!(kind.as_str(), "TXT" | "SPF");
    let written = |value: String| if is_quoted { format!("\"{value}\"") } else { value };
    let records = of.texts("records").into_iter().map(|value| ResourceRecord::builder().value(written(value)).build());
    let records = records.collect::<Result<Vec<_>, _>>()?;
    let alias = of.item("alias").map(|alias| {
        AliasTarget::builder()
            .dns_name(escaped_name(&alias.text("name").unwrap_or_default()))
            .hosted_zone_id(alias.text("zone_id").unwrap_or_default())
            .evaluate_target_health(alias.flag("evaluate_target_health").unwrap_or_default())
            .build()
    });
    let place = of.item("geolocation_routing_policy").map(|place| {
        GeoLocation::builder()
            .set_continent_code(place.filled("continent"))
            .set_country_code(place.filled("country"))
            .set_subdivision_code(place.filled("subdivision"))
            .build()
    });
    let range = of.item("cidr_routing_policy").map(|range| {
        CidrRoutingConfig::builder()
            .collection_id(range.text("collection_id").unwrap_or_default())
            .location_name(range.text("location_name").unwrap_or_default())
            .build()
    });
    let policy = |block: &str, name: &str| of.item(block).and_then(|block| block.filled(name));
    ResourceRecordSet::builder()
        .name(escaped_name(name))
        .r#type(kind.as_str().into())
        .set_ttl(of.number("ttl").filter(|_| alias.is_none()))
        .set_alias_target(alias.transpose()?)
        .set_resource_records((!records.is_empty()).then_some(records))
        .set_health_check_id(of.filled("health_check_id"))
        .set_set_identifier(of.filled("set_identifier"))
        .set_multi_value_answer(of.flag("multivalue_answer_routing_policy").filter(|is_on| *is_on))
        .set_failover(policy("failover_routing_policy", "type").map(|failover| failover.as_str().into()))
        .set_region(policy("latency_routing_policy", "region").map(|region| region.as_str().into()))
        .set_weight(of.item("weighted_routing_policy").and_then(|block| block.number("weight")))
        .set_geo_location(place)
        .set_cidr_routing_config(range.transpose()?)
        .set_geo_proximity_location(
            of.item("geoproximity_routing_policy").map(|place| proximity_of(&place)).transpose()?,
        )
        .build()
}

fn proximity_of(place: &Want) -> Result<GeoProximityLocation, BuildError> {
    let point = place.item("coordinates").map(|point| {
        Coordinates::builder()
            .latitude(point.text("latitude").unwrap_or_default())
            .longitude(point.text("longitude").unwrap_or_default())
            .build()
    });
    let location = GeoProximityLocation::builder()
        .set_aws_region(place.filled("aws_region"))
        .set_bias(place.integer("bias"))
        .set_coordinates(point.transpose()?)
        .set_local_zone_group(place.filled("local_zone_group"));
    Ok(location.build())
}
