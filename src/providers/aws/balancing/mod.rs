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
    ("aws_lb", |_| Box::new(load_balancer::load_balancer())),
    ("aws_alb", |_| Box::new(load_balancer::load_balancer())),
    ("aws_lb_listener", |_| Box::new(listener::listener())),
    ("aws_alb_listener", |_| Box::new(listener::listener())),
    ("aws_lb_listener_certificate", |_| Box::new(listener_certificate::listener_certificate())),
    ("aws_alb_listener_certificate", |_| Box::new(listener_certificate::listener_certificate())),
    ("aws_lb_listener_rule", |_| Box::new(listener_rule::listener_rule())),
    ("aws_alb_listener_rule", |_| Box::new(listener_rule::listener_rule())),
    ("aws_lb_target_group", |_| Box::new(target_group::target_group())),
    ("aws_alb_target_group", |_| Box::new(target_group::target_group())),
    ("aws_lb_target_group_attachment", |_| Box::new(target_group_attachment::target_group_attachment())),
    ("aws_alb_target_group_attachment", |_| Box::new(target_group_attachment::target_group_attachment())),
];

pub const SOURCES: &[Entry<dyn Source>] = &[
    ("aws_lb", |_| Box::new(data::load_balancer_data())),
    ("aws_alb", |_| Box::new(data::load_balancer_data())),
    ("aws_lb_target_group", |_| Box::new(data::target_group_data())),
    ("aws_alb_target_group", |_| Box::new(data::target_group_data())),
];
