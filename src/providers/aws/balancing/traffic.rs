//! What a rollout asks of Elastic Load Balancing
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RegisterTargets.html>.
//!
//! A shadow is a target group whose name follows from the rollout's token, so that any process finds it; the token is on it as a tag, for people.

use super::forward::{Before, Forward, forwards_to, restored, shared};
use super::tags::{read_tags, sdk_tags};
use super::target_group::read_settings;
use crate::provider::{Complaint, Health, Target, Traffic};
use crate::providers::aws::AwsConnection;
use crate::providers::aws::connection::Aws;
use crate::providers::aws::engine::{Failure, Patience, Seen};
use crate::value::Text;
use async_trait::async_trait;
use aws_sdk_elasticloadbalancingv2::types::{
    TargetDescription, TargetGroup, TargetGroupAttribute, TargetHealth, TargetHealthDescription,
    TargetHealthReasonEnum, TargetHealthStateEnum,
};
use std::time::Duration;

/// As many targets as one call takes.
const TARGETS_PER_CALL: usize = 100;
/// How long a group that nothing forwards to any more may seem to be in use.
const RELEASE: Duration = Duration::from_secs(60);
/// The tag that says which rollout a shadow belongs to.
const ROLLOUT: &str = "terrace:rollout";

#[async_trait]
impl Traffic for AwsConnection {
    async fn register(&self, group: &Text, members: &[Target]) -> Result<(), Vec<Complaint>> {
        for members in members.chunks(TARGETS_PER_CALL) {
            let request = self.aws.elbv2().register_targets().target_group_arn(&**group);
            let sent = request.set_targets(Some(members.iter().map(description).collect())).send().await;
            sent.map_err(Failure::of("Elastic Load Balancing v2: RegisterTargets"))
                .map_err(|failure| vec![failure.complaint("registering targets")])?;
        }
        Ok(())
    }

    async fn deregister(&self, group: &Text, members: &[Target]) -> Result<(), Vec<Complaint>> {
        for members in members.chunks(TARGETS_PER_CALL) {
            let request = self.aws.elbv2().deregister_targets().target_group_arn(&**group);
            let sent = request.set_targets(Some(members.iter().map(description).collect())).send().await;
            match sent.map_err(Failure::of("Elastic Load Balancing v2: DeregisterTargets")) {
                Err(failure) if failure.is_any(&["TargetGroupNotFound"]) => return Ok(()),
                Err(failure) => return Err(vec![failure.complaint("deregistering targets")]),
                Ok(_) => {}
            }
        }
        Ok(())
    }

    async fn health(&self, group: &Text, members: &[Target]) -> Result<Vec<Health>, Vec<Complaint>> {
        // Without a list of targets one call gives all of them.
        let sent = self.aws.elbv2().describe_target_health().target_group_arn(&**group).send().await;
        let seen = match sent.map_err(Failure::of("Elastic Load Balancing v2: DescribeTargetHealth")) {
            Err(failure) if failure.is_any(&["TargetGroupNotFound"]) => Vec::new(),
            Err(failure) => return Err(vec![failure.complaint("reading the health of targets")]),
            Ok(answer) => answer.target_health_descriptions.unwrap_or_default(),
        };
        Ok(members.iter().map(|member| health_of(member, &seen)).collect())
    }

    async fn weigh(&self, group: &Text, shadow: &Text, shadow_percent: u8) -> Result<(), Vec<Complaint>> {
        let weighed = weigh(&self.aws, group, shadow, shadow_percent).await;
        weighed.map_err(|failure| vec![failure.complaint("shifting traffic between target groups")])
    }

    async fn make_shadow(&self, group: &Text, token: &Text) -> Result<Text, Vec<Complaint>> {
        let made = make_shadow(&self.aws, group, token).await;
        made.map(Text::from).map_err(|failure| vec![failure.complaint("creating a shadow target group")])
    }

    async fn remove_shadow(&self, group: &Text, token: &Text) -> Result<(), Vec<Complaint>> {
        let removed = remove_shadow(&self.aws, group, token).await;
        removed.map_err(|failure| vec![failure.complaint("deleting a shadow target group")])
    }

    async fn join(&self, group: &Text, next: &Text) -> Result<(), Vec<Complaint>> {
        let joined = join_settled(&self.aws, group, next).await;
        joined.map_err(|failure| vec![failure.complaint("letting a target group share the traffic of another")])
    }

    async fn leave(&self, group: &Text, next: &Text) -> Result<(), Vec<Complaint>> {
        let left = leave_for_good(&self.aws, group, next).await;
        left.map_err(|failure| vec![failure.complaint("ending that a target group shares the traffic of another")])
    }
}

fn description(member: &Target) -> TargetDescription {
    TargetDescription::builder().id(&*member.id).set_port(member.port.map(i32::from)).build()
}

