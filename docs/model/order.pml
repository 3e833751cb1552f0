/* SPDX-License-Identifier: MIT */
/*
 * Ordering, as lib/client does it: two processes on one store want a certificate for the same
 * names, the CA is slow, the network loses and repeats, and a process may die between any two
 * steps. README.md says what is left out and why that is sound; tools/check-model runs all of it.
 *
 * A step is one d_step: what it does to the store is one transaction there, and everything else in
 * it only reads, or concerns its own process alone. A label in client() is the C function whose
 * step stands there, and the states of an intent are those of ems_intent.state.
 *
 * Switches: two are about the world, ANOTHER_MACHINE (whether the owner of an intent still runs
 * cannot be seen) and UNMARKED (the CA does not repeat the tag). LISTED_LATE and REPEATED_SLOWLY
 * take away an assumption about the CA. Each of the others, all under "definitions", is a mistake.
 */

/* How much happens, all in all. Everything within it is searched. */
#ifndef TROUBLES
#define TROUBLES 2 /* deaths, losses, late answers, refusals, repetitions, records not written */
#endif
#ifndef WISHES
#define WISHES 1   /* certificates that each process wants: it calls until so many calls are done */
#endif

#define ORDERS 4   /* room at the CA */
#define STAMPS 8   /* room for attempts */
#define KEYS 8
#define NOBODY 15  /* no process, no stamp, no key, no order */
#define BIT(i) (1 << (i))
#define HAS(set, i) (((set) >> (i)) & 1)
#define COUNT(set) (HAS(set, 0) + HAS(set, 1) + HAS(set, 2) + HAS(set, 3))

mtype = { sending, in_doubt };                                      /* ems_intent.state */
mtype = { placed_it, refused_it, slow_down, heard_twice, silence }; /* what a process hears */

/* --- the store ------------------------------------------------------------------------------ */

typedef ems_intent {
	mtype state;  /* 0: no row. There is one at most, because its id is made of the names */
	byte owner;   /* the process that sends; NOBODY once that process is gone */
	byte tag;
	byte csr;
	byte sent;    /* sent_at: the stamp of the last attempt, from which settle_ms is counted */
	byte before   /* orders that were known when it was claimed: created_at, for UNMARKED */
};

ems_intent intent;
byte keys;         /* that can be loaded; key and CSR are kept in one transaction */
byte known;        /* orders in the store */
byte issued;       /* of these, the ones that are known to be issued */
byte spki[ORDERS]; /* the key of a known order; NOBODY: an import brought it */

/* --- the CA and the way to it --------------------------------------------------------------- */

byte under_way;       /* attempts whose request is neither lost nor decided */
byte tag_of[STAMPS];
byte csr_of[STAMPS];
byte young;           /* stamps since which less than settle_ms has passed */

byte orders;          /* accepted, and to be paid for */
byte ca_tag[ORDERS];
byte ca_csr[ORDERS];
byte ca_stamp[ORDERS];
byte ca_listed;       /* orders that the report shows */

/* --- the processes -------------------------------------------------------------------------- */

bool dead[2];
byte exchange[2] = NOBODY; /* the attempt whose answer is waited for: a connection of its own */
mtype answer[2];           /* 0: nothing heard yet */
byte number[2];            /* of the order, with placed_it */
byte wishes[2] = WISHES;

byte troubles = TROUBLES;
byte stamps;               /* given out */
byte tags;

/* --- what has to be true -------------------------------------------------------------------- */

byte allowed[STAMPS];    /* orders that were known to be issued when its call looked */
bool one_order = true;   /* an order is accepted only when all before it were issued by then */
bool key_loads = true;   /* an accepted order, and so its certificate, has a key that loads */
bool remembered = true;  /* an order at the CA is known, or the intent is looking for it */
bool its_own_key = true; /* an order is known by the key that it was placed with */

#if !defined(ONLY_ONE_ORDER) && !defined(ONLY_KEY_LOADS) && !defined(ONLY_REMEMBERED)
#define ONLY_ONE_ORDER
#define ONLY_KEY_LOADS
#define ONLY_REMEMBERED
#endif

#ifdef ONLY_ONE_ORDER
#define CHECK_ONE_ORDER(cond) one_order = (cond); assert(one_order)
#else
#define CHECK_ONE_ORDER(cond) skip
#endif
#ifdef ONLY_KEY_LOADS
#define CHECK_KEY_LOADS(cond) key_loads = (cond); assert(key_loads)
#else
#define CHECK_KEY_LOADS(cond) skip
#endif

