// SPDX-License-Identifier: GPL-2.0
#include <linux/netdevice.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/tls.h>

/* Whether the device of a TLS socket is to encrypt the frame; which one it is, or NULL, in *dev. */
bool rust_helper_tls_device_of(const struct sk_buff *skb, struct net_device **dev)
{
#ifdef CONFIG_TLS_DEVICE
	if (tls_is_skb_tx_device_offloaded(skb)) {
		*dev = rcu_dereference(tls_get_ctx(skb->sk)->netdev);
		return true;
	}
#endif
	return false;
}

/* Addresses and ports of a connection, as on the wire; whether they are of IPv6. */
bool rust_helper_sock_connection(const struct sock *sk, u8 source[16], u8 destination[16], u8 ports[4])
{
	const struct inet_sock *inet = inet_sk(sk);

	memcpy(ports, &inet->inet_sport, 2);
	memcpy(ports + 2, &inet->inet_dport, 2);
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6 &&
	    (ipv6_only_sock(sk) || ipv6_addr_type(&sk->sk_v6_daddr) != IPV6_ADDR_MAPPED)) {
		memcpy(source, &inet6_sk(sk)->saddr, 16);
		memcpy(destination, &sk->sk_v6_daddr, 16);
		return true;
	}
#endif
	memcpy(source, &inet->inet_rcv_saddr, 4);
	memcpy(destination, &inet->inet_daddr, 4);
	return false;
}
