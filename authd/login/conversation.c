/*
 * One login, from the first line to the verdict.
 */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "clock.h"
#include "conversation.h"
#include "log.h"
#include "mem.h"
#include "rehash_spool.h"
#include "watch.h"
#include "source.h"

struct conversation {
	const struct login_service *service;
	struct login_request request; /* its service is service_name */
	char *service_name;
	struct source source;
	void (*answer)(void *, struct conversation *,
	    const struct login_answer *);
	void *owner;
	bool is_forgotten; /* goes when its job ends */
	bool is_spoiled;   /* the client spoke out of turn */

	enum conversation_state state;
	struct event *timer;        /* of all states but NEW, HASH and DELAY */
	struct due due;             /* in DELAY */
	long began;                 /* clock_ms */
	long long asked;            /* clock_us: when the last response came */
	long delay_ms;              /* auth_failure_delay when it began */
	enum login_verdict delayed; /* in DELAY */
	struct strbuf why;          /* of a refusal, for the client; or "" */

	struct strbuf response; /* for STEP */
	bool has_response;
	struct mech *mech;         /* the worker's in HASH */
	struct login_rules *rules; /* it began with; held by mech */
	struct job job;
	enum mech_result result; /* of the job */
};

static const char *const state_names[] = {
	[CONVERSATION_NEW] = "new",
	[CONVERSATION_CLIENT] = "client",
	[CONVERSATION_STEP] = "step",
	[CONVERSATION_HASH] = "hash",
	[CONVERSATION_FINAL] = "final",
	[CONVERSATION_ACCEPTED] = "accepted",
	[CONVERSATION_DELAY] = "delay",
};

/* Whether the client has the right to an answer now. */
static bool
owes_answer(enum conversation_state state)
{
	switch (state) {
	case CONVERSATION_NEW:
	case CONVERSATION_CLIENT:
	case CONVERSATION_FINAL:
		return false;
	case CONVERSATION_STEP:
	case CONVERSATION_HASH:
	case CONVERSATION_ACCEPTED:
	case CONVERSATION_DELAY:
		return true;
	}
	abort();
}

#define NO_TIMER (-1)

/* Change the state.  seconds: until its timer fires (0: when the loop comes
 * by), or NO_TIMER. */
static void
enter(struct conversation *conv, enum conversation_state state, int seconds)
{
	struct timeval after = { .tv_sec = seconds };

	conv->service->stats->owed_answers -= owes_answer(conv->state);
	conv->service->stats->owed_answers += owes_answer(state);
	conv->state = state;
	event_del(conv->timer);
	due_remove(conv->service->refusals, &conv->due);
	if (seconds == 0)
		event_active(conv->timer, EV_TIMEOUT, 0);
	else if (seconds > 0)
		event_add(conv->timer, &after);
}

static void
destroy(struct conversation *conv)
{
	event_free(conv->timer);
	mech_free(conv->mech);
	strbuf_wipe(&conv->response);
	strbuf_free(&conv->why);
	free(conv->service_name);
	free(conv);
}

/* The name that was typed, in its normal form where it has one. */
static const char *
typed_name(const struct conversation *conv)
{
	return strbuf_str(&mech_identity(conv->mech)->name);
}

#define LOG_LINE_USUAL 256 /* bytes */

static void
log_login(const struct conversation *conv, enum login_result result,
    const char *reason)
{
	const struct identity *id = mech_identity(conv->mech);
	struct strbuf line = { 0 }, address = { 0 };

	ip_print(&conv->request.client, &address);
	strbuf_reserve(&line, LOG_LINE_USUAL);
	strbuf_adds(&line, "login:");
	log_field(&line, "user",
	    result == LOGIN_OK ? strbuf_str(&id->user) : typed_name(conv));
	if (id->label.len > 0)
		log_field(&line, "label", strbuf_str(&id->label));
	log_field(&line, "mech", mechanism_name(conv->request.mechanism));
	log_field(&line, "service", conv->service_name);
	log_field(&line, "ip", strbuf_str(&address));
	log_field(&line, "result", login_result_name(result));
	if (reason != NULL)
		log_field(&line, "reason", reason);
	strbuf_adds(&line, " ms=");
	strbuf_addu(&line, (unsigned long)(clock_us() - conv->asked) / 1000);
	log_lines(LOG_LEVEL_INFO, strbuf_str(&line));
	strbuf_free(&line);
	strbuf_free(&address);
}

