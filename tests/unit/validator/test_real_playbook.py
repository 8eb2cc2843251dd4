"""The check as a user meets it: ansible-playbook on inventories whose hosts do not exist."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from ipaddress import IPv4Network
from pathlib import Path

import pytest
import yaml
from ansible_collections.quorum.kubernetes.tests.unit.project.project import PLAYBOOKS, load

from lab.inventory import Cluster, render_ini
from lab.inventory import variables as lab_variables
from lab.mirror import Mirror
from lab.sources import RELEASES
from lab.topology import TOPOLOGIES
from tools.collection_link import ROOT, ensure_link

CHECKED = [path for path in PLAYBOOKS if "hosts" in load(path)[0]]  # the others end with one of these
MIRROR = Mirror(
    registry_port=5680, files_port=5681, kubernetes_key="A" * 40, containerd_key="B" * 40, etcd_sha256="c" * 64
)
NETWORK = IPv4Network("10.77.4.0/24")

INVENTORY = """\
[kube_control_plane]
cp1 ansible_host=192.0.2.11
cp2 ansible_host=192.0.2.12
cp3 ansible_host=192.0.2.13

[kube_node]
w1 ansible_host=192.0.2.21
w2 ansible_host=192.0.2.22

[load_balancer]
lb1 ansible_host=192.0.2.5
"""

# A connection plugin that leaves a trace: nobody may even try.
CONNECTION = """\
from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = '''
name: trace
short_description: writes a file when it is used
description: writes a file when it is used
'''


class Connection(ConnectionBase):
    transport = "trace"
    has_pipelining = False

    def _connect(self):
        open({trace!r}, "w").close()
        return self

    def exec_command(self, cmd, in_data=None, sudoable=True):
        return self._connect() and (1, b"", b"")

    put_file = fetch_file = exec_command

    def close(self):
        pass
"""

PLAYBOOK = """\
- name: Check the inventory
  hosts: all
  gather_facts: false
  become: true
  tasks:
    - name: Name everything that is wrong with the inventory
      quorum.kubernetes.validate_inventory:
      run_once: true
      register: checked

    - name: Keep what it returned
      ansible.builtin.copy:
        content: "{{ checked | to_json }}"
        dest: "{{ playbook_dir }}/result.json"
        mode: "0600"
      delegate_to: localhost
      connection: local
      become: false
      run_once: true

- name: Change a host
  hosts: cp1
  gather_facts: false
  tasks:
    - name: Connect
      ansible.builtin.ping:
"""


class Site:
    """A folder with an inventory, and what a run of the playbook said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.trace = folder / "a-connection-was-tried"
        self.output = self.errors = ""
        self.inventory = folder / "inventory.ini"
        self.playbook = folder / "check.yml"
        self.callback = "default"
        plugins = folder / "connection"
        plugins.mkdir()
        (plugins / "trace.py").write_text(CONNECTION.format(trace=str(self.trace)), encoding="utf-8")
        (folder / "check.yml").write_text(PLAYBOOK, encoding="utf-8")
        (folder / "inventory.ini").write_text(INVENTORY, encoding="utf-8")
        self.write("group_vars/all/cluster.yml", 'kube_version: "1.37.1"\n')
        self.write("group_vars/all/connection.yml", "ansible_connection: trace\n")

    def write(self, name: str, content: str, mode: int = 0o600) -> Path:
        """Write a file of the site."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        path.chmod(mode)
        return path

    def run(self, *options: str) -> int:
        """Run the playbook; the exit status."""
        environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "ANSIBLE_COLLECTIONS_PATH": str(ensure_link()),
            "ANSIBLE_CONNECTION_PLUGINS": str(self.folder / "connection"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_NOCOLOR": "true",
            "ANSIBLE_SHOW_CUSTOM_STATS": "true",
            "ANSIBLE_STDOUT_CALLBACK": self.callback,
            "COLUMNS": "60",
            "LC_ALL": "C.UTF-8",
        }
        argv = ["ansible-playbook", "-i", str(self.inventory), str(self.playbook), *options]
        done = subprocess.run(argv, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        self.output, self.errors = done.stdout + done.stderr, done.stderr
        return done.returncode

    @property
    def lines(self) -> list[str]:
        """The lines with codes, each as printed."""
        return [line for line in self.output.splitlines() if line[:1] in "EW" and line[1:5].isdigit()]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A right inventory."""
    return Site(tmp_path)


def test_a_right_inventory_lets_the_run_go_on(site: Site) -> None:
    site.run()
    assert site.lines == []
    assert site.trace.exists()  # the second play reached for the hosts


