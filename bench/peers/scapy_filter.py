"""Reads a capture once for every value asked about, with a filter for it."""

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


def sent(condition):
    """The bytes of the packets to which a filter applies, also behind a VLAN tag."""
    total = 0

    def add(packet):
        nonlocal total
        total += size(packet)

    sniff(offline=sys.argv[1], filter=f"({condition}) or (vlan and ({condition}))", store=False, prn=add, quiet=True)
    return total


count = 0
values = {}  # address: its protocols, source ports and destination ports


def note(packet):
    global count
    count += 1
    if not network(packet):
        return
    protocols, sources, destinations = values.setdefault(network(packet).src, (set(), set(), set()))
    protocols.add(protocol(packet))
    if transport(packet):
        sources.add(transport(packet).sport)
        destinations.add(transport(packet).dport)


sniff(offline=sys.argv[1], store=False, prn=note)


def source(address):
    """A filter for a sender. Without the name of the protocol, ARP would count too."""
    return f"{'ip6' if ':' in address else 'ip'} src host {address}"


hosts = {address: sent(source(address)) for address in values}
system = {port for _, sources, _ in values.values() for port in sources if port < 1024}
ports = {port: sent(f"src port {port}") for port in system}

for address in heaviest(hosts, 10):
    protocols, sources, destinations = values[address]
    kind = "ip6" if ":" in address else "ip"
    for value in protocols:
        sent(f"{source(address)} and {kind} proto {value}")
    for value in sources:
        sent(f"{source(address)} and src port {value}")
    for value in destinations:
        sent(f"{source(address)} and dst port {value}")

print(json.dumps({"packets": count, "hosts": heaviest(hosts, 40), "ports": heaviest(ports, 40)}))
