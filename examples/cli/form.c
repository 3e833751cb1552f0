/* SPDX-License-Identifier: MIT */
/* Named values: what NAME=VALUE arguments and options say about a form. */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void form_add(struct form *f, const char *name, const char *value)
{
	f->items = must(realloc(f->items, (f->n + 2) * sizeof(*f->items)));
	f->items[f->n].key = copy_of(name, strlen(name));
	f->items[f->n].value = copy_of(value, strlen(value));
	f->items[++f->n] = (emsign_kv){ NULL, NULL };
}

const char *form_get(const struct form *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->items[i].key, name) == 0)
			return f->items[i].value;
	return NULL;
}

void form_free(struct form *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free((void *)(uintptr_t)f->items[i].key);
		free((void *)(uintptr_t)f->items[i].value);
	}
	free(f->items);
	*f = (struct form){ 0 };
}

emsign_rc form_add_pair(struct call *c, struct form *f, const char *pair)
{
	size_t len = strcspn(pair, "=");
	char *name;

	if (len == 0 || pair[len] != '=')
		return call_fail(c, EMSIGN_E_INVALID, "'%s' is not NAME=VALUE", pair);
	name = copy_of(pair, len);
	form_add(f, name, pair + len + 1);
	free(name);
	return EMSIGN_OK;
}

static void add_option(struct form *f, const struct option *o, const char *value)
{
	const char *one;
	size_t len;

	if (!option_many(o)) {
		form_add(f, o->field, o->says ? o->says : value);
		return;
	}
	while ((one = list_next(&value, ',', &len)) != NULL) {
		char *word = copy_of(one, len);

		form_add(f, o->field, word);
		free(word);
	}
}

/* A region stands for a URL, so a URL from the environment does not belong beside it. */
static void add_from_env(const struct call *c, struct form *f)
{
	const char *list = c->verb->options;
	const char *name;
	size_t len;

	while ((name = list_next(&list, ' ', &len)) != NULL) {
		const struct option *o = option_find(name, len);
		const char *value = o && o->field && o->env ? getenv(o->env) : NULL;

		if (!value || !*value || form_get(f, o->field))
			continue;
		if (strcmp(o->field, "url") == 0 && form_get(f, "region"))
			continue;
		form_add(f, o->field, value);
	}
}

/* The file is named from here; later calls may start in another folder. */
static emsign_rc make_absolute(struct call *c, struct form *f)
{
	for (size_t i = 0; i < f->n; i++) {
		char *path;

		if (strcmp(f->items[i].key, "ca_file") != 0 || !*f->items[i].value)
			continue;
		path = realpath(f->items[i].value, NULL);
		if (!path)
			return call_fail(c, EMSIGN_E_INVALID, "CA file '%s' cannot be read: %s",
					 f->items[i].value, strerror(errno));
		free((void *)(uintptr_t)f->items[i].value);
		f->items[i].value = path;
	}
	return EMSIGN_OK;
}

emsign_rc form_read(struct call *c, int first_arg, enum form_env env, struct form *f)
{
	for (size_t i = 0; i < c->n_given; i++)
		if (c->given[i].option->field)
			add_option(f, c->given[i].option, c->given[i].value);
	for (int i = first_arg; i < c->n_args; i++) {
		emsign_rc rc = form_add_pair(c, f, c->args[i]);

		if (rc)
			return rc;
	}
	if (env == FORM_GIVEN_OR_ENV)
		add_from_env(c, f);
	return make_absolute(c, f);
}
