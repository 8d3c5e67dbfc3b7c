/*
 * The command that tells what became of a login.
 */
#include <stdlib.h>
#include <string.h>

#include "policyd.h"
#include "clock.h"
#include "control_words.h"
#include "incident.h"
#include "mem.h"

/* [--since TIME] [-j | --queue-ids] LOGIN; TIME: seconds since the epoch.
 * Returns 0, or -1 with the reason in err. */
static int
read_query(struct incident_query *query, char *rest, struct strbuf *err)
{
	const char *word;
	char *end = NULL;

	*query = (struct incident_query){ 0 };
	while ((word = control_word_next(&rest)) != NULL) {
		if (strcmp(word, "-j") == 0) {
			query->form = INCIDENT_JSON;
		} else if (strcmp(word, "--queue-ids") == 0) {
			query->form = INCIDENT_QUEUE_IDS;
		} else if (strcmp(word, "--since") == 0) {
			word = control_word_next(&rest);
			query->since =
			    word == NULL ? 0 : strtoll(word, &end, 10);
			if (word == NULL || *word == '\0' || *end != '\0')
				strbuf_adds(err, "--since needs a time");
		} else if (query->login == NULL) {
			query->login = word;
		} else {
			strbuf_adds(err, "incident of one login");
		}
	}
	if (query->login == NULL && err->len == 0)
		strbuf_adds(err, "incident of which login?");
	return err->len == 0 ? 0 : -1;
}

static bool
next_of_incident(void *arg, struct strbuf *out)
{
	if (incident_collect(arg))
		return true;
	incident_print(arg, out);
	return false;
}

static void
free_incident(void *arg)
{
	incident_free(arg);
}

void
policyd_run_incident(void *ctx, struct control_request *request,
    const char *args)
{
	const struct policyd *policyd = ctx;
	struct incident_query query;
	struct strbuf err = { 0 };
	char *words = xstrdup(args);

	if (read_query(&query, words, &err) == -1) {
		control_answer_error(request, "%s", strbuf_str(&err));
	} else {
		struct control_pieces pieces = {
			.next = next_of_incident,
			.free = free_incident,
		};

		query.suspensions = policyd->suspensions;
		pieces.arg = incident_new(policyd->state, &query);
		control_answer_in_pieces(request, &pieces);
	}
	strbuf_free(&err);
	free(words);
}
