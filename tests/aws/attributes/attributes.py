#!/usr/bin/env python3
"""Every attribute of every AWS type: its schema, and what its change is planned to be, beside the real provider's.

usage: attributes.py record --endpoint URL [--keep-objects]   what the real Terraform and provider say goes into recorded.json
       attributes.py compare --terrace PROGRAM [--table FILE] [-v] [TYPE...]   what we say beside it; exit code 1 where it differs

`record` creates the objects of cases.py on the AWS at the endpoint. Both plan, from the state of an object, one resource a change, without
asking the AWS: what is compared is the planning alone.
"""
import argparse, collections, json, os, re, subprocess, sys, tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True
from cases import BASES, CHANGES, MORE_TAGS

PROVIDER = "registry.terraform.io/hashicorp/aws"
RECORDED = HERE / "recorded.json"

# Where an immutable server is replaced and Terraform would stop it, change it and start it again (COMPAT.md).
IMMUTABLE = {("aws_instance", attribute) for attribute in (
    "instance_type", "user_data", "user_data_base64", "iam_instance_profile", "ebs_optimized", "root_block_device", "cpu_options", "hibernation",
    "capacity_reservation_specification", "credit_specification", "enclave_options", "maintenance_options", "private_dns_name_options",
    "launch_template", "placement_group", "tenancy", "host_id", "user_data_replace_on_change", "ebs_block_device", "secondary_private_ips", "ipv6_address_count")}


# Where we are right on purpose: an object's change, and why we plan something else.
DIFFERENT = {
    ("aws_db_instance", "blue_green_update"): "blue/green updates of a database are refused (COMPAT.md)",
    ("aws_db_instance", "replicate_source_db"): "that a replica in a subnet group needs an ARN is said by the API",
    ("aws_main_route_table_association", "vpc_id"): "the real provider plans an update and leaves the other network as it is",
    ("aws_network_acl_rule", "icmp_type"): "the code 0 is what a rule has that says nothing of it",
    ("aws_sns_topic/prefixed", "content_based_deduplication"): "that only ordered topics do it is said by the API",
    ("aws_instance", "without user_data"): "the real provider keeps a checksum of the checksum, and plans an update that changes nothing",
    ("aws_ssm_parameter", "insecure_value"): "the real provider does not know the value that the configuration gives",
}


def kind(name):
    return name.split("/")[0]


def label(text):
    return re.sub(r"[^A-Za-z0-9_]+", "_", text)


def provider(endpoint):
    services = "acm autoscaling cloudwatch ec2 elbv2 iam kms logs rds route53 s3 secretsmanager sns ssm sts".split()
    return {"terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": "~> 5.0"}}},
            "provider": {"aws": {"region": "us-east-1", "access_key": "test", "secret_key": "test", "skip_credentials_validation": True, "skip_metadata_api_check": True,
                                 "skip_requesting_account_id": True, "s3_use_path_style": True, "endpoints": [{service: endpoint for service in services}]}}}


def references_as(value, resolve):
    """`value` with its references replaced."""
    if isinstance(value, str):
        return re.sub(r"\$\{([a-z0-9_/]+)\.([a-z0-9_]+)\}", lambda found: resolve(found[1], found[2]), value)
    if isinstance(value, list):
        return [references_as(one, resolve) for one in value]
    if isinstance(value, dict):
        return {name: references_as(one, resolve) for name, one in value.items()}
    return value


def cases_of(name, state, schema):
    """Case -> body of everything that is changed in one object."""
    base = BASES[name]
    attributes, blocks = schema[kind(name)]["attributes"], schema[kind(name)]["blocks"]
    cases = {case: {**base, **change} for case, change in CHANGES.get(name, {}).items()}
    for attribute, described in attributes.items():
        type_, flags = described.rsplit(" ", 1)
        if type_ == "bool" and "o" in flags and "." not in attribute and attribute not in cases:
            cases[attribute] = {**base, attribute: not state["attributes"].get(attribute)}
    if "tags" in attributes:
        cases["tags"] = {**base, **MORE_TAGS}
    for attribute in base:
        if attribute in blocks or "r" not in attributes.get(attribute, " r").rsplit(" ", 1)[1]:
            cases["without " + attribute] = {**base, attribute: None}
    return {case: {attribute: value for attribute, value in body.items() if value is not None} for case, body in cases.items()}


