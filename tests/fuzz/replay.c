/* SPDX-License-Identifier: MIT */
/*
 * Feeds files to a harness, with any compiler; where libFuzzer is there, it does the same.
 *
 *   fuzz-NAME PATH...     a file, or a folder of files
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "fuzz.h"

#define INPUT_MAX ((size_t)4 << 20)
#define PATH_MAX_LEN 4096

static size_t fed;

static void die(const char *what, const char *which)
{
	fprintf(stderr, "replay: %s: %s\n", what, which);
	exit(2);
}

/* A block that is as long as the input, so that a byte too far is noticed. */
static void feed(const char *path)
{
	uint8_t *all = malloc(INPUT_MAX), *bytes;
	FILE *f = fopen(path, "rb");
	size_t len;

	if (!all || !f)
		die("cannot read", path);
	printf("%s\n", path);
	fflush(stdout);
	len = fread(all, 1, INPUT_MAX, f);
	fclose(f);
	bytes = realloc(all, len ? len : 1);
	LLVMFuzzerTestOneInput(bytes, len);
	free(bytes);
	fed++;
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void feed_folder(const char *folder)
{
	char path[PATH_MAX_LEN];
	struct dirent **entries;
	int n = scandir(folder, &entries, visible, alphasort);

	if (n < 0)
		die("cannot read", folder);
	for (int i = 0; i < n; i++) {
		if (snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name) >=
		    (int)sizeof(path))
			die("path too long", folder);
		feed(path);
		free(entries[i]);
	}
	free(entries);
}

int main(int argc, char **argv)
{
	struct stat st;

	for (int i = 1; i < argc; i++) {
		if (stat(argv[i], &st) != 0)
			die("is not there", argv[i]);
		if (S_ISDIR(st.st_mode))
			feed_folder(argv[i]);
		else
			feed(argv[i]);
	}
	printf("%zu inputs, all as they should be\n", fed);
	return fed ? 0 : 1;
}
