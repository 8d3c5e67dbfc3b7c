#ifndef TESTING_LOGIN_H
#define TESTING_LOGIN_H

#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "conversation.h"
#include "credential.h"
#include "log.h"
#include "mech.h"
#include "testing.h"
#include "userdb_edit.h"

/*
 * A login service with a database of its own, and what goes into that.
 */
#define TESTING_SCHEME "bcrypt:4"

struct testing_login {
	char *dir;
	struct login_service service;
	struct stats stats;
};

static const struct credential_options testing_options = {
	.mechanisms = (1U << MECHANISMS) - 1,
	.password_scheme = TESTING_SCHEME,
	.scram_iterations = 4096,
};

static inline struct userdb_edit *
testing_edit(const struct testing_login *login)
{
	struct strbuf err = { 0 };
	char *path = xasprintf("%s/users", login->dir);
	struct userdb_edit *edit =
	    userdb_edit_begin(path, STORE_EDIT_CREATE, NULL, &err);

	ck_assert_msg(edit != NULL, "%s", strbuf_str(&err));
	free(path);
	return edit;
}

static inline void
testing_put(struct userdb_edit *edit, const char *name,
    const struct user_record *record)
{
	struct strbuf err = { 0 };

	ck_assert_msg(userdb_edit_put(edit, name, record, &err) == 0, "%s",
	    strbuf_str(&err));
}

static inline void
testing_commit(struct userdb_edit *edit)
{
	struct strbuf err = { 0 };

	ck_assert_msg(userdb_edit_commit(edit, &err) == 0, "%s",
	    strbuf_str(&err));
}

/* A record with all secrets of a password. */
static inline struct user_record
testing_record(const char *password)
{
	struct user_record record = { .created = 1, .changed = 1 };
	struct strbuf err = { 0 };

	ck_assert_msg(credential_make(&record.secrets, &testing_options,
			  password, strlen(password), &err) == 0,
	    "%s", strbuf_str(&err));
	return record;
}

/* network: from where it may be used; NULL: from everywhere. */
static inline void
testing_add_app(struct user_record *record, const char *label,
    const char *password, const char *network)
{
	struct strbuf err = { 0 };
	struct app_password *app = user_record_add_app(record, label);

	app->created = 1;
	ck_assert_int_eq(credential_make_app(&app->secrets, &testing_options,
			     password, strlen(password), &err),
	    0);
	if (network == NULL)
		return;
	app->networks = xcalloc(1, sizeof *app->networks);
	app->nnetworks = 1;
	ck_assert_int_eq(cidr_parse(app->networks, network, &err), 0);
}

static inline void
testing_add_user(const struct testing_login *login, const char *name,
    const char *password)
{
	struct userdb_edit *edit = testing_edit(login);
	struct user_record record = testing_record(password);

	testing_put(edit, name, &record);
	testing_commit(edit);
	user_record_free(&record);
}

/* text: lines of authd.cf beside the database. */
static inline struct login_rules *
testing_rules(const struct testing_login *login, const char *text)
{
	struct authd_config config = { 0 };
	struct strbuf err = { 0 };
	struct login_rules *rules;
	char *path = xasprintf("%s/authd.cf", login->dir);
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fprintf(f,
	    "user_database = gdbm:%s/users\n"
	    "default_realm = example.org\n"
	    "password_scheme = " TESTING_SCHEME "\n"
	    "scram_iterations = 4096\n"
	    "mechanisms = PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 "
	    "SCRAM-SHA-512\n"
	    "%s",
	    login->dir, text);
	fclose(f);
	ck_assert_msg(authd_config_load(&config, path, &err) == 0, "%s",
	    strbuf_str(&err));
	rules = login_rules_new(&config, NULL, &err);
	ck_assert_msg(rules != NULL, "%s", strbuf_str(&err));
	free(path);
	return rules;
}

static inline void
testing_login_begin(struct testing_login *login, const char *text)
{
	struct strbuf err = { 0 };

	*login = (struct testing_login){ 0 };
	login->dir = testing_make_dir();
	log_open("test", LOG_TARGET_STDERR);
	log_set_level(LOG_LEVEL_ERROR);
	ck_assert_msg(mech_init(&err) == 0, "%s", strbuf_str(&err));
	login->service.base = event_base_new();
	login->service.stats = &login->stats;
	login->stats.failures.names[0] = "reason";
	login->service.rules = testing_rules(login, text);
	login->service.penalty = penalty_new();
	login->service.workers = workers_new(login->service.base, 2, 1000, 0);
	login->service.refusals = due_list_new(login->service.base);
	login->service.realm_hint = realm_hint_new(login->service.workers);
	login->service.census = census_new(&login->service.rules->config);
}

/* Tests that fork do without threads, which do not come with them. */
static inline void
testing_login_end_threads(struct testing_login *login)
{
	workers_free(login->service.workers);
	login->service.workers = NULL;
	census_free(login->service.census);
	login->service.census = NULL;
}

static inline void
testing_login_end(struct testing_login *login)
{
	workers_free(login->service.workers);
	realm_hint_free(login->service.realm_hint);
	census_free(login->service.census);
	penalty_free(login->service.penalty);
	login_rules_unref(login->service.rules);
	due_list_free(login->service.refusals);
	event_base_free(login->service.base);
	mech_done();
	metric_counts_free(&login->stats.failures);
	testing_remove_dir(login->dir);
}

#endif