static void
count(const struct conversation *conv, enum login_result result,
    const char *reason)
{
	struct stats *stats = conv->service->stats;
	const char *const values[] = { mechanism_name(conv->request.mechanism),
		login_result_name(result), reason };

	stats->logins[conv->request.mechanism][result]++;
	if (reason != NULL)
		metric_counts_add(&stats->failures, values);
	histogram_add(&stats->took, (clock_us() - conv->asked) / 1e6);
	if (mech_was_cached(conv->mech))
		stats->cached++;
}

/* Whether the login is one of a user who is there. */
static bool
is_of_user(const struct identity *id)
{
	return id->state == IDENTITY_REVOKED || id->state >= IDENTITY_SUSPENDED;
}

static void
remember(const struct conversation *conv, enum login_result result)
{
	const struct identity *id = mech_identity(conv->mech);
	struct last_logins *last = conv->service->last_logins;
	struct last_login_key key = {
		.kind = result == LOGIN_OK ? LAST_LOGIN : LAST_FAILURE,
		.user = strbuf_str(&id->user),
	};
	struct last_login login = {
		.when = clock_now(),
		.ip = conv->request.client,
		.mechanism = conv->request.mechanism,
	};

	if (result == LOGIN_TEMPFAIL || !is_of_user(id))
		return;
	memcpy(login.label, strbuf_str(&id->label), id->label.len);
	last_logins_add(last, &key, &login);
	if (result != LOGIN_OK || id->label.len == 0)
		return;
	key = (struct last_login_key){ LAST_USE, key.user, login.label };
	last_logins_add(last, &key, &login);
}

static void
tell(const struct conversation *conv, enum login_result result,
    const char *reason)
{
	const struct identity *id = mech_identity(conv->mech);
	struct watch *watch = conv->service->watch;
	struct strbuf address = { 0 };
	struct json *json;

	if (!watch_wants(watch, WATCH_LOGIN))
		return;
	ip_print(&conv->request.client, &address);
	json = watch_begin(watch, WATCH_LOGIN);
	json_string(json, "user",
	    result == LOGIN_OK ? strbuf_str(&id->user) : typed_name(conv));
	json_string(json, "ip", strbuf_str(&address));
	json_string(json, "mech", mechanism_name(conv->request.mechanism));
	json_string(json, "label",
	    id->label.len > 0 ? strbuf_str(&id->label) : NULL);
	json_string(json, "service", conv->service_name);
	json_string(json, "result", login_result_name(result));
	json_string(json, "reason", reason);
	if (result == LOGIN_OK && id->app != NULL)
		app_password_tell(id->app, json);
	watch_end(watch);
	strbuf_free(&address);
}

/* How it ended, to all who want to know. */
static void
conclude(const struct conversation *conv, enum login_result result,
    const char *reason)
{
	count(conv, result, reason);
	log_login(conv, result, reason);
	remember(conv, result);
	tell(conv, result, reason);
}

/* Gives the conversation to its owner, who frees it. */
static void
give_verdict(struct conversation *conv, enum login_verdict verdict)
{
	const struct identity *id = mech_identity(conv->mech);
	struct login_answer answer = { .verdict = verdict };

	if (verdict == VERDICT_OK) {
		answer.user = strbuf_str(&id->user);
		if (conv->request.final_with_data)
			answer.data = mech_challenge(conv->mech, &answer.len);
	} else if (id->user.len > 0) {
		answer.user = typed_name(conv);
	}
	if (conv->why.len > 0)
		answer.why = conv->why.bytes;
	conv->answer(conv->owner, conv, &answer);
}

