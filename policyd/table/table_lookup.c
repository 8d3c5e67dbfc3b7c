/*
 * Who waits for which answer, and which are kept.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "table_lookup.h"
#include "clock.h"
#include "histogram.h"
#include "key_hash.h"
#include "log.h"
#include "mem.h"
#include "table_service.h"
#include "ttl_cache.h"
#include "utf8.h"

#define CACHE_BYTES   ((size_t)32 << 20)
#define FAILURE_MS    1000  /* so long a failure is kept */
#define TELL_AGAIN_MS 60000 /* that a table fails */
#define QUESTIONS_MAX 1000  /* open at a time, for a table */
#define BUCKETS       256
#define LOOKUPS       (LOOKUP_TEMPFAIL + 1)

/* Somebody who waits. */
struct table_lookup {
	LIST_ENTRY(table_lookup) next;
	struct question *question;
	table_lookup_done *done;
	void *arg;
};

/* What a server was asked, for all who wait for it. */
struct question {
	LIST_ENTRY(question) next; /* in its bucket, or among the late */
	struct known_table *table;
	struct service_question asked;
	char *id; /* WORD NUL KEY: of the cache */
	size_t idlen;
	long began;
	bool is_kept; /* its answer will be */
	LIST_HEAD(, table_lookup) waiting;
};

LIST_HEAD(bucket, question);

struct server {
	LIST_ENTRY(server) next;
	struct table_service *service;
	unsigned long asked, failed;
};

/* A table that was asked for. */
struct known_table {
	LIST_ENTRY(known_table) next;
	struct table_lookups *all;
	struct server *server;
	struct service_line *line;
	size_t nquestions;
	unsigned long answers[LOOKUPS]; /* by its result */
	unsigned long kept;             /* that were given once more */
	struct histogram took;
	char *failure; /* of the last answer; NULL: it was none */
	bool is_told;
	long told; /* when a failure was logged; clock_ms */
	char word[];
};

struct table_lookups {
	struct service_ways ways;
	struct table_lookup_options options;
	struct ttl_cache *cache; /* of struct kept, by WORD NUL KEY */
	struct key_hash hash;
	struct bucket buckets[BUCKETS];
	struct bucket late; /* these are joined by nobody */
	LIST_HEAD(, server) servers;
	LIST_HEAD(, known_table) tables;
	struct strbuf id; /* of what is looked for */
};

struct kept {
	struct known_table *table;
	enum lookup result;
	char text[];
};

struct table_lookups *
table_lookups_new(struct event_base *base, struct proxymap_door *door,
    const char *queue_directory)
{
	struct table_lookups *all = xcalloc(1, sizeof *all);

	all->ways = (struct service_ways){ base, door, queue_directory };
	all->cache = ttl_cache_new(CACHE_BYTES, free);
	key_hash_init(&all->hash);
	return all;
}

void
table_lookups_configure(struct table_lookups *all,
    const struct table_lookup_options *options)
{
	struct server *server;

	all->options = *options;
	LIST_FOREACH(server, &all->servers, next)
	table_service_set_timeout(server->service, options->timeout_ms);
}

static void
question_free(struct question *question)
{
	struct table_lookup *lookup;

	while ((lookup = LIST_FIRST(&question->waiting)) != NULL) {
		LIST_REMOVE(lookup, next);
		free(lookup);
	}
	LIST_REMOVE(question, next);
	question->table->nquestions--;
	free(question->id);
	free(question);
}

static void
free_questions(struct bucket *bucket)
{
	while (!LIST_EMPTY(bucket))
		question_free(LIST_FIRST(bucket));
}

void
table_lookups_free(struct table_lookups *all)
{
	struct known_table *table;
	struct server *server;

	if (all == NULL)
		return;
	while ((server = LIST_FIRST(&all->servers)) != NULL) {
		LIST_REMOVE(server, next);
		table_service_free(server->service);
		free(server);
	}
	for (size_t i = 0; i < BUCKETS; i++)
		free_questions(&all->buckets[i]);
	free_questions(&all->late);
	while ((table = LIST_FIRST(&all->tables)) != NULL) {
		LIST_REMOVE(table, next);
		free(table->failure);
		free(table);
	}
	ttl_cache_free(all->cache);
	strbuf_free(&all->id);
	free(all);
}

