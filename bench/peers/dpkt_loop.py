"""Folds a capture into flows with dpkt, in one loop, and ranks addresses and ports."""

import collections
import json
import socket
import sys

import dpkt

flows = collections.defaultdict(lambda: [0, 0])
count = 0
with open(sys.argv[1], "rb") as capture:
    for _, frame in dpkt.pcap.Reader(capture):
        count += 1
        try:
            ip = dpkt.ethernet.Ethernet(frame).data
        except dpkt.UnpackError:
            continue
        if isinstance(ip, dpkt.ip.IP):
            size, protocol, ttl = ip.len, ip.p, ip.ttl
        elif isinstance(ip, dpkt.ip6.IP6):
            size, protocol, ttl = 40 + ip.plen, getattr(ip, "p", ip.nxt), ip.hlim
        else:
            continue
        source = destination = None
        if isinstance(ip.data, (dpkt.tcp.TCP, dpkt.udp.UDP, dpkt.sctp.SCTP)):
            source, destination = ip.data.sport, ip.data.dport
        flow = flows[ip.src, ip.dst, source, destination, protocol, ttl]
        flow[0] += 1
        flow[1] += size

hosts, ports = collections.Counter(), collections.Counter()
for (address, _, port, _, _, _), (_, size) in flows.items():
    hosts[address] += size
    if port is not None:
        ports[port] += size


def text(address):
    return socket.inet_ntop(socket.AF_INET if len(address) == 4 else socket.AF_INET6, address)


print(json.dumps({
    "packets": count,
    "hosts": {text(address): size for address, size in hosts.most_common(40)},
    "ports": dict(ports.most_common(40)),
}))
