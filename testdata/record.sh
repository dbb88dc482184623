#!/usr/bin/env bash
# Records the captures of this directory: real programs that talk to each other
# inside network namespaces made for the occasion. No packet leaves them.
#
#   record.sh OUTPUT_DIRECTORY [CAPTURE...]     (as root; default: all of them)
#
# Needs (Debian): tcpdump iproute2 ethtool iputils-ping traceroute curl python3
# openssl dnsmasq-base bind9-dnsutils openssh-server openssh-client chrony
# busybox bsdutils libusrsctp-examples.
set -euo pipefail

usage() { sed -n '2,/^set/{s/^# \{0,1\}//;/^set/d;p}' "$0" >&2; exit 2; }

here=$(cd "$(dirname "$0")" && pwd)
sctp_programs=/usr/lib/usrsctp
tmp=$(mktemp -d)
started=()    # process ids to end
carriers=()   # those of them that are carry.py
namespaces=() # network namespaces to delete

cleanup() {
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  for ns in "${namespaces[@]}"; do ip netns del "$ns" 2>/dev/null || true; done
  rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# ---- namespaces -------------------------------------------------------------

# namespace VARIABLE NAME [TTL] makes a namespace and puts its name in VARIABLE.
namespace() {
  printf -v "$1" %s "capfold-$$-$2"
  ip netns add "${!1}"
  namespaces+=("${!1}")
  inside "${!1}" sysctl -qw net.ipv4.ip_default_ttl="${3:-64}" \
    net.ipv6.conf.all.hop_limit="${3:-64}" net.ipv6.conf.default.hop_limit="${3:-64}" \
    net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
    net.ipv6.conf.default.router_solicitations=0
  ip -n "${!1}" link set lo up
}

# inside NS PROGRAM [ARGUMENT...] waits for the program. Programs in the
# background call ip netns exec themselves, so that $! is the program's own id.
inside() { ip netns exec "$@"; }

# cable NS_A DEVICE_A MAC_A NS_B DEVICE_B MAC_B joins two namespaces. Offloads
# are off, so that frames look as they would on a wire: no segment larger than
# the MTU, every checksum filled in.
cable() {
  ip link add "$2" address "$3" netns "$1" type veth peer name "$5" address "$6" netns "$4"
  wired "$1" "$2"
  wired "$4" "$5"
}

wired() {
  inside "$1" ethtool -K "$2" tso off gso off gro off tx off rx off >/dev/null 2>&1 || true
  ip -n "$1" link set "$2" up
}

# address NS DEVICE ADDRESS...
address() {
  local ns=$1 device=$2 a
  shift 2
  for a; do ip -n "$ns" address add "$a" dev "$device"; done
}

# ---- programs ---------------------------------------------------------------

# start NS PROGRAM [ARGUMENT...] runs a server until the end of the script.
start() {
  ip netns exec "$@" </dev/null >>"$tmp/servers.log" 2>&1 &
  started+=($!)
}

# quietly NS PROGRAM [ARGUMENT...] runs a client whose failure is part of the
# traffic (an unreachable host, a name that does not exist).
quietly() { inside "$@" </dev/null >>"$tmp/clients.log" 2>&1 || true; }

# record FILE NS DEVICE [TCPDUMP ARGUMENT...] starts a capture, finish ends it.
record() {
  local file=$1 ns=$2 device=$3
  shift 3
  : >"$tmp/tcpdump.log"
  ip netns exec "$ns" tcpdump -i "$device" -w "$out/$file.pcap" -U --immediate-mode -Z root "$@" 2>"$tmp/tcpdump.log" &
  recorder=$!
  started+=("$recorder")
  for ((i = 0; i < 50; i++)); do
    grep -q 'listening on' "$tmp/tcpdump.log" && return
    sleep 0.1
  done
  cat "$tmp/tcpdump.log" >&2
  return 1
}

finish() {
  sleep 0.5
  kill "$recorder"
  wait "$recorder" 2>/dev/null || true
}

python=$(python3 -c 'import sys; print(sys.executable)')

web_root() {
  mkdir -p "$tmp/www"
  for kb in 1 4 16 60 200; do
    "$python" -c "print('The quick brown fox jumps over the lazy dog.\n' * ($kb * 1000 // 45))" >"$tmp/www/$kb.txt"
  done
}

http_server() { start "$1" "$python" -m http.server --directory "$tmp/www" --bind :: "${2:-80}"; }

get() { quietly "$1" curl -gsS --max-time 30 -A capfold-demo -o /dev/null "${@:2}"; }

dns_server() {
  local long
  long=$(printf 'x%.0s' {1..250})
  start "$1" dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --no-poll \
    --user=root --pid-file= --log-facility=- --edns-packet-max=8192 --local=/example/ \
    --host-record=www.campus.example,10.9.0.1,fd00:cafe::1 \
    --host-record=ns.campus.example,10.9.0.2,fd00:cafe::2 \
    --host-record=files.campus.example,10.9.0.3,fd00:cafe::3 \
    --cname=intranet.campus.example,www.campus.example \
    --mx-host=campus.example,mail.campus.example,10 \
    --srv-host=_sip._udp.campus.example,sip.campus.example,5060 \
    --txt-record=big.campus.example,"$long","$long","$long","$long","$long","$long","$long","$long","$long","$long" \
    "${@:2}"
}

ask() { quietly "$1" dig +time=2 +tries=1 +noall "@${2}" "${@:3}"; }

# ssh_keys makes host and user keys that exist only while the script runs.
ssh_keys() {
  [[ -e $tmp/host_key ]] && return
  ssh-keygen -q -t ed25519 -N '' -C '' -f "$tmp/host_key"
  ssh-keygen -q -t ed25519 -N '' -C '' -f "$tmp/user_key"
  cp "$tmp/user_key.pub" "$tmp/authorized_keys"
  cat >"$tmp/sshd_config" <<CONFIG
HostKey $tmp/host_key
AuthorizedKeysFile $tmp/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PrintMotd no
PrintLastLog no
DebianBanner no
Subsystem sftp internal-sftp
CONFIG
  mkdir -p /run/sshd
}

ssh_server() {
  ssh_keys
  start "$1" /usr/sbin/sshd -D -f "$tmp/sshd_config"
}

ssh_options=(-F /dev/null -i "$tmp/user_key" -o BatchMode=yes -o StrictHostKeyChecking=no
  -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR)
remote() { quietly "$1" ssh "${ssh_options[@]}" "root@$2" "${@:3}"; }

ping_() { quietly "$1" ping -q -i 0.2 -W 1 "${@:2}"; }

# ---- two hosts and a router -------------------------------------------------

client='' server='' far=''

# lab makes client (10.9.0.1) — server (10.9.0.2, also a router) — far (10.9.1.3).
lab() {
  [[ -n $client ]] && return
  namespace client client 64
  namespace server server 64
  namespace far far 255
  cable "$client" eth0 02:00:00:09:00:01 "$server" eth0 02:00:00:09:00:02
  cable "$server" eth1 02:00:00:09:01:02 "$far" eth0 02:00:00:09:01:03
  address "$client" eth0 10.9.0.1/24 fd00:cafe::1/64
  address "$server" eth0 10.9.0.2/24 fd00:cafe::2/64
  address "$server" eth1 10.9.1.2/24 fd00:cafe:1::2/64
  address "$far" eth0 10.9.1.3/24 fd00:cafe:1::3/64
  inside "$server" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
  ip -n "$client" route add 10.9.1.0/24 via 10.9.0.2
  ip -n "$client" route add 10.9.99.0/24 via 10.9.0.2
  ip -n "$client" route add fd00:cafe:1::/64 via fd00:cafe::2
  ip -n "$far" route add default via 10.9.1.2
  ip -n "$far" route add default via fd00:cafe:1::2
  web_root
  http_server "$server"
  http_server "$client" # for loopback
  dns_server "$server"
  ssh_server "$server"
  sleep 1.5
}

record_http() {
  record http "$client" eth0
  get "$client" http://10.9.0.2/1.txt
  get "$client" http://10.9.0.2/60.txt
  get "$client" http://10.9.0.2/none.txt
  get "$client" 'http://[fd00:cafe::2]/4.txt'
  get "$client" 'http://[fd00:cafe::2]/16.txt'
  get "$client" -I http://10.9.0.2/200.txt
  finish
}

record_dns() {
  record dns "$client" eth0
  ask "$client" 10.9.0.2 www.campus.example A
  ask "$client" 10.9.0.2 www.campus.example AAAA
  ask "$client" 10.9.0.2 intranet.campus.example A
  ask "$client" 10.9.0.2 campus.example MX
  ask "$client" 10.9.0.2 _sip._udp.campus.example SRV
  ask "$client" 10.9.0.2 none.campus.example A
  ask "$client" 10.9.0.2 +tcp www.campus.example A
  ask "$client" 10.9.0.2 +noedns big.campus.example TXT # truncated, asked again over TCP
  ask "$client" fd00:cafe::2 www.campus.example AAAA
  ask "$client" fd00:cafe::2 +tcp ns.campus.example A
  finish
}

record_ssh() {
  record ssh "$client" eth0
  remote "$client" 10.9.0.2 'echo hello; head -c 8000 /dev/zero'
  remote "$client" fd00:cafe::2 true
  finish
}

record_icmp() {
  record icmp "$client" eth0
  ping_ "$client" -c 5 10.9.0.2
  ping_ "$client" -c 5 fd00:cafe::2
  for ttl in 1 2 31 32 33 63 127 128 200 254 255; do
    ping_ "$client" -c 1 -t "$ttl" 10.9.0.2
    ping_ "$client" -c 1 -t "$ttl" fd00:cafe::2
  done
  ping_ "$client" -c 3 10.9.1.3              # one hop away: answers with TTL 254
  ask "$client" 10.9.1.3 www.campus.example  # port unreachable
  ping_ "$client" -c 1 10.9.99.1             # network unreachable
  ping_ "$client" -c 1 -W 4 10.9.1.99        # host unreachable
  ping_ "$client" -c 1 -W 4 fd00:cafe:1::99  # address unreachable
  ping_ "$client" -c 1 -s 1450 -M 'do' -t 5 10.9.1.3
  quietly "$client" traceroute -n -q 2 -m 5 10.9.1.3          # UDP
  quietly "$client" traceroute -n -I -q 2 -m 5 10.9.1.3       # ICMP
  quietly "$client" traceroute -n -T -p 80 -q 1 -m 5 10.9.1.3 # TCP
  quietly "$client" traceroute -6 -n -q 2 -m 5 fd00:cafe:1::3
  finish
}

# carried NAME ADDRESS_A ADDRESS_B MODE_AND_ARGUMENTS_A -- MODE_AND_ARGUMENTS_B
# brings a carry.py device called NAME up at both ends, until uncarried.
carried() {
  local name=$1 a=$2 b=$3 first=()
  shift 3
  while [[ $1 != -- ]]; do first+=("$1"); shift; done
  shift
  start "$client" "$python" "$here/carry.py" "${first[0]}" "$name" "${first[@]:1}"
  carriers+=("${started[-1]}")
  start "$server" "$python" "$here/carry.py" "$1" "$name" "${@:2}"
  carriers+=("${started[-1]}")
  local ns mac=0a
  for ns in "$client" "$server"; do
    for ((i = 0; i < 50; i++)); do
      ip -n "$ns" link show "$name" >/dev/null 2>&1 && break
      sleep 0.1
    done
    if [[ ${first[0]} == vlan ]]; then
      ip -n "$ns" link set "$name" address "02:00:00:${mac}:00:${#name}"
      mac=0b
    fi
    ip -n "$ns" link set "$name" mtu 1400 up
  done
  address "$client" "$name" "$a"
  address "$server" "$name" "$b"
}

uncarried() {
  kill "${carriers[@]}"
  wait "${carriers[@]}" 2>/dev/null || true
  carriers=()
}

record_vlan() {
  carried vlan100 10.9.100.1/24 10.9.100.2/24 vlan eth0 100 -- vlan eth0 100
  carried qinq20 10.9.120.1/24 10.9.120.2/24 vlan eth0 200 20 -- vlan eth0 200 20
  address "$client" vlan100 fd00:cafe:100::1/64
  address "$server" vlan100 fd00:cafe:100::2/64
  sleep 1
  record vlan "$client" eth0
  ping_ "$client" -c 3 10.9.100.2
  ping_ "$client" -c 2 fd00:cafe:100::2
  get "$client" http://10.9.100.2/4.txt
  ask "$client" 10.9.100.2 www.campus.example
  ping_ "$client" -c 3 10.9.120.2
  get "$client" http://10.9.120.2/16.txt
  ping_ "$client" -c 1 10.9.0.2 # untagged beside them
  finish
  uncarried
}

record_tunnel() {
  carried ipip0 10.9.4.1/24 10.9.4.2/24 ipip 10.9.0.1 10.9.0.2 -- ipip 10.9.0.2 10.9.0.1
  carried gre0 10.9.47.1/24 10.9.47.2/24 gre 10.9.0.1 10.9.0.2 -- gre 10.9.0.2 10.9.0.1
  carried sit0 fd00:cafe:41::1/64 fd00:cafe:41::2/64 sit 10.9.0.1 10.9.0.2 -- sit 10.9.0.2 10.9.0.1
  address "$client" gre0 fd00:cafe:47::1/64
  address "$server" gre0 fd00:cafe:47::2/64
  local ns
  ip -n "$client" link add vxlan0 type vxlan id 42 local 10.9.0.1 remote 10.9.0.2 dstport 4789 dev eth0
  ip -n "$server" link add vxlan0 type vxlan id 42 local 10.9.0.2 remote 10.9.0.1 dstport 4789 dev eth0
  for ns in "$client" "$server"; do ip -n "$ns" link set vxlan0 mtu 1400 up; done
  wired "$client" vxlan0
  wired "$server" vxlan0
  address "$client" vxlan0 10.9.48.1/24
  address "$server" vxlan0 10.9.48.2/24
  sleep 1
  record tunnel "$client" eth0
  ping_ "$client" -c 3 -t 42 10.9.4.2
  get "$client" http://10.9.4.2/4.txt
  ping_ "$client" -c 3 -t 42 10.9.47.2
  ping_ "$client" -c 2 -t 42 fd00:cafe:47::2
  get "$client" http://10.9.47.2/4.txt
  ping_ "$client" -c 3 -t 42 fd00:cafe:41::2
  get "$client" 'http://[fd00:cafe:41::2]/4.txt'
  ping_ "$client" -c 3 -t 42 10.9.48.2
  get "$client" http://10.9.48.2/4.txt
  finish
  uncarried
  ip -n "$client" link del vxlan0
  ip -n "$server" link del vxlan0
}

record_raw() {
  carried tun0 10.9.5.1/24 10.9.5.2/24 gre 10.9.0.1 10.9.0.2 -- gre 10.9.0.2 10.9.0.1
  address "$client" tun0 fd00:cafe:5::1/64
  address "$server" tun0 fd00:cafe:5::2/64
  sleep 1
  record raw "$client" tun0
  ping_ "$client" -c 3 10.9.5.2
  get "$client" http://10.9.5.2/16.txt
  ask "$client" 10.9.5.2 www.campus.example
  ping_ "$client" -c 2 fd00:cafe:5::2
  get "$client" 'http://[fd00:cafe:5::2]/1.txt'
  finish
  uncarried
}

record_fragments() {
  start "$server" "$python" -c '
import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind(("::", 7))
while True:
    data, peer = s.recvfrom(65535)
    s.sendto(data, peer)'
  sleep 0.5
  record fragments "$client" eth0
  ping_ "$client" -c 2 -s 4000 10.9.0.2
  ping_ "$client" -c 2 -s 4000 fd00:cafe::2
  for host in 10.9.0.2 fd00:cafe::2; do
    quietly "$client" "$python" -c '
import socket, sys
family, _, _, _, peer = socket.getaddrinfo(sys.argv[1], 7, type=socket.SOCK_DGRAM)[0]
s = socket.socket(family, socket.SOCK_DGRAM)
s.settimeout(2)
s.sendto(bytes(8000), peer)
s.recv(65535)' "$host"
  done
  ask "$client" 10.9.0.2 +bufsize=8000 +ignore big.campus.example TXT
  finish
}

sctp_servers() {
  local program
  for program in echo_server daytime_server_upcall chargen_server_upcall discard_server; do
    start "$1" "$sctp_programs/$program"
  done
  sleep 1
}

# sctp NS ADDRESS PORT LINES sends lines of text to a server.
sctp() {
  for ((i = 0; i < $4; i++)); do
    sleep 0.2
    printf 'line %d: %0400d\n' "$i" 0
  done | { timeout 5 ip netns exec "$1" "$sctp_programs/client" "$2" "$3" >>"$tmp/clients.log" 2>&1 || true; }
}

record_sctp() {
  sctp_servers "$server"
  record sctp "$client" eth0
  sctp "$client" 10.9.0.2 7 5
  sctp "$client" 10.9.0.2 9 5
  sctp "$client" 10.9.0.2 13 0
  sctp "$client" fd00:cafe::2 7 3
  finish
}

record_loopback() {
  record loopback "$client" lo
  ping_ "$client" -c 2 127.0.0.1
  ping_ "$client" -c 2 ::1
  get "$client" http://127.0.0.1/60.txt
  get "$client" 'http://[::1]/4.txt'
  ping_ "$client" -c 1 10.9.0.1 # its own address
  finish
}

on_any() {
  record "$1" "$server" any -y "$2"
  ping_ "$client" -c 2 10.9.0.2
  ping_ "$client" -c 2 fd00:cafe::2
  ping_ "$client" -c 2 10.9.1.3 # forwarded: in at eth0, out at eth1
  ping_ "$server" -c 1 127.0.0.1
  get "$client" http://10.9.0.2/16.txt
  ask "$client" 10.9.0.2 www.campus.example
  finish
}
record_any() { on_any any LINUX_SLL; }
record_any2() { on_any any2 LINUX_SLL2; }

record_nano() {
  record nano "$client" eth0 --time-stamp-precision=nano
  ping_ "$client" -c 3 10.9.0.2
  get "$client" http://10.9.0.2/4.txt
  finish
}

record_snaplen() {
  record snaplen "$client" eth0 -s 96
  get "$client" http://10.9.0.2/60.txt
  get "$client" 'http://[fd00:cafe::2]/16.txt'
  ping_ "$client" -c 2 -s 1000 10.9.0.2
  finish
}

# ---- campus network ---------------------------------------------------------

# host VARIABLE NAME NUMBER TTL joins a namespace to the switch as 10.9.0.NUMBER.
host() {
  namespace "$1" "$2" "$4"
  cable "${!1}" eth0 "02:00:00:09:00:0$3" "$switch" "port$3" "02:00:00:09:ff:0$3"
  ip -n "$switch" link set "port$3" master lan
  address "${!1}" eth0 "10.9.0.$3/24" "fd00:cafe::$3/64"
}

# campus makes the hosts below and their servers.
campus() {
  namespace switch switch
  ip -n "$switch" link add lan type bridge
  ip -n "$switch" link set lan address 02:00:00:09:ff:ff up
  #    variable name number ttl
  host www      web   1  64
  host names    names 2  64
  host files    files 3  64
  host lab1     lab1  4 128
  host lab2     lab2  5 128
  host phone    phone 6  64
  host gateway  gw    7 255
  host scanner  scan  8  32

  web_root
  http_server "$www"
  openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=www.campus.example \
    -keyout "$tmp/tls.key" -out "$tmp/tls.crt" 2>/dev/null
  (cd "$tmp/www" && exec ip netns exec "$www" openssl s_server -quiet -WWW -accept 443 \
    -key "$tmp/tls.key" -cert "$tmp/tls.crt") </dev/null >/dev/null 2>&1 &
  started+=($!)
  dns_server "$names" --dhcp-range=10.9.0.50,10.9.0.60,1h --dhcp-leasefile="$tmp/leases" \
    --enable-tftp --tftp-root="$tmp/www"
  printf '%s\n' 'local stratum 10' 'allow 10.9.0.0/24' 'cmdport 0' "pidfile $tmp/chrony.pid" \
    "driftfile $tmp/drift" 'bindcmdaddress /' >"$tmp/ntp-server.conf"
  start "$names" chronyd -x -d -u root -f "$tmp/ntp-server.conf"
  start "$gateway" "$python" -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 514))
