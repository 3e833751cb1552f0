/* SPDX-License-Identifier: MIT */
/* Help, all of it from the tables. */
#include "cli.h"

#include <string.h>

#define WIDTH 96

/* Writes words from column `column` on, each line up to WIDTH; the cursor stands there already. */
static void wrapped(FILE *out, int column, const char *text)
{
	int at = column;
	const char *word;
	size_t len;

	while ((word = list_next(&text, ' ', &len)) != NULL) {
		if (at > column && at + 1 + (int)len > WIDTH)
			at = fprintf(out, "\n%*s", column, "") - 1;
		else if (at > column)
			at += fprintf(out, " ");
		at += fprintf(out, "%.*s", (int)len, word);
	}
	fputc('\n', out);
}

/* Writes a title with a text beside it, or below it when the title is too long for its column. */
static void entry(FILE *out, int column, const char *title, const char *text)
{
	int at = fprintf(out, "  %s", title);

	if (at + 2 > column) {
		fputc('\n', out);
		at = 0;
	}
	fprintf(out, "%*s", column - at, "");
	wrapped(out, column, text);
}

/* As words, so that a long list can be wrapped. */
static void add_choices(struct text *text, const char *choices)
{
	const char *word;
	size_t len;

	if (!choices)
		return;
	text_add(text, "; one of:");
	while ((word = list_next(&choices, '|', &len)) != NULL) {
		text_add(text, " ");
		text_put(text, word, len);
	}
}

static void option_entry(FILE *out, const struct option *o)
{
	struct text title = { 0 };
	struct text text = { 0 };

	text_print(&title, "--%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
	text_add(&text, o->doc);
	add_choices(&text, o->choices);
	if (o->env)
		text_print(&text, " [%s]", o->env);
	entry(out, 26, text_str(&title), text_str(&text));
	text_free(&title);
	text_free(&text);
}

static void option_entries(FILE *out, const char *list)
{
	const char *name;
	size_t len;

	while ((name = list_next(&list, ' ', &len)) != NULL)
		option_entry(out, option_find(name, len));
}

void help_fields(const char *scope, FILE *out)
{
	for (const emsign_field *f = emsign_fields(scope); f && f->name; f++) {
		struct text text = { 0 };

		text_add(&text, f->doc);
		add_choices(&text, f->choices);
		if (f->preset)
			text_print(&text, " (default: %s)", f->preset);
		if (f->must)
			text_add(&text, " (needed)");
		if (f->many)
			text_add(&text, " (may be repeated)");
		entry(out, 32, f->name, text_str(&text));
		text_free(&text);
	}
}

void help_verb(const struct verb *verb, FILE *out)
{
	fprintf(out, "usage: emsign %s%s%s\n\n", verb->name, *verb->args ? " " : "", verb->args);
	wrapped(out, 0, verb->doc);
	if (verb->example)
		fprintf(out, "\nExample:\n  emsign %s\n", verb->example);
	if (*verb->options) {
		fputs("\nOptions:\n", out);
		option_entries(out, verb->options);
	}
	if (verb->scope) {
		fputs("\nFields, as NAME=VALUE:\n", out);
		help_fields(verb->scope, out);
	}
	fputs("\nOptions of every verb:\n", out);
	option_entries(out, common_options);
}

static void verb_entry(FILE *out, const struct verb *v)
{
	entry(out, 21, v->name, v->doc);
}

bool help_group(const char *word, FILE *out)
{
	size_t len = strlen(word);
	bool found = false;

	for (const struct verb *v = verbs; v->name; v++) {
		if (strncmp(v->name, word, len) != 0 || v->name[len] != ' ')
			continue;
		if (!found)
			fprintf(out, "usage: emsign %s ...\n\n", word);
		verb_entry(out, v);
		found = true;
	}
	return found;
}

void help_all(FILE *out)
{
	fputs("emsign - certificates of the emSign CA, from the order to the end\n\n"
	      "usage: emsign [OPTION ...] VERB [ARGUMENT ...]\n\nVerbs:\n", out);
	for (const struct verb *v = verbs; v->name; v++)
		verb_entry(out, v);
	fputs("\nOptions of every verb:\n", out);
	option_entries(out, common_options);
	fputs("\nExit codes:\n", out);
	for (const struct exit_row *row = exit_rows; row->doc; row++) {
		char code[8];

		(void)snprintf(code, sizeof(code), "%3d", row->code);
		entry(out, 8, code, row->doc);
	}
	fputs("\n'emsign VERB --help' tells more about one of them.\n", out);
}
