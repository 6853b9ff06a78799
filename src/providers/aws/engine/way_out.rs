//! What would help when an API says no: the action that a policy lacks, the quota that is used up.

use super::Failure;

/// Quotas by the code that says one is used up: service, name and code in Service Quotas.
/// <https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html>
const QUOTAS: [(&str, &str, &str, &str); 27] = [
    ("VpcLimitExceeded", "Amazon VPC", "VPCs per Region", "L-F678F1CE"),
    ("SubnetLimitExceeded", "Amazon VPC", "Subnets per VPC", "L-407747CB"),
    ("InternetGatewayLimitExceeded", "Amazon VPC", "Internet gateways per Region", "L-A4707A72"),
    ("NatGatewayLimitExceeded", "Amazon VPC", "NAT gateways per Availability Zone", "L-FE5A380F"),
    ("RouteTableLimitExceeded", "Amazon VPC", "Route tables per VPC", "L-589F43AA"),
    ("RouteLimitExceeded", "Amazon VPC", "Routes per route table", "L-93826ACB"),
    ("SecurityGroupLimitExceeded", "Amazon VPC", "VPC security groups per Region", "L-E79EC296"),
    ("RulesPerSecurityGroupLimitExceeded", "Amazon VPC", "Inbound or outbound rules per security group", "L-0EA8095F"),
    ("SecurityGroupsPerInterfaceLimitExceeded", "Amazon VPC", "Security groups per network interface", "L-2AFB9258"),
    ("NetworkInterfaceLimitExceeded", "Amazon VPC", "Network interfaces per Region", "L-DF5E4CA3"),
    ("NetworkAclLimitExceeded", "Amazon VPC", "Network ACLs per VPC", "L-B4A6D682"),
    ("VpcEndpointLimitExceeded", "Amazon VPC", "Interface VPC endpoints per VPC", "L-29B6F2EB"),
    ("VpcPeeringConnectionLimitExceeded", "Amazon VPC", "Active VPC peering connections per VPC", "L-7E9ECCDB"),
    ("AddressLimitExceeded", "Amazon EC2", "EC2-VPC Elastic IPs", "L-0263D0A3"),
    ("InstanceLimitExceeded", "Amazon EC2", "Running On-Demand Standard instances", "L-1216C47A"),
    ("VcpuLimitExceeded", "Amazon EC2", "Running On-Demand Standard instances", "L-1216C47A"),
    ("MaxSpotInstanceCountExceeded", "Amazon EC2", "All Standard Spot Instance Requests", "L-34B43A08"),
    ("SnapshotLimitExceeded", "Amazon EBS", "Snapshots per Region", "L-309BACF6"),
    ("VolumeLimitExceeded", "Amazon EBS", "Storage for volumes of this kind, in TiB", "L-D18FCD1D"),
    ("TooManyLoadBalancers", "Elastic Load Balancing", "Application Load Balancers per Region", "L-53DA6B97"),
    ("TooManyTargetGroups", "Elastic Load Balancing", "Target Groups per Region", "L-B22855CB"),
    ("TooManyListeners", "Elastic Load Balancing", "Listeners per Application Load Balancer", "L-B6DF7632"),
    ("TooManyRules", "Elastic Load Balancing", "Rules per Application Load Balancer", "L-E7D83E1B"),
    ("InstanceQuotaExceeded", "Amazon RDS", "DB instances", "L-7B6409FD"),
    ("DBClusterQuotaExceededFault", "Amazon RDS", "DB clusters", "L-952B80B8"),
    ("StorageQuotaExceeded", "Amazon RDS", "Total storage for all DB instances", "L-7ADDB58A"),
    ("TooManyBuckets", "Amazon S3", "General purpose buckets", "L-DC2B2D3D"),
];

/// What would help, where the code tells.
pub fn way_out(failure: &Failure) -> Option<String> {
    if failure.is_throttling() {
        return None;
    }
    match failure.code.as_str() {
        "UnauthorizedOperation" | "AccessDenied" | "AccessDeniedException" | "AuthorizationError" => {
            Some(missing_permission(failure))
        }
        _ if failure.is_about_credentials() => Some(
            "The credentials are not valid, or not any more. Renew them and run again; nothing that was done is lost."
                .into(),
        ),
        code if is_about_quota(code) => Some(quota(code)),
        _ if failure.is_silent => Some(
            "No answer came from the API. Check the network, the endpoint and the region; run again to go on where this run \
             stopped."
                .into(),
        ),
        _ if failure.is_in_doubt => Some(
            "The service itself failed, and went on failing. Run again to go on where this run stopped; what it may have made all \
             the same is looked for first."
                .into(),
        ),
        _ => None,
    }
}

fn is_about_quota(code: &str) -> bool {
    let is_listed = QUOTAS.iter().any(|(listed, ..)| *listed == code);
    is_listed || code.ends_with("LimitExceeded") || code.contains("QuotaExceeded") || code == "LimitExceededException"
}

