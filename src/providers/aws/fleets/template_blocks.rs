//! Blocks of a launch template that bear the API's own names.

use super::mirror::mirrored;
use aws_sdk_ec2::types::*;

mirrored!(capacity_reservation_target: CapacityReservationTarget, CapacityReservationTargetResponse {
    string capacity_reservation_id, string capacity_reservation_resource_group_arn,
});
mirrored!(capacity_reservation_specification: LaunchTemplateCapacityReservationSpecificationRequest, LaunchTemplateCapacityReservationSpecificationResponse {
    choice capacity_reservation_preference, block capacity_reservation_target,
});
mirrored!(cpu_options: LaunchTemplateCpuOptionsRequest, LaunchTemplateCpuOptions {
    choice amd_sev_snp, whole core_count, whole threads_per_core,
});
mirrored!(ebs: LaunchTemplateEbsBlockDeviceRequest, LaunchTemplateEbsBlockDevice {
    truth delete_on_termination, truth encrypted, whole iops, string kms_key_id, string snapshot_id, whole throughput,
    whole volume_initialization_rate, whole volume_size, choice volume_type,
});
mirrored!(block_device: LaunchTemplateBlockDeviceMappingRequest, LaunchTemplateBlockDeviceMapping {
    string device_name, block ebs, string no_device, string virtual_name,
});
mirrored!(enclave_options: LaunchTemplateEnclaveOptionsRequest, LaunchTemplateEnclaveOptions { yes enabled });
mirrored!(hibernation_options: LaunchTemplateHibernationOptionsRequest, LaunchTemplateHibernationOptions { yes configured });
mirrored!(iam_instance_profile: LaunchTemplateIamInstanceProfileSpecificationRequest, LaunchTemplateIamInstanceProfileSpecification {
    string arn, string name,
});
mirrored!(license: LaunchTemplateLicenseConfigurationRequest, LaunchTemplateLicenseConfiguration { string license_configuration_arn });
mirrored!(maintenance_options: LaunchTemplateInstanceMaintenanceOptionsRequest, LaunchTemplateInstanceMaintenanceOptions {
    choice auto_recovery,
});
mirrored!(metadata_options: LaunchTemplateInstanceMetadataOptionsRequest, LaunchTemplateInstanceMetadataOptions {
    choice http_endpoint, choice http_protocol_ipv6, whole http_put_response_hop_limit, choice http_tokens, choice instance_metadata_tags,
});
mirrored!(monitoring: LaunchTemplatesMonitoringRequest, LaunchTemplatesMonitoring { yes enabled });
mirrored!(placement: LaunchTemplatePlacementRequest, LaunchTemplatePlacement {
    string affinity, string availability_zone, string group_name, string host_id, string host_resource_group_arn, whole partition_number,
    string spread_domain, choice tenancy,
});
mirrored!(private_dns_name_options: LaunchTemplatePrivateDnsNameOptionsRequest, LaunchTemplatePrivateDnsNameOptions {
    yes enable_resource_name_dns_a_record, yes enable_resource_name_dns_aaaa_record, choice hostname_type,
});
mirrored!(connection_tracking_specification: ConnectionTrackingSpecificationRequest, ConnectionTrackingSpecification {
    whole tcp_established_timeout, whole udp_stream_timeout, whole udp_timeout,
});
mirrored!(ena_srd_udp_specification: EnaSrdUdpSpecificationRequest, LaunchTemplateEnaSrdUdpSpecification { yes ena_srd_udp_enabled });
mirrored!(ena_srd_specification: EnaSrdSpecificationRequest, LaunchTemplateEnaSrdSpecification {
    yes ena_srd_enabled, block ena_srd_udp_specification,
});