static void
accept_login(struct conversation *conv)
{
	conclude(conv, LOGIN_OK, NULL);
	penalty_succeeded(conv->service->penalty,
	    strbuf_str(&mech_identity(conv->mech)->user), &conv->source,
	    clock_ms());
	rehash_spool_offer(conv->service->rehash, conv->service->rules,
	    conv->mech);
	give_verdict(conv, VERDICT_OK);
}

static void
refuse_for_now(struct conversation *conv, const char *reason)
{
	conclude(conv, LOGIN_TEMPFAIL, reason);
	give_verdict(conv, VERDICT_TEMPFAIL);
}

/*
 * Give the verdict delay ms after the request came, however long the work took:
 * to the microsecond, or who asks often could tell.  What the mechanism holds
 * is not needed any more: many may wait here.
 */
static void
delay_verdict(struct conversation *conv, enum login_verdict verdict, long delay)
{
	mech_finish(conv->mech);
	conv->delayed = verdict;
	enter(conv, CONVERSATION_DELAY, NO_TIMER);
	due_add(conv->service->refusals, &conv->due,
	    conv->asked + delay * 1000LL);
}

/* Too many passwords wait to be hashed, most of them from this address: it
 * need not come back at once. */
static void
hold_back(struct conversation *conv)
{
	conclude(conv, LOGIN_TEMPFAIL, "too many passwords wait to be hashed");
	delay_verdict(conv, VERDICT_TEMPFAIL, conv->delay_ms);
}

/* Count a failure against who is to blame.  Returns the milliseconds from the
 * request to its refusal. */
static long
weigh(const struct conversation *conv)
{
	static const struct source nowhere = { 0 };

	if (conv->delay_ms == 0)
		return 0;
	return penalty_failed(conv->service->penalty, typed_name(conv),
	    conv->request.no_penalty ? &nowhere : &conv->source, conv->delay_ms,
	    clock_ms());
}

/* The refusal is certain; the client learns of it later. */
static void
refuse(struct conversation *conv, const char *reason)
{
	conclude(conv, LOGIN_FAIL, reason);
	if (mech_identity(conv->mech)->state == IDENTITY_UNKNOWN)
		realm_hint_look(conv->service->realm_hint, conv->service->rules,
		    conv->service->census, typed_name(conv), clock_ms());
	delay_verdict(conv, VERDICT_FAIL, weigh(conv));
}

/* Of a device that was moved somebody reads it; a guesser never comes here. */
static void
explain_to_client(struct conversation *conv)
{
	if (!mech_is_elsewhere(conv->mech))
		return;
	strbuf_addf(&conv->why, "app password %s may not be used from [",
	    strbuf_str(&mech_identity(conv->mech)->label));
	ip_print(&conv->request.client, &conv->why);
	strbuf_addc(&conv->why, ']');
}

/* May free the conversation. */
static void
send_challenge(struct conversation *conv, enum conversation_state next)
{
	struct login_answer answer = { .verdict = VERDICT_CHALLENGE };

	answer.data = mech_challenge(conv->mech, &answer.len);
	enter(conv, next, CONVERSATION_CLIENT_SECONDS);
	conv->answer(conv->owner, conv, &answer);
}

static struct conversation *
conversation_of(struct job *job)
{
	return (struct conversation *)((char *)job -
	    offsetof(struct conversation, job));
}

static void
run_hash(struct job *job, struct crypt_data *scratch)
{
	struct conversation *conv = conversation_of(job);

	conv->result = mech_hash(conv->mech, scratch);
}