static struct server *
find_server(struct table_lookups *all, const struct service_name *name)
{
	struct server *server;

	LIST_FOREACH(server, &all->servers, next)
	if (strcmp(table_service_server(server->service), name->server) == 0)
		break;
	if (server == NULL) {
		server = xcalloc(1, sizeof *server);
		server->service = table_service_new(&all->ways, name,
		    all->options.timeout_ms);
		LIST_INSERT_HEAD(&all->servers, server, next);
	}
	return server;
}

static struct known_table *
find_table(struct table_lookups *all, const struct service_name *name,
    const char *word)
{
	size_t size = strlen(word) + 1;
	struct known_table *table;

	LIST_FOREACH(table, &all->tables, next)
	if (strcmp(table->word, word) == 0)
		return table;
	table = xcalloc(1, sizeof *table + size);
	table->all = all;
	table->server = find_server(all, name);
	table->line = table_service_line(table->server->service, name->table);
	memcpy(table->word, word, size);
	LIST_INSERT_HEAD(&all->tables, table, next);
	return table;
}

/* Say that lookups fail, not each time. */
static void
tell(struct known_table *table, const char *why)
{
	long now = clock_ms();

	if (table->is_told && now - table->told < TELL_AGAIN_MS)
		return;
	table->is_told = true;
	table->told = now;
	log_warn("%s: lookup failed: %s", table->word, why);
}

static void
keep(struct question *question, const struct service_answer *answer)
{
	struct table_lookups *all = question->table->all;
	long keep_ms = answer->result == LOOKUP_TEMPFAIL ? FAILURE_MS
							 : all->options.keep_ms;
	size_t size = sizeof(struct kept) + answer->text.len + 1;
	struct kept *kept;

	if (keep_ms == 0 || !question->is_kept)
		return;
	kept = xmalloc(size);
	kept->table = question->table;
	kept->result = answer->result;
	memcpy(kept->text, strbuf_str(&answer->text), answer->text.len + 1);
	ttl_cache_put(all->cache, question->id, question->idlen, kept, size,
	    (uint64_t)(clock_ms() + keep_ms));
}

static void
count(const struct question *question, const struct service_answer *answer)
{
	struct known_table *table = question->table;

	table->answers[answer->result]++;
	histogram_add(&table->took,
	    (double)(clock_ms() - question->began) / 1000);
	free(table->failure);
	table->failure = NULL;
	if (answer->result != LOOKUP_TEMPFAIL)
		return;
	table->failure = xstrdup(strbuf_str(&answer->text));
	table->server->failed++;
	tell(table, table->failure);
}

static void
on_answer(void *arg, struct service_answer *answer)
{
	struct question *question = arg;
	struct table_lookup *lookup;
	struct table_lookup_answer given;

	if (answer->result == LOOKUP_FOUND &&
	    !utf8_is_valid(strbuf_str(&answer->text), answer->text.len))
		service_answer_fail(answer, "the value is not UTF-8");
	count(question, answer);
	keep(question, answer);
	given = (struct table_lookup_answer){
		.result = answer->result,
		.text = strbuf_str(&answer->text),
		.ms = (unsigned)(clock_ms() - question->began),
	};
	while ((lookup = LIST_FIRST(&question->waiting)) != NULL) {
		LIST_REMOVE(lookup, next);
		lookup->done(lookup->arg, &given);
		free(lookup);
	}
	question_free(question);
}

static struct bucket *
bucket_of(struct table_lookups *all, const char *id, size_t idlen)
{
	return &all->buckets[key_hash(&all->hash, id, idlen) % BUCKETS];
}

