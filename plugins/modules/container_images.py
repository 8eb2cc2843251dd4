#!/usr/bin/python
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Images of a host, fetched before anything waits for them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: container_images
short_description: Pull the images a host will need, several at a time
version_added: 0.1.0
description:
  - Asks the container runtime through crictl which images it has, and pulls the others in parallel.
  - kubeadm pulls images one by one while the cluster waits; fetching them beforehand on all hosts at once takes that
    time out of the build.
author:
  - quorum.kubernetes contributors (@quorum-kubernetes)
options:
  images:
    description: Full references with a tag or a digest.
    type: list
    elements: str
    required: true
  parallel:
    description: How many images are pulled at the same time.
    type: int
    default: 3
  attempts:
    description: How often a pull is tried.
    type: int
    default: 3
  timeout:
    description: Seconds that one pull may take.
    type: int
    default: 600
  cri_socket:
    description: Socket of the container runtime.
    type: str
    default: unix:///run/containerd/containerd.sock
attributes:
  check_mode:
    support: full
    description: Says what would be pulled. On a host without a container runtime that is everything.
  diff_mode:
    support: none
    description: RV(pulled) says all there is to say.
"""

EXAMPLES = r"""
- name: Fetch the images of a worker
  quorum.kubernetes.container_images:
    images:
      - registry.k8s.io/kube-proxy:v1.37.1
      - registry.k8s.io/pause:3.10.2
"""

RETURN = r"""
pulled:
  description: References that were pulled, or would be.
  returned: always
  type: list
  elements: str
  sample: ["registry.k8s.io/pause:3.10.2"]
"""

from concurrent.futures import ThreadPoolExecutor

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.quorum.kubernetes.plugins.module_utils.errors import QuorumError
from ansible_collections.quorum.kubernetes.plugins.module_utils.images import missing_images, parse_images
from ansible_collections.quorum.kubernetes.plugins.module_utils.runner import Result, Runner, SubprocessRunner


class Images:
    """The images of one container runtime."""

    def __init__(self, runner: Runner, cri_socket: str, attempts: int, timeout: int) -> None:
        self._runner = runner
        self._crictl = ["crictl", "--runtime-endpoint", cri_socket, "--image-endpoint", cri_socket]
        self._attempts = attempts
        self._timeout = timeout

    def present(self) -> list[str] | None:
        """References of the images that are there; None when the runtime does not answer."""
        result = self._runner.run([*self._crictl, "images", "--output", "json"], timeout=60)
        return parse_images(result.stdout) if result.ok else None

    def pull(self, reference: str) -> Result:
        """Pull one image, several times if needed; returns the last result."""
        result = Result(0)
        for _attempt in range(self._attempts):
            argv = [*self._crictl, f"--timeout={self._timeout}s", "pull", reference]
            result = self._runner.run(argv, timeout=self._timeout + 10.0)
            if result.ok:
                break
        return result

    def pull_all(self, references: list[str], parallel: int) -> None:
        """Pull images in parallel. Raises QuorumError that names every one that failed."""
        with ThreadPoolExecutor(max_workers=max(1, parallel)) as pool:
            results = dict(zip(references, pool.map(self.pull, references)))
        failed = [f"{reference} ({result.reason()})" for reference, result in results.items() if not result.ok]
        if failed:
            raise QuorumError(
                "E2422",
                f"images cannot be pulled: {'; '.join(failed)}",
                "check kube_image_repository, kube_registry_mirrors and the network of this host",
            )


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "images": {"type": "list", "elements": "str", "required": True},
            "parallel": {"type": "int", "default": 3},
            "attempts": {"type": "int", "default": 3},
            "timeout": {"type": "int", "default": 600},
            "cri_socket": {"type": "str", "default": "unix:///run/containerd/containerd.sock"},
        },
        supports_check_mode=True,
    )
    parameters = module.params
    images = Images(SubprocessRunner(), parameters["cri_socket"], parameters["attempts"], parameters["timeout"])
    present = images.present()
    if present is None and not module.check_mode:
        error = QuorumError(
            "E2421", "the container runtime does not answer crictl", "look at: journalctl -u containerd"
        )
        module.fail_json(msg=str(error))
    wanted = missing_images(parameters["images"], present or [])
    try:
        if not module.check_mode:
            images.pull_all(wanted, parameters["parallel"])
    except QuorumError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=bool(wanted), pulled=wanted)


if __name__ == "__main__":
    main()