fn quota(code: &str) -> String {
    match QUOTAS.iter().find(|(listed, ..)| *listed == code) {
        Some((_, service, name, quota)) => format!(
            "The quota {name:?} of {service} is used up in this account and region. Free some, or ask for more in Service Quotas \
             ({quota})."
        ),
        None => "An account quota is used up. Free some, or ask for more in Service Quotas.".to_owned(),
    }
}

/// Names the action: as the API says it, or else as the operation is called.
fn missing_permission(failure: &Failure) -> String {
    let said = failure.message.split_once("not authorized to perform: ").map(|(_, after)| after);
    let said = said.and_then(|after| after.split([' ', ',']).next()).map(|action| action.trim_end_matches('.'));
    let action = said.map(str::to_owned).or_else(|| action_of(failure.operation));
    let action = action.unwrap_or_else(|| failure.operation.to_owned());
    let mut text = if failure.message.contains("with an explicit deny") {
        format!(
            "A policy denies {action} to the credentials in use; no other can allow it. Change the one that denies."
        )
    } else {
        format!("The credentials in use lack the permission {action}. Add this action to the role's or user's policy.")
    };
    if failure.message.contains("Encoded authorization failure message") {
        text.push_str(" `aws sts decode-authorization-message` tells which statement decided.");
    }
    text
}

/// `EC2: CreateVpc` is allowed by `ec2:CreateVpc`.
fn action_of(operation: &str) -> Option<String> {
    let (service, call) = operation.split_once(": ")?;
    let prefix = match service {
        "Elastic Load Balancing v2" => "elasticloadbalancing",
        "Auto Scaling" => "autoscaling",
        "Route 53" => "route53",
        "Secrets Manager" => "secretsmanager",
        "CloudWatch Logs" => "logs",
        // Some calls of S3 are allowed by an action of another name.
        "S3" => {
            let action = match call {
                "HeadBucket" => "ListBucket",
                "HeadObject" => "GetObject",
                "DeleteObjects" => "DeleteObject",
                "ListObjectVersions" => "ListBucketVersions",
                "GetBucketEncryption" => "GetEncryptionConfiguration",
                "PutBucketEncryption" | "DeleteBucketEncryption" => "PutEncryptionConfiguration",
                "GetPublicAccessBlock" => "GetBucketPublicAccessBlock",
                "PutPublicAccessBlock" | "DeletePublicAccessBlock" => "PutBucketPublicAccessBlock",
                "GetBucketLifecycleConfiguration" => "GetLifecycleConfiguration",
                "PutBucketLifecycleConfiguration" => "PutLifecycleConfiguration",
                "GetBucketReplication" => "GetReplicationConfiguration",
                "PutBucketReplication" => "PutReplicationConfiguration",
                "GetBucketAccelerateConfiguration" => "GetAccelerateConfiguration",
                "PutBucketAccelerateConfiguration" => "PutAccelerateConfiguration",
                "GetObjectLockConfiguration" => "GetBucketObjectLockConfiguration",
                "PutObjectLockConfiguration" => "PutBucketObjectLockConfiguration",
                call => call,
            };
            return Some(format!("s3:{action}"));
        }
        service => return Some(format!("{}:{call}", service.to_lowercase().replace(' ', ""))),
    };
    Some(format!("{prefix}:{call}"))
}

#[cfg(test)]
mod tests {
    use super::way_out;
    use crate::providers::aws::engine::Failure;

    fn check(operation: &'static str, code: &str, message: &str, expected: &str) {
        assert_eq!(way_out(&Failure::new(operation, code, message)).as_deref(), Some(expected));
    }

    #[test]
    fn missing_permissions_are_named() {
        check(
            "EC2: CreateVpc",
            "UnauthorizedOperation",
            "You are not authorized to perform this operation. User: arn:aws:iam::1:user/ci is not authorized to perform: ec2:CreateTags \
             on resource: arn:aws:ec2:eu-west-1:1:vpc/* because no identity-based policy allows the ec2:CreateTags action.",
            "The credentials in use lack the permission ec2:CreateTags. Add this action to the role's or user's policy.",
        );
        check(
            "S3: HeadBucket",
            "AccessDenied",
            "Access Denied",
            "The credentials in use lack the permission s3:ListBucket. Add this action to the role's or user's policy.",
        );
        check(
            "RDS: CreateDBInstance",
            "AccessDenied",
            "User: a is not authorized to perform: rds:CreateDBInstance on resource: b with an explicit deny in a service control policy",
            "A policy denies rds:CreateDBInstance to the credentials in use; no other can allow it. Change the one that denies.",
        );
    }

    #[test]
    fn used_up_quotas_are_named() {
        check(
            "EC2: CreateVpc",
            "VpcLimitExceeded",
            "The maximum number of VPCs has been reached.",
            "The quota \"VPCs per Region\" of Amazon VPC is used up in this account and region. Free some, or ask for more in Service \
             Quotas (L-F678F1CE).",
        );
    }
}