fn health_of(member: &Target, seen: &[TargetHealthDescription]) -> Health {
    let is_member = |described: &&TargetHealthDescription| {
        described.target().is_some_and(|target| {
            target.id() == Some(&*member.id) && (member.port.is_none() || target.port() == member.port.map(i32::from))
        })
    };
    let health = seen.iter().find(is_member).and_then(TargetHealthDescription::target_health);
    match health.and_then(|health| Some((health, health.state()?))) {
        None => Health::Absent,
        Some((health, TargetHealthStateEnum::Unused)) => match health.reason() {
            Some(TargetHealthReasonEnum::NotRegistered) => Health::Absent,
            _ => Health::Unused,
        },
        Some((_, TargetHealthStateEnum::Initial)) => Health::Initial,
        Some((_, TargetHealthStateEnum::Healthy)) => Health::Healthy,
        Some((_, TargetHealthStateEnum::Draining)) => Health::Draining,
        Some((health, state)) => Health::Unhealthy(reason_of(health, state)),
    }
}

/// `Target.ResponseCodeMismatch: Health checks failed with these codes: [503]`
fn reason_of(health: &TargetHealth, state: &TargetHealthStateEnum) -> String {
    let code = health.reason().map(TargetHealthReasonEnum::as_str).unwrap_or(state.as_str());
    match health.description() {
        Some(description) => format!("{code}: {description}"),
        None => code.to_owned(),
    }
}

async fn make_shadow(aws: &Aws, group: &str, token: &str) -> Result<String, Failure> {
    let shadow = match shadow_of(aws, token).await? {
        Some(arn) => arn,
        None => create_shadow(aws, group, token).await?,
    };
    // An interrupted call may have come as far as any of these.
    let (wanted, has) = futures::try_join!(read_settings(aws, group), read_settings(aws, &shadow))?;
    let is_held = wanted.get("stickiness.enabled").is_some_and(|enabled| enabled == "true");
    let differing = wanted.into_iter().filter(|(key, value)| has.get(key) != Some(value));
    let attributes: Vec<_> =
        differing.map(|(key, value)| TargetGroupAttribute::builder().key(key).value(value).build()).collect();
    if !attributes.is_empty() {
        let request = aws.elbv2().modify_target_group_attributes().target_group_arn(&shadow);
        let sent = request.set_attributes(Some(attributes)).send().await;
        sent.map_err(Failure::of("Elastic Load Balancing v2: ModifyTargetGroupAttributes"))?;
    }
    join(aws, group, &shadow, is_held).await?;
    Ok(shadow)
}

/// Lets a second group stand beside the first in everything that forwards to it, with weight 0.
async fn join(aws: &Aws, group: &str, shadow: &str, is_held: bool) -> Result<(), Failure> {
    for forward in forwards_to(aws, &[group]).await?.into_iter().filter(|forward| !forward.has(shadow)) {
        let before = Before::of(&forward.actions);
        let tags = [(forward.tag(), before.text())].into();
        let request = aws.elbv2().add_tags().resource_arns(shadow).set_tags(sdk_tags(&tags));
        request.send().await.map_err(Failure::of("Elastic Load Balancing v2: AddTags"))?;
        forward.write(aws, shared(&forward.actions, &before, group, shadow, 0, is_held)).await?;
    }
    Ok(())
}

/// The same with a group that stays.
async fn join_settled(aws: &Aws, group: &str, next: &str) -> Result<(), Failure> {
    let (one, other) = futures::try_join!(read_settings(aws, group), read_settings(aws, next))?;
    let is_held = [one, other].iter().any(|it| it.get("stickiness.enabled").is_some_and(|enabled| enabled == "true"));
    join(aws, group, next, is_held).await
}

/// Takes a second group out of the forwards to the first, which are as before then.
async fn leave(aws: &Aws, group: &str, shadow: &str) -> Result<(), Failure> {
    let forwards: Vec<Forward> = forwards_to(aws, &[group, shadow])
        .await?
        .into_iter()
        .filter(|forward| forward.has(shadow) && forward.has(group))
        .collect();
    let before = before_of(aws, shadow, &forwards).await?;
    for (forward, before) in forwards.iter().zip(before) {
        forward.write(aws, restored(&forward.actions, &before, shadow)).await?;
    }
    Ok(())
}

/// The same with a group that stays: no tag on it tells of it any more.
async fn leave_for_good(aws: &Aws, group: &str, next: &str) -> Result<(), Failure> {
    leave(aws, group, next).await?;
    let tags = match read_tags(aws, &[next.to_owned()]).await {
        Err(failure) if failure.is_any(&["TargetGroupNotFound"]) => return Ok(()),
        tags => tags?.remove(next).unwrap_or_default(),
    };
    let keys: Vec<String> = tags.into_keys().filter(|key| key.starts_with(Forward::TAG)).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let request = aws.elbv2().remove_tags().resource_arns(next).set_tag_keys(Some(keys));
    request.send().await.map(drop).map_err(Failure::of("Elastic Load Balancing v2: RemoveTags"))
}

