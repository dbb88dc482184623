#!/usr/bin/env python3
"""Carries the packets of a tun or tap device over another interface.

    carry.py vlan DEVICE UPLINK ID [ID]    802.1Q; with two IDs 802.1ad (QinQ)
    carry.py ipip|gre|sit DEVICE LOCAL REMOTE

record.sh uses it where a kernel is built without VLAN devices and IP tunnels:
the packets come from the kernel's own stack and real programs, and only their
outer headers are written here. It runs until it is killed.
"""

import fcntl
import os
import select
import socket
import struct
import sys

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_TAP, IFF_NO_PI = 0x0001, 0x0002, 0x1000
ETH_P_ALL, ETH_P_8021Q, ETH_P_8021AD = 0x0003, 0x8100, 0x88A8
SOL_PACKET, PACKET_AUXDATA, TP_STATUS_VLAN_VALID = 263, 8, 0x10


def open_device(name, kind):
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", name.encode(), kind | IFF_NO_PI))
    return device


def vlan(name, uplink, *ids):
    """Returns the device, the socket below it, and how to wrap and unwrap."""
    device = open_device(name, IFF_TAP)
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    wire.bind((uplink, 0))
    wire.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    tags = [int(i) for i in ids]
    kinds = [ETH_P_8021AD, ETH_P_8021Q][-len(tags):]
    outer, inner = tags[0], b"".join(
        struct.pack("!HH", k, t) for k, t in list(zip(kinds, tags))[1:]
    )
    header = struct.pack("!HH", kinds[0], outer) + inner

    def wrap(frame):
        return frame[:12] + header + frame[12:]

    def receive():
        # The kernel hands the outer tag over beside the frame.
        frame, extra, _, address = wire.recvmsg(65535, 256)
        if address[2] == socket.PACKET_OUTGOING:
            return None
        for level, kind, data in extra:
            if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
                status, _, _, _, _, tci, _ = struct.unpack("IIIHHHH", data[:20])
                if status & TP_STATUS_VLAN_VALID and tci & 0xFFF == outer:
                    if frame[12:].startswith(inner):
                        return frame[:12] + frame[12 + len(inner):]
        return None

    return device, wire, wrap, receive


def tunnel(protocol, name, local, remote):
    device = open_device(name, IFF_TUN)
    wire = socket.socket(socket.AF_INET, socket.SOCK_RAW, protocol)
    wire.bind((local, 0))
    wire.connect((remote, 0))

    def wrap(packet):
        if protocol != socket.IPPROTO_GRE:
            return packet
        return struct.pack("!HH", 0, 0x86DD if packet[0] >> 4 == 6 else 0x0800) + packet

    def receive():
        packet = wire.recv(65535)  # with its outer IPv4 header
        header = (packet[0] & 15) * 4 + (4 if protocol == socket.IPPROTO_GRE else 0)
        return packet[header:]

    return device, wire, wrap, receive


def main(mode, *arguments):
    if mode == "vlan":
        device, wire, wrap, receive = vlan(*arguments)
    else:
        protocol = {"ipip": 4, "gre": socket.IPPROTO_GRE, "sit": socket.IPPROTO_IPV6}[mode]
        device, wire, wrap, receive = tunnel(protocol, *arguments)
    while True:
        for ready in select.select([device, wire], [], [])[0]:
            try:
                if ready == device:
                    wire.send(wrap(os.read(device, 65535)))
                elif (packet := receive()) is not None:
                    os.write(device, packet)
            except OSError:
                pass  # the device or its uplink is down: the packet is lost, as on a wire


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
