"""Target health as AWS has it, once a test asks for it by POST /health; until then every target of moto is healthy at once.

    {"initial": 0.5, "draining": 0.5, "sick_images": ["ami-1"]}

A registered target is `initial` for so many seconds and then healthy, or unhealthy for good where it runs a sick image. One that is deregistered
drains for so many seconds. Targets of a group that nothing forwards to are unused. `service()` says who gets requests.
"""
import json, time
from moto.elbv2 import models as elbv2

plan = None


def begin(text):
    global plan
    plan = json.loads(text)


def uses(backend):
    """(what forwards, group, weight) of every listener's default action and every rule."""
    for balancer in list(backend.load_balancers.values()):
        for listener in list(balancer.listeners.values()):
            for rule in list(listener.rules.values()):
                name = f"{listener.arn}/default" if rule.is_default else rule.arn
                for action in rule.actions:
                    forward = action.data.get("ForwardConfig", {}).get("TargetGroups", [])
                    if "TargetGroupArn" in action.data and not forward:
                        forward = [{"TargetGroupArn": action.data["TargetGroupArn"]}]
                    for one in forward:
                        yield name, one["TargetGroupArn"], int(one.get("Weight", 1))


def state(backend, group, target):
    instance = backend.ec2_backend.get_instance_by_id(target)
    if target not in group.targets:
        return "draining", "Target.DeregistrationInProgress"
    if instance is None or instance.state != "running":
        return "unused", "Target.InvalidState"
    if all(arn != group.arn for _, arn, _ in uses(backend)):
        return "unused", "Target.NotInUse"
    if time.monotonic() - group.since.get(target, 0) < plan["initial"]:
        return "initial", "Elb.InitialHealthChecking"
    if instance.image_id in plan.get("sick_images", []):
        return "unhealthy", "Target.ResponseCodeMismatch"
    return "healthy", None


def draining(group):
    left = list(getattr(group, "left", {}).items())
    return [one for one, (since, _) in left if one not in group.targets and time.monotonic() - since < plan["draining"]]


def service(backend):
    """What forwards -> group's name -> its share in per cent, and its healthy, registered and draining targets."""
    found = {}
    for name, arn, weight in uses(backend):
        found.setdefault(name, {})[arn] = weight
    return [
        {
            "by": name,
            "groups": [
                {
                    "group": backend.target_groups[arn].name,
                    "percent": 100 * weight / (sum(weights.values()) or 1),
                    "healthy": [one for one in list(backend.target_groups[arn].targets) if state(backend, backend.target_groups[arn], one)[0] == "healthy"],
                    "registered": list(backend.target_groups[arn].targets),
                    "draining": draining(backend.target_groups[arn]),
                }
                for arn, weight in weights.items()
                if arn in backend.target_groups
            ],
        }
        for name, weights in found.items()
    ]


def mend():
    register, deregister = elbv2.FakeTargetGroup.register, elbv2.FakeTargetGroup.deregister

    def noted_register(self, targets):
        before = set(self.targets)
        register(self, targets)
        self.since = getattr(self, "since", {})
        self.left = getattr(self, "left", {})
        for target in targets:
            self.left.pop(target["Id"], None)
            if target["Id"] not in before:
                self.since[target["Id"]] = time.monotonic()

    # AWS takes a target that is not registered for deregistered; moto fails.
    def noted_deregister(self, targets):
        known = [target for target in targets if target["Id"] in self.targets]
        deregister(self, known)
        self.left = {**getattr(self, "left", {}), **{target["Id"]: (time.monotonic(), target) for target in known}}

    elbv2.FakeTargetGroup.register, elbv2.FakeTargetGroup.deregister = noted_register, noted_deregister

    describe = elbv2.ELBv2Backend.describe_target_health

    def played(self, target_group_arn, targets):
        group = self.target_groups.get(target_group_arn)
        if plan is None or group is None:
            return describe(self, target_group_arn, targets)
        known = list(group.targets) + draining(group)
        wanted = [one["Id"] for one in targets] or known
        statuses = []
        for target in wanted:
            status, reason = state(self, group, target) if target in known else ("unused", "Target.NotRegistered")
            port = group.targets.get(target, {}).get("Port", group.port)
            statuses.append(elbv2.FakeHealthStatus(target, port, group.health_check_port, status, reason, reason))
        return statuses

    elbv2.ELBv2Backend.describe_target_health = played