async fn create_shadow(aws: &Aws, group: &str, token: &str) -> Result<String, Failure> {
    let like = describe(aws, group).await?;
    let request = aws
        .elbv2()
        .create_target_group()
        .name(name_of(token))
        .set_protocol(like.protocol)
        .set_protocol_version(like.protocol_version)
        .set_port(like.port)
        .set_vpc_id(like.vpc_id)
        .set_health_check_protocol(like.health_check_protocol)
        .set_health_check_port(like.health_check_port)
        .set_health_check_enabled(like.health_check_enabled)
        .set_health_check_path(like.health_check_path)
        .set_health_check_interval_seconds(like.health_check_interval_seconds)
        .set_health_check_timeout_seconds(like.health_check_timeout_seconds)
        .set_healthy_threshold_count(like.healthy_threshold_count)
        .set_unhealthy_threshold_count(like.unhealthy_threshold_count)
        .set_matcher(like.matcher)
        .set_target_type(like.target_type)
        .set_ip_address_type(like.ip_address_type)
        .set_tags(sdk_tags(&[(ROLLOUT.to_owned(), token.to_owned())].into()));
    let answer = request.send().await.map_err(Failure::of("Elastic Load Balancing v2: CreateTargetGroup"))?;
    Ok(answer.target_groups().first().and_then(TargetGroup::target_group_arn).unwrap_or_default().to_owned())
}

async fn describe(aws: &Aws, group: &str) -> Result<TargetGroup, Failure> {
    const OPERATION: &str = "Elastic Load Balancing v2: DescribeTargetGroups";
    let request = aws.elbv2().describe_target_groups().target_group_arns(group);
    let answer = request.send().await.map_err(Failure::of(OPERATION))?;
    let found = answer.target_groups.unwrap_or_default().into_iter().next();
    found.ok_or_else(|| Failure::new(OPERATION, "TargetGroupNotFound", format!("there is no target group {group}")))
}

/// The shadow that was made with this token.
async fn shadow_of(aws: &Aws, token: &str) -> Result<Option<String>, Failure> {
    let request = aws.elbv2().describe_target_groups().names(name_of(token));
    match request.send().await.map_err(Failure::of("Elastic Load Balancing v2: DescribeTargetGroups")) {
        Ok(answer) => Ok(answer.target_groups().first().and_then(TargetGroup::target_group_arn).map(str::to_owned)),
        Err(failure) if failure.is_any(&["TargetGroupNotFound"]) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Names are unique within account and region, and have at most 32 characters.
fn name_of(token: &str) -> String {
    use sha2::{Digest, Sha256};
    let digest: String = Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("terrace-{}", &digest[..24])
}

async fn weigh(aws: &Aws, group: &str, shadow: &str, percent: u8) -> Result<(), Failure> {
    let forwards: Vec<Forward> =
        forwards_to(aws, &[group]).await?.into_iter().filter(|forward| forward.has(shadow)).collect();
    if forwards.is_empty() && percent > 0 {
        let detail = format!("no listener and no rule forwards to both {group} and {shadow}");
        return Err(Failure::new("Elastic Load Balancing v2: ModifyListener", "NothingToWeigh", detail));
    }
    let before = before_of(aws, shadow, &forwards).await?;
    for (forward, before) in forwards.iter().zip(before) {
        forward.write(aws, shared(&forward.actions, &before, group, shadow, percent, false)).await?;
    }
    Ok(())
}

/// How each of the forwards was before the shadow joined it.
async fn before_of(aws: &Aws, shadow: &str, forwards: &[Forward]) -> Result<Vec<Before>, Failure> {
    if forwards.is_empty() {
        return Ok(Vec::new());
    }
    let mut tags = read_tags(aws, &[shadow.to_owned()]).await?;
    let tags = tags.remove(shadow).unwrap_or_default();
    let before = |forward: &Forward| {
        let text = tags.get(&forward.tag()).ok_or_else(|| {
            let detail = format!("{shadow} has no tag {} any more, which tells how {} was", forward.tag(), forward.arn);
            Failure::new("Elastic Load Balancing v2: DescribeTags", "TagMissing", detail)
        })?;
        Ok(Before::parse(text))
    };
    forwards.iter().map(before).collect()
}

async fn remove_shadow(aws: &Aws, group: &str, token: &str) -> Result<(), Failure> {
    let Some(shadow) = shadow_of(aws, token).await? else { return Ok(()) };
    leave(aws, group, &shadow).await?;
    let shadow = &shadow;
    let delete = || async move {
        let request = aws.elbv2().delete_target_group().target_group_arn(shadow);
        match request.send().await.map_err(Failure::of("Elastic Load Balancing v2: DeleteTargetGroup")) {
            Ok(_) => Ok(Seen::Done(())),
            Err(failure) if failure.is_any(&["ResourceInUse"]) => Ok(Seen::NotYet(failure.code)),
            Err(failure) if failure.is_any(&["TargetGroupNotFound"]) => Ok(Seen::Done(())),
            Err(failure) => Err(failure),
        }
    };
    Patience::minutes(1).at_most(RELEASE).until("deleting a shadow target group", delete).await
}
