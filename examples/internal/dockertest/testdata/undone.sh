#!/bin/bash
# undone.sh TOP DIR ANSWERER: runs TOP/.ci/with-engine on what it takes for the
# machine, which are namespaces of network, mounts and processes of its own, and
# compares that machine before and after. DIR is empty; ANSWERER a static program.
set -euo pipefail
top=$1 dir=$2 answerer=$3
export XDG_CACHE_HOME=$dir/cache DOCKER_CONFIG=$dir/config
unset DOCKER_HOST DOCKER_CONTEXT
fail() { echo "undone.sh: $*"; tail -n 5 "$XDG_CACHE_HOME"/entry-point/engine.log; exit 1; }

# The machine: its only address, where something answers.
mount -t tmpfs tmpfs /run
mkdir /run/mount # mount(8) makes it as well
ip link set lo up
ip address add 192.0.2.9/32 dev lo
"$answerer" &
export ANSWERER=$answerer BEFORE=$dir/before

# state is everything that an engine changes outside of its own folders.
state() {
  ip -o link | cut -d: -f2
  ip -o address | awk '{ print $2, $3, $4 }'
  ip route show table all
  # Rules, and chains that are not the kernel's own.
  iptables-save | grep -E '^(-|:.* - )' || :
  ip6tables-save | grep -E '^(-|:.* - )' || :
  grep -r . /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/*/forwarding /proc/sys/net/ipv6/conf/*/forwarding || :
  cut -d' ' -f1-3 /proc/self/mounts
  find /run /etc/docker 2>/dev/null | grep -v '^/run/entry-point-engine.lock$' || :
  # Other runs have groups, too; those of this one have processes of this one.
  for group in $(find /sys/fs/cgroup -type d -path '*/entry-point-engine-*'); do
    [ ! -e "$dir/group" ] || [ "${group#*$(cat "$dir/group")}" = "$group" ] || echo "$group"
  done
  for process in /proc/[0-9]*; do
    tr '\0' ' ' <"$process/cmdline" 2>/dev/null | grep -E 'docker|containerd|slirp4netns' || :
  done
}
state >"$BEFORE"

"$top/.ci/with-engine" bash -ec '
  set -o pipefail
  tar -c -C "${ANSWERER%/*}" "${ANSWERER##*/}" | docker import - answerer >/dev/null
  docker network create other >/dev/null
  docker run -d --name left --network other -p 127.0.0.1:8123:80 answerer "/${ANSWERER##*/}" >/dev/null
  group=$(docker inspect -f "{{.State.Pid}}" left | xargs -I{} cat /proc/{}/cgroup | grep -om1 "entry-point-engine-[0-9a-f]*" || :)
  [ -z "$group" ] || echo "$group" >"${BEFORE%/*}/group"
  for try in $(seq 200); do
    heard=$( (exec 3<>/dev/tcp/127.0.0.1/8123 && cat <&3) 2>/dev/null || :)
    [ -z "$heard" ] || break
    sleep 0.05
  done
  [ "$heard" = pong ] || { echo "the published port says \"$heard\""; exit 1; }
  heard=$(docker run --rm answerer "/${ANSWERER##*/}" 192.0.2.9:80)
  [ "$heard" = "heard pong" ] || { echo "a container reaches the machine'"'"'s network: $heard"; exit 1; }
  # Somebody starts another engine on the machine now: its bridge, its rules.
  nsenter --net=/proc/1/ns/net sh -ec "
    ip link show docker0 >/dev/null 2>&1 || ip link add docker0 type bridge
    iptables -N DOCKER 2>/dev/null || :
    iptables -A DOCKER -s 198.51.100.1 -j ACCEPT"
' || fail "the command in with-engine ended with $?"

# What the other engine made has to be there, and is taken away before the comparison.
iptables -D DOCKER -s 198.51.100.1 -j ACCEPT || fail "the rule of another engine is gone"
ip link delete docker0 || fail "the bridge of another engine is gone"
iptables -X DOCKER || fail "there are more rules than those of the other engine"
state >"$dir/after"
diff "$BEFORE" "$dir/after" || fail "with-engine has not undone what it did (<: before, >: after)"

# One that is killed takes its processes with it; the next run finds no trace.
setsid "$top/.ci/with-engine" bash -c 'docker run -d answerer "/${ANSWERER##*/}" >/dev/null && touch "${BEFORE%/*}/running" && exec sleep 600' >"$dir/log" 2>&1 &
killed=$!
for ((try = 0; ; try++)); do
  [ ! -e "$dir/running" ] || break
  [ $try -lt 600 ] || fail "no container in a second run: $(cat "$dir/log")"
  sleep 0.1
done
kill -KILL -- -$killed
"$top/.ci/with-engine" docker run --rm answerer "/${ANSWERER##*/}" 192.0.2.9:80 | grep -q 'heard pong' || fail "the run after one that was killed"
state >"$dir/after"
diff "$BEFORE" "$dir/after" || fail "with-engine has left something after a run that was killed (<: before, >: after)"