def test_the_sample_inventory_is_right(site: Site) -> None:
    site.inventory = ROOT / "inventory" / "sample" / "inventory.ini"
    site.run("-e", "ansible_connection=trace")
    assert site.lines == []
    assert site.trace.exists()


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_the_inventories_of_the_lab_are_right(site: Site, topology: str) -> None:
    lab = Cluster("demo", TOPOLOGIES[topology], NETWORK)
    written = {**lab_variables(lab, RELEASES[max(RELEASES)], MIRROR), "ansible_connection": "trace"}
    site.write("inventory.ini", render_ini(lab))
    site.write("group_vars/all/cluster.yml", yaml.dump(written))
    site.run()
    # kubeadm of that release brings an etcd with a known flaw, and the lab's external one is the same.
    assert [line for line in site.lines if not line.startswith("W0611 kube_etcd_version")] == []
    assert site.trace.exists()


def test_a_new_user_sees_three_lines_and_nothing_else(site: Site) -> None:
    """The real cluster.yml as it is shipped: a misspelt group, two ranges that overlap, two balancers, no address."""
    site.playbook = ROOT / "playbooks" / "cluster.yml"
    site.callback = "quorum.kubernetes.timeline"
    two_balancers = "lb1 ansible_host=192.0.2.5\nlb2 ansible_host=192.0.2.6"
    misspelt = INVENTORY.replace("kube_control_plane", "kube_controlplane")
    site.write("inventory.ini", misspelt.replace("lb1 ansible_host=192.0.2.5", two_balancers))
    site.write("group_vars/all/cluster.yml", 'kube_version: "1.37.1"\nkube_pod_subnet: 10.96.0.0/11\n')
    assert site.run() == 2
    assert [line.split()[0] for line in site.errors.splitlines()] == ["E0116", "E0112", "E0303"]
    told = "Check the whole inventory before any host is asked: 3 errors in the inventory, printed above"
    said = [line for line in site.output.splitlines() if "cp1: " in line]
    assert [line for line in said if told not in line] == []
    assert not site.trace.exists()


@pytest.mark.parametrize("playbook", CHECKED, ids=lambda path: path.name)
def test_every_playbook_refuses_a_wrong_inventory_first(site: Site, playbook: Path) -> None:
    site.playbook = playbook
    site.write("group_vars/all/cluster.yml", 'kube_version: "1.37.1"\nkube_pod_subnet: 10.96.0.0/11\n')
    assert site.run() == 2
    assert [line.split()[0] for line in site.lines] == ["E0303"]
    assert not site.trace.exists()


def test_three_mistakes_are_three_lines_and_nothing_is_touched(site: Site) -> None:
    inventory = INVENTORY.replace("[kube_control_plane]", "[kube-control-plane]").replace(
        "lb1 ansible_host=192.0.2.5", "lb1 ansible_host=192.0.2.5\nlb2 ansible_host=192.0.2.6"
    )
    site.write("inventory.ini", inventory)
    site.write("group_vars/all/cluster.yml", 'kube_version: "1.37.1"\nkube_pod_subnet: 10.96.0.0/11\n')
    assert site.run() == 2
    assert [line.split()[0] for line in site.lines] == ["E0116", "E0112", "E0303"]
    assert "E0303 kube_pod_subnet (group_vars/all/cluster.yml): 10.96.0.0/11 contains" in site.output
    assert "3 errors in the inventory, printed above; nothing was changed." in site.output
    assert "Traceback" not in site.output
    assert not site.trace.exists()


def test_values_that_ansible_cannot_work_out_are_lines(site: Site) -> None:
    site.write(
        "group_vars/all/cluster.yml",
        """\
kube_version:
kube_api_vip: "{{ vip_of_site }}"
kube_api_port: "{{ 1 / 0 }}"
kube_swap_of: true
kube_node_ip: "{{ ansible_facts['default_ipv4']['address'] }}"
kube_cert_extra_sans: a,b
kube_kubelet_config:
  maxPods: "{{ ['x'] | nothing }}"
kube_cluster_name: !vault |
  $ANSIBLE_VAULT;1.1;AES256
  3031
""",
    )
    assert site.run() == 2
    said = {line.split(" Fix: ")[0].replace(" (group_vars/all/cluster.yml)", "") for line in site.lines}
    assert "E0905 kube_version: is required and is empty." in said
    assert "E0904 kube_api_vip: cannot be worked out: 'vip_of_site' is undefined in '{{ vip_of_site }}'." in said
    assert "E0901 kube_swap_of: is no variable of this collection." in said
    assert "E0903 kube_cert_extra_sans: wants a list of strings, got the string 'a,b'." in said
    broken = {line.split(":")[0] for line in said if line.startswith("E0904")}
    assert broken == {
        f"E0904 kube_{name}" for name in ("api_vip", "api_port", "kubelet_config", "cluster_name", "node_ip")
    }
    assert "write the value itself: facts of hosts are not there" in site.output
    assert len(said) == 8
    assert "Traceback" not in site.output
    assert not site.trace.exists()