#define IS_KNOWN(o) (HAS(known, o) && spki[o] != NOBODY)
#define IS_LOST(o) (o < orders && !IS_KNOWN(o) && \
		    !(intent.state != 0 && intent.tag == ca_tag[o]))
#define IS_FOREIGN(o) (IS_KNOWN(o) && spki[o] != ca_csr[o])
#define USES(o, key) (o < orders && ca_csr[o] == key)

#ifdef ONLY_REMEMBERED
active proctype watch()
{
end:	do
	:: d_step { IS_LOST(0) || IS_LOST(1) || IS_LOST(2) || IS_LOST(3) ->
		remembered = false; assert(remembered) }
	:: d_step { IS_FOREIGN(0) || IS_FOREIGN(1) || IS_FOREIGN(2) || IS_FOREIGN(3) ->
		its_own_key = false; assert(its_own_key) }
	od
}
#endif

/* --- the CA --------------------------------------------------------------------------------- */

/* The first answer on a connection counts; one that comes after its end is heard by nobody. */
inline reply(w, what)
{
	if
	:: exchange[0] == w && answer[0] == 0 -> answer[0] = what
	:: exchange[1] == w && answer[1] == 0 -> answer[1] = what
	:: else
	fi;
	under_way = under_way & ~BIT(w);
	tag_of[w] = 0;
	csr_of[w] = 0;
	allowed[w] = 0
}

inline accept(w)
{
	CHECK_ONE_ORDER(orders == allowed[w]);
	CHECK_KEY_LOADS(HAS(keys, csr_of[w]));
	assert(orders < ORDERS);
	ca_tag[orders] = tag_of[w];
	ca_csr[orders] = csr_of[w];
	ca_stamp[orders] = w;
	if
	:: exchange[0] == w -> number[0] = orders
	:: exchange[1] == w -> number[1] = orders
	:: else
	fi;
	orders++
}

/*
 * What is under way is decided at some time. The CA takes a transaction id once (EMS-947): of a
 * request that was said twice it hears the second as such, and that may be the answer that comes.
 */
#ifdef REPEATED_SLOWLY
#define TO_THE_SECOND slow_down
#else
#define TO_THE_SECOND heard_twice
#endif

#define DECIDE(w) \
	:: d_step { HAS(under_way, w) -> accept(w); reply(w, placed_it) } \
	:: d_step { HAS(under_way, w) && troubles > 0 -> \
		troubles--; accept(w); reply(w, silence) } \
	:: d_step { HAS(under_way, w) && troubles > 0 -> \
		troubles--; accept(w); reply(w, TO_THE_SECOND) } \
	:: d_step { HAS(under_way, w) && troubles > 0 -> troubles--; reply(w, silence) } \
	:: d_step { HAS(under_way, w) && troubles > 0 -> troubles--; reply(w, refused_it) } \
	:: d_step { HAS(under_way, w) && troubles > 0 -> troubles--; reply(w, slow_down) } \
	:: d_step { HAS(under_way, w) && troubles > 0 -> troubles--; reply(w, heard_twice) }

#define LIST(o) \
	:: d_step { o < orders && !HAS(ca_listed, o) -> \
		ca_listed = ca_listed | BIT(o); ca_stamp[o] = 0 }

/*
 * The assumption about time: what the CA accepts at all is listed within settle_ms of the stamp. So
 * a stamp gets old only when nothing of its attempt is still on its way to the list.
 */
#ifdef LISTED_LATE
#define UNLISTED(o, w) false
#else
#define UNLISTED(o, w) (o < orders && ca_stamp[o] == w && !HAS(ca_listed, o))
#endif
#define AGE(w) \
	:: d_step { HAS(young, w) && !HAS(under_way, w) && !UNLISTED(0, w) && !UNLISTED(1, w) && \
		    !UNLISTED(2, w) && !UNLISTED(3, w) -> young = young & ~BIT(w) }

active proctype ca()
{
end:	do
	DECIDE(0) DECIDE(1) DECIDE(2) DECIDE(3) DECIDE(4) DECIDE(5) DECIDE(6) DECIDE(7)
	LIST(0) LIST(1) LIST(2) LIST(3)
	AGE(0) AGE(1) AGE(2) AGE(3) AGE(4) AGE(5) AGE(6) AGE(7)
	od
}

/* --- others, and death ---------------------------------------------------------------------- */

