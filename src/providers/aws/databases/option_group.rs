//! `aws_db_option_group` <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_OptionGroup.html>

use super::tags::{change_tags, read_tags, sdk_tags};
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{
    Call, Failure, Field, Resource, Want, block_set, flag, name_prefix_of, number, set_of_text, text,
};
use aws_sdk_rds::operation::create_option_group::builders::CreateOptionGroupFluentBuilder as Create;
use aws_sdk_rds::types::{Option as Described, OptionConfiguration, OptionGroup, OptionSetting};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;

pub struct Group {
    group: OptionGroup,
    tags: BTreeMap<String, String>,
}

pub fn option_group() -> Resource<Group, Create> {
    let begin = |aws: &Aws| aws.rds().create_option_group();
    Resource::new("aws_db_option_group", "RDS DB Option Group", 0, begin, create)
        .fields(fields())
        .read_many(1, |found: &Group| found.group.option_group_name().unwrap_or_default().to_owned(), read)
        .tagged(|found| found.tags.clone(), change_tags)
        .change_after_create("options", change_options)
        .delete(delete)
        .missing(&["OptionGroupNotFoundFault"])
        .retry_delete_on(&["InvalidOptionGroupStateFault"])
        .reconcile(as_configured)
        .recovered_by(find)
        .timeouts(&[("delete", 15)])
}

fn fields() -> Vec<Field<Group, Create>> {
    vec![
        text("arn").computed().from(|found: &Group| found.group.option_group_arn.clone()),
        text("engine_name")
            .required()
            .replaces()
            .from(|found: &Group| found.group.engine_name.clone())
            .to(Create::set_engine_name),
        text("major_engine_version")
            .required()
            .replaces()
            .from(|found: &Group| found.group.major_engine_version.clone())
            .to(Create::set_major_engine_version),
        text("name")
            .optional()
            .computed()
            .replaces()
            .conflicts(&["name_prefix"])
            .from(|found: &Group| found.group.option_group_name.clone()),
        text("name_prefix")
            .optional()
            .computed()
            .replaces()
            .conflicts(&["name"])
            .from(|found: &Group| Some(name_prefix_of(found.group.option_group_name().unwrap_or_default()))),
        block_set("option", option_fields())
            .optional()
            .from(|found: &Group| found.group.options().iter().map(option_of).collect::<Json>())
            .changed_by("options"),
        text("option_group_description")
            .default("Managed by Terraform")
            .replaces()
            .from(|found: &Group| found.group.option_group_description.clone())
            .to(Create::set_option_group_description),
        flag("skip_destroy").default(false),
    ]
}

fn option_fields() -> Vec<Field<(), ()>> {
    vec![
        set_of_text("db_security_group_memberships").optional(),
        text("option_name").required(),
        block_set("option_settings", vec![text("name").required(), text("value").required()]).optional(),
        number("port").optional(),
        text("version").optional(),
        set_of_text("vpc_security_group_memberships").optional(),
    ]
}

fn option_of(found: &Described) -> Json {
    let groups = found.vpc_security_group_memberships().iter().filter_map(|group| group.vpc_security_group_id());
    let old_groups = found.db_security_group_memberships().iter().filter_map(|group| group.db_security_group_name());
    let settings = found.option_settings().iter().filter(|setting| setting.value().is_some());
    let settings = settings.map(|setting| json!({ "name": setting.name(), "value": setting.value() }));
    json!({
        "db_security_group_memberships": old_groups.collect::<Vec<_>>(),
        "option_name": found.option_name().unwrap_or_default(),
        "option_settings": settings.collect::<Vec<_>>(),
        "port": found.port().unwrap_or_default(),
        "version": found.option_version().unwrap_or_default(),
        "vpc_security_group_memberships": groups.collect::<Vec<_>>(),
    })
}

