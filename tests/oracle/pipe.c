// SPDX-License-Identifier: GPL-2.0
/*
 * The half of the oracle that talks: reads questions on its standard input,
 * writes answers to its standard output, until the input ends.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle.h"

#define MAX_FRAME 65536

/* Memory of one question; given back all at once, so that what the kernel's
 * code reads after it freed it is still what it was.
 */
static unsigned char arena[1 << 21] __attribute__((aligned(64)));
static unsigned long used;

void *oracle_alloc(unsigned long size)
{
	void *p = arena + used;

	used += (size + 63) & ~63ul;
	if (used > sizeof(arena))
		oracle_die("out of memory");
	memset(p, 0, size);
	return p;
}

void oracle_reset(void)
{
	used = 0;
}

void oracle_die(const char *why)
{
	fprintf(stderr, "oracle: %s\n", why);
	exit(1);
}

int main(void)
{
	static unsigned char frame[MAX_FRAME];
	struct question q;
	struct answer a;

	oracle_init();
	while (fread(&q, sizeof(q), 1, stdin) == 1) {
		if (q.len > MAX_FRAME || q.headlen > q.len)
			oracle_die("bad question");
		if (q.len && fread(frame, q.len, 1, stdin) != 1)
			oracle_die("short question");
		memset(&a, 0, sizeof(a));
		oracle_ask(&q, frame, &a);
		if (fwrite(&a, sizeof(a), 1, stdout) != 1)
			oracle_die("cannot write");
		fflush(stdout);
	}
	return 0;
}