while True:
    s.recv(65535)'
  ssh_server "$files"
  sctp_servers "$gateway"
  sleep 2
}

web() { get "$1" --limit-rate "${3:-200k}" "http://10.9.0.1/$2.txt"; }
web6() { get "$1" --limit-rate 100k "http://[fd00:cafe::1]/$2.txt"; }
tls() { get "$1" -k --limit-rate "${3:-200k}" "https://10.9.0.1/$2.txt"; }
tell() { quietly "$1" logger --rfc5424=nohost -d -n 10.9.0.7 -P 514 -t demo "$2"; }
tftp() { get "$1" "tftp://10.9.0.2/$2.txt"; }
upload() { inside "$1" ssh "${ssh_options[@]}" root@10.9.0.3 'cat >/dev/null' <"$tmp/www/200.txt" >/dev/null 2>&1 || true; }
download() { remote "$1" 10.9.0.3 "cat '$tmp/www/200.txt'"; }
clock() {
  quietly "$1" chronyd -Q -t 2 -u root -f /dev/null "pidfile $tmp/clock.$2" 'cmdport 0' \
    'bindcmdaddress /' 'server 10.9.0.2 iburst maxsamples 2'
}

# until_second N sleeps until N seconds after the capture began.
until_second() {
  local now
  now=$(date +%s%N)
  local left=$(((began + $1 * 1000000000 - now) / 1000000))
  if ((left > 0)); then sleep "$((left / 1000)).$(printf %03d $((left % 1000)))"; fi
}