/*
 * Somebody imports. The CA issues; somebody refreshes and fetches, and keeps the certificate
 * (ems_fetch_keep).
 */
#define OTHERS(o) \
	:: d_step { HAS(ca_listed, o) && !HAS(known, o) -> \
		known = known | BIT(o); spki[o] = NOBODY } \
	:: d_step { HAS(ca_listed, o) && HAS(known, o) && !HAS(issued, o) -> \
		CHECK_KEY_LOADS(HAS(keys, ca_csr[o])); issued = issued | BIT(o) }

inline die(p)
{
	troubles--;
	dead[p] = true;
	exchange[p] = NOBODY;
	answer[p] = 0;
	number[p] = 0;
	if
	:: intent.owner == p -> intent.owner = NOBODY
	:: else
	fi
}

#define MAY_DIE(p) (troubles > 0 && !dead[p] && wishes[p] > 0)

/* After, or before, the request that was just written down has left the process. */
#define DEATH(p) \
	:: d_step { MAY_DIE(p) -> die(p) } \
	:: d_step { MAY_DIE(p) && exchange[p] != NOBODY && HAS(under_way, exchange[p]) -> \
		reply(exchange[p], silence); die(p) }

/* All of it at any time or never: where fairness counts, nothing of this may be relied on. */
active proctype world()
{
end:	do
	OTHERS(0) OTHERS(1) OTHERS(2) OTHERS(3)
	DEATH(0) DEATH(1)
#ifdef FAIR
	:: break
#endif
	od
}

/* --- definitions: each mistake changes one of them -------------------------------------------- */

/* Is the row as it was read, or as it was written here? */
#define IS_OPEN (intent.state == open.state && intent.tag == open.tag && intent.sent == open.sent)
#define IS_SENT (intent.state == sending && intent.tag == tag && intent.sent == sent)

/* ems_journal_claim: compare and swap */
#ifdef NO_SWAP
#define MAY_CLAIM true
#else
#define MAY_CLAIM IS_OPEN
#endif

/* The row is removed, or put, only as it was read or written here. */
#ifdef REMOVE_BLINDLY
#define STILL(cond) true
#else
#define STILL(cond) (cond)
#endif

/*
 * ems_journal_is_busy. From another machine it cannot be seen; there it is a trouble when a process
 * has not come to its first attempt within settle_ms of its claim.
 */
#define IS_OTHERS (intent.state == sending && intent.owner == 1 - p)
#ifdef OWNER_NEVER_GONE
#define IS_BUSY (intent.state == sending && intent.owner != p)
#define IS_SLOW false
#elif defined(ANOTHER_MACHINE)
#define IS_BUSY (IS_OTHERS && intent.sent == NOBODY && troubles == 0)
#define IS_SLOW (IS_OTHERS && intent.sent == NOBODY)
#else
#define IS_BUSY IS_OTHERS
#define IS_SLOW false
#endif

/* look_at_order: an order that is not issued yet, or one that came since the first look */
#ifdef TWIN_UNLESS_ISSUED
#define TWINS (known & ~issued)
#elif defined(TWINS_ONCE)
#define TWINS 0
#else
#define TWINS ((known & ~issued) | (known & ~before))
#endif

/* ems_journal_matches and is_another */
#ifdef UNMARKED
#define FITS(o) (HAS(rows, o) && !IS_KNOWN(o) && !(HAS(known, o) && HAS(open.before, o)))
#else
#define FITS(o) (HAS(rows, o) && ca_tag[o] == open.tag)
#endif
#define NONE_FITS (!FITS(0) && !FITS(1) && !FITS(2) && !FITS(3))

/* May it be concluded from a list without the order that it never arrived? */
#ifdef WINDOW_AT_ANSWER
#define IS_OVER (over || !HAS(young, open.sent))
#elif defined(NO_WAIT)
#define IS_OVER true
#else
#define IS_OVER over
#endif

/* The intent is written down before anything leaves, each attempt anew, while it is one's own. */
#define WRITE(orders) set_intent(intent, sending, p, tag, csr, sent, orders)
#ifdef STAMP_AT_CLAIM
#define MAY_SEND true
#define write_claim() new_stamp(); WRITE(known)
#define write_attempt() skip
#elif defined(JOURNAL_AFTERWARDS)
#define MAY_SEND true
#define write_claim() skip
#define write_attempt() new_stamp()
#else
#define MAY_SEND IS_SENT
#define write_claim() WRITE(known)
#define write_attempt() new_stamp(); WRITE(intent.before)
#endif

