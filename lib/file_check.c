/*
 * Who may read what is secret.
 */
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file_check.h"
#include "doctor.h"
#include "mem.h"
#include "rights.h"

/* Groups that secrets of this kind may be given to. */
static bool
is_trusted(gid_t gid, const char *group, const struct passwd *pw)
{
	return gid == 0 || (pw != NULL && gid == pw->pw_gid) ||
	    strcmp(group, ADMINISTRATORS) == 0 ||
	    strcmp(group, "ssl-cert") == 0;
}

static char *
group_name(gid_t gid)
{
	const struct group *gr = getgrgid(gid);

	return gr != NULL ? xstrdup(gr->gr_name)
			  : xasprintf("%lu", (unsigned long)gid);
}

static bool
may_read(const struct stat *st, const struct passwd *pw)
{
	const struct group *gr = getgrgid(st->st_gid);

	if (pw->pw_uid == 0 || pw->pw_uid == st->st_uid)
		return true;
	if ((st->st_mode & S_IRGRP) == 0)
		return false;
	for (char **member = gr != NULL ? gr->gr_mem : NULL;
	     member != NULL && *member != NULL; member++)
		if (strcmp(*member, pw->pw_name) == 0)
			return true;
	return pw->pw_gid == st->st_gid;
}

void
file_check_secret(struct doctor *doctor, const char *path, const char *user,
    const char *what)
{
	const struct passwd *pw = *user != '\0' ? getpwnam(user) : NULL;
	char *group, *wanted;
	struct stat st;

	if (stat(path, &st) == -1)
		return;
	group = group_name(st.st_gid);
	wanted = group_name(pw != NULL ? pw->pw_gid : 0);
	if ((st.st_mode & S_IRWXO) != 0) {
		doctor_fix(doctor, "chmod o= %s", path);
		doctor_found(doctor, "%s, %s, is open to everybody (%03o)",
		    path, what, st.st_mode & 0777);
	} else if ((st.st_mode & S_IRWXG) != 0 &&
	    !is_trusted(st.st_gid, group, pw)) {
		doctor_fix(doctor, "chgrp %s %s", wanted, path);
		doctor_found(doctor, "%s, %s, is open to the group %s", path,
		    what, group);
	} else if (pw != NULL && !may_read(&st, pw)) {
		doctor_fix(doctor, "chgrp %s %s && chmod g+r %s", wanted, path,
		    path);
		doctor_found(doctor, "%s, %s, cannot be read by %s", path, what,
		    user);
	}
	free(group);
	free(wanted);
}
