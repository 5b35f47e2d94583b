// SPDX-License-Identifier: GPL-2.0
/*
 * The half of the options oracle that talks: reads questions on its standard
 * input, one a line, and writes what the C driver does to its standard output.
 *
 * A question: option, the numbers of struct config, those of struct told, the
 * kind of the value, and the value: octets in hexadecimal (t, 6, a), a number (n),
 * or a slave and a number (s). Those of kind a are the attributes of a request,
 * and the option means nothing.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

/* The kernel's printf(), as far as the driver's lines need it. */
void options_log(char level, const char *format, va_list args)
{
	char text[64];
	const unsigned char *p;

	printf("%c ", level);
	for (; *format; format++) {
		if (*format == '\n')
			continue;
		if (*format != '%') {
			putchar(*format);
			continue;
		}
		format++;
		if (*format == 's') {
			const char *s = va_arg(args, char *);

			fputs(s ? s : "(null)", stdout);
		} else if (*format == 'd' || *format == 'i') {
			printf("%d", va_arg(args, int));
		} else if (*format == 'u') {
			printf("%u", va_arg(args, unsigned int));
		} else if (!strncmp(format, "llu", 3)) {
			printf("%llu", va_arg(args, unsigned long long));
			format += 2;
		} else if (!strncmp(format, "pI4", 3)) {
			p = va_arg(args, unsigned char *);
			printf("%u.%u.%u.%u", p[0], p[1], p[2], p[3]);
			format += 2;
		} else if (!strncmp(format, "pI6c", 4)) {
			fputs(inet_ntop(AF_INET6, va_arg(args, void *), text, sizeof(text)), stdout);
			format += 3;
		} else {
			options_die(format);
		}
	}
	putchar('\n');
}

void options_say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
}

void options_hex(const void *octets, int len)
{
	const unsigned char *p = octets;

	while (len--)
		printf("%02x", *p++);
}

void options_die(const char *why)
{
	fprintf(stderr, "oracle: %s\n", why);
	exit(1);
}

static char *next(void)
{
	char *word = strtok(NULL, " \n");

	if (!word)
		options_die("short question");
	return word;
}

/* Octets out of hexadecimal digits; "-" is none. */
static int unhex(const char *digits, char *octets, int room)
{
	unsigned int octet;
	int len = 0;

	if (*digits == '-')
		return 0;
	for (; *digits; digits += 2) {
		if (len == room || sscanf(digits, "%2x", &octet) != 1)
			options_die("bad octets");
		octets[len++] = octet;
	}
	return len;
}

int main(void)
{
	static char line[1 << 16], text[1 << 15] __attribute__((aligned(8)));
	struct config config;
	struct told told;
	struct value value;
	int option, i;
	char *word;

	while (fgets(line, sizeof(line), stdin)) {
		word = strtok(line, " \n");
		if (!word)
			options_die("empty question");
		option = atoi(word);
		for (i = 0; i < CONFIG_NUMBERS; i++)
			((int *)&config)[i] = atoi(next());
		for (i = 0; i < sizeof(told) / sizeof(int); i++)
			((int *)&told)[i] = atoi(next());
		memset(&value, 0, sizeof(value));
		value.kind = *next();
		if (value.kind == 't') {
			text[unhex(next(), text, sizeof(text) - 1)] = '\0';
			value.text = text;
		} else if (value.kind == 'a') {
			value.text = text;
			value.slave = unhex(next(), text, sizeof(text));
		} else if (value.kind == '6') {
			unhex(next(), (char *)value.octets, sizeof(value.octets));
		} else if (value.kind == 'n') {
			value.number = strtoull(next(), NULL, 10);
		} else if (value.kind == 's') {
			value.slave = atoi(next());
			value.number = atoi(next());
		} else {
			options_die("bad kind");
		}
		options_ask(option, &config, &told, &value);
	}
	return 0;
}
