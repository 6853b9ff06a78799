//! The options of an option group: as blocks, and as the API has them.

use crate::providers::aws::engine::{Field, Want, block_set, number, set_of_text, text};
use aws_sdk_rds::types::{Option as Described, OptionConfiguration, OptionSetting};
use serde_json::{Value as Json, json};

pub fn option_fields() -> Vec<Field<(), ()>> {
    vec![
        set_of_text("db_security_group_memberships").optional(),
        text("option_name").required(),
        block_set("option_settings", vec![text("name").required(), text("value").required()]).optional(),
        number("port").optional(),
        text("version").optional(),
        set_of_text("vpc_security_group_memberships").optional(),
    ]
}

pub fn option_of(found: &Described) -> Json {
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

/// RDS shows every setting of an option; those that nobody wrote are its defaults.
pub fn as_configured(object: crate::value::Value, before: &crate::value::Value) -> crate::value::Value {
    use crate::value::{Text, Value};
    let written = Want(before.clone()).items("option");
    let settle = |found: &Value| {
        let name = Want(found.clone()).text("option_name");
        let Some(own) = written.iter().find(|option| option.text("option_name") == name) else { return found.clone() };
        let named: Vec<String> =
            own.items("option_settings").iter().filter_map(|setting| setting.text("name")).collect();
        let entries = found.as_entries().into_iter().flat_map(|entries| entries.iter());
        let settled = entries.map(|(key, value)| match &**key {
            "option_settings" => {
                let is_named =
                    |setting: &&Value| Want((*setting).clone()).text("name").is_some_and(|name| named.contains(&name));
                let kept = value.as_items().unwrap_or_default().iter().filter(is_named).cloned().collect();
                (
                    key.clone(),
                    Value::set(value.type_of().element().cloned().unwrap_or(crate::value::Type::Dynamic), kept),
                )
            }
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

pub fn configuration_of(option: &Want) -> OptionConfiguration {
    let setting = |setting: &Want| {
        OptionSetting::builder().set_name(setting.text("name")).set_value(setting.text("value")).build()
    };
    let settings: Vec<OptionSetting> = option.items("option_settings").iter().map(setting).collect();
    let texts = |name: &str| Some(option.texts(name)).filter(|texts| !texts.is_empty());
    OptionConfiguration::builder()
        .set_option_name(option.text("option_name"))
        .set_option_settings((!settings.is_empty()).then_some(settings))
        .set_port(option.positive("port"))
        .set_option_version(option.filled("version"))
        .set_db_security_group_memberships(texts("db_security_group_memberships"))
        .set_vpc_security_group_memberships(texts("vpc_security_group_memberships"))
        .build()
}
