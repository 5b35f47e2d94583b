/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the two halves of the oracle of receive balancing tell each other.
 */
#ifndef RLB_H
#define RLB_H

#define RLB_SLAVES 8

void rlb_new(void);
void rlb_add(unsigned int speed, int usable, unsigned long mac);
void rlb_usable(int slave, int usable);
void rlb_speed(int slave, unsigned int speed);
void rlb_active(int slave);
void rlb_mac(int slave, unsigned long mac);
void rlb_bond_mac(unsigned long mac);
int rlb_send(int op, unsigned long sender, unsigned int sip, unsigned long target,
	     unsigned int tip, int vlan, unsigned long *named);
void rlb_hear(int op, unsigned long sender, unsigned int sip, unsigned long target,
	      unsigned int tip);
void rlb_lost(int slave);
void rlb_left(int slave);
void rlb_moved(int slave);
void rlb_spread(void);
void rlb_vlan(int vlan);
void rlb_tick(int pause);
void rlb_show(void);

/* From the C library. */
void rlb_told(int slave, unsigned int sip, unsigned int tip, unsigned long mac, int proto,
	      int tci);
void rlb_client(unsigned int sip, unsigned int tip, unsigned long mac, int slave);
void rlb_pending(int pending);
void oracle_die(const char *why);

#endif
