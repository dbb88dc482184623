package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDiffers(t *testing.T) {
	ours := []row{{"a", 9}, {"b", 5}, {"c", 5}}
	for _, c := range []struct {
		name   string
		theirs []row
		same   bool
	}{
		{"same", []row{{"a", 9}, {"b", 5}, {"c", 5}}, true},
		{"more of them", []row{{"a", 9}, {"b", 5}, {"c", 5}, {"d", 1}}, true},
		{"equal rows in another order", []row{{"a", 9}, {"c", 5}, {"b", 5}}, true},
		{"another of the equal last ones", []row{{"a", 9}, {"c", 5}, {"d", 5}}, true},
		{"another value", []row{{"a", 8}, {"b", 5}, {"c", 5}}, false},
		{"another key", []row{{"z", 9}, {"b", 5}, {"c", 5}}, false},
		{"too few", []row{{"a", 9}}, false},
		{"none", nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := differs(ours, c.theirs); (got == "") != c.same {
				t.Errorf("differs(%v, %v) = %q, want same %t", ours, c.theirs, got, c.same)
			}
		})
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name   string
		parse  func([][]byte) (answer, error)
		stdout []string
		want   answer
	}{
		{
			"capinfos", parseCapinfos,
			[]string{"File name:           m.pcap\nNumber of packets:   100000\n"},
			answer{Packets: 100000},
		},
		{"tcpstat", parseTcpstat, []string{"100000 73370789\n"}, answer{Packets: 100000}},
		{
			"tshark endpoints", parseEndpoints,
			[]string{`================================================================================
IPv6 Endpoints
Filter:<No Filter>
                       |  Packets  | |  Bytes  | | Tx Packets | | Tx Bytes | | Rx Packets | | Rx Bytes |
2001:db8:32::a20:e1a0         869        486465        464          315758         405          170707   
================================================================================
================================================================================
IPv4 Endpoints
Filter:<No Filter>
                       |  Packets  | |  Bytes  | | Tx Packets | | Tx Bytes | | Rx Packets | | Rx Bytes |
10.32.127.215               3711       3073544       1530          306772        2181         2766772   
10.32.127.216                  1            60          0               0           1              60   
================================================================================
IPv6 Conversations
fe80::ff:fe09:6      <-> fe80::ff:fe09:2            0 0 bytes         4 328 bytes       4 328 bytes    13.604339000        52.7361
================================================================================
IPv4 Conversations
10.32.218.3          <-> 200.254.92.71            977 1464 kB       491 33 kB        1468 1497 kB     229.871466000        69.4875
`},
			answer{
				Packets: -1,
				Hosts:   ranking{Measure: wireBytes, Rows: []row{{"2001:db8:32::a20:e1a0", 315758}, {"10.32.127.215", 306772}}},
				Pairs: ranking{Measure: packets, Rows: []row{
					{"10.32.218.3 and 200.254.92.71", 1468}, {"fe80::ff:fe09:2 and fe80::ff:fe09:6", 4},
				}},
			},
		},
		{
			"tshark fields", parseFields,
			[]string{
				"1.0\t76\t10.0.0.1\t10.0.0.2\t17\t62\t64\t\t\t\t\t\t\t\t\t53\t32790\t\t\n" +
					"1.1\t99\t10.0.0.1\t10.0.0.2\t41\t80\t64\tfd00::1\tfd00::2\t6\t20\t64\t80\t1024\t0x02\t\t\t\t\n" + // 6in4
					"1.2\t74\t\t\t\t\t\tfd00::1\tfd00::2\t6\t20\t64\t80\t1024\t0x02\t\t\t\t\n" +
					"1.3\t74\t\t\t\t\t\tfd00::1\tfd00::2\t0\t28\t64\t\t\t\t53\t1024\t\t\n" + // extension header
					"1.4\t60\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\n",
			},
			answer{
				Packets: 5,
				Hosts:   ranking{Measure: ipBytes, Rows: []row{{"10.0.0.1", 142}, {"fd00::1", 128}}},
				Ports:   ranking{Measure: ipBytes, Rows: []row{{"53", 130}, {"80", 60}}},
			},
		},
		{
			"nfdump", parseNfdump,
			[]string{"", `ts,te,td,pr,val,fl,flP,pkt,pktP,byt,bytP,pps,bps,bpp
2024-03-12 08:00:00,2024-03-12 08:09:59,599.173,any,32.187.62.165,106,0.8,1783,1.8,1960652,2.7,2,26178,1099
2024-03-12 08:02:02,2024-03-12 08:02:52,49.709,any,2001:0db8:5e::5e2b:4cc7,1,0.1,285,3.0,421664,6.7,5,67861,1479

ts,te,td,pr,val,fl,flP,pkt,pktP,byt,bytP,pps,bps,bpp
2024-03-12 08:00:00,2024-03-12 08:10:02,602.083,any,443,819,5.8,16192,16.2,18042865,24.6,26,239739,1114
2024-03-12 08:00:00,2024-03-12 08:10:02,602.083,any,0,819,5.8,16192,16.2,99,24.6,26,239739,1114
`},
			answer{
				Packets: -1,
				Hosts:   ranking{Measure: ipBytes, Rows: []row{{"32.187.62.165", 1960652}, {"2001:db8:5e::5e2b:4cc7", 421664}}},
				Ports:   ranking{Measure: ipBytes, Rows: []row{{"443", 18042865}}},
			},
		},
		{
			"argus", parseArgus,
			[]string{
				"", "SrcId,SrcAddr,SrcPkts,SrcBytes\n127.0.0.1,32.187.62.165,1783,1985883\n,00:11:22:33:44:55,3,200\n",
				"Proto,Sport,SrcPkts,SrcBytes\ntcp,443,100,9\nudp,443,11,9\nicmp,0x0008,5,9\n",
			},
			answer{
				Packets: -1,
				Hosts:   ranking{Measure: wireBytes, Rows: []row{{"32.187.62.165", 1985883}}},
				Ports:   ranking{Measure: packets, Rows: []row{{"443", 111}}},
			},
		},
		{
			"ndpiReader", parseNdpi,
			[]string{`	IP packets:            99750         of 100000 packets total

Source Ports Stats:
	 1	Port     0	[289 IP address(es)/395 flows/937 pkts/93322 bytes]
	 2	Port 36326	[1 IP address(es)/1 flows/886 pkts/1325307 bytes]
		Top IP Stats:
		41.116.96.214                        ~ 100.00%

Destination Ports Stats:
	 1	Port   443	[1165 IP address(es)/1852 flows/16192 pkts/18273203 bytes]
`},
			answer{Packets: 100000, Ports: ranking{Measure: packets, Rows: []row{{"443", 16192}, {"36326", 886}}}},
		},
		{
			"scripts", parsePython(true),
			[]string{`{"packets": 3, "hosts": {"10.0.0.1": 5, "fd00:0::1": 6}, "ports": {"80": 4, "8080": 9, "81": 0}}`},
			answer{
				Packets: 3,
				Hosts:   ranking{Measure: ipBytes, Rows: []row{{"fd00::1", 6}, {"10.0.0.1", 5}}},
				Ports:   ranking{Measure: ipBytes, System: true, Rows: []row{{"80", 4}}},
			},
		},
		{
			"capfold", func(stdout [][]byte) (answer, error) { return parseCapfold(stdout[0], packets) },
			[]string{`{"totals": {"packets": 7}, "tables": {"hosts": [{"address": "10.0.0.1", "sent_packets": 4}],
				"ports": [{"port": 80, "sent_packets": 3}, {"port": 81, "sent_packets": 0}]}}`},
			answer{
				Packets: 7,
				Hosts:   ranking{Measure: packets, Rows: []row{{"10.0.0.1", 4}}},
				Ports:   ranking{Measure: packets, Rows: []row{{"80", 3}}},
			},
		},
		{
			"capfold's conversations", func(stdout [][]byte) (answer, error) { return parseCapfold(stdout[0], packets) },
			[]string{`{"totals": {"packets": 7}, "tables": {"conversations": [{"a": "fd00::1", "b": "10.0.0.1", "ab_packets": 4, "ba_packets": 2}]}}`},
			answer{Packets: 7, Pairs: ranking{Measure: packets, Rows: []row{{"10.0.0.1 and fd00::1", 6}}}},
		},
		{
			"capfold's rows", func(stdout [][]byte) (answer, error) { return parseRows([]string{"hosts", "ports"}, stdout) },
			[]string{`{"address":"10.0.0.1","sent_bytes":9}` + "\n" + `{"address":"10.0.0.2","sent_bytes":5}` + "\n", ""},
			answer{
				Packets: -1,
				Hosts:   ranking{Measure: ipBytes, Rows: []row{{"10.0.0.1", 9}, {"10.0.0.2", 5}}},
				Ports:   ranking{Measure: ipBytes},
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var stdout [][]byte
			for _, text := range c.stdout {
				stdout = append(stdout, []byte(text))
			}
			got, err := c.parse(stdout)
			if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
				t.Errorf("error %v, answer (-want +got):\n%s", err, diff)
			}
		})
	}
}
