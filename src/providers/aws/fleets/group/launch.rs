//! What a group launches servers from: a launch template, or several instance types on demand and spot.

use super::super::mirror::{mirrored, string};
use super::super::requirements;
use super::{blocks::only, maybe};
use crate::providers::aws::engine::{Field, Want, block_list, text};
use crate::value::{Text, Value};
use aws_sdk_autoscaling::operation::create_auto_scaling_group::builders::CreateAutoScalingGroupFluentBuilder as Create;
use aws_sdk_autoscaling::types::{
    AutoScalingGroup as Group, InstancesDistribution, LaunchTemplate, LaunchTemplateOverrides,
    LaunchTemplateSpecification, MixedInstancesPolicy,
};

mirrored!(instances_distribution: InstancesDistribution, InstancesDistribution {
    string on_demand_allocation_strategy, whole on_demand_base_capacity, whole on_demand_percentage_above_base_capacity,
    string spot_allocation_strategy, whole spot_instance_pools, string spot_max_price,
});

/// The names of a template's id and name, in the one block and in the other.
pub const OWN: [&str; 2] = ["id", "name"];
pub const IN_POLICY: [&str; 2] = ["launch_template_id", "launch_template_name"];

/// Names of versions that follow the template. AWS takes the latter where none is said.
pub const LATEST_VERSION: &str = "$Latest";
pub const DEFAULT_VERSION: &str = "$Default";

pub fn fields() -> Vec<Field<Group, Create>> {
    vec![
        block_list("launch_template", 1, template_fields(OWN))
            .optional()
            .exactly_one(&["launch_configuration", "mixed_instances_policy"])
            .from(|found: &Group| maybe(found.launch_template().map(|template| template_value(template, OWN))))
            .to(|request: Create, blocks: &Value| request.set_launch_template(only(blocks).as_ref().map(template))),
        block_list("mixed_instances_policy", 1, policy_fields())
            .optional()
            .computed()
            .exactly_one(&["launch_configuration", "launch_template"])
            .from(|found: &Group| maybe(found.mixed_instances_policy().map(policy_value)))
            .to(|request: Create, blocks: &Value| {
                request.set_mixed_instances_policy(only(blocks).as_ref().map(policy))
            }),
    ]
}

/// Who writes the id learns the name, and the other way round.
fn template_fields([id, name]: [&'static str; 2]) -> Vec<Field<(), ()>> {
    vec![
        text(id).optional().computed().conflicts(&[name]).follows(&[name]),
        text(name).optional().computed().conflicts(&[id]).follows(&[id]),
        text("version").optional().computed(),
    ]
}

fn policy_fields() -> Vec<Field<(), ()>> {
    let filled = |field: Field<(), ()>| if field.declared.name == "spot_max_price" { field } else { field.computed() };
    let distribution = instances_distribution::fields().into_iter().map(filled).collect();
    let own_template = || block_list("launch_template_specification", 1, template_fields(IN_POLICY));
    let over = vec![
        block_list("instance_requirements", 1, requirements::of_override::fields()).optional(),
        string("instance_type"),
        own_template().optional(),
        string("weighted_capacity"),
    ];
    let template = vec![own_template().required(), block_list("override", 0, over).optional()];
    vec![
        block_list("instances_distribution", 1, distribution).optional().kept_if_omitted(),
        block_list("launch_template", 1, template).required(),
    ]
}

/// Of either block. By id where it is known: the API takes one of both.
pub fn template(block: &Want) -> LaunchTemplateSpecification {
    let either = |own: &str, in_policy: &str| block.filled(own).or_else(|| block.filled(in_policy));
    let id = either(OWN[0], IN_POLICY[0]);
    let name = either(OWN[1], IN_POLICY[1]).filter(|_| id.is_none());
    let request = LaunchTemplateSpecification::builder().set_launch_template_id(id).set_launch_template_name(name);
    request.set_version(block.filled("version")).build()
}

fn template_value(found: &LaunchTemplateSpecification, [id, name]: [&'static str; 2]) -> Value {
    Value::object([
        (Text::from(id), said(found.launch_template_id())),
        (name.into(), said(found.launch_template_name())),
        ("version".into(), said(found.version())),
    ])
}

pub fn policy(block: &Want) -> MixedInstancesPolicy {
    let of_template = |block: Want| {
        let overrides: Vec<LaunchTemplateOverrides> = block.items("override").iter().map(over).collect();
        LaunchTemplate::builder()
            .set_launch_template_specification(block.item("launch_template_specification").as_ref().map(template))
            .set_overrides((!overrides.is_empty()).then_some(overrides))
            .build()
    };
    let distribution = block.item("instances_distribution").map(|block| {
        // None on demand, or none at the base, is meant where it is written.
        let mut request = instances_distribution::request(&block);
        request.on_demand_base_capacity = block.integer("on_demand_base_capacity");
        request.on_demand_percentage_above_base_capacity = block.integer("on_demand_percentage_above_base_capacity");
        request
    });
    let request = MixedInstancesPolicy::builder().set_instances_distribution(distribution);
    request.set_launch_template(block.item("launch_template").map(of_template)).build()
}

fn over(block: &Want) -> LaunchTemplateOverrides {
    LaunchTemplateOverrides::builder()
        .set_instance_requirements(block.item("instance_requirements").as_ref().map(requirements::of_override::request))
        .set_instance_type(block.filled("instance_type"))
        .set_launch_template_specification(block.item("launch_template_specification").as_ref().map(template))
        .set_weighted_capacity(block.filled("weighted_capacity"))
        .build()
}

fn said(text: Option<&str>) -> Value {
    Value::text(text.unwrap_or_default())
}

fn policy_value(found: &MixedInstancesPolicy) -> Value {
    let own_template = |found: Option<&LaunchTemplateSpecification>| {
        (Text::from("launch_template_specification"), maybe(found.map(|found| template_value(found, IN_POLICY))))
    };
    let over = |found: &LaunchTemplateOverrides| {
        let offered = found.instance_requirements().map(requirements::of_override::value);
        Value::object([
            (Text::from("instance_requirements"), maybe(offered)),
            ("instance_type".into(), said(found.instance_type())),
            own_template(found.launch_template_specification()),
            ("weighted_capacity".into(), said(found.weighted_capacity())),
        ])
    };
    let template = found.launch_template().map(|template| {
        Value::object([
            own_template(template.launch_template_specification()),
            ("override".into(), Value::tuple(template.overrides().iter().map(over).collect())),
        ])
    });
    let distribution = found.instances_distribution().map(instances_distribution::value);
    Value::object([
        (Text::from("instances_distribution"), maybe(distribution)),
        ("launch_template".into(), maybe(template)),
    ])
}