static void
queue_hash(struct conversation *conv)
{
	bool is_known = penalty_is_known(conv->service->penalty,
	    strbuf_str(&mech_identity(conv->mech)->user), &conv->source,
	    clock_ms());

	enter(conv, CONVERSATION_HASH, NO_TIMER);
	workers_add(conv->service->workers, &conv->job, &conv->source,
	    is_known);
}

/* May free the conversation. */
static void
take_success(struct conversation *conv)
{
	size_t len;

	if (mech_challenge(conv->mech, &len) != NULL &&
	    !conv->request.final_with_data &&
	    conv->state != CONVERSATION_ACCEPTED)
		send_challenge(conv, CONVERSATION_FINAL);
	else
		accept_login(conv);
}

/* What was changed until now counts in the verdict; of those who speak in one
 * turn of the loop all have spoken before the first of them is judged. */
static void
look_at_users(const struct conversation *conv)
{
	userdb_look_once(conv->service->rules->userdb);
	if (conv->rules != conv->service->rules)
		userdb_look_once(conv->rules->userdb);
}

/* May free the conversation. */
static void
take_result(struct conversation *conv, enum mech_result result)
{
	if (conv->is_spoiled) {
		refuse(conv, "a response out of turn");
		return;
	}
	if (result == MECH_OK)
		result = mech_confirm(conv->mech, conv->service->rules);
	switch (result) {
	case MECH_CHALLENGE:
		send_challenge(conv, CONVERSATION_CLIENT);
		return;
	case MECH_HASH:
		queue_hash(conv);
		return;
	case MECH_OK:
		take_success(conv);
		return;
	case MECH_FAIL:
		explain_to_client(conv);
		refuse(conv, mech_reason(conv->mech));
		return;
	case MECH_TEMPFAIL:
		refuse_for_now(conv, mech_reason(conv->mech));
		return;
	}
	abort();
}

static void
on_job_end(struct job *job, enum job_end end)
{
	struct conversation *conv = conversation_of(job);

	if (conv->is_forgotten) {
		destroy(conv);
	} else if (end == JOB_TURNED_AWAY) {
		hold_back(conv);
	} else {
		look_at_users(conv);
		take_result(conv, conv->result);
	}
}

/* May free the conversation. */
static void
take_step(struct conversation *conv)
{
	enum mech_result result =
	    mech_step(conv->mech, conv->has_response ? &conv->response : NULL);

	strbuf_wipe(&conv->response);
	take_result(conv, result);
}

/* How far it came; NULL: nobody knows who it is, or the log has its verdict. */
static const char *
progress(const struct conversation *conv)
{
	switch (conv->state) {
	case CONVERSATION_CLIENT:
		return mech_has_name(conv->mech) ? "before the proof" : NULL;
	case CONVERSATION_HASH:
		return "before the verdict";
	case CONVERSATION_FINAL:
	case CONVERSATION_ACCEPTED:
		return "after the proof";
	case CONVERSATION_NEW:
	case CONVERSATION_STEP:
	case CONVERSATION_DELAY:
		return NULL;
	}
	abort();
}

void
conversation_give_up(struct conversation *conv, enum conversation_end end)
{
	static const char *const ends[] = {
		[CONVERSATION_CANCELLED] = "cancelled",
		[CONVERSATION_TIMED_OUT] = "no response for too long",
		[CONVERSATION_PUSHED_OUT] = "others need the room",
		[CONVERSATION_CLOSED] = "connection closed",
		[CONVERSATION_LOST] = "connection lost",
	};
	const char *when = progress(conv);
	bool is_guess = end != CONVERSATION_LOST &&
	    (conv->state == CONVERSATION_CLIENT ||
		conv->state == CONVERSATION_HASH);
	enum login_result result = is_guess ? LOGIN_FAIL : LOGIN_TEMPFAIL;
	struct strbuf reason = { 0 };

	conv->service->stats->dropped++;
	if (when == NULL)
		return;
	strbuf_addf(&reason, "given up %s: %s", when, ends[end]);
	conclude(conv, result, strbuf_str(&reason));
	if (is_guess)
		weigh(conv);
	strbuf_free(&reason);
}

