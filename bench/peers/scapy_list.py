"""Reads a capture into one list and filters the list once for every value asked about."""

import json
import sys

from scapy.all import IP, IPv6, SCTP, TCP, UDP, sniff


def network(packet):
    return packet.getlayer(IP) or packet.getlayer(IPv6)


def transport(packet):
    return packet.getlayer(TCP) or packet.getlayer(UDP) or packet.getlayer(SCTP)


def protocol(packet):
    ip = network(packet)
    return ip.proto if ip.version == 4 else ip.nh


def size(packet):
    ip = network(packet)
    return ip.len if ip.version == 4 else 40 + ip.plen


def heaviest(sums, n):
    return dict(sorted(sums.items(), key=lambda item: -item[1])[:n])


packets = sniff(offline=sys.argv[1])
ip = [p for p in packets if network(p)]
with_ports = [p for p in ip if transport(p)]

ports = {}
for port in range(1024):
    ports[port] = sum(size(p) for p in with_ports if transport(p).sport == port)

hosts = {}
for address in {network(p).src for p in ip}:
    hosts[address] = sum(size(p) for p in ip if network(p).src == address)

for address in heaviest(hosts, 10):
    sent = [p for p in ip if network(p).src == address]
    sent_with_ports = [p for p in sent if transport(p)]
    for value in {protocol(p) for p in sent}:
        sum(size(p) for p in sent if protocol(p) == value)
    for value in {transport(p).sport for p in sent_with_ports}:
        sum(size(p) for p in sent_with_ports if transport(p).sport == value)
    for value in {transport(p).dport for p in sent_with_ports}:
        sum(size(p) for p in sent_with_ports if transport(p).dport == value)

print(json.dumps({"packets": len(packets), "hosts": heaviest(hosts, 40), "ports": heaviest(ports, 40)}))
