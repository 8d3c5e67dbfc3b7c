/*
 * What to do when a file is not for us.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rights.h"
#include "mem.h"

#define UID_OF_PERSONS 1000 /* below: services */
#define GROUPS_MAX     1024
#define NAMES_BYTES    16384 /* of one entry of passwd or group */

/* What stands in the way, and who we are. */
struct obstacle {
	char *path; /* the file, or a directory on the way to it */
	const char *verb;
	char letter; /* of chmod(1) */
	struct stat st;
	mode_t group_bit; /* that lets its group in */
	char *user;
	uid_t uid;
	gid_t gid;
};

static bool
may_enter(const char *directory)
{
	return faccessat(AT_FDCWD, directory, X_OK, AT_EACCESS) == 0 ||
	    errno != EACCES;
}

char *
rights_closed_directory(const char *path)
{
	char *directory = xstrdup(path), *slash = directory;

	while ((slash = strchr(slash + 1, '/')) != NULL) {
		*slash = '\0';
		if (!may_enter(directory))
			return directory;
		*slash = '/';
	}
	free(directory);
	return NULL;
}

static void
find_obstacle(struct obstacle *o, const char *path, int wanted)
{
	o->path = rights_closed_directory(path);
	if (o->path != NULL) {
		o->verb = "enter";
		o->letter = 'x';
		o->group_bit = S_IXGRP;
		return;
	}
	o->path = xstrdup(path);
	o->verb = wanted == R_OK ? "read" : "write to";
	o->letter = wanted == R_OK ? 'r' : 'w';
	o->group_bit = wanted == R_OK ? S_IRGRP : S_IWGRP;
}

static void
find_user(struct obstacle *o)
{
	char bytes[NAMES_BYTES];
	struct passwd entry, *pw = NULL;

	o->uid = geteuid();
	o->gid = getegid();
	if (getpwuid_r(o->uid, &entry, bytes, sizeof bytes, &pw) == 0 &&
	    pw != NULL)
		o->user = xstrdup(pw->pw_name);
	else
		o->user = xasprintf("user %lu", (unsigned long)o->uid);
}

static char *
group_name(gid_t gid)
{
	char bytes[NAMES_BYTES];
	struct group entry, *gr = NULL;

	if (getgrgid_r(gid, &entry, bytes, sizeof bytes, &gr) == 0 &&
	    gr != NULL)
		return xstrdup(gr->gr_name);
	return xasprintf("%lu", (unsigned long)gid);
}

/* Whether the user will be in the group once he logs in again. */
static bool
is_member(const struct obstacle *o, gid_t gid)
{
	gid_t groups[GROUPS_MAX];
	int n = GROUPS_MAX;

	if (getgrouplist(o->user, o->gid, groups, &n) == -1)
		return false;
	for (int i = 0; i < n; i++)
		if (groups[i] == gid)
			return true;
	return false;
}

static void
tell_person(struct strbuf *err, const struct obstacle *o)
{
	char *group = group_name(o->st.st_gid);
	bool is_for_group = (o->st.st_mode & o->group_bit) != 0 &&
	    strcmp(group, ADMINISTRATORS) == 0;

	if (is_for_group && is_member(o, o->st.st_gid))
		strbuf_adds(err, "log in again, ");
	else if (is_for_group)
		strbuf_addf(err,
		    "usermod -a -G " ADMINISTRATORS " %s, then log in again, ",
		    o->user);
	strbuf_addf(err, "%srun this as root", is_for_group ? "or " : "");
	free(group);
}

static void
tell_service(struct strbuf *err, const struct obstacle *o, const char *group)
{
	char *own = group_name(o->gid);

	strbuf_addf(err, "chgrp %s %s && chmod g+%c %s",
	    group != NULL ? group : own, o->path, o->letter, o->path);
	free(own);
}

void
rights_explain(struct strbuf *err, const char *path, int wanted,
    const char *group, int error)
{
	struct obstacle o = { 0 };

	strbuf_adds(err, strerror(error));
	if (error != EACCES)
		return;
	find_obstacle(&o, path, wanted);
	find_user(&o);
	if (stat(o.path, &o.st) == 0 && o.uid != 0) {
		strbuf_addf(err, ": %s may not %s %s: ", o.user, o.verb,
		    strcmp(o.path, path) == 0 ? "it" : o.path);
		if (o.uid >= UID_OF_PERSONS)
			tell_person(err, &o);
		else
			tell_service(err, &o, group);
	}
	free(o.user);
	free(o.path);
}