/* ems_retry_decide */
#ifdef BLIND_RETRY
#define DECIDE_AGAIN (answer[p] == slow_down || answer[p] == silence)
#define DECIDE_INDOUBT (answer[p] == heard_twice)
#else
#define DECIDE_AGAIN (answer[p] == slow_down)
#define DECIDE_INDOUBT (answer[p] == silence || answer[p] == heard_twice)
#endif
#ifdef TWICE_IS_REFUSED
#define DECIDE_DONE (answer[p] == refused_it || answer[p] == heard_twice)
#else
#define DECIDE_DONE (answer[p] == refused_it)
#endif

/* Key and CSR are on the disk before anything is ordered with them. */
#ifdef KEY_AFTERWARDS
#define keep_key() skip
#define keep_key_late() keys = keys | BIT(csr)
#else
#define keep_key() keys = keys | BIT(csr)
#define keep_key_late() skip
#endif

/* --- parts of steps --------------------------------------------------------------------------- */

inline set_intent(row, to_state, to_owner, to_tag, to_csr, to_sent, to_before)
{
	row.state = to_state;
	row.owner = to_owner;
	row.tag = to_tag;
	row.csr = to_csr;
	row.sent = to_sent;
	row.before = to_before
}

inline remove_intent(row)
{
	set_intent(row, 0, NOBODY, NOBODY, NOBODY, NOBODY, 0)
}

inline new_call()
{
	remove_intent(open);
	csr = NOBODY;
	csr_is_new = false;
	tag = NOBODY;
	sent = NOBODY;
	over = false;
	rows = 0;
	found = NOBODY;
	before = 0;
	floor = 0;
	exchange[p] = NOBODY;
	answer[p] = 0;
	number[p] = 0
}

inline reuse_csr()
{
	over = false;
	rows = 0;
	if /* the second process wants another kind of key than it finds */
	:: p == 0 && HAS(keys, open.csr) -> csr = open.csr
	:: else
	fi
}

inline need_csr()
{
	if
	:: csr == NOBODY ->
		csr = 0;
		do
		:: HAS(keys, csr) -> csr++
		:: else -> break
		od;
		assert(csr < KEYS);
		csr_is_new = true;
		keep_key()
	:: else
	fi
}

inline drop_new_csr()
{
	if
	:: csr_is_new ->
		keys = keys & ~BIT(csr);
		CHECK_KEY_LOADS(!USES(0, csr) && !USES(1, csr) && !USES(2, csr) && !USES(3, csr))
	:: else
	fi
}

/* What never arrived, and is ordered otherwise by now, is not wanted any more. */
inline remove_open()
{
#ifdef LEAVE_INTENT
	skip
#else
	if
	:: open.state != 0 && IS_OPEN -> remove_intent(intent)
	:: else
	fi
#endif
}

/* The order that came of the intent is known from here on, and the intent gone. */
inline keep_order(o, key)
{
	known = known | BIT(o);
	spki[o] = key;
	remove_intent(intent);
	wishes[p]--
}

inline remove_sent()
{
	if
	:: STILL(IS_SENT) -> remove_intent(intent); drop_new_csr()
	:: else
	fi
}

inline new_stamp()
{
	assert(stamps < STAMPS);
	sent = stamps;
	stamps++;
	young = young | BIT(sent)
}

inline send()
{
	tag_of[sent] = tag;
	csr_of[sent] = csr;
	allowed[sent] = floor;
	exchange[p] = sent;
	answer[p] = 0;
	under_way = under_way | BIT(sent)
}

/* --- a process that orders -------------------------------------------------------------------- */

