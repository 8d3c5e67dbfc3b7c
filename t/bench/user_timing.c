/*
 * Can a client tell users from nobody by the time that authd takes for what is
 * said before the proof?  Each round asks one name of each class, in an order
 * of its own; a class is compared with nobody's by the rank-sum test, where
 * |z| beyond 4 is no accident.
 *
 *	user_timing [ROUNDS]
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measurement.h"
#include "mech.h"
#include "mem.h"
#include "userdb_edit.h"

#define USERS   1000 /* beside those of a class */
#define A_CLASS 16   /* names of each */

static const struct credential_options options = {
	.mechanisms = (1U << MECHANISMS) - 1,
	.password_scheme = "bcrypt:4",
	.scram_iterations = 4096,
};

/* The first is what the others are compared with.  %d: a number. */
static struct class
{
	const char *what, *name; /* as the client says it */
	size_t apps;             /* (size_t)-1: no such user */
	time_t expires;
	enum user_status status;
	double *us;
} classes[] = {
	{ "nobody", "nobody%d", (size_t)-1, 0, 0, NULL },
	{ "nobody (again)", "nemo%d", (size_t)-1, 0, 0, NULL },
	{ "a user", "user%d", 0, 0, USER_ACTIVE, NULL },
	{ "suspended", "susp%d", 0, 0, USER_SUSPENDED, NULL },
	{ "expired", "late%d", 0, 1, USER_ACTIVE, NULL },
	{ "3 app passwords", "some%d", 3, 0, USER_ACTIVE, NULL },
	{ "10 app passwords", "many%d", 10, 0, USER_ACTIVE, NULL },
	{ "100 app passwords", "full%d", 100, 0, USER_ACTIVE, NULL },
	{ "nobody/label", "nobody%d/app1", (size_t)-1, 0, 0, NULL },
	{ "user/no label", "user%d/app1", (size_t)-1, 0, 0, NULL },
	{ "user/label", "some%d/app1", (size_t)-1, 0, 0, NULL },
};
#define CLASSES (sizeof classes / sizeof classes[0])

static void
fail(const char *what, struct strbuf *err)
{
	fprintf(stderr, "user_timing: %s: %s\n", what, strbuf_str(err));
	exit(1);
}

static struct user_record
make_record(size_t apps)
{
	struct user_record record = { .created = 1, .changed = 1 };
	struct strbuf err = { 0 };

	if (credential_make(&record.secrets, &options, "secret", 6, &err) == -1)
		fail("secrets", &err);
	for (size_t i = 0; i < apps; i++) {
		char *label = xasprintf("app%zu", i);
		struct app_password *app = user_record_add_app(&record, label);

		app->created = 1;
		if (credential_make_app(&app->secrets, &options, label,
			strlen(label), &err) == -1)
			fail("secrets", &err);
		free(label);
	}
	return record;
}

static void
put(struct userdb_edit *edit, const char *format, int n,
    const struct user_record *record)
{
	struct strbuf err = { 0 };
	char *local = xasprintf(format, n);
	char *name = xasprintf("%s@example.org", local);

	if (userdb_edit_put(edit, name, record, &err) == -1)
		fail(name, &err);
	free(name);
	free(local);
}

static void
make_database(const char *path)
{
	struct strbuf err = { 0 };
	struct userdb_edit *edit =
	    userdb_edit_begin(path, STORE_EDIT_CREATE, NULL, &err);
	struct user_record record = make_record(0);

	if (edit == NULL)
		fail(path, &err);
	for (int i = 0; i < USERS; i++)
		put(edit, "other%d", i, &record);
	user_record_free(&record);
	for (size_t c = 0; c < CLASSES; c++) {
		if (classes[c].apps == (size_t)-1)
			continue;
		record = make_record(classes[c].apps);
		record.expires = classes[c].expires;
		record.status = classes[c].status;
		for (int i = 0; i < A_CLASS; i++)
			put(edit, classes[c].name, i, &record);
		user_record_free(&record);
	}
	if (userdb_edit_commit(edit, &err) == -1)
		fail(path, &err);
}