def configuration_and_state(recorded, names, endpoint, left_out=()):
    """One resource for every change of every object, all from that object's state."""
    resources, instances, cases = collections.defaultdict(dict), [], {}
    states = recorded["states"]
    for name in names:
        state = states[name]
        for case, body in cases_of(name, state, recorded["schemas"]).items():
            address = f"{kind(name)}.{label(name.removeprefix(kind(name)) + '_' + case)}"
            if address in left_out:
                continue
            cases[address] = (name, case)
            resources[kind(name)][address.split(".")[1]] = references_as(body, lambda other, attribute: str(states[other]["attributes"][attribute]))
            instances.append({"mode": "managed", "type": kind(name), "name": address.split(".")[1], "provider": f'provider["{PROVIDER}"]', "instances": [state]})
    configuration = {**provider(endpoint), "resource": resources}
    state = {"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "attributes", "outputs": {}, "resources": instances, "check_results": None}
    return configuration, state, cases


def literal_templates(value):
    """What looks like a template and is meant as it stands (`${version}` of a flow log)."""
    return json.loads(json.dumps(value).replace("${version}", "$${version}"))


def run(program, arguments, directory):
    environment = {**os.environ, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
    return subprocess.run([program, *arguments], cwd=directory, capture_output=True, text=True, env=environment)


def failures(output, addresses):
    """Address -> summary of the errors that a run with `-json` printed."""
    found = {}
    for line in output.splitlines():
        try:
            message = json.loads(line)
        except ValueError:
            continue
        diagnostic = message.get("diagnostic", {})
        if diagnostic.get("severity") == "error":
            address = diagnostic.get("address") or ""
            if not address and diagnostic.get("snippet"):
                address = ".".join(re.findall(r'"?([A-Za-z0-9_]+)"?', (diagnostic["snippet"].get("context") or "").replace("resource", "")))
            if address in addresses:
                found.setdefault(address, diagnostic["summary"].split(":")[0].split("\n")[0])
            else:
                raise SystemExit(f"cannot tell whose error this is: {line}")
    return found


def actions(program, recorded, names, endpoint):
    """Name -> case -> what is planned."""
    refused, planned = {}, collections.defaultdict(dict)
    with tempfile.TemporaryDirectory() as directory:
        while True:
            configuration, state, cases = configuration_and_state(recorded, names, endpoint, refused)
            Path(directory, "main.tf.json").write_text(json.dumps(literal_templates(configuration), indent=1))
            Path(directory, "terraform.tfstate").write_text(json.dumps(state))
            if not Path(directory, ".terraform").exists():
                run(program, ["init"], directory)
            ended = run(program, ["plan", "-refresh=false", "-json", "-out=saved"], directory)
            if ended.returncode == 0:
                break
            new = failures(ended.stdout, cases)
            if not new:
                raise SystemExit(f"{program} plan: {ended.stdout[-3000:]}{ended.stderr[-3000:]}")
            refused.update({address: (cases[address], summary) for address, summary in new.items()})
        shown = run(program, ["show", "-json", "saved"], directory)
        for change in json.loads(shown.stdout)["resource_changes"]:
            name, case = cases[change["address"]]
            planned[name][case] = said(change["change"])
    for (name, case), _ in refused.values():
        planned[name][case] = "refused"
    return planned


def said(change):
    action = {"no-op": "none", "update": "update", "delete create": "replace", "create delete": "replace"}[" ".join(change["actions"])]
    if action == "replace":
        causes = sorted({path[0] for path in change.get("replace_paths", [])})
        return "replace: " + " ".join(causes)
    if action == "update":
        unknown = sorted(name for name, value in (change.get("after_unknown") or {}).items() if value not in (False, [], {}) and "true" in json.dumps(value))
        return "update" + (": unknown " + " ".join(unknown) if unknown else "")
    return action


def schemas(program, directory):
    shown = json.loads(run(program, ["providers", "schema", "-json"], directory).stdout)
    return compact(shown)


def compact(shown):
    """Type -> {"version", "attributes": name -> "type flags", "blocks"}."""
    found = {}
    for one in {kind(name) for name in BASES}:
        schema = shown["provider_schemas"][PROVIDER]["resource_schemas"].get(one)
        if schema:
            attributes, blocks = {}, []
            described(schema["block"], "", attributes, blocks)
            found[one] = {"version": schema["version"], "attributes": attributes, "blocks": blocks}
    return found


def described(block, prefix, attributes, blocks):
    for name, attribute in block.get("attributes", {}).items():
        type_ = json.dumps(attribute["type"], separators=(",", ":")).replace('"', "") if "type" in attribute else "nested"
        flags = "".join(letter for letter, key in zip("rocdsw", ("required", "optional", "computed", "deprecated", "sensitive", "write_only")) if attribute.get(key))
        attributes[prefix + name] = f"{type_} {flags}"
    for name, nested in block.get("block_types", {}).items():
        blocks.append(prefix + name)
        attributes[prefix + name] = f"block {nested['nesting_mode']},{nested.get('min_items', 0)},{nested.get('max_items', 0)} b"
        described(nested["block"], f"{prefix}{name}.", attributes, blocks)


def created(endpoint):
    """The states of the objects of cases.py, made by the real Terraform."""
    with tempfile.TemporaryDirectory() as directory:
        resources = collections.defaultdict(dict)
        for name, body in BASES.items():
            resources[kind(name)][label(name)] = references_as(body, lambda other, attribute: "${%s.%s.%s}" % (kind(other), label(other), attribute))
        Path(directory, "main.tf.json").write_text(json.dumps({**provider(endpoint), "resource": resources}, indent=1))
        run("terraform", ["init"], directory)
        ended = run("terraform", ["apply", "-auto-approve", "-no-color", "-parallelism=30"], directory)
        if ended.returncode:
            print(ended.stderr, file=sys.stderr)
        state = json.loads(Path(directory, "terraform.tfstate").read_text())
        made = {(one["type"], one["name"]): one["instances"][0] for one in state["resources"] if one["instances"]}
        states = {}
        for name in BASES:
            instance = made.get((kind(name), label(name)))
            if instance is None:
                print(f"not made: {name}", file=sys.stderr)
                continue
            states[name] = {key: value for key, value in instance.items() if key not in ("dependencies", "status")}
        # moto answers an empty scaling configuration for every cluster, which no plan can settle.
        states["aws_rds_cluster"]["attributes"]["scaling_configuration"] = []
        shown = json.loads(run("terraform", ["providers", "schema", "-json"], directory).stdout)
        return states, compact(shown)


def record(arguments):
    if arguments.keep_objects:
        recorded = {part: entries for part, entries in json.loads(RECORDED.read_text()).items() if part != "actions"}
    else:
        states, found = created(arguments.endpoint)
        recorded = {"schemas": found, "states": states}
        RECORDED.write_text(lines_of(recorded))
    states = recorded["states"]
    recorded["actions"] = actions("terraform", recorded, [name for name in BASES if name in states], arguments.endpoint)
    RECORDED.write_text(lines_of(recorded))


def lines_of(recorded):
    """JSON with a line for every type, so that differences can be read."""
    parts = []
    for part, entries in recorded.items():
        inner = ",\n".join(f"  {json.dumps(name)}: {json.dumps(value, sort_keys=True)}" for name, value in sorted(entries.items()))
        parts.append(f" {json.dumps(part)}: {{\n{inner}\n }}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def compare(arguments):
    recorded = json.loads(RECORDED.read_text())
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "main.tf.json").write_text(json.dumps(provider("http://127.0.0.1:9")))
        ours = schemas(arguments.terrace, directory)
    names = [name for name in recorded["states"] if kind(name) in ours and (not arguments.types or kind(name) in arguments.types)]
    planned = actions(arguments.terrace, recorded, names, "http://127.0.0.1:9")
    rows, wrong = [], []
    for one in sorted({kind(name) for name in BASES}):
        if arguments.types and one not in arguments.types:
            continue
        theirs = recorded["schemas"][one]["attributes"]
        mine = ours.get(one, {"attributes": {}})["attributes"]
        differing = sorted(name for name in theirs if mine.get(name) != theirs[name])
        wrong += [f"{one}: schema of {name}: {mine.get(name)!r}, hashicorp's is {theirs[name]!r}" for name in differing] if mine else []
        wrong += [f"{one}: schema: {name} is not in hashicorp's" for name in mine if name not in theirs]
        count = collections.Counter()
        for name in (name for name in names if kind(name) == one):
            for case, expected in recorded["actions"][name].items():
                answer = planned[name].get(case)
                causes = set(answer.removeprefix("replace: ").split()) if answer and answer.startswith("replace") else set()
                verdict = "same" if answer == expected or (name, case) in DIFFERENT else "immutable" if expected.startswith("update") and causes and all((one, cause) in IMMUTABLE for cause in causes) else "other"
                count[verdict] += 1
                if verdict == "other":
                    wrong.append(f"{name}: {case}: {answer}; the real provider: {expected}")
        rows.append((one, len(theirs), len([name for name in theirs if name in mine]), len(theirs) - len(differing), count["same"], count["immutable"], count["other"]))
    if arguments.verbose:
        print("\n".join(wrong))
    total = [sum(row[column] for row in rows) for column in range(1, 7)]
    table = ["| type | attributes of hashicorp/aws 5.100.0 | accepted | described the same | changes planned the same | replaced because servers are immutable | otherwise |", "|---|--:|--:|--:|--:|--:|--:|"]
    table += ["| " + " | ".join(str(column) for column in row) + " |" for row in [*rows, ("all", *total)]]
    print("\n".join(table) if not arguments.verbose else table[-1])
    if arguments.table:
        Path(arguments.table).write_text(open(HERE / "table.md").read().rstrip() + "\n\n" + "\n".join(table) + "\n")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    recording = commands.add_parser("record")
    recording.add_argument("--endpoint", required=True)
    recording.add_argument("--keep-objects", action="store_true", help="the objects recorded last time; only what is planned is recorded anew")
    comparing = commands.add_parser("compare")
    comparing.add_argument("--terrace", required=True)
    comparing.add_argument("--table")
    comparing.add_argument("-v", "--verbose", action="store_true")
    comparing.add_argument("types", nargs="*")
    arguments = parser.parse_args()
    sys.exit(record(arguments) if arguments.command == "record" else compare(arguments))


main()