/// RDS shows every setting of an option; those that nobody wrote are its defaults. And what was left out stays null.
fn as_configured(object: crate::value::Value, before: &crate::value::Value) -> crate::value::Value {
    use crate::value::{Text, Value};
    let written = Want(before.clone()).items("option");
    let settle = |found: &Value| {
        let name = Want(found.clone()).text("option_name");
        let Some(own) = written.iter().find(|option| option.text("option_name") == name) else { return found.clone() };
        let named: Vec<String> =
            own.items("option_settings").iter().filter_map(|setting| setting.text("name")).collect();
        let entries = found.as_entries().into_iter().flat_map(|entries| entries.iter());
        let settled = entries.map(|(key, value)| match (&**key, own.0.get(key)) {
            ("option_settings", _) => {
                let is_named =
                    |setting: &&Value| Want((*setting).clone()).text("name").is_some_and(|name| named.contains(&name));
                let kept = value.as_items().unwrap_or_default().iter().filter(is_named).cloned().collect();
                (
                    key.clone(),
                    Value::set(value.type_of().element().cloned().unwrap_or(crate::value::Type::Dynamic), kept),
                )
            }
            (_, Some(own)) if own.is_null() && is_nothing(value) => (key.clone(), own.clone()),
            _ => (key.clone(), value.clone()),
        });
        Value::object(settled.collect::<Vec<(Text, Value)>>())
    };
    let entries = object.as_entries().into_iter().flat_map(|entries| entries.iter());
    let with_options = entries.map(|(key, value)| match &**key {
        "option" => {
            let element = value.type_of().element().cloned().unwrap_or(crate::value::Type::Dynamic);
            let options = value.as_items().unwrap_or_default().iter().map(settle).collect();
            (key.clone(), Value::set(element, options))
        }
        _ => (key.clone(), value.clone()),
    });
    Value::object(with_options.collect::<Vec<_>>())
}

fn is_nothing(value: &crate::value::Value) -> bool {
    let is_zero = value.as_number().and_then(|number| number.to_i64()) == Some(0);
    let is_empty = value.as_items().is_some_and(<[_]>::is_empty) || value.as_str().is_some_and(|text| text.is_empty());
    is_zero || is_empty
}

fn name_of(call: &Call) -> String {
    call.name_or_generated("name", "name_prefix", "terraform-").to_lowercase()
}

async fn create(request: Create, call: Call) -> Result<String, Failure> {
    let name = name_of(&call);
    let request = request.option_group_name(&name).set_tags(sdk_tags(&call.tags));
    request.send().await.map_err(Failure::of("RDS: CreateOptionGroup"))?;
    Ok(name)
}

async fn read(aws: Arc<Aws>, names: Vec<String>) -> Result<Vec<Group>, Failure> {
    let mut found = Vec::new();
    for name in names {
        let request = aws.rds().describe_option_groups().option_group_name(name);
        let answer = request.send().await.map_err(Failure::of("RDS: DescribeOptionGroups"))?;
        for group in answer.option_groups_list.unwrap_or_default() {
            let tags = read_tags(&aws, group.option_group_arn().unwrap_or_default()).await?;
            found.push(Group { group, tags });
        }
    }
    Ok(found)
}

async fn find(call: Call) -> Result<Option<String>, Failure> {
    let name = name_of(&call);
    match read(call.aws.clone(), vec![name.clone()]).await {
        Ok(found) => Ok(found.first().map(|_| name)),
        Err(failure) if failure.is_any(&["OptionGroupNotFoundFault"]) => Ok(None),
        Err(failure) => Err(failure),
    }
}

async fn change_options(call: Call) -> Result<(), Failure> {
    let (former, wanted) = (call.prior.items("option"), call.want.items("option"));
    let name = |option: &Want| option.text("option_name").unwrap_or_default();
    let gone: Vec<String> =
        former.iter().map(name).filter(|old| !wanted.iter().any(|option| name(option) == *old)).collect();
    let changed: Vec<OptionConfiguration> =
        wanted.iter().filter(|option| !former.iter().any(|old| old.0 == option.0)).map(configuration_of).collect();
    let request = call
        .aws
        .rds()
        .modify_option_group()
        .option_group_name(&call.id)
        .apply_immediately(true)
        .set_options_to_include((!changed.is_empty()).then_some(changed))
        .set_options_to_remove((!gone.is_empty()).then_some(gone));
    request.send().await.map(drop).map_err(Failure::of("RDS: ModifyOptionGroup"))
}

fn configuration_of(option: &Want) -> OptionConfiguration {
    let setting = |setting: &Want| {
        OptionSetting::builder().set_name(setting.text("name")).set_value(setting.text("value")).build()
    };
    let settings: Vec<OptionSetting> = option.items("option_settings").iter().map(setting).collect();
    let texts = |name: &str| Some(option.texts(name)).filter(|texts| !texts.is_empty());
    OptionConfiguration::builder()
        .set_option_name(option.text("option_name"))
        .set_option_settings((!settings.is_empty()).then_some(settings))
        .set_port(option.integer("port").filter(|port| *port > 0))
        .set_option_version(option.filled("version"))
        .set_db_security_group_memberships(texts("db_security_group_memberships"))
        .set_vpc_security_group_memberships(texts("vpc_security_group_memberships"))
        .build()
}

async fn delete(call: Call) -> Result<(), Failure> {
    let sent = call.aws.rds().delete_option_group().option_group_name(&call.id).send().await;
    sent.map(drop).map_err(Failure::of("RDS: DeleteOptionGroup"))
}