static struct conversation *
waiting_conversation(struct due *due)
{
	return (struct conversation *)((char *)due -
	    offsetof(struct conversation, due));
}

static void
on_due(struct due *due)
{
	struct conversation *conv = waiting_conversation(due);

	give_verdict(conv, conv->delayed);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct conversation *conv = arg;

	(void)fd;
	(void)what;
	switch (conv->state) {
	case CONVERSATION_CLIENT:
	case CONVERSATION_FINAL:
		conversation_give_up(conv, CONVERSATION_TIMED_OUT);
		give_verdict(conv, VERDICT_TIMEOUT);
		return;
	case CONVERSATION_ACCEPTED:
		take_result(conv, MECH_OK);
		return;
	case CONVERSATION_STEP:
		take_step(conv);
		return;
	case CONVERSATION_NEW:
	case CONVERSATION_HASH:
	case CONVERSATION_DELAY:
		break; /* have no timer */
	}
	abort();
}

struct conversation *
conversation_new(const struct login_service *service,
    const struct login_request *request,
    void (*answer)(void *, struct conversation *, const struct login_answer *),
    void *owner)
{
	struct conversation *conv = xcalloc(1, sizeof *conv);

	conv->service = service;
	conv->request = *request;
	conv->service_name = xstrdup(request->service);
	conv->request.service = conv->service_name;
	conv->source = source_of(&request->client);
	conv->answer = answer;
	conv->owner = owner;
	conv->timer = evtimer_new(service->base, on_timer, conv);
	conv->began = clock_ms();
	conv->delay_ms = service->rules->config.auth_failure_delay * 1000;
	conv->rules = service->rules;
	conv->mech =
	    mech_new(service->rules, request->mechanism, &request->client);
	conv->due.run = on_due;
	if (strcasecmp(conv->service_name, "smtp") == 0)
		mech_set_sending(conv->mech);
	conv->job.run = run_hash;
	conv->job.hashes = true;
	conv->job.end = on_job_end;
	service->stats->conversations++;
	service->stats->open_conversations++;
	return conv;
}

void
conversation_free(struct conversation *conv)
{
	if (conv == NULL)
		return;
	conv->service->stats->open_conversations--;
	enter(conv, CONVERSATION_NEW, NO_TIMER);
	if (workers_cancel(conv->service->workers, &conv->job)) {
		destroy(conv);
		return;
	}
	conv->is_forgotten = true;
}

void
conversation_respond(struct conversation *conv, struct strbuf *response)
{
	conv->asked = clock_us();
	look_at_users(conv);
	if (conv->state == CONVERSATION_FINAL) {
		enter(conv, CONVERSATION_ACCEPTED, 0);
		return;
	}
	conv->has_response = response != NULL;
	if (response != NULL) {
		conv->response = *response;
		*response = (struct strbuf){ 0 };
	}
	enter(conv, CONVERSATION_STEP, 0);
}

void
conversation_spoil(struct conversation *conv)
{
	conv->is_spoiled = true;
}

void
conversation_log_refusal(struct conversation *conv, const char *reason)
{
	conv->asked = clock_us();
	conclude(conv, LOGIN_FAIL, reason);
	weigh(conv);
}

enum conversation_state
conversation_state(const struct conversation *conv)
{
	return conv->state;
}

void
conversation_print(const struct conversation *conv, struct strbuf *out)
{
	struct strbuf address = { 0 };

	ip_print(&conv->request.client, &address);
	strbuf_adds(out, state_names[conv->state]);
	log_field(out, "mech", mechanism_name(conv->request.mechanism));
	log_field(out, "ip", strbuf_str(&address));
	strbuf_addf(out, " age=%ld\n", (clock_ms() - conv->began) / 1000);
	strbuf_free(&address);
}
