/*
 * Facts from a file.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fact_file.h"
#include "dns_message.h"
#include "mem.h"
#include "providers.h"

struct record {
	char *name;
	char *table; /* TYPE:NAME that has it; NULL: DNS does */
	enum dns_type type;
	char *value;
	enum dns_status status; /* FOUND: value counts */
	const char *reason;
};

struct fact_file {
	struct record *records;
	size_t n;
};

static const enum dns_type types[] = { DNS_A, DNS_AAAA, DNS_MX, DNS_NS, DNS_PTR,
	DNS_TXT };

static const struct {
	const char *word;
	enum dns_status status;
	const char *reason;
} no_answers[] = {
	{ "SERVFAIL", DNS_FAILED, "SERVFAIL" },
	{ "TIMEOUT", DNS_FAILED, "no answer in time" },
	{ "MALFORMED", DNS_MALFORMED, "bad data" },
};

struct fact_file *
fact_file_new(void)
{
	return xcalloc(1, sizeof(struct fact_file));
}

void
fact_file_free(struct fact_file *file)
{
	if (file == NULL)
		return;
	for (size_t i = 0; i < file->n; i++) {
		free(file->records[i].name);
		free(file->records[i].table);
		free(file->records[i].value);
	}
	free(file->records);
	free(file);
}

static int
parse_type(const char *word, enum dns_type *type)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (strcasecmp(word, dns_type_name(types[i])) == 0) {
			*type = types[i];
			return 0;
		}
	}
	return -1;
}

/* Cut the next word off *rest; "" at the end. */
static char *
next_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t");

	*rest = word + strcspn(word, " \t");
	if (**rest != '\0')
		*(*rest)++ = '\0';
	*rest += strspn(*rest, " \t");
	return word;
}

static void
cut_dot(char *name)
{
	size_t len = strlen(name);

	if (len > 0 && name[len - 1] == '.')
		name[len - 1] = '\0';
}

/* Make the value what a record holds: no quotes, no last dot. */
static void
trim_value(char *value, enum dns_type type)
{
	size_t len = strlen(value);

	if (type == DNS_TXT && len >= 2 && value[0] == '"' &&
	    value[len - 1] == '"') {
		memmove(value, value + 1, len - 2);
		value[len - 2] = '\0';
	} else if (type != DNS_TXT) {
		cut_dot(value);
	}
}

static void
set_status(struct record *record, const char *value)
{
	for (size_t i = 0; i < sizeof no_answers / sizeof no_answers[0]; i++) {
		if (strcmp(value, no_answers[i].word) == 0) {
			record->status = no_answers[i].status;
			record->reason = no_answers[i].reason;
		}
	}
}

static void
add_record(struct fact_file *file, struct record record, const char *name,
    const char *value)
{
	record.name = xstrdup(name);
	record.value = xstrdup(value);
	file->records =
	    xreallocarray(file->records, file->n + 1, sizeof *file->records);
	file->records[file->n++] = record;
}

int
fact_file_add(struct fact_file *file, char *line, struct strbuf *err)
{
	struct record record = { .status = DNS_FOUND };
	char *rest = line;
	char *name = next_word(&rest), *type = next_word(&rest);
	struct ip ip;

	set_status(&record, rest);
	if (parse_type(type, &record.type) == -1) {
		strbuf_addf(err,
		    "expected NAME TYPE VALUE, TYPE one of A AAAA MX NS PTR "
		    "TXT");
		return -1;
	}
	trim_value(rest, record.type);
	if (record.status == DNS_FOUND &&
	    (record.type == DNS_A || record.type == DNS_AAAA) &&
	    (!ip_parse(&ip, rest) ||
		(ip_len(&ip) == 4) != (record.type == DNS_A))) {
		strbuf_addf(err, "%s: no address for %s", rest, type);
		return -1;
	}
	cut_dot(name);
	add_record(file, record, name, rest);
	return 0;
}

