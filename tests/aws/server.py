#!/usr/bin/env python3
"""moto as the tests' AWS, on a port of its own, ended when standard input is closed.

usage: server.py LOG

Prints its port on the first line. LOG gets one line a request: service, action, status, and once POST /health lets target health go as AWS
has it (see health.py), who gets requests before and after it, and which servers it is about. GET /inventory counts what exists, GET /service tells who gets requests,
GET /refreshes what instance refreshes have come to.
What of moto 5.2.5 keeps real stacks from settling is mended here; each mending says what AWS does.
"""
import io, json, logging, os, random, re, string, sys, threading
from urllib.parse import parse_qsl

import health, refresh

logging.getLogger("werkzeug").setLevel(logging.ERROR)
from moto.backends import get_backend
from moto.autoscaling import models as autoscaling
from moto.ec2.models import instances, launch_templates, nat_gateways
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.rds import models as rds
from werkzeug.serving import make_server


def after(owner, name, change):
    """Runs `change(object, arguments)` after a constructor."""
    original = getattr(owner, name)

    def wrapped(self, *arguments, **named):
        original(self, *arguments, **named)
        change(self)

    setattr(owner, name, wrapped)


def resource_id():
    return "db-" + "".join(random.choices(string.ascii_uppercase + string.digits, k=26))


def mend():
    # AWS gives every database instance its own resource id; moto gives all the same one, replicas their primary's.
    after(rds.DBInstance, "__init__", lambda database: setattr(database, "dbi_resource_id", resource_id()))
    create_replica = rds.RDSBackend.create_db_instance_read_replica

    def replica_with_own_id(self, arguments):
        replica = create_replica(self, arguments)
        replica.dbi_resource_id = resource_id()
        return replica

    rds.RDSBackend.create_db_instance_read_replica = replica_with_own_id

    # AWS says of a parameter that somebody set it; moto does not.
    update = rds.DBParameterGroup.update_parameters
    rds.DBParameterGroup.update_parameters = lambda self, new: update(self, [{"Source": "user", **one} for one in new])

    # AWS says that a scaling policy is enabled, and leaves out a predictive configuration that it does not have.
    def complete(policy):
        policy.enabled = True
        policy.predictive_scaling_configuration = policy.predictive_scaling_configuration or None

    after(autoscaling.FakeScalingPolicy, "__init__", complete)

    # Only a cluster of the first serverless kind has a scaling configuration.
    rds.DBCluster.scaling_configuration_info = property(lambda self: self.scaling_configuration or None)

    # The tags of a launch template are not among what it tags.
    construct = launch_templates.LaunchTemplate.__init__

    def without_own_tags(self, backend, name, data, *arguments, **named):
        data = dict(data)
        tags = [one for one in data.pop("TagSpecifications", None) or [] if one.get("ResourceType") != "launch-template"]
        if tags:
            data["TagSpecifications"] = tags
        construct(self, backend, name, data, *arguments, **named)

    launch_templates.LaunchTemplate.__init__ = without_own_tags
    # AWS takes a NAT gateway's network interface away with it.
    delete = nat_gateways.NatGatewayBackend.delete_nat_gateway

    def with_its_interface(self, nat_gateway_id):
        gone = delete(self, nat_gateway_id)
        self.enis.pop(gone._eni.id, None)
        return gone

    nat_gateways.NatGatewayBackend.delete_nat_gateway = with_its_interface
    # AWS deletes the volume that a server has started from, unless its mapping says otherwise; moto only where none is written. And it makes
    # one volume of a mapping; moto leaves another one beside it, where a launch template has the mapping.
    add = instances.Instance.add_block_device

    def root_goes_along(self, size, device_path, snapshot_id, encrypted, delete_on_termination, *arguments, **named):
        if device_path in self.block_device_mapping:
            former = self.block_device_mapping[device_path].volume_id
            self.ec2_backend.detach_volume(former, self.id, device_path)
            self.ec2_backend.delete_volume(former)
        add(self, size, device_path, snapshot_id, encrypted, delete_on_termination or device_path in ("/dev/sda1", self.root_device_name), *arguments, **named)

    instances.Instance.add_block_device = root_goes_along
    health.mend()
    refresh.mend()


SERVICES = ["acm", "autoscaling", "cloudwatch", "ec2", "elbv2", "iam", "kms", "logs", "rds", "route53", "s3", "secretsmanager", "sns", "ssm"]
# Kept by moto for things that are gone.
REMAINS = {"_idempotency_tokens", "delegation_sets", "events", "launch_template_insert_order", "resource_tags", "tags", "tagger", "tagging_service"}


