//! What a change of an AWS object means for those who use it: a line for each type whose loss is noticed.
//!
//! Databases have more to say (`databases::verdict`). What is behind or beside a lost object has a verdict of its own.

use super::databases;
use crate::provider::{Fate, Impact, Judged, Loss, Verdict};
use Impact::{Brief, DataLoss, None as Unnoticed, Outage};

pub fn verdict(change: Judged<'_>) -> Verdict {
    let own = databases::verdict(&change).or_else(|| stored(&change));
    own.unwrap_or_else(|| if change.fate == Fate::Updated { updated(&change) } else { change.by_loss(LOSSES) })
}

/// What keeps something, and may keep it somewhere else when it goes.
fn stored(change: &Judged<'_>) -> Option<Verdict> {
    if change.fate == Fate::Updated {
        return None;
    }
    let lost = |reason: &str| Some(Verdict::new(DataLoss, reason));
    let kept = || Some(Verdict::default());
    match change.kind {
        "aws_s3_bucket" if change.is_on("force_destroy") => lost("its objects are destroyed with it (force_destroy)"),
        "aws_ebs_volume" if !change.is_on("final_snapshot") => {
            lost("what is stored on it is destroyed, without a final snapshot")
        }
        "aws_ebs_volume" => Some(Verdict::new(Outage, "its content stays only in a final snapshot")),
        "aws_cloudwatch_log_group" if change.is_on("skip_destroy") => kept(),
        "aws_cloudwatch_log_group" => lost("its log events are destroyed"),
        _ => None,
    }
}

/// Changes in place that are noticed.
fn updated(change: &Judged<'_>) -> Verdict {
    match change.kind {
        "aws_instance" => {
            let stops = ["cpu_options", "ebs_optimized", "instance_type", "user_data", "user_data_base64"];
            change.by_update(&stops.map(|attribute| (attribute, Outage, "the server is stopped, changed and started")))
        }
        "aws_alb_listener" | "aws_lb_listener" => {
            change.by_update(&[("port", Outage, "it listens at another port; clients of the former one are refused")])
        }
        _ => Verdict::default(),
    }
}

#[rustfmt::skip]
const LOSSES: &[Loss] = &[
    Loss {
        kinds: &["aws_instance", "aws_spot_instance_request"],
        gone: (Outage, "the server goes and nothing takes its place"),
        gap: (Outage, "the server is gone until its successor runs"),
        succession: (Brief, "whoever reaches it by its address has to find its successor"),
    },
    Loss {
        kinds: &["aws_autoscaling_group"],
        gone: (Outage, "all of its servers go"),
        gap: (Outage, "all of its servers go before others are started"),
        succession: (Brief, "its servers go as soon as its successor's count as up"),
    },
    Loss {
        kinds: &["aws_alb", "aws_lb", "aws_elb"],
        gone: (Outage, "nothing answers at its address any more"),
        gap: (Outage, "nothing answers until its successor is there, at another address"),
        succession: (Brief, "clients have to find its successor at another address"),
    },
    Loss {
        kinds: &["aws_alb_listener", "aws_lb_listener"],
        gone: (Outage, "nothing listens at its port any more"),
        gap: (Brief, "nothing listens at its port until its successor does"),
        succession: (Unnoticed, ""),
    },
    Loss {
        kinds: &["aws_alb_listener_rule", "aws_lb_listener_rule"],
        gone: (Brief, "what it matched goes by other rules from now on"),
        gap: (Brief, "what it matches goes by other rules until its successor is there"),
        succession: (Unnoticed, ""),
    },
    Loss {
        kinds: &["aws_alb_target_group", "aws_lb_target_group"],
        gone: (Outage, "nothing that forwards to it is answered any more"),
        gap: (Outage, "its targets are out of service until they are healthy in its successor"),
        succession: (Brief, "its targets serve again once they are healthy in its successor"),
    },
    Loss {
        kinds: &["aws_nat_gateway"],
        gone: (Outage, "connections to the internet through it break and are not made any more"),
        gap: (Outage, "connections to the internet through it break until its successor is there"),
        succession: (Brief, "connections to the internet through it break and can be made again"),
    },
    Loss {
        kinds: &["aws_internet_gateway", "aws_vpn_connection", "aws_vpn_gateway", "aws_ec2_transit_gateway"],
        gone: (Outage, "nothing goes through it any more"),
        gap: (Outage, "nothing goes through it until its successor is there"),
        succession: (Brief, "connections through it break and can be made again"),
    },
    Loss {
        kinds: &["aws_route", "aws_route_table_association"],
        gone: (Outage, "traffic does not take this way any more"),
        gap: (Brief, "traffic does not take this way until its successor is there"),
        succession: (Unnoticed, ""),
    },
    Loss {
        kinds: &["aws_eip"],
        gone: (Outage, "nothing answers at its address any more"),
        gap: (Outage, "its address changes"),
        succession: (Outage, "its address changes"),
    },
    Loss {
        kinds: &["aws_route53_record"],
        gone: (Outage, "the name is not resolved any more"),
        gap: (Brief, "the name is not resolved until its successor is there"),
        succession: (Unnoticed, ""),
    },
    Loss {
        kinds: &["aws_route53_zone"],
        gone: (Outage, "none of its names is resolved any more"),
        gap: (Outage, "its successor has other name servers"),
        succession: (Outage, "its successor has other name servers"),
    },
    Loss {
        kinds: &["aws_security_group_rule", "aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"],
        gone: (Unnoticed, ""),
        gap: (Brief, "what it allows is refused until its successor is there"),
        succession: (Unnoticed, ""),
    },
    Loss {
        kinds: &["aws_kms_key"],
        gone: (DataLoss, "what it has encrypted cannot be read any more once its deletion window is over"),
        gap: (DataLoss, "what it has encrypted cannot be read any more once its deletion window is over"),
        succession: (DataLoss, "what it has encrypted cannot be read any more once its deletion window is over"),
    },
    Loss {
        kinds: &["aws_secretsmanager_secret", "aws_ssm_parameter"],
        gone: (Outage, "whoever reads it finds nothing"),
        gap: (Brief, "whoever reads it finds nothing until its successor is there"),
        succession: (Unnoticed, ""),
    },
    Loss {
        kinds: &["aws_ami", "aws_db_snapshot", "aws_ebs_snapshot", "aws_efs_file_system", "aws_dynamodb_table", "aws_sqs_queue"],
        gone: (DataLoss, "its content is destroyed"),
        gap: (DataLoss, "its content is destroyed; its successor is empty"),
        succession: (DataLoss, "its content is destroyed; its successor is empty"),
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_type_stands_in_one_line() {
        let kinds: Vec<&str> = LOSSES.iter().flat_map(|loss| loss.kinds).copied().collect();
        assert_eq!(kinds.iter().collect::<BTreeSet<_>>().len(), kinds.len());
        let says = |(impact, reason): (Impact, &str)| (impact == Impact::None) == reason.is_empty();
        assert!(LOSSES.iter().all(|loss| says(loss.gone) && says(loss.gap) && says(loss.succession)));
    }
}
