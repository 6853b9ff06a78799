//! The load balancer: HTTP and TCP proxies in this process, made to fit a wanted [`Routing`].

mod routing;

pub use routing::{
    Action, Algorithm, Certificate, CheckKind, HeaderCondition, HealthCheck, Limits, Listener, Protocol, Redirect,
    Routing, Rule, Stickiness, Target, TargetGroup, WeightedGroup,
};
