// SPDX-License-Identifier: GPL-2.0
#include <linux/highmem.h>
#include <linux/netdevice.h>
#include <linux/tcp.h>
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

#ifdef CONFIG_TLS_DEVICE

/* Whether a frame has at `offset` something else than the bytes `from` to `to` of a record, unencrypted. */
static bool tls_differs(const struct sk_buff *skb, int offset, const struct tls_record_info *record,
			int from, int to)
{
	u8 ours[64], theirs[64];
	int begin = 0, i, len;

	for (i = 0; i < record->num_frags; begin += skb_frag_size(&record->frags[i++])) {
		const skb_frag_t *frag = &record->frags[i];
		int end = min_t(int, to, begin + skb_frag_size(frag));

		for (; from < end; from += len, offset += len) {
			size_t at = skb_frag_off(frag) + from - begin;

			len = min3((size_t)(end - from), sizeof(ours), PAGE_SIZE - offset_in_page(at));
			memcpy_from_page(theirs, skb_frag_page(frag) + (at >> PAGE_SHIFT), offset_in_page(at), len);
			if (!skb_copy_bits(skb, offset, ours, len) && memcmp(ours, theirs, len))
				return true;
		}
	}
	return false;
}

/* Whether software has encrypted a frame of a TLS socket: its payload is not what the socket was given. */
static bool tls_is_encrypted(const struct sk_buff *skb)
{
	struct tls_context *context = tls_get_ctx(skb->sk);
	struct tls_offload_context_tx *tx = tls_offload_ctx_tx(context);
	int offset = skb_tcp_all_headers(skb), at, size;
	u32 seq = ntohl(tcp_hdr(skb)->seq);
	struct tls_record_info *record;
	bool found = false;
	unsigned long flags;
	u64 number;

	spin_lock_irqsave(&tx->lock, flags);
	for (; !found && offset < skb->len; offset += size, seq += size) {
		record = tls_get_record(tx, seq, &number);
		/* Sent before TLS began, so never encrypted; or acknowledged meanwhile, so dropped by TLS. */
		if (!record || before(seq, tls_record_start_seq(record)))
			break;
		at = seq - tls_record_start_seq(record);
		size = min_t(int, skb->len - offset, record->len - at);
		/* The header is the same in both. A tag alone may be made again, it comes out the same. */
		found = tls_differs(skb, offset + max(0, context->prot_info.prepend_size - at), record,
				    max_t(int, context->prot_info.prepend_size, at),
				    min_t(int, at + size, record->len - context->prot_info.tag_size));
	}
	spin_unlock_irqrestore(&tx->lock, flags);
	return found;
}

#endif

/*
 * Once a device is down, software encrypts what TLS sockets had left to it: on each device that a frame
 * passes, so that the second one makes it readable again. Takes a frame that is encrypted from its socket,
 * as it is that which has TLS look at it.
 */
void rust_helper_tls_keep_encrypted(struct sk_buff *skb)
{
#ifdef CONFIG_TLS_DEVICE
	struct sock *sk = skb->sk;

	if (!sk || !sk_fullsock(sk) || tls_is_skb_tx_device_offloaded(skb) ||
	    smp_load_acquire(&sk->sk_destruct) != tls_device_sk_destruct ||
	    tls_get_ctx(sk)->tx_conf != TLS_HW || !tls_is_encrypted(skb))
		return;
	skb_orphan(skb);
	skb->decrypted = 0;
#endif
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
