/* SPDX-License-Identifier: MIT */
#include "leak.h"

#include <execinfo.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define WATCH_FREE
#endif

#define PART 12 /* bytes of a secret that no accident writes */
#define FORM_MAX (4 * PART)
#define NEEDLES_MAX 8192
#define TOLD_MAX 40 /* a leak in a loop must not fill the disk */
#define FRAMES 12
#define STACK 65536

struct needle {
	const char *what;
	uint16_t next; /* with the same two bytes first; 0: none */
	uint16_t len;
	bool travels;
	unsigned char bytes[FORM_MAX];
};

static struct needle *needles; /* [0] is nobody */
static uint16_t n_needles;
static uint16_t first[65536];
static struct leak_count count;
static const char *looking;
static bool travels; /* what is being added */
static bool inside; /* what the watching itself gives back is not watched */

void *leak_room(size_t size)
{
	void *room = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (room == MAP_FAILED || madvise(room, size, MADV_DONTDUMP) != 0)
		abort();
	return room;
}

/* --- the forms of a secret ------------------------------------------------------------------ */

static unsigned key_of(const unsigned char *bytes)
{
	return (unsigned)bytes[0] << 8 | bytes[1];
}

static struct needle *next_needle(const char *what)
{
	if (!needles) {
		needles = leak_room(NEEDLES_MAX * sizeof(*needles));
		n_needles = 1;
	}
	if (n_needles == NEEDLES_MAX)
		abort();
	needles[n_needles].what = what;
	needles[n_needles].len = 0;
	needles[n_needles].travels = travels;
	return &needles[n_needles];
}

static void enter(struct needle *needle)
{
	unsigned key = key_of(needle->bytes);

	needle->next = first[key];
	first[key] = n_needles++;
}

static void add_as_it_is(const char *what, const unsigned char *part)
{
	struct needle *needle = next_needle(what);

	memcpy(needle->bytes, part, PART);
	needle->len = PART;
	enter(needle);
}

static void add_backwards(const char *what, const unsigned char *part)
{
	struct needle *needle = next_needle(what);

	while (needle->len < PART) {
		needle->bytes[needle->len] = part[PART - 1 - needle->len];
		needle->len++;
	}
	enter(needle);
}

static void add_hex(const char *what, const unsigned char *part, const char *digits)
{
	struct needle *needle = next_needle(what);

	for (int i = 0; i < PART; i++) {
		needle->bytes[needle->len++] = (unsigned char)digits[part[i] >> 4];
		needle->bytes[needle->len++] = (unsigned char)digits[part[i] & 15];
	}
	enter(needle);
}

/* The characters that do not depend on what stands before and behind: `skip` bytes stand before. */
static void add_base64(const char *what, const unsigned char *part, int skip)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	struct needle *needle = next_needle(what);

	for (int bit = (6 - skip * 8 % 6) % 6; bit + 6 <= 8 * PART; bit += 6) {
		unsigned two = (unsigned)part[bit / 8] << 8;

		if (bit / 8 + 1 < PART)
			two |= part[bit / 8 + 1];
		needle->bytes[needle->len++] =
			(unsigned char)digits[two >> (10 - bit % 8) & 63];
	}
	enter(needle);
}

static void add_utf16(const char *what, const unsigned char *part, int high)
{
	struct needle *needle = next_needle(what);

	for (int i = 0; i < PART; i++) {
		needle->bytes[needle->len + high] = part[i];
		needle->bytes[needle->len + 1 - high] = 0;
		needle->len += 2;
	}
	enter(needle);
}

static void add_part(const char *name, const unsigned char *part, bool text)
{
	add_as_it_is(name, part);
	add_backwards(name, part);
	add_hex(name, part, "0123456789abcdef");
	add_hex(name, part, "0123456789ABCDEF");
	for (int skip = 0; skip < 3; skip++)
		add_base64(name, part, skip);
	for (int high = 0; text && high < 2; high++)
		add_utf16(name, part, high);
}

void leak_add(const char *name, const void *bytes, size_t len)
{
	static const char mark[] = "EMSIGN-CANARY-"; /* says nothing about which one it is */
	const unsigned char *at = bytes;
	bool text = true;

	if (len > sizeof(mark) && memcmp(at, mark, sizeof(mark) - 1) == 0) {
		at += sizeof(mark) - 1;
		len -= sizeof(mark) - 1;
	}
	if (len < PART)
		abort();
	for (size_t i = 0; i < len; i++)
		text = text && at[i] >= ' ' && at[i] < 0x7f;
	for (; len >= PART; at += PART, len -= PART)
		add_part(name, at, text);
	if (len)
		add_part(name, at + len - PART, text);
}

void leak_add_traveller(const char *name, const void *bytes, size_t len)
{
	travels = true;
	leak_add(name, bytes, len);
	travels = false;
}

/* --- looking ---------------------------------------------------------------------------------- */

