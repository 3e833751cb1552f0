/* SPDX-License-Identifier: MIT */
/*
 * The simulator's own JSON: a reader into an arena and a writer into a buffer.  It shares nothing
 * with the library under test, or both would be wrong together.
 */
#ifndef SIM_JSON_H
#define SIM_JSON_H

#include "mem.h"

enum sim_json_type {
	SIM_JSON_NULL,
	SIM_JSON_BOOL,
	SIM_JSON_NUMBER,
	SIM_JSON_TEXT,
	SIM_JSON_ARRAY,
	SIM_JSON_OBJECT,
};

/* A value; members and elements hang on `first`, linked through `next`. */
struct sim_json {
	enum sim_json_type type;
	const char *key;
	const char *text;	/* of texts, and the literal of numbers and booleans */
	struct sim_json *first;
	struct sim_json *last;
	struct sim_json *next;
};

/* Reads one whole JSON text; NULL when it is not one. */
struct sim_json *sim_json_read(struct sim_arena *arena, const char *text, size_t len);

/* Reads a form (application/x-www-form-urlencoded) as an object of texts. */
struct sim_json *sim_json_form(struct sim_arena *arena, const char *text, size_t len);

/* The member of an object (the last one of that name), or NULL; objects only. */
const struct sim_json *sim_json_get(const struct sim_json *object, const char *key);
/* The member as text; "" for what is absent, null, "" or not a scalar. */
const char *sim_json_str(const struct sim_json *object, const char *key);
/* The member if it is an object, or NULL. */
const struct sim_json *sim_json_obj(const struct sim_json *object, const char *key);
/* The member if it is an array, or NULL. */
const struct sim_json *sim_json_arr(const struct sim_json *object, const char *key);
/* The text of a scalar; "" for others. */
const char *sim_json_scalar(const struct sim_json *value);

/* A writer of compact JSON. */
struct sim_json_out {
	struct sim_buf *buf;
	bool comma;
	bool escape_slash;	/* write "/" as "\/", as the placement calls do */
};

/* In all of these, key is NULL inside arrays. */
void sim_json_open(struct sim_json_out *out, const char *key, char bracket);
void sim_json_close(struct sim_json_out *out, char bracket);
void sim_json_text(struct sim_json_out *out, const char *key, const char *text);
void sim_json_number(struct sim_json_out *out, const char *key, long long number);
void sim_json_bool(struct sim_json_out *out, const char *key, bool value);
void sim_json_null(struct sim_json_out *out, const char *key);
/* Writes a value that was read. */
void sim_json_value(struct sim_json_out *out, const char *key, const struct sim_json *value);

#endif
