#!/usr/bin/env bash
# Copyright: (c) 2026, quorum.kubernetes contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
#
# What cluster.yml is compared with: the same highly available cluster, built by a plain script over ssh as a skilled
# administrator would write it. Packages and images are fetched on all hosts at once; workers join while control
# planes join in turn (etcd takes one new member at a time). Nothing is checked, nothing can be resumed.
#
#   administrator.sh SETTINGS    SETTINGS is a file of shell variables, see bench/__main__.py
set -euo pipefail
# shellcheck source=/dev/null
source "$1"

SSH=(ssh "${SSH_ARGS[@]}" -o ControlMaster=auto -o ControlPersist=300 -o "ControlPath=$WORK/%C")
on() { "${SSH[@]}" "$1" sudo bash -eu -s; }  # the script comes on standard input
say() { printf '%5d s  %s\n' "$SECONDS" "$1"; }

# Wait for every given process; the first that failed ends the script.
all() { local pid; for pid in "$@"; do wait "$pid"; done; }

prepare_load_balancer() {  # address, priority, address of the peer
  on "$1" <<HOST
export DEBIAN_FRONTEND=noninteractive
apt-get update -q >/dev/null </dev/null
apt-get install -q -y --no-install-recommends haproxy keepalived >/dev/null </dev/null
cat > /etc/haproxy/haproxy.cfg <<'CONFIGURATION'
global
    user haproxy
    group haproxy
defaults
    mode tcp
    timeout connect 2s
    timeout client 1h
    timeout server 1h
frontend kube_api
    bind *:6443
    default_backend kube_api
backend kube_api
    option httpchk GET /readyz
    http-check connect ssl
    default-server check check-ssl verify none inter 2s fall 3 rise 2 on-marked-down shutdown-sessions
$(for address in "${CONTROL_PLANES[@]}"; do echo "    server $address $address:6443"; done)
CONFIGURATION
interface=\$(ip -o -4 addr show | awk '\$4 ~ "^$1/" {print \$2}')
cat > /etc/keepalived/keepalived.conf <<CONFIGURATION
vrrp_instance kube_api {
    state BACKUP
    interface \$interface
    virtual_router_id 51
    priority $2
    unicast_src_ip $1
    unicast_peer {
        $3
    }
    virtual_ipaddress {
        $VIP/24
    }
}
CONFIGURATION
systemctl restart haproxy keepalived
HOST
}

prepare_node() {  # address, images
  on "$1" <<HOST
export DEBIAN_FRONTEND=noninteractive
printf 'overlay\nbr_netfilter\n' > /etc/modules-load.d/kubernetes.conf
modprobe -a overlay br_netfilter 2>/dev/null || true
printf 'net.ipv4.ip_forward = 1\nnet.bridge.bridge-nf-call-iptables = 1\n' > /etc/sysctl.d/kubernetes.conf
sysctl -q -p /etc/sysctl.d/kubernetes.conf
swapoff -a || true
mkdir -p /etc/apt/keyrings
curl -fsS -o /etc/apt/keyrings/kubernetes.asc '$PACKAGE_KEY_URL'
curl -fsS -o /etc/apt/keyrings/containerd.asc '$CONTAINERD_KEY_URL'
echo 'deb [signed-by=/etc/apt/keyrings/kubernetes.asc] $PACKAGE_REPOSITORY /' > /etc/apt/sources.list.d/kubernetes.list
. /etc/os-release
echo "deb [signed-by=/etc/apt/keyrings/containerd.asc] $CONTAINERD_REPOSITORY" > /etc/apt/sources.list.d/containerd.list
apt-get update -q >/dev/null </dev/null
apt-get install -q -y --no-install-recommends 'containerd.io=$CONTAINERD_VERSION' 'kubelet=$KUBE_VERSION-*' \
  'kubeadm=$KUBE_VERSION-*' 'kubectl=$KUBE_VERSION-*' cri-tools kubernetes-cni >/dev/null </dev/null
apt-mark hold containerd.io kubelet kubeadm kubectl cri-tools kubernetes-cni >/dev/null
mkdir -p /etc/containerd
cat > /etc/containerd/config.toml <<'CONFIGURATION'
version = 3
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = '$SANDBOX_IMAGE'
[plugins.'io.containerd.cri.v1.images'.registry]
  config_path = '/etc/containerd/certs.d'
[plugins.'io.containerd.cri.v1.runtime']
  restrict_oom_score_adj = $RESTRICT_OOM_SCORE_ADJ
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = 'io.containerd.runc.v2'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  SystemdCgroup = true
CONFIGURATION
for registry in ${!MIRRORS[*]}; do mkdir -p "/etc/containerd/certs.d/\$registry"; done
$(for registry in "${!MIRRORS[@]}"; do
  printf "printf '[host.\"%s\"]\\\\n' > /etc/containerd/certs.d/%s/hosts.toml\n" "${MIRRORS[$registry]}" "$registry"
done)
printf 'runtime-endpoint: unix:///run/containerd/containerd.sock\n' > /etc/crictl.yaml
systemctl restart containerd
systemctl enable -q kubelet
printf '%s\n' $2 | xargs -P 4 -n 1 crictl pull >/dev/null
HOST
}

