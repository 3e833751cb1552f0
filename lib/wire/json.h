/* SPDX-License-Identifier: MIT */
/*
 * Reading JSON: small trees with hard limits. One array may be named whose elements are handed out
 * one by one and forgotten, so that a page of any length needs the memory of one element.
 */
#ifndef EMS_WIRE_JSON_H
#define EMS_WIRE_JSON_H

#include <emsign/base.h>

enum ems_json_type {
	EMS_JSON_NULL,
	EMS_JSON_BOOL,   /* text is "true" or "false" */
	EMS_JSON_NUMBER, /* text is the literal as it stood there */
	EMS_JSON_TEXT,
	EMS_JSON_ARRAY,
	EMS_JSON_OBJECT
};

struct ems_node {
	const char *name; /* NULL in arrays and at the top */
	enum ems_json_type type;
	const char *text;
	const struct ems_node *first; /* of arrays and objects, in the order they stood there */
	const struct ems_node *next;
};

struct ems_json_limits {
	size_t bytes; /* of the whole text */
	size_t depth;
	size_t nodes; /* held at a time */
	size_t text;  /* bytes of one string */
};

/** Good for every answer of this CA. */
extern const struct ems_json_limits ems_json_default_limits;

struct ems_json;

/** Gets one element of the named array; lent for the call. */
typedef emsign_rc (*ems_json_row_fn)(void *ud, const struct ems_node *row, emsign_error *err);

/**
 * Starts reading.
 *   rows  path of the array that is handed out, e.g. "orderDetails.ordersArray"; NULL: none
 */
emsign_rc ems_json_new(const struct ems_json_limits *limits, const char *rows, ems_json_row_fn fn,
		       void *ud, struct ems_json **out, emsign_error *err);

/** The next bytes, however they are cut. */
emsign_rc ems_json_feed(struct ems_json *json, const void *bytes, size_t len, emsign_error *err);

/** The end of the text. *root lives as long as json. Errors: EMSIGN_E_PROTO when it was cut off. */
emsign_rc ems_json_end(struct ems_json *json, const struct ems_node **root, emsign_error *err);

void ems_json_free(struct ems_json *json);

/** A member of an object; NULL when absent or when node is NULL or no object. */
const struct ems_node *ems_node_get(const struct ems_node *node, const char *name);

/** A scalar member as text; NULL when absent, null, "" or no scalar. */
const char *ems_node_text(const struct ems_node *node, const char *name);

#endif