/* What is being asked already; what is late is asked again. */
static struct question *
find_question(struct table_lookups *all, const char *id, size_t idlen)
{
	struct question *question;

	LIST_FOREACH(question, bucket_of(all, id, idlen), next)
	if (question->idlen == idlen && memcmp(question->id, id, idlen) == 0)
		break;
	if (question == NULL ||
	    !table_service_is_late(question->table->server->service,
		&question->asked))
		return question;
	LIST_REMOVE(question, next);
	LIST_INSERT_HEAD(&all->late, question, next);
	return NULL;
}

/* Of the id that is looked for. */
static struct question *
question_new(struct known_table *table)
{
	struct table_lookups *all = table->all;
	struct question *question = xcalloc(1, sizeof *question);
	size_t idlen = all->id.len;
	char *id = xmalloc(idlen + 1);

	memcpy(id, all->id.bytes, idlen + 1);
	question->table = table;
	question->id = id;
	question->idlen = idlen;
	question->began = clock_ms();
	question->asked = (struct service_question){
		.line = table->line,
		.key = id + strlen(id) + 1,
		.answered = on_answer,
		.arg = question,
	};
	LIST_INSERT_HEAD(bucket_of(all, id, idlen), question, next);
	table->nquestions++;
	table->server->asked++;
	return question;
}

/* NULL: too many wait. */
static struct question *
join_or_ask(struct table_lookups *all, const struct service_name *name,
    const char *word)
{
	struct question *question =
	    find_question(all, all->id.bytes, all->id.len);
	struct known_table *table;

	if (question != NULL)
		return question;
	table = find_table(all, name, word);
	if (table->nquestions >= QUESTIONS_MAX)
		return NULL;
	table_service_set_addresses(table->server->service, name);
	question = question_new(table);
	table_service_ask(table->server->service, &question->asked);
	return question;
}

static struct table_lookup *
wait_for(struct question *question, table_lookup_done *done, void *arg)
{
	struct table_lookup *lookup = xcalloc(1, sizeof *lookup);

	lookup->question = question;
	lookup->done = done;
	lookup->arg = arg;
	LIST_INSERT_HEAD(&question->waiting, lookup, next);
	return lookup;
}

static struct table_lookup *
start(struct table_lookups *all, const struct tables_snapshot *snapshot,
    const struct table *table, const char *key, table_lookup_done *done,
    void *arg)
{
	struct table_lookup_answer answer = { .result = LOOKUP_TEMPFAIL,
		.text = "too many lookups wait already" };
	const char *word = table_word(table);
	struct question *question = NULL;
	const struct kept *kept;

	strbuf_truncate(&all->id, 0);
	strbuf_add(&all->id, word, strlen(word) + 1);
	strbuf_adds(&all->id, key);
	kept = ttl_cache_find(all->cache, all->id.bytes, all->id.len,
	    (uint64_t)clock_ms());
	if (kept == NULL)
		question =
		    join_or_ask(all, table_service_name(snapshot, table), word);
	if (question != NULL)
		return wait_for(question, done, arg);
	if (kept != NULL) {
		kept->table->kept++;
		answer = (struct table_lookup_answer){ .result = kept->result,
			.text = kept->text,
			.from_cache = true };
	}
	done(arg, &answer);
	return NULL;
}

struct table_lookup *
table_lookup_start(struct table_lookups *all,
    const struct tables_snapshot *snapshot, const struct table *table,
    const char *key, table_lookup_done *done, void *arg)
{
	struct table_lookup *lookup =
	    start(all, snapshot, table, key, done, arg);

	if (lookup != NULL)
		lookup->question->is_kept = true;
	return lookup;
}

struct table_lookup *
table_lookup_look(struct table_lookups *all,
    const struct tables_snapshot *snapshot, const struct table *table,
    const char *key, table_lookup_done *done, void *arg)
{
	return start(all, snapshot, table, key, done, arg);
}

void
table_lookup_cancel(struct table_lookup *lookup)
{
	struct question *question = lookup->question;

	LIST_REMOVE(lookup, next);
	free(lookup);
	if (LIST_EMPTY(&question->waiting) &&
	    table_service_cancel(question->table->server->service,
		&question->asked))
		question_free(question);
}

