/* SPDX-License-Identifier: MIT */
/* list, fields, version: what is known here */
#include "cli.h"

#include <string.h>

emsign_rc verb_list(struct call *c)
{
	const struct view *view = view_find(c->args[0]);
	struct form filter = { 0 };
	emsign_rc rc = EMSIGN_OK;

	if (!view) {
		struct text kinds = { 0 };

		for (const struct view *v = views; v->plural; v++)
			text_print(&kinds, "%s%s", v == views ? "" : ", ", v->plural);
		rc = call_fail(c, EMSIGN_E_INVALID, "'%s' cannot be listed; possible: %s",
			       c->args[0], text_str(&kinds));
		text_free(&kinds);
	}
	for (int i = 1; rc == EMSIGN_OK && i < c->n_args; i++)
		rc = form_add_pair(c, &filter, c->args[i]);
	if (rc == EMSIGN_OK)
		rc = session_open(c);
	if (rc == EMSIGN_OK)
		rc = view_list(c, view, filter.items, NULL, NULL);
	form_free(&filter);
	return rc;
}

static void field_json(const emsign_field *f)
{
	const emsign_kv texts[] = {
		{ "name", f->name },       { "type", f->type }, { "choices", f->choices },
		{ "preset", f->preset },   { "doc", f->doc },   { NULL, NULL },
	};
	struct text line = { 0 };

	for (const emsign_kv *t = texts; t->key; t++) {
		if (!t->value)
			continue;
		text_print(&line, "%s\"%s\":", line.len ? "," : "", t->key);
		text_json(&line, t->value);
	}
	printf("{%s,\"must\":%s,\"many\":%s}\n", text_str(&line), f->must ? "true" : "false",
	       f->many ? "true" : "false");
	text_free(&line);
}

emsign_rc verb_fields(struct call *c)
{
	const emsign_field *fields = emsign_fields(c->args[0]);

	if (!fields)
		return call_fail(c, EMSIGN_E_INVALID, "there is no scope '%s'; possible: client, "
				 "credential, order, domain, reissue, import, ledger", c->args[0]);
	c->listed = true;
	if (!c->json)
		help_fields(c->args[0], stdout);
	for (; c->json && fields->name; fields++)
		field_json(fields);
	return EMSIGN_OK;
}

emsign_rc verb_version(struct call *c)
{
	output_member(c, "version", emsign_version());
	output_line(c, "emsign %s", emsign_version());
	return EMSIGN_OK;
}
