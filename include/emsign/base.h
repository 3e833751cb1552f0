/* SPDX-License-Identifier: MIT */
/*
 * Ground of every other header: return codes, the error struct, named values, bytes, memory.
 *
 * How every function of this library behaves:
 *  - A function that can fail returns emsign_rc: EMSIGN_OK (0) or one negative EMSIGN_E_ code, and
 *    takes `emsign_error *err` last. `err` may be NULL; otherwise it is always written, zeroed on
 *    success. Outputs are NULL (or empty) on failure.
 *  - Text is UTF-8 and NUL-terminated. Times are Unix seconds (UTC), 0 means "not known".
 *  - A record (order, certificate, ...) is one block of memory: release it with emsign_free().
 *    A handle (client, account, op, ...) has its own emsign_<type>_free(). Both accept NULL.
 *  - Handles passed into another handle are referenced, not consumed: free your own reference
 *    whenever you like.
 *  - A client and everything opened on it serve one thread at a time, not always the same one. A
 *    second thread that comes while a call runs gets EMSIGN_E_STATE. Stores and transports go with
 *    their client; clients that share one serve one thread at a time together, which is not
 *    checked. Any thread may drop a reference: what is in use lives on until the call ends. Records
 *    are read-only: any number of threads may read them, and use a secret.
 */
#ifndef EMSIGN_BASE_H
#define EMSIGN_BASE_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__) && !defined(SWIG)
#define EMSIGN_API __attribute__((visibility("default")))
#else
#define EMSIGN_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** Result of every call that can fail. An int, not an enum: its width is part of the ABI. */
typedef int emsign_rc;

/**
 * All error codes, what they mean to a caller who branches on them. One row each:
 * EMSIGN_E_<name>, value, sentence (the text of emsign_rc_text()).
 */
#define EMSIGN_RC_MAP(X)                                                               \
	X(INVALID, -1, "a name, value or argument is wrong")                           \
	X(STATE, -2, "right request, wrong moment")                                    \
	X(NOMEM, -3, "out of memory")                                                  \
	X(NOTFOUND, -4, "no such thing")                                               \
	X(CONFLICT, -5, "it exists already, or was changed meanwhile")                 \
	X(AUTH, -6, "the CA does not accept the credential")                           \
	X(DENIED, -7, "the credential is good, but not allowed to do this")            \
	X(REJECTED, -8, "the CA understood and said no")                               \
	X(BUSY, -9, "the CA asks to slow down; see retry_after")                       \
	X(NET, -10, "no connection")                                                   \
	X(TIMEOUT, -11, "no answer in time")                                           \
	X(PROTO, -12, "the answer makes no sense, or exceeds a limit")                 \
	X(UNSUPPORTED, -13, "this API generation has no such verb")                    \
	X(CANCELED, -14, "canceled by the caller")                                     \
	X(CRYPTO, -15, "a key, certificate, password or seal is not right")            \
	X(STORE, -16, "the store failed")                                              \
	X(IO, -17, "a file could not be read or written")                              \
	X(CALLBACK, -18, "the caller's own callback failed")                           \
	X(INDOUBT, -19, "sent, but no answer: it may have happened")                   \
	X(MISMATCH, -20, "key, CSR, certificate and order do not belong together")     \
	X(CAPACITY, -21, "the configured number of certificates is reached")           \
	X(TLS, -22, "the CA's server could not prove its identity")                    \
	X(FAULT, -23, "the CA had a fault of its own; the same call may work later")   \
	X(PENDING, -24, "not finished at the CA yet; ask again later")

enum {
	EMSIGN_OK = 0,
#define EMSIGN_RC_ENUM(name, value, text) EMSIGN_E_##name = value,
	EMSIGN_RC_MAP(EMSIGN_RC_ENUM)
#undef EMSIGN_RC_ENUM
};

/**
 * What went wrong. The caller owns it (512 bytes for ever); it holds no pointers and no secrets, so
 * it may be copied, kept and printed freely.
 */
typedef struct emsign_error {
	emsign_rc rc;         /* the code that the function returned */
	int32_t http_status;  /* HTTP status of the CA's answer; 0: no answer was involved */
	int32_t retry_after;  /* seconds after which a repetition makes sense; 0: not known */
	uint32_t flags;       /* none defined yet */
	char ca_code[32];     /* the CA's own code, e.g. "EMS-939"; "" when it gave none */
	char request_id[64];  /* the transaction id of the call: quote it to the CA's support */
	char message[288];    /* one sentence: what, which value, what would be right */
	char reserved[112];
} emsign_error;

/**
 * A named value. Arrays of them end with {0} (key NULL); a repeated key is a list. This is how all
 * configuration, forms and filters come in. Named values never carry a secret.
 */
typedef struct emsign_kv {
	const char *key;
	const char *value;
} emsign_kv;

/** Bytes handed to the caller. Initialise with {0}, release with emsign_buf_free(), which wipes. */
typedef struct emsign_buf {
	unsigned char *data; /* a NUL follows behind len; NULL when empty */
	size_t len;
	size_t cap;
} emsign_buf;

/** Told once when a stored callback and its `ud` are not needed any more. */
typedef void (*emsign_drop_fn)(void *ud);

/**
 * Replaces the allocator of the whole process for this library.
 * `realloc`: ptr NULL allocates, new_size 0 frees and returns NULL; otherwise NULL means that there
 * is no memory.
 */
typedef struct emsign_allocator {
	size_t size; /* sizeof(emsign_allocator) */
	void *(*realloc)(void *ud, void *ptr, size_t old_size, size_t new_size);
	void *ud;
} emsign_allocator;

/**
 * The version of the library in use, e.g. "0.1.0".
 * Returns static text. Since 0.1.
 */
EMSIGN_API const char *emsign_version(void);

/**
 * The name of a code: "OK", "INVALID", "AUTH", ...
 * Returns static text; "UNKNOWN" for a number that is no code. Since 0.1.
 */
EMSIGN_API const char *emsign_rc_name(emsign_rc rc);

/**
 * What a code means, as a short sentence without a full stop.
 * Returns static text. Since 0.1.
 */
EMSIGN_API const char *emsign_rc_text(emsign_rc rc);

/**
 * Puts another allocator under the library. Process-wide; before anything was allocated.
 *   a  [in] table, copied; NULL returns to the C library's
 * Returns EMSIGN_OK. Errors: EMSIGN_E_INVALID (no realloc), EMSIGN_E_STATE (memory is in use).
 * Since 0.1.
 */
EMSIGN_API emsign_rc emsign_set_allocator(const emsign_allocator *a);

/**
 * Releases any record that the library handed out. NULL is fine. Since 0.1.
 */
EMSIGN_API void emsign_free(void *record);

/**
 * Wipes and releases the bytes, and leaves an empty buffer. NULL is fine. Since 0.1.
 */
EMSIGN_API void emsign_buf_free(emsign_buf *buf);

#ifdef __cplusplus
}
#endif
#endif
