"""Instance refreshes, which moto 5.2.5 does not have: an Auto Scaling group's servers are replaced one by one, those that match stay if asked.

A refresh goes on whenever it is looked at: one server of the group a look. It fails at a server whose image is among the `sick_images` of
POST /health. A server is as the desired configuration says, or as the group does; a refresh that has succeeded leaves its desired configuration
with the group.
"""
import uuid

import health
from moto.autoscaling import models, responses
from moto.core.responses import ActionResult
from moto.autoscaling.exceptions import AutoscalingClientError

OVER = ("Successful", "Failed", "Cancelled")


class Refresh:
    def __init__(self, group, preferences, desired):
        self.id, self.group, self.preferences, self.desired = str(uuid.uuid4()), group, preferences, desired
        self.status, self.reason, self.percent = "Pending", "", 0
        self.waiting = [state.instance for state in group.instance_states]
        self.total = len(self.waiting) or 1
        if preferences.get("SkipMatching") in (True, "true"):
            self.waiting = [one for one in self.waiting if not self.matches(one)]

    def template(self):
        return (self.desired or {}).get("LaunchTemplate") or self.group.launch_template

    def version(self):
        name = self.template().get("Version") or "$Default"
        template = self.group.ec2_launch_template
        return template.get_version(name)

    def matches(self, instance):
        return instance.image_id == self.version().image_id and instance.instance_type == self.version().instance_type

    def go_on(self):
        if self.status in OVER:
            return
        self.status = "InProgress"
        if not self.waiting:
            self.status, self.percent = "Successful", 100
            if self.desired:
                self.group.provided_launch_template_version = self.group.launch_template_version = self.template()["Version"]
            return
        if health.plan and self.version().image_id in health.plan.get("sick_images", []):
            self.status, self.reason = "Failed", "A replacement server did not become healthy in its target group."
            return
        self.replace(self.waiting.pop())
        self.percent = 100 * (self.total - len(self.waiting)) // self.total

    def replace(self, instance):
        """The new server first, then the old one goes."""
        group = self.group
        written = group.launch_template_version
        group.launch_template_version = str(self.version().number)
        group.replace_autoscaling_group_instances(1, group.get_propagated_tags())
        group.launch_template_version = written
        group.autoscaling_backend.update_attached_elbs(group.name)
        group.autoscaling_backend.update_attached_target_groups(group.name)
        gone = [state for state in group.instance_states if state.instance is instance]
        group.instance_states = [state for state in group.instance_states if state.instance is not instance]
        group.autoscaling_backend.ec2_backend.terminate_instances([state.instance.id for state in gone])
        for arn in group.target_group_arns:
            group.autoscaling_backend.elbv2_backend.deregister_targets(arn, [{"Id": state.instance.id} for state in gone])

    def described(self):
        return {
            "InstanceRefreshId": self.id, "AutoScalingGroupName": self.group.name, "Status": self.status, "StatusReason": self.reason,
            "PercentageComplete": self.percent, "InstancesToUpdate": len(self.waiting), "Preferences": self.preferences,
            **({"DesiredConfiguration": self.desired} if self.desired else {}),
        }


def told(backend):
    """Every group's images, one a server, and the states of its refreshes, the latest first."""
    return [
        {
            "images": [state.instance.image_id for state in group.instance_states],
            "refreshes": [one.status for one in getattr(group, "refreshes", [])],
        }
        for group in backend.autoscaling_groups.values()
    ]


def mend():
    def group_of(self):
        return self.autoscaling_backend.autoscaling_groups[self._get_param("AutoScalingGroupName")]

    def refreshes(group):
        group.refreshes = getattr(group, "refreshes", [])
        return group.refreshes

    def start(self):
        group, params = group_of(self), self._get_params()
        if any(one.status not in OVER for one in refreshes(group)):
            raise AutoscalingClientError("InstanceRefreshInProgress", "An instance refresh is already in progress.")
        refresh = Refresh(group, params.get("Preferences", {}), params.get("DesiredConfiguration"))
        refreshes(group).insert(0, refresh)
        return ActionResult({"InstanceRefreshId": refresh.id})

    def describe(self):
        wanted = self._get_param("InstanceRefreshIds", [])
        found = [one for one in refreshes(group_of(self)) if not wanted or one.id in wanted]
        for one in found:
            one.go_on()
        return ActionResult({"InstanceRefreshes": [one.described() for one in found]})

    def cancel(self):
        active = [one for one in refreshes(group_of(self)) if one.status not in OVER]
        if not active:
            raise AutoscalingClientError("ActiveInstanceRefreshNotFound", "No in progress or pending instance refresh found.")
        active[0].status, active[0].reason = "Cancelled", "Cancelled by the user."
        return ActionResult({"InstanceRefreshId": active[0].id})

    responses.AutoScalingResponse.start_instance_refresh = start
    responses.AutoScalingResponse.describe_instance_refreshes = describe
    responses.AutoScalingResponse.cancel_instance_refresh = cancel