/* The name of the secret that is in there; NULL: none. */
static const char *find(const void *bytes, size_t len, bool travellers)
{
	const unsigned char *at = bytes;

	for (; len >= PART; at++, len--)
		for (unsigned i = first[key_of(at)]; i; i = needles[i].next)
			if (needles[i].len <= len && (travellers || !needles[i].travels) &&
			    memcmp(at, needles[i].bytes, needles[i].len) == 0)
				return needles[i].what;
	return NULL;
}

void leak_tell(const char *where, const char *what)
{
	if (count.leaks++ < TOLD_MAX)
		dprintf(STDERR_FILENO, "leak: %s: %s\n", where, what);
}

void leak_look(const char *where, const void *bytes, size_t len)
{
	const char *what = find(bytes, len, true);

	if (what)
		leak_tell(where, what);
}

/* One line of smaps at a time, without a byte of heap: it must not change while it is looked at. */
static bool next_line(int fd, char *line, size_t size)
{
	static char piece[4096];
	static size_t at, end;
	size_t len = 0;

	for (;;) {
		if (at == end) {
			ssize_t n = read(fd, piece, sizeof(piece));

			at = 0;
			end = n > 0 ? (size_t)n : 0;
			if (!end)
				return false;
		}
		if (piece[at] == '\n')
			break;
		if (len < size - 1)
			line[len++] = piece[at];
		at++;
	}
	at++;
	line[len] = '\0';
	return true;
}

struct region {
	uintptr_t from, to;
	char name[200];
	bool mine; /* private, and written to */
	bool left_out;
};

static void look_at(const char *where, const struct region *r)
{
	char text[320];
	const char *what;

	if (!r->from || !r->mine || r->left_out)
		return;
	count.bytes += r->to - r->from;
	what = find((const void *)r->from, r->to - r->from, false);
	if (!what)
		return;
	snprintf(text, sizeof(text), "%.80s, in memory (%.180s)", where, r->name);
	leak_tell(text, what);
}

static void look_everywhere(void)
{
	const char *where = looking;
	static struct region r;
	static char line[512];
	int fd = open("/proc/self/smaps", O_RDONLY | O_CLOEXEC);
	unsigned long long from, to, kb;
	char modes[8];
	int end;

	if (fd < 0)
		abort();
	count.looks++;
	count.bytes = 0;
	memset(&r, 0, sizeof(r));
	while (next_line(fd, line, sizeof(line))) {
		if (sscanf(line, "%llx-%llx %7s %*s %*s %*s %n", &from, &to, modes, &end) == 3) {
			look_at(where, &r);
			memset(&r, 0, sizeof(r));
			r.from = (uintptr_t)from;
			r.to = (uintptr_t)to;
			r.left_out = modes[0] != 'r' || modes[3] != 'p';
			snprintf(r.name, sizeof(r.name), "%.190s", line + end);
		} else if (sscanf(line, "Anonymous: %llu", &kb) == 1) {
			r.mine = kb > 0;
		} else if (strncmp(line, "VmFlags:", 8) == 0) {
			r.left_out |= strstr(line, " dd") != NULL;
		}
	}
	look_at(where, &r);
	close(fd);
}

/* On a stack of its own: what earlier calls left on the usual one must not be overwritten. */
void leak_look_everywhere(const char *where)
{
	static ucontext_t here, there;
	static char *stack;

	if (!stack)
		stack = leak_room(STACK);
	looking = where;
	if (getcontext(&there) != 0)
		abort();
	there.uc_stack.ss_sp = stack;
	there.uc_stack.ss_size = STACK;
	there.uc_link = &here;
	makecontext(&there, look_everywhere, 0);
	if (swapcontext(&here, &there) != 0)
		abort();
}

struct leak_count leak_count(void)
{
	return count;
}

/* --- memory that is given back ---------------------------------------------------------------- */

#ifdef WATCH_FREE

void *__libc_malloc(size_t size);
void __libc_free(void *block);

static void tell_stack(const char *what)
{
	void *frames[FRAMES];
	int n;

	leak_tell("memory that is given back", what);
	if (count.leaks > TOLD_MAX)
		return;
	n = backtrace(frames, FRAMES);
	backtrace_symbols_fd(frames + 2, n - 2, STDERR_FILENO);
}

static void look_at_block(const void *block)
{
	const char *what;

	if (inside || !n_needles)
		return;
	inside = true;
	count.freed++;
	what = find(block, malloc_usable_size((void *)(uintptr_t)block), false);
	if (what)
		tell_stack(what);
	inside = false;
}

void free(void *block)
{
	if (!block)
		return;
	look_at_block(block);
	__libc_free(block);
}

/* Moves always, so that what is left behind is seen. */
void *realloc(void *block, size_t size)
{
	size_t old = block ? malloc_usable_size(block) : 0;
	void *moved;

	if (block && !size) {
		free(block);
		return NULL;
	}
	moved = __libc_malloc(size);
	if (moved && block) {
		memcpy(moved, block, old < size ? old : size);
		free(block);
	}
	return moved;
}

bool leak_watches_free(void)
{
	return true;
}

#else

bool leak_watches_free(void)
{
	return false;
}

#endif
