/*
 * policyctl doctor: tables, those that are read here and those that a server
 * has.
 */
#include <stdlib.h>
#include <string.h>

#include "policyd_patient.h"
#include "command_line.h"
#include "mem.h"
#include "table.h"

#define PROXYMAP "proxymap"

/* A line of what policyd says to `tables`: "NAME: WHAT". */
struct table_line {
	const char *name, *what;
	int namelen, whatlen;
};

/* Cut the next one off; returns false at the end. */
static bool
next_line(const char **text, struct table_line *line)
{
	const char *end = *text + strcspn(*text, "\n");
	const char *colon;

	if (**text == '\0')
		return false;
	colon = memmem(*text, (size_t)(end - *text), ": ", 2);
	line->name = *text;
	line->what = colon != NULL ? colon + 2 : end;
	line->namelen = (int)((colon != NULL ? colon : end) - *text);
	line->whatlen = (int)(end - line->what);
	*text = end + strspn(end, "\n");
	return true;
}

/* What stands behind a mark; NULL: it is not there. */
static const char *
find_behind(const struct table_line *line, const char *mark, int *len)
{
	size_t marklen = strlen(mark);
	const char *at =
	    memmem(line->what, (size_t)line->whatlen, mark, marklen);

	if (at == NULL)
		return NULL;
	at += marklen;
	*len = (int)(line->what + line->whatlen - at);
	return at;
}

void
check_table_old(struct doctor *doctor)
{
	const struct policyd_patient *patient = policyd_patient(doctor);
	const char *text = strbuf_str(&patient->tables);
	struct table_line line;
	int len;

	while (next_line(&text, &line)) {
		if (find_behind(&line, "old content", &len) == NULL)
			continue;
		doctor_fix(doctor, "%spolicyd -t -c %s says where: mend it",
		    command_line_prefix(), patient->policyd.config_path);
		doctor_found(doctor,
		    "the table %.*s has changed and is wrong: its old content "
		    "is in use",
		    line.namelen, line.name);
	}
}

/* "postfix -c DIRECTORY WORDS", or postconf, in the fix. */
static void
fix_by_postfix(struct doctor *doctor, const char *program, const char *words)
{
	struct strbuf line = { 0 };

	postfix_setup_command(&policyd_patient(doctor)->postfix, program, words,
	    &line);
	doctor_fix(doctor, "%s", line.bytes);
	strbuf_free(&line);
}

/* The tables that Postfix is to read, and does not as main.cf is now. */
static void
list_unread(const struct policyd_patient *patient, struct strbuf *words)
{
	if (patient->has_postfix)
		tables_list_unread(patient->policies->tables,
		    postfix_setup_value(&patient->postfix, NULL,
			"proxy_read_maps"),
		    words);
}

void
check_proxy_unnamed(struct doctor *doctor)
{
	struct strbuf words = { 0 };

	list_unread(policyd_patient(doctor), &words);
	if (words.len > 0) {
		doctor_fix(doctor, "maps=$(");
		fix_by_postfix(doctor, "postconf", "-h proxy_read_maps");
		doctor_fix(doctor, ") && ");
		fix_by_postfix(doctor, "postconf",
		    "-e \"proxy_read_maps = $maps");
		doctor_fix(doctor, "%s\" && ", words.bytes);
		fix_by_postfix(doctor, "postfix", "reload");
		doctor_found(doctor,
		    "Postfix may not read for policyd what proxy_read_maps of "
		    "main.cf does not name:%s: 451 where it is asked for",
		    words.bytes);
	}
	strbuf_free(&words);
}

static bool
has_proxymap(const struct policyd_patient *patient)
{
	const struct master_cf *master = &patient->postfix.master;

	for (size_t i = 0; i < master->n; i++)
		if (strcmp(master->list[i].name, PROXYMAP "/unix") == 0)
			return true;
	return false;
}

static bool
reads_by_postfix(const struct policyd_patient *patient)
{
	struct strbuf words = { 0 };
	bool is_any;

	tables_list_unread(patient->policies->tables, "", &words);
	is_any = words.len > 0;
	strbuf_free(&words);
	return is_any;
}

void
check_proxymap_missing(struct doctor *doctor)
{
	const struct policyd_patient *patient = policyd_patient(doctor);

	if (!patient->has_postfix || !reads_by_postfix(patient) ||
	    has_proxymap(patient))
		return;
	fix_by_postfix(doctor, "postconf",
	    "-M \"" PROXYMAP "/unix=" PROXYMAP " unix - - n - - " PROXYMAP
	    "\" && ");
	fix_by_postfix(doctor, "postfix", "reload");
	doctor_found(doctor,
	    "policyd.cf has tables behind proxy:, and master.cf no " PROXYMAP
	    " that reads them");
}

/* Servers that policyd could not get to. */
void
check_server_dead(struct doctor *doctor)
{
	const struct policyd_patient *patient = policyd_patient(doctor);
	const char *text = strbuf_str(&patient->tables), *why;
	struct table_line line;
	int len;

	while (next_line(&text, &line)) {
		why = find_behind(&line, ", cannot be reached: ", &len);
		if (why == NULL)
			continue;
		if (strncmp(line.name, PROXYMAP ":", strlen(PROXYMAP ":")) != 0)
			doctor_fix(doctor, "start what listens at %.*s",
			    line.namelen, line.name);
		else if (memmem(why, (size_t)len, "refused", 7) != NULL)
			fix_by_postfix(doctor, "postfix", "start");
		else
			daemon_check_service(doctor, &patient->policyd,
			    "restart");
		doctor_found(doctor, "%.*s cannot be reached: %.*s",
		    line.namelen, line.name, len, why);
	}
}

/* The fix of a table whose server says that it cannot tell. */
static void
fix_table(struct doctor *doctor, const struct table_line *line, const char *why,
    int len)
{
	static const char proxy[] = "proxy:";
	const size_t proxylen = sizeof proxy - 1;
	struct strbuf words = { 0 };
	char *name = xstrndup(line->name, (size_t)line->namelen);

	if (strncmp(name, proxy, proxylen) != 0) {
		doctor_fix(doctor, "mend what answers for %s", name);
	} else if (memmem(why, (size_t)len, "does not name it", 16) != NULL) {
		fix_by_postfix(doctor, "postfix", "reload");
	} else {
		strbuf_adds(&words, "-q x ");
		doctor_quote(&words, name + proxylen);
		fix_by_postfix(doctor, "postmap", words.bytes);
		doctor_fix(doctor, " says why: mend it");
	}
	strbuf_free(&words);
	free(name);
}

static bool
is_named(const char *words, const struct table_line *line)
{
	char *name = xstrndup(line->name, (size_t)line->namelen);
	bool result = table_is_named(words, name);

	free(name);
	return result;
}

/* Tables in which lookups fail, though their server is there. */
void
check_table_failing(struct doctor *doctor)
{
	const struct policyd_patient *patient = policyd_patient(doctor);
	const char *text = strbuf_str(&patient->tables), *why;
	struct strbuf unread = { 0 };
	struct table_line line;
	int len;

	list_unread(patient, &unread);
	while (next_line(&text, &line)) {
		why = find_behind(&line, ", the last one failed: ", &len);
		if (why == NULL || is_named(strbuf_str(&unread), &line))
			continue;
		fix_table(doctor, &line, why, len);
		doctor_found(doctor,
		    "who needs %.*s gets 451, as it cannot be looked into: "
		    "%.*s",
		    line.namelen, line.name, len, why);
	}
	strbuf_free(&unread);
}
