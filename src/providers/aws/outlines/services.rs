//! Shapes of types of the network and of services around it.

use super::{outline, servers};
use crate::providers::aws::engine::{Entry, Kind, block_list, flag, map_of_text, number, set_of_text, text};

pub const KINDS: &[Entry<dyn Kind>] = &[
    ("aws_db_instance_automated_backups_replication", |name| {
        Box::new(
            outline(
                name,
                0,
                vec![
                    text("kms_key_id").optional().computed(),
                    text("pre_signed_url").optional(),
                    number("retention_period").optional(),
                    text("source_db_instance_arn").required(),
                ],
            )
            .timeouts(&["create", "delete"]),
        )
    }),
    ("aws_db_instance_role_association", |name| {
        Box::new(
            outline(
                name,
                0,
                vec![
                    text("db_instance_identifier").required(),
                    text("feature_name").required(),
                    text("role_arn").required(),
                ],
            )
            .timeouts(&["create", "delete"]),
        )
    }),
    ("aws_elasticache_subnet_group", |name| {
        Box::new(outline(
            name,
            0,
            vec![
                text("arn").computed(),
                text("description").optional(),
                text("name").required(),
                set_of_text("subnet_ids").required(),
                map_of_text("tags").optional(),
                map_of_text("tags_all").optional().computed(),
                text("vpc_id").computed(),
            ],
        ))
    }),
    ("aws_lambda_permission", |name| {
        Box::new(outline(
            name,
            0,
            vec![
                text("action").required(),
                text("event_source_token").optional(),
                text("function_name").required(),
                text("function_url_auth_type").optional(),
                text("principal").required(),
                text("principal_org_id").optional(),
                text("qualifier").optional(),
                text("source_account").optional(),
                text("source_arn").optional(),
                text("statement_id").optional().computed(),
                text("statement_id_prefix").optional().computed(),
            ],
        ))
    }),
    ("aws_redshift_subnet_group", |name| {
        Box::new(outline(
            name,
            0,
            vec![
                text("arn").computed(),
                text("description").optional(),
                text("name").required(),
                set_of_text("subnet_ids").required(),
                map_of_text("tags").optional(),
                map_of_text("tags_all").optional().computed(),
            ],
        ))
    }),
    ("aws_secretsmanager_secret_rotation", |name| {
        Box::new(outline(
            name,
            1,
            vec![
                flag("rotate_immediately").optional(),
                flag("rotation_enabled").computed(),
                text("rotation_lambda_arn").optional(),
                text("secret_id").required(),
                block_list(
                    "rotation_rules",
                    1,
                    vec![
                        number("automatically_after_days").optional(),
                        text("duration").optional(),
                        text("schedule_expression").optional(),
                    ],
                )
                .required(),
            ],
        ))
    }),
    ("aws_vpc_block_public_access_exclusion", |name| {
        Box::new(
            outline(
                name,
                0,
                vec![
                    text("internet_gateway_exclusion_mode").required(),
                    text("resource_arn").computed(),
                    text("subnet_id").optional(),
                    map_of_text("tags").optional(),
                    map_of_text("tags_all").computed(),
                    text("vpc_id").optional(),
                ],
            )
            .without_writable_id()
            .timeouts(&["create", "delete", "update"]),
        )
    }),
    ("aws_vpc_block_public_access_options", |name| {
        Box::new(
            outline(
                name,
                0,
                vec![
                    text("aws_account_id").computed(),
                    text("aws_region").computed(),
                    text("internet_gateway_block_mode").required(),
                ],
            )
            .without_writable_id()
            .timeouts(&["create", "delete", "update"]),
        )
    }),
    ("aws_vpn_gateway_route_propagation", |name| {
        Box::new(
            outline(name, 0, vec![text("route_table_id").required(), text("vpn_gateway_id").required()])
                .timeouts(&["create", "delete"]),
        )
    }),
    ("aws_wafv2_web_acl_association", |name| {
        Box::new(
            outline(name, 0, vec![text("resource_arn").required(), text("web_acl_arn").required()])
                .timeouts(&["create"]),
        )
    }),
    ("aws_spot_instance_request", |name| Box::new(servers::spot_instance_request(name))),
];