proctype client(byte p)
{
	ems_intent open;  /* work->open */
	byte csr;         /* work->csr */
	bool csr_is_new;
	byte tag;         /* work->sent, as it was last written */
	byte sent;
	bool over;        /* settle_ms was over when the report was asked for */
	byte rows;        /* orders in the report */
	byte found;
	byte before;      /* orders that were known at the first look */
	byte floor;       /* of these, how many were issued */

place:	/* an earlier call's intent is settled first; what a live process sends is left alone */
	{
	if
	:: d_step { wishes[p] == 0 -> new_call() } goto done
	:: d_step { wishes[p] > 0 && !IS_BUSY && intent.state == 0 -> new_call() }
		goto ems_place_order
	:: d_step { wishes[p] > 0 && !IS_BUSY && intent.state != 0 ->
		new_call();
		if
		:: IS_SLOW -> troubles--
		:: else
		fi;
		set_intent(open, intent.state, NOBODY, intent.tag, intent.csr, intent.sent,
			   intent.before) }
	fi;

ems_settle_begin: /* the CA reads its list now; what it says comes later */
	if
	:: d_step { true ->
		over = over || !HAS(young, open.sent);
		rows = ca_listed }
	fi;

settle:
	if
	:: d_step { troubles > 0 -> troubles-- } goto place /* no report came */
	:: d_step { FITS(0) -> found = 0; rows = 0 }
	:: d_step { FITS(1) -> found = 1; rows = 0 }
	:: d_step { FITS(2) -> found = 2; rows = 0 }
	:: d_step { FITS(3) -> found = 3; rows = 0 }
	:: d_step { NONE_FITS && !IS_OVER -> rows = 0 } goto look_again
	:: d_step { NONE_FITS && IS_OVER -> reuse_csr() } goto ems_place_order
	fi;

ems_place_keep: /* of what was found */
	if
	:: d_step { STILL(IS_OPEN) -> keep_order(found, open.csr) } goto place
	:: d_step { !STILL(IS_OPEN) -> skip } goto place /* somebody else was faster */
	fi;

look_again: /* that it is not there wants a look after settle_ms */
	if
	:: d_step { !HAS(young, open.sent) -> over = true } goto ems_settle_begin
	fi;

ems_place_order: /* ems_twins_refuse: names that are ordered already are not ordered; need_csr */
	if
	:: d_step { (known & ~issued) != 0 -> remove_open(); wishes[p]-- } goto place
	:: d_step { (known & ~issued) == 0 ->
		before = known;
		floor = COUNT(issued);
		need_csr() }
	fi;

ems_journal_claim: /* there is no intent, or still the one that was settled */
	if
	:: d_step { !MAY_CLAIM -> drop_new_csr() } goto place
	:: d_step { MAY_CLAIM ->
		tag = tags;
		tags++;
		remove_intent(open);
		write_claim() }
	fi;

claim:	/* ems_twins_refuse again: another process may have come and gone since the first look */
	if
	:: d_step { TWINS != 0 -> remove_sent(); wishes[p]-- } goto place
	:: d_step { TWINS == 0 -> skip }
	fi;

ems_turn_ask:
	if
	:: d_step { !MAY_SEND -> skip } goto place
	:: d_step { MAY_SEND -> write_attempt(); send() }
	fi;
#ifdef JOURNAL_AFTERWARDS
	d_step { WRITE(known) }
#endif

ems_turn_answered: /* ems_retry_decide, and what placed makes of it */
	if
	:: d_step { DECIDE_AGAIN -> skip } goto ems_turn_ask
	:: d_step { DECIDE_DONE -> remove_sent() } goto place
	:: d_step { answer[p] == placed_it && STILL(IS_SENT) ->
		keep_key_late();
		keep_order(number[p], csr) }
		goto place
	:: d_step { answer[p] == placed_it && !STILL(IS_SENT) -> /* of another call by now */
		known = known | BIT(number[p]);
		spki[number[p]] = csr;
		wishes[p]-- }
		goto place
	:: d_step { answer[p] == placed_it && troubles > 0 -> troubles-- } /* the disk is full */
		goto place
	:: d_step { DECIDE_INDOUBT -> skip }
	:: d_step { answer[p] == 0 && troubles > 0 -> troubles-- } /* waited as long as allowed */
	fi;

refused: /* nobody knows what became of it */
	if
	:: d_step { STILL(IS_SENT) ->
		set_intent(intent, in_doubt, p, tag, csr, sent, intent.before) }
		goto place
	:: d_step { !STILL(IS_SENT) -> skip } goto place
	fi
	}
	unless { d_step { dead[p] -> dead[p] = false } goto place };

done:	skip
}

init
{
	d_step {
		remove_intent(intent);
		spki[0] = NOBODY; spki[1] = NOBODY; spki[2] = NOBODY; spki[3] = NOBODY
	}
	atomic { run client(0); run client(1) }
}

/*
 * Some time nothing is in doubt, and who wanted a certificate was told of an order. It stays so,
 * because nobody orders any more; so no intent before was there for ever.
 */
ltl every_intent_settles { <> (intent.state == 0 && wishes[0] == 0 && wishes[1] == 0) }
