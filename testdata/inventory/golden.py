#!/usr/bin/env python3
"""Writes want.json beside each inventory here, with ansible-core as the judge.

Run it where ansible-core is installed:  python3 golden.py
"""
import json, os, pathlib, subprocess

here = pathlib.Path(__file__).parent
env = dict(os.environ, ANSIBLE_LOCALHOST_WARNING="false", ANSIBLE_DEPRECATION_WARNINGS="false")


def ansible(*args):
    return subprocess.run(args, env=env, cwd=case, check=True, capture_output=True, text=True).stdout


def first(variables, *names):
    """The value of the ssh connection plugin: the last name that is set."""
    return next((variables[n] for n in reversed(names) if variables.get(n) is not None), "")


for case in sorted(p for p in here.iterdir() if p.is_dir()):
    source = next(n for n in ("hosts", "hosts.yml", "inventory") if (case / n).exists())
    listed = json.loads(ansible("ansible-inventory", "-i", source, "--list"))
    variables = listed.pop("_meta")["hostvars"]
    parents = {}
    for name, group in listed.items():
        for child in group.get("children", []):
            parents.setdefault(child, set()).add(name)

    def above(group):
        return {group}.union(*(above(p) for p in parents.get(group, ())))

    groups = {}
    for name, group in listed.items():
        for host in group.get("hosts", []):
            groups.setdefault(host, set()).update(above(name))
    want = {"source": source, "hosts": {}, "limits": {}}
    for host in ansible("ansible", "-i", source, "all", "--list-hosts").split()[2:]:
        v = variables.get(host, {})
        want["hosts"][host] = {
            "connection": first(v, "ansible_connection"),
            "host": str(first(v, "ansible_host", "ansible_ssh_host")) or host,
            "port": str(first(v, "ansible_port", "ansible_ssh_port")),
            "user": str(first(v, "ansible_user", "ansible_ssh_user")),
            "groups": sorted(groups.get(host, set()) - {"all", "ungrouped"}),
        }
    limits = case / "limits"
    for pattern in limits.read_text().splitlines() if limits.exists() else ["all"]:
        want["limits"][pattern] = ansible("ansible", "-i", source, "all", "--limit", pattern, "--list-hosts").split()[2:]
    (case / "want.json").write_text(json.dumps(want, indent=1) + "\n")
