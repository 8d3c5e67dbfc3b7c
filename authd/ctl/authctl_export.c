/*
 * authctl export: all users, for another authd or for Dovecot.
 */
#include <string.h>
#include <sysexits.h>

#include "authctl.h"
#include "dump.h"
#include "import_scheme.h"
#include "userdb.h"

struct run {
	struct authctl *ctl;
	size_t nskipped;
};

static void
skip(struct run *run, const char *name, const char *why)
{
	authctl_error(run->ctl, "%s: %s", name, why);
	run->nskipped++;
}

static bool
export_dump(void *arg, const char *name, const struct user_record *record)
{
	struct run *run = arg;

	if (record == NULL)
		skip(run, name, "its record cannot be read");
	else
		dump_add_user(&run->ctl->out, name, record);
	return authctl_write_some(run->ctl) == EX_OK;
}

/* What a line of a passwd-file cannot say of a user; NULL: it can say all.
 * field: the password. */
static const char *
obstacle(const char *name, const struct user_record *record, const char *field,
    time_t now)
{
	if (*name == '#' || strchr(name, ':') != NULL)
		return "a passwd-file cannot have this name";
	if (strchr(field, ':') != NULL)
		return "a passwd-file cannot have this hash";
	if (record->unknown.len > 0)
		return "its record is of a later version, whose limits are "
		       "not known here";
	if (record->expires != 0 && user_record_is_usable(record, now))
		return "a passwd-file cannot say that it expires";
	return NULL;
}

/* nologin alone does not keep anybody out: Dovecot answers OK with a note,
 * which Postfix does not read. */
#define NO_LOGIN "nologin fail=y"

/* One password a user, so what a passwd-file cannot say is told. */
static bool
export_passwd_file(void *arg, const char *name,
    const struct user_record *record)
{
	struct run *run = arg;
	struct authctl *ctl = run->ctl;
	struct strbuf field = { 0 };
	const char *why = NULL;

	if (record == NULL)
		why = "its record cannot be read";
	else if (!import_scheme_export(&record->secrets, &field))
		why = "has no secret that Dovecot can verify";
	else
		why = obstacle(name, record, strbuf_str(&field), ctl->now);
	if (why != NULL) {
		skip(run, name, why);
	} else {
		strbuf_addf(&ctl->out, "%s:%s::::::%s\n", name,
		    strbuf_str(&field),
		    user_record_is_usable(record, ctl->now) ? "" : NO_LOGIN);
		if (record->napp_passwords > 0)
			authctl_error(ctl, "%s: its app passwords are left out",
			    name);
	}
	strbuf_wipe(&field);
	return authctl_write_some(ctl) == EX_OK;
}

static int
add_self(struct authctl *ctl)
{
	unsigned char key[USERDB_FAKE_KEY_LEN];
	struct userdb *db = userdb_new(ctl->config.database_path);
	struct strbuf why = { 0 };
	int code = EX_OK;

	if (userdb_fake_key(db, key, &why) == -1)
		code = authctl_no_database(ctl, &why);
	else
		dump_add_self(&ctl->out, key);
	explicit_bzero(key, sizeof key);
	userdb_free(db);
	strbuf_free(&why);
	return code;
}

int
authctl_export(struct authctl *ctl, const struct arguments *args)
{
	struct run run = { .ctl = ctl };
	bool is_dump = strcmp(args->words[0], "dump") == 0;
	struct strbuf why = { 0 };
	int code = EX_OK;

	if (!is_dump && strcmp(args->words[0], "passwd-file") != 0) {
		authctl_error(ctl,
		    "export: unknown kind \"%s\", known: passwd-file dump",
		    args->words[0]);
		return EX_USAGE;
	}
	if (is_dump)
		code = add_self(ctl);
	if (code != EX_OK)
		return code;
	if (userdb_each(ctl->config.database_path,
		is_dump ? export_dump : export_passwd_file, &run, &why) == -1)
		code = authctl_no_database(ctl, &why);
	else if (run.nskipped > 0)
		code = 1;
	strbuf_free(&why);
	return code;
}