def test_the_whole_inventory_counts_whatever_the_limit_says(site: Site) -> None:
    site.write("host_vars/cp2.yml", "kube_node_ip: 10.0.0.256\n")
    assert site.run("--limit", "w1") == 2
    assert site.lines == [
        "E0209 cp2 kube_node_ip (host_vars/cp2.yml): '10.0.0.256' is not an IP address."
        " Fix: write an address of the host, such as 10.0.0.11."
    ]


def test_values_are_worked_out_per_host(site: Site) -> None:
    site.write(
        "group_vars/all/cluster.yml", "kube_version: '1.37.1'\nkube_node_name: \"node-{{ inventory_hostname }}\"\n"
    )
    site.run()
    assert site.lines == []
    site.write("group_vars/all/cluster.yml", "kube_version: '1.37.1'\nkube_node_name: 'node-{{ kube_version }}'\n")
    site.run()
    assert [line.split(". Fix")[0] for line in site.lines] == [
        "E0204 kube_node_name (group_vars/all/cluster.yml): 'node-1.37.1' is the name of cp1 too"
    ]


def test_a_warning_does_not_stop_the_run_and_is_returned(site: Site) -> None:
    secret = site.write("host_vars/w1.yml", "ansible_become_password: hunter2\n", 0o644)
    site.run()
    assert [line.split()[0] for line in site.lines] == ["W0707"]
    assert "hunter2" not in site.output
    assert site.trace.exists()
    result = json.loads((site.folder / "result.json").read_text(encoding="utf-8"))
    assert result["findings"] == site.lines
    assert result["changed"] is False
    secret.chmod(stat.S_IRUSR)
    site.run()
    assert site.lines == []


def test_what_is_allowed_is_said_and_returned(site: Site) -> None:
    site.write(
        "group_vars/all/cluster.yml",
        "kube_version: '1.37.1'\nkube_api_endpoint: 192.0.2.11:6443\nkube_allow_single_endpoint: true\n",
    )
    site.run()
    assert "quorum_allowed" in site.output
    said = "0407 kube_api_endpoint (group_vars/all/cluster.yml) is allowed by kube_allow_single_endpoint"
    assert said in site.output
    assert json.loads((site.folder / "result.json").read_text(encoding="utf-8"))["allowed"] == [said]


def test_what_is_allowed_is_listed_at_the_end_of_the_run(site: Site) -> None:
    site.callback = "quorum.kubernetes.timeline"
    site.write(
        "group_vars/all/cluster.yml",
        "kube_version: '1.37.1'\nkube_api_endpoint: 192.0.2.11:6443\nkube_allow_single_endpoint: true\n",
    )
    site.run()
    end = site.output.splitlines()
    heading = end.index("Allowed by the inventory")
    assert end[heading + 1].strip().startswith("0407 kube_api_endpoint")
    assert end[heading + 1].endswith("is allowed by kube_allow_single_endpoint")
    assert heading > max(number for number, line in enumerate(end) if line.startswith("[ 0:"))


def test_extra_variables_are_read_as_ansible_hands_them_over(site: Site) -> None:
    site.run("-e", "kube_api_port=7443", "-e", "kube_swap_off=false")
    assert site.lines == []
    site.write("group_vars/all/cluster.yml", "kube_version: '1.37.1'\nkube_api_port: 6443\n")
    assert site.run("-e", "kube_api_port=70000") == 2  # and the file that is overruled is not blamed
    assert site.lines == [
        "E0403 kube_api_port: 70000 is no port: a port must be 1-65535. Fix: write a port, such as 6443."
    ]


def test_a_missing_manifest_on_this_machine_is_named(site: Site) -> None:
    site.write(
        "group_vars/all/cluster.yml",
        "kube_version: '1.37.1'\nkube_network_plugin: manifests\nkube_network_manifests: [/nowhere/cni.yml]\n",
    )
    assert site.run() == 2
    assert [line.split()[0] for line in site.lines] == ["E0911"]


def test_a_manifest_is_named_by_a_path_that_means_the_same_everywhere(site: Site) -> None:
    given = "kube_version: '1.37.1'\nkube_network_plugin: manifests\nkube_network_manifests: ['{path}']\n"
    site.write("cni.yml", "kind: Namespace\n")
    site.write("group_vars/all/cluster.yml", given.format(path="cni.yml"))
    assert site.run() == 2
    assert [line.split()[0] for line in site.lines] == ["E0910"]
    site.write("group_vars/all/cluster.yml", given.format(path="{{ inventory_dir }}/cni.yml"))
    assert site.run("--limit", "w2") == 0
    assert site.lines == []