# The people and machines of the campus, each busy at its own times.

first_lab() { # a class that comes in, works and leaves
  local t
  for t in 1 2 4 6 8 9 11 12 14 15 17 19 22 26; do
    until_second "$t"
    ask "$lab1" 10.9.0.2 www.campus.example
    web "$lab1" $((t % 3 ? 16 : 60))
  done
  until_second 45; tls "$lab1" 200 100k
  until_second 52; download "$lab1"
  until_second 66; web "$lab1" 60 60k
}

second_lab() { # a later class, and a backup in the middle of it
  local t
  for t in 18 21 24 27; do
    until_second "$t"
    ask "$lab2" 10.9.0.2 intranet.campus.example
    tls "$lab2" 16
  done
  for t in 30 31 32 33 35; do
    until_second "$t"
    upload "$lab2"
  done
  until_second 40; web "$lab2" 200 80k
  for t in 48 50 54 57 58 61; do
    until_second "$t"
    web "$lab2" $((t % 2 ? 60 : 4))
  done
  until_second 63; download "$lab2"
}

a_phone() { # joins the network, then a little IPv6 all the time
  local t
  quietly "$phone" busybox udhcpc -f -q -n -t 2 -T 2 -i eth0 -s /bin/true
  for ((t = 3; t < 72; t += 4)); do
    until_second "$t"
    ask "$phone" fd00:cafe::2 www.campus.example AAAA
    web6 "$phone" $((t % 12 == 3 ? 16 : 4))
  done
  sctp "$phone" 10.9.0.7 7 4
}

