//! Load balancers, what they listen to and where they send it.
//!
//! Each type is also known by its older name, `aws_alb` for `aws_lb` and so on: the same definition under two names.

mod action;
mod action_fields;
mod attributes;
mod condition;
mod data;
mod forward;
mod listener;
mod listener_certificate;
mod listener_fields;
mod listener_rule;
mod load_balancer;
mod load_balancer_changes;
mod load_balancer_fields;
mod load_balancer_zones;
mod tags;
mod target_group;
mod target_group_attachment;
mod target_group_fields;
mod traffic;

use super::engine::{Entry, Kind, Source};

pub const KINDS: &[Entry<dyn Kind>] = &[
    ("aws_lb", |_| load_balancer::load_balancer().into()),
    ("aws_alb", |_| load_balancer::load_balancer().into()),
    ("aws_lb_listener", |_| listener::listener().into()),
    ("aws_alb_listener", |_| listener::listener().into()),
    ("aws_lb_listener_certificate", |_| listener_certificate::listener_certificate().into()),
    ("aws_alb_listener_certificate", |_| listener_certificate::listener_certificate().into()),
    ("aws_lb_listener_rule", |_| listener_rule::listener_rule().into()),
    ("aws_alb_listener_rule", |_| listener_rule::listener_rule().into()),
    ("aws_lb_target_group", |_| target_group::target_group().into()),
    ("aws_alb_target_group", |_| target_group::target_group().into()),
    ("aws_lb_target_group_attachment", |_| target_group_attachment::target_group_attachment().into()),
    ("aws_alb_target_group_attachment", |_| target_group_attachment::target_group_attachment().into()),
];

pub const SOURCES: &[Entry<dyn Source>] = &[
    ("aws_lb", |_| Box::new(data::load_balancer_data())),
    ("aws_alb", |_| Box::new(data::load_balancer_data())),
    ("aws_lb_target_group", |_| Box::new(data::target_group_data())),
    ("aws_alb_target_group", |_| Box::new(data::target_group_data())),
];
