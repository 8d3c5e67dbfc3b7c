/*
 * The user that a command names.
 */
#include <string.h>
#include <sysexits.h>

#include "authctl.h"
#include "log.h"
#include "userdb.h"

int
authctl_user_name(struct authctl *ctl, const char *typed, struct strbuf *out)
{
	struct strbuf why = { 0 };
	int result = user_name_normalise(&ctl->config.names, typed,
	    strlen(typed), out, &why);

	if (result == -1) {
		struct strbuf shown = { 0 };

		log_escape(&shown, typed, strlen(typed));
		authctl_error(ctl, "%s: %s", strbuf_str(&shown),
		    strbuf_str(&why));
		strbuf_free(&shown);
	}
	strbuf_free(&why);
	return result == 0 ? EX_OK : EX_USAGE;
}

int
authctl_find(struct authctl *ctl, const char *typed, struct strbuf *name,
    struct user_record *record)
{
	struct strbuf why = { 0 };
	struct userdb *db;
	int code = authctl_user_name(ctl, typed, name);

	*record = (struct user_record){ 0 };
	if (code != EX_OK)
		return code;
	db = userdb_new(ctl->config.database_path);
	switch (userdb_find(db, strbuf_str(name), record, &why)) {
	case LOOKUP_FOUND:
		break;
	case LOOKUP_NOT_FOUND:
		authctl_error(ctl, "%s: no such user", strbuf_str(name));
		code = EX_NOUSER;
		break;
	case LOOKUP_TEMPFAIL:
		code = authctl_no_database(ctl, &why);
		break;
	}
	userdb_free(db);
	strbuf_free(&why);
	return code;
}
