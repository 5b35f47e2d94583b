// SPDX-License-Identifier: GPL-2.0
/*
 * rounds FILE: counts in FILE how often it went round, until it is ended.
 *
 * With the lowest priority it has what nobody else wants: what is missing to it was taken by others. A round is
 * about 2000 instructions. FILE holds a 64-bit number in the machine's byte order.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	volatile unsigned long *count;
	unsigned long left;
	int fd;

	if (argc != 2)
		return 2;
	fd = open(argv[1], O_RDWR | O_CREAT, 0600);
	if (fd < 0 || ftruncate(fd, sizeof(*count))) {
		perror(argv[1]);
		return 1;
	}
	count = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (count == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	for (;;) {
		left = 1000;
		asm volatile("1: dec %0; jnz 1b" : "+r"(left));
		(*count)++;
	}
}
