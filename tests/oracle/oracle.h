/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the two halves of the oracle, the one that sees kernel headers and the
 * one that sees the C library's, tell each other. Also the format on its pipes:
 * a question is this structure followed by `len` octets, an answer the other.
 */
#ifndef ORACLE_H
#define ORACLE_H

#define ORACLE_POLICIES 6

struct question {
	unsigned int len;		/* octets of the frame */
	unsigned int headlen;		/* of these in the linear part */
	int network_offset;
	unsigned short protocol;	/* skb->protocol, host order */
	unsigned short vlan_proto;	/* host order; 0: no tag beside the frame */
	unsigned short vlan_tci;
	unsigned char xdp;		/* an XDP frame: all linear, no skb */
	unsigned char l4_hash;
	unsigned int hash;
};

struct keys {
	unsigned char found;		/* what the flow dissector returned */
	unsigned char addresses;	/* 0 none, 4 IPv4, 6 IPv6, 1 TIPC */
	unsigned char icmp_type;
	unsigned char icmp_code;
	unsigned short icmp_id;
	unsigned short reserved;
	unsigned char source[16];
	unsigned char destination[16];
	unsigned char ports[4];
};

/* What balance-tlb or balance-alb does with a frame, else the number of its flow. */
#define ORACLE_ACTIVE -1	/* through the active slave */
#define ORACLE_ARP -2

struct answer {
	unsigned int hash[ORACLE_POLICIES];	/* by the policy's number */
	struct keys keys;
	int tlb;			/* the flow's number is of layer2's hash */
	int alb;
};

void oracle_init(void);
void oracle_ask(const struct question *q, const unsigned char *frame, struct answer *a);

/* From the C library. */
void *oracle_alloc(unsigned long size);
void oracle_reset(void);
void oracle_die(const char *why);

#endif