say 'packages and images on all hosts at once'
jobs=()
prepare_load_balancer "${LOAD_BALANCERS[0]}" 110 "${LOAD_BALANCERS[1]}" & jobs+=($!)
prepare_load_balancer "${LOAD_BALANCERS[1]}" 100 "${LOAD_BALANCERS[0]}" & jobs+=($!)
for address in "${CONTROL_PLANES[@]}"; do prepare_node "$address" "$CONTROL_PLANE_IMAGES" & jobs+=($!); done
for address in "${WORKERS[@]}"; do prepare_node "$address" "$WORKER_IMAGES" & jobs+=($!); done
all "${jobs[@]}"

say 'kubeadm init'
first=${CONTROL_PLANES[0]}
"${SSH[@]}" "$first" 'sudo tee /root/kubeadm.yaml >/dev/null' < "$KUBEADM_CONFIGURATION"
on "$first" > "$WORK/join" <<HOST
kubeadm init --config /root/kubeadm.yaml --upload-certs --ignore-preflight-errors '$IGNORED' >/root/init.log 2>&1 </dev/null ||
  { cat /root/init.log >&2; exit 1; }
kubeadm token create --print-join-command
kubeadm init phase upload-certs --upload-certs | tail -n 1
HOST
join=$(sed -n 1p "$WORK/join")
key=$(sed -n 2p "$WORK/join")

say 'the pod network'
"${SSH[@]}" "$first" 'sudo kubectl --kubeconfig /etc/kubernetes/admin.conf apply -f - >/dev/null' < "$FLANNEL_MANIFEST"

say 'workers join at once, control planes in turn'
jobs=()
for address in "${WORKERS[@]}"; do
  on "$address" <<< "$join --ignore-preflight-errors '$IGNORED' >/root/join.log 2>&1 </dev/null || { cat /root/join.log >&2; exit 1; }" &
  jobs+=($!)
done
for address in "${CONTROL_PLANES[@]:1}"; do
  on "$address" <<< "$join --control-plane --certificate-key $key --ignore-preflight-errors '$IGNORED' \
    >/root/join.log 2>&1 </dev/null || { cat /root/join.log >&2; exit 1; }"
done
all "${jobs[@]}"

say 'nodes Ready and CoreDNS'
on "$first" <<'HOST'
export KUBECONFIG=/etc/kubernetes/admin.conf
kubectl wait --for=condition=Ready nodes --all --timeout=300s >/dev/null
kubectl -n kube-system rollout status deployment/coredns --timeout=300s >/dev/null
HOST
"${SSH[@]}" "$first" 'sudo cat /etc/kubernetes/admin.conf' > "$WORK/admin.conf"
say 'done'