static int
is_of_key(void *arg, const void *id, size_t idlen)
{
	const char *wanted = arg, *word = id, *key = word + strlen(word) + 1;
	size_t keylen = idlen - (size_t)(key - word);

	return strlen(wanted) == keylen &&
	    strncasecmp(wanted, key, keylen) == 0;
}

void
table_lookups_flush(struct table_lookups *all, const char *key)
{
	ttl_cache_remove(all->cache, key != NULL ? is_of_key : NULL,
	    (void *)key);
}

static void
add_problem(struct strbuf *out, const char *what, const char *why)
{
	if (why != NULL)
		strbuf_addf(out, ", %s: %s", what, why);
	strbuf_addc(out, '\n');
}

void
table_lookups_describe(const struct table_lookups *all, struct strbuf *out)
{
	const struct known_table *table;
	const struct server *server;

	LIST_FOREACH(table, &all->tables, next)
	{
		strbuf_addf(out,
		    "%s: found %lu, not found %lu, failed %lu, kept %lu, "
		    "waiting %zu",
		    table->word, table->answers[LOOKUP_FOUND],
		    table->answers[LOOKUP_NOT_FOUND],
		    table->answers[LOOKUP_TEMPFAIL], table->kept,
		    table->nquestions);
		add_problem(out, "the last one failed",
		    table_service_problem(table->server->service) == NULL
			? table->failure
			: NULL);
	}
	LIST_FOREACH(server, &all->servers, next)
	{
		strbuf_addf(out, "%s: asked %lu, failed %lu, connections %u",
		    table_service_server(server->service), server->asked,
		    server->failed, table_service_connections(server->service));
		add_problem(out, "cannot be reached",
		    table_service_problem(server->service));
	}
	if (!LIST_EMPTY(&all->servers))
		strbuf_addf(out, "answers kept: %zu, %zu bytes\n",
		    ttl_cache_count(all->cache), ttl_cache_bytes(all->cache));
}

/* A number of each table. */
static void
add_metric(const struct table_lookups *all, struct metrics *metrics,
    double (*value)(const struct known_table *))
{
	const struct known_table *table;

	LIST_FOREACH(table, &all->tables, next)
	{
		const struct metric_label label = { "table", table->word };

		metrics_value(metrics, &label, 1, value(table));
	}
}

static double
waiting_of(const struct known_table *table)
{
	return (double)table->nquestions;
}

static double
kept_of(const struct known_table *table)
{
	return (double)table->kept;
}

static void
add_answers(const struct known_table *table, struct metrics *metrics)
{
	static const char *const results[LOOKUPS] = {
		[LOOKUP_FOUND] = "found",
		[LOOKUP_NOT_FOUND] = "not_found",
		[LOOKUP_TEMPFAIL] = "failed",
	};

	for (size_t i = 0; i < LOOKUPS; i++) {
		const struct metric_label labels[] = { { "table", table->word },
			{ "result", results[i] } };

		metrics_value(metrics, labels, 2, (double)table->answers[i]);
	}
}

void
table_lookups_metrics(const struct table_lookups *all, struct metrics *metrics)
{
	const struct known_table *table;

	if (LIST_EMPTY(&all->tables))
		return;
	metrics_begin(metrics, "table_lookups_total", METRIC_COUNTER,
	    "Answers of servers that have tables, by table and result.");
	LIST_FOREACH(table, &all->tables, next)
	add_answers(table, metrics);
	metrics_begin(metrics, "table_cache_hits_total", METRIC_COUNTER,
	    "Answers that were kept, and given once more.");
	add_metric(all, metrics, kept_of);
	metrics_begin(metrics, "table_lookups_open", METRIC_GAUGE,
	    "Lookups that wait for their answer.");
	add_metric(all, metrics, waiting_of);
	metrics_begin(metrics, "table_lookup_seconds", METRIC_HISTOGRAM,
	    "From a lookup to its answer.");
	LIST_FOREACH(table, &all->tables, next)
	{
		const struct metric_label label = { "table", table->word };

		histogram_value(&table->took, metrics, &label);
	}
}