def is_running(instance):
    return instance is not None and instance._state.name != "terminated"


# Where moto keeps a trace of what is gone, or AWS makes something unasked: how many of one entry count.
COUNTED = {
    "ec2.customer_gateways": lambda gateway: gateway.state != "deleted",
    "ec2.vpc_end_points": lambda endpoint: endpoint.state != "deleted",
    "ec2.vpn_gateways": lambda gateway: gateway.state != "deleted",
    "ec2.reservations": lambda reservation: sum(map(is_running, reservation.instances)),
    "ec2.enis": lambda interface: is_running(interface.instance) or interface.instance is None,
    "ec2.nat_gateways": lambda gateway: gateway.state != "deleted",
    "ec2.network_acls": lambda acl: not acl.default,
    "kms.keys": lambda key: not key.description.startswith("Default "),
}


def inventory():
    """How many things every collection of every service holds."""
    found = {}
    for service in SERVICES:
        regions = get_backend(service)["123456789012"]
        for region in ("us-east-1", "aws"):
            if region not in regions.regions:
                continue
            for name, things in vars(regions[region]).items():
                if not isinstance(things, (dict, list)) or name in REMAINS:
                    continue
                if f"{service}.{name}" in COUNTED:
                    found[f"{service}.{name}"] = sum(map(COUNTED[f"{service}.{name}"], things.values()))
                    continue
                inner = [one for one in (things.values() if isinstance(things, dict) else things) if isinstance(one, dict)]
                found[f"{service}.{name}"] = sum(map(len, inner)) if inner and len(inner) == len(things) else len(things)
    found["tokens"] = tokens()
    return json.dumps(found).encode()


def tokens():
    """Objects that have the tag by which Terrace finds what it made."""
    ec2 = get_backend("ec2")["123456789012"]["us-east-1"]
    kms = get_backend("kms")["123456789012"]["us-east-1"]
    return sum("terrace:token" in tags for tags in [*ec2.tags.values(), *kms.tagger.tags.values()])


def in_service():
    backend = get_backend("elbv2")["123456789012"]["us-east-1"]
    return [] if health.plan is None else [json.dumps(health.service(backend))]


# Arguments that name servers.
SERVERS = r"InstanceId\.\d+|Targets\.member\.\d+\.Id"


def logged(application, log):
    lock = threading.Lock()

    def handle(environ, start_response):
        if environ["PATH_INFO"] == "/inventory":
            found = inventory()
            start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(found)))])
            return [found]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if environ["PATH_INFO"] == "/health":
            health.begin(body)
            start_response("200 OK", [("Content-Length", "0")])
            return [b""]
        if environ["PATH_INFO"] in ("/service", "/refreshes"):
            groups = get_backend("autoscaling")["123456789012"]["us-east-1"]
            found = (in_service()[0] if environ["PATH_INFO"] == "/service" else json.dumps(refresh.told(groups))).encode()
            start_response("200 OK", [("Content-Length", str(len(found)))])
            return [found]
        environ["wsgi.input"] = io.BytesIO(body)
        credential = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", environ.get("HTTP_AUTHORIZATION", ""))
        target = environ.get("HTTP_X_AMZ_TARGET", "").split(".")[-1]
        form = dict(parse_qsl(body.decode("utf8", "replace"))) if b"Action=" in body else {}
        action = target or form.get("Action") or f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        seen = {}
        before = in_service()

        def started(status, headers, *more):
            seen["status"] = status.split()[0]
            return start_response(status, headers, *more)

        try:
            return [b"".join(application(environ, started))]
        finally:
            with lock:
                service = credential.group(1) if credential else "-"
                about = [json.dumps(sorted(form[key] for key in form if re.fullmatch(SERVERS, key)))] if before else []
                log.write("\t".join([service, action, seen.get("status", "-"), *before, *in_service(), *about]) + "\n")

    return handle


mend()
application = DomainDispatcherApplication(create_backend_app)
application.debug = True
handle = logged(application, open(sys.argv[1], "a", buffering=1))
server = make_server("127.0.0.1", 0, handle, threaded=True, request_handler=MotoRequestHandler)
os.environ["MOTO_PORT"] = str(server.port)
print(server.port, flush=True)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
server.serve_forever()