static struct login_rules *
make_rules(const char *dir)
{
	struct authd_config config = { 0 };
	struct strbuf err = { 0 };
	struct login_rules *rules;
	char *path = xasprintf("%s/authd.cf", dir);
	FILE *f = fopen(path, "w");

	if (f == NULL)
		fail(path, &err);
	fprintf(f,
	    "user_database = gdbm:%s/users\ndefault_realm = example.org\n"
	    "password_scheme = bcrypt:4\nscram_iterations = 4096\n"
	    "mechanisms = PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256\n",
	    dir);
	fclose(f);
	if (authd_config_load(&config, path, &err) != 0 ||
	    (rules = login_rules_new(&config, NULL, &err)) == NULL)
		fail(path, &err);
	unlink(path);
	free(path);
	return rules;
}

/* Microseconds from what the client says to what is answered, or handed to
 * the workers. */
static double
time_one(struct login_rules *rules, enum mechanism mechanism, const char *name)
{
	static const struct ip nowhere = { 0 };
	struct mech *mech = mech_new(rules, mechanism, &nowhere);
	struct strbuf text = { 0 };
	uint64_t begin;

	if (mechanism == MECHANISM_CRAM_MD5) {
		mech_step(mech, NULL);
		strbuf_addf(&text, "%s 0123456789abcdef0123456789abcdef", name);
	} else if (mechanism == MECHANISM_PLAIN) {
		strbuf_addc(&text, '\0');
		strbuf_adds(&text, name);
		strbuf_add(&text, "\0wrong", 6);
	} else {
		strbuf_addf(&text, "n,,n=%s,r=clientnonce", name);
	}
	begin = now_ns();
	mech_step(mech, &text);
	begin = now_ns() - begin;
	mech_free(mech);
	strbuf_free(&text);
	return (double)begin / 1000;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The rank-sum test (Mann and Whitney) of two sorted samples: z. */
static double
rank_sum(const double *a, const double *b, size_t n)
{
	double u = 0, m = (double)n;

	for (size_t i = 0, below = 0, upto = 0; i < n; i++) {
		while (below < n && b[below] < a[i])
			below++;
		while (upto < n && b[upto] <= a[i])
			upto++;
		u += (double)(below + upto) / 2;
	}
	return (u - m * m / 2) / sqrt(m * m * (2 * m + 1) / 12);
}

static void
measure(struct login_rules *rules, enum mechanism mechanism, size_t rounds)
{
	size_t order[CLASSES];

	for (size_t c = 0; c < CLASSES; c++) {
		order[c] = c;
		classes[c].us = xcalloc(rounds, sizeof(double));
	}
	for (size_t r = 0; r < rounds; r++)
		for (size_t c = 0; c < CLASSES; c++) {
			size_t other = c + (size_t)random() % (CLASSES - c);
			size_t next = order[other];
			char *name = xasprintf(classes[next].name,
			    (int)(random() % A_CLASS));

			order[other] = order[c];
			order[c] = next;
			classes[next].us[r] = time_one(rules, mechanism, name);
			free(name);
		}
	printf("\n%s, us%15s%10s%8s\n", mechanism_name(mechanism), "median",
	    "more", "z");
	for (size_t c = 0; c < CLASSES; c++) {
		qsort(classes[c].us, rounds, sizeof(double), compare);
		printf("%-20s%10.2f%10.2f%8.1f\n", classes[c].what,
		    classes[c].us[rounds / 2],
		    classes[c].us[rounds / 2] - classes[0].us[rounds / 2],
		    rank_sum(classes[c].us, classes[0].us, rounds));
	}
	for (size_t c = 0; c < CLASSES; c++)
		free(classes[c].us);
}

int
main(int argc, char *argv[])
{
	static const enum mechanism mechanisms[] = { MECHANISM_SCRAM_SHA_256,
		MECHANISM_CRAM_MD5, MECHANISM_PLAIN };
	size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
	char dir[] = "/tmp/user_timing.XXXXXX";
	struct strbuf err = { 0 };
	struct login_rules *rules;
	char *path;

	if (mkdtemp(dir) == NULL || mech_init(&err) == -1)
		fail(dir, &err);
	path = xasprintf("%s/users", dir);
	make_database(path);
	rules = make_rules(dir);
	for (size_t i = 0; i < sizeof mechanisms / sizeof mechanisms[0]; i++)
		measure(rules, mechanisms[i], rounds);
	login_rules_unref(rules);
	mech_done();
	unlink(path);
	free(path);
	path = xasprintf("%s/users.lock", dir);
	unlink(path);
	free(path);
	rmdir(dir);
	return 0;
}