housekeeping() { # what nobody looks at
  local t n
  for ((t = 0; t < 72; t += 8)); do
    until_second "$t"
    for n in 1 2 3 4 5 6 8; do ping_ "$gateway" -c 1 "10.9.0.$n"; done
    tell "$lab1" "interval $t"
    tell "$files" "interval $t"
    clock "$lab2" "$t"
    clock "$files" "$t"
  done
  until_second 70; tftp "$gateway" 4
}

an_inventory() { # an old appliance that knocks at every door
  local n port
  until_second 36
  for n in 1 2 3 7; do
    for port in 21 22 23 25 80 110 139 143 389 443 445 515 524 554 631 993; do
      get "$scanner" --connect-timeout 0.3 --max-time 0.5 "telnet://10.9.0.$n:$port"
    done
  done
  ping_ "$scanner" -c 4 fd00:cafe::7
}

record_campus-net() {
  local switch www names files lab1 lab2 phone gateway scanner
  campus
  record campus-net "$switch" lan -s 128
  began=$(date +%s%N)
  local actor actors=()
  for actor in first_lab second_lab a_phone housekeeping an_inventory; do
    "$actor" &
    actors+=($!)
    started+=($!)
  done
  wait "${actors[@]}"
  finish
}

# ---- main -------------------------------------------------------------------

captures=(http dns ssh icmp fragments loopback any any2 nano snaplen sctp vlan tunnel raw campus-net)

[[ $# -ge 1 && $1 != -* ]] || usage
[[ $EUID -eq 0 ]] || { echo "record.sh: network namespaces need root" >&2; exit 1; }
out=$(mkdir -p "$1" && cd "$1" && pwd)
shift
[[ $# -gt 0 ]] && captures=("$@")
for name in "${captures[@]}"; do
  declare -F "record_$name" >/dev/null || { echo "record.sh: no capture is called $name" >&2; exit 2; }
  echo "$name" >&2
  [[ $name == campus-net ]] || lab
  "record_$name"
done
