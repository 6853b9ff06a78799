//! Shapes of types of the network and of services around it.

use super::{Outline, outline};
use crate::providers::aws::engine::{block_list, flag, map_of_text, number, set_of_text, text};

pub fn outlines() -> Vec<Outline> {
    vec![
        outline(
            "aws_db_instance_automated_backups_replication",
            0,
            vec![
                text("kms_key_id").optional().computed(),
                text("pre_signed_url").optional(),
                number("retention_period").optional(),
                text("source_db_instance_arn").required(),
            ],
        )
        .timeouts(&["create", "delete"]),
        outline(
            "aws_db_instance_role_association",
            0,
            vec![
                text("db_instance_identifier").required(),
                text("feature_name").required(),
                text("role_arn").required(),
            ],
        )
        .timeouts(&["create", "delete"]),
        outline(
            "aws_elasticache_subnet_group",
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
        ),
        outline(
            "aws_lambda_permission",
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
        ),
        outline(
            "aws_redshift_subnet_group",
            0,
            vec![
                text("arn").computed(),
                text("description").optional(),
                text("name").required(),
                set_of_text("subnet_ids").required(),
                map_of_text("tags").optional(),
                map_of_text("tags_all").optional().computed(),
            ],
        ),
        outline(
            "aws_secretsmanager_secret_rotation",
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
        ),
        outline(
            "aws_vpc_block_public_access_exclusion",
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
        outline(
            "aws_vpc_block_public_access_options",
            0,
            vec![
                text("aws_account_id").computed(),
                text("aws_region").computed(),
                text("internet_gateway_block_mode").required(),
            ],
        )
        .without_writable_id()
        .timeouts(&["create", "delete", "update"]),
        outline(
            "aws_vpn_gateway_route_propagation",
            0,
            vec![text("route_table_id").required(), text("vpn_gateway_id").required()],
        )
        .timeouts(&["create", "delete"]),
        outline(
            "aws_wafv2_web_acl_association",
            0,
            vec![text("resource_arn").required(), text("web_acl_arn").required()],
        )
        .timeouts(&["create"]),
    ]
}