int
fact_file_add_key(struct fact_file *file, char *line, struct strbuf *err)
{
	struct record record = { .status = DNS_FOUND };
	char *rest = line;
	char *table = next_word(&rest), *key = next_word(&rest);

	if (!table_is_word(table) || key[0] == '\0') {
		strbuf_adds(err,
		    "expected TABLE KEY VALUE, TABLE as "
		    "proxy:mysql:/etc/postfix/access.cf");
		return -1;
	}
	set_status(&record, rest);
	record.table = xstrdup(table);
	add_record(file, record, key, rest);
	return 0;
}

static void
set_record(struct dns_record *out, const struct record *record)
{
	char *end;

	switch (record->type) {
	case DNS_A:
	case DNS_AAAA:
		ip_parse(&out->ip, record->value);
		break;
	case DNS_MX:
		out->preference = (unsigned)strtoul(record->value, &end, 10);
		out->name = end + strspn(end, " \t");
		break;
	case DNS_NS:
	case DNS_PTR:
		out->name = record->value;
		break;
	case DNS_TXT:
		out->text = record->value;
		out->textlen = strlen(record->value);
		break;
	}
}

/* What it points to belongs to the file, which lives longer. */
static struct dns_answer *
find(const struct fact_file *file, const char *name, enum dns_type type)
{
	struct dns_answer *answer =
	    xcalloc(1, sizeof *answer + file->n * sizeof(struct dns_record));

	answer->refs = 1;
	answer->status = DNS_NOT_FOUND;
	answer->is_nxdomain = true;
	for (size_t i = 0; i < file->n; i++) {
		const struct record *record = &file->records[i];

		if (record->table != NULL ||
		    strcasecmp(record->name, name) != 0)
			continue;
		answer->is_nxdomain = false;
		if (record->type != type)
			continue;
		answer->status = record->status;
		answer->reason = record->reason;
		if (record->status == DNS_FOUND)
			set_record(&answer->records[answer->nrecords++],
			    record);
	}
	return answer;
}

static void *
ask_dns(void *ctx, const char *name, enum dns_type type, resolver_done *done,
    void *arg)
{
	struct dns_answer *answer = find(ctx, name, type);

	done(arg, answer);
	dns_answer_release(answer);
	return NULL;
}

static void *
ask_table(void *ctx, const struct tables_snapshot *snapshot,
    const struct table *table, const char *key, table_lookup_done *done,
    void *arg)
{
	const struct fact_file *file = ctx;
	struct table_lookup_answer answer = { .result = LOOKUP_NOT_FOUND,
		.text = "" };

	(void)snapshot;
	for (size_t i = 0; i < file->n; i++) {
		const struct record *record = &file->records[i];

		if (record->table == NULL ||
		    strcmp(record->table, table_word(table)) != 0 ||
		    strcasecmp(record->name, key) != 0)
			continue;
		if (record->status == DNS_FOUND) {
			answer.result = LOOKUP_FOUND;
			answer.text = record->value;
		} else {
			answer.result = LOOKUP_TEMPFAIL;
			answer.text = record->reason;
		}
	}
	done(arg, &answer);
	return NULL;
}

/* Nothing waits, so nothing is ever cancelled or old. */
static void
cancel(void *question)
{
	(void)question;
}

static void
forget(void *ctx, const char *name, enum dns_type type)
{
	(void)ctx;
	(void)name;
	(void)type;
}

struct dnsbl_dns
fact_file_dns(struct fact_file *file)
{
	return (struct dnsbl_dns){ ask_dns, ask_dns, cancel, forget, file };
}

struct fact_source
fact_file_source(struct fact_file *file)
{
	return (struct fact_source){ .ask_dns = ask_dns,
		.cancel_dns = cancel,
		.ask_dnsbl = facts_ask_dnsbl,
		.cancel_dnsbl = facts_cancel_dnsbl,
		.ask_table = ask_table,
		.cancel_table = cancel,
		.ctx = file };
}
