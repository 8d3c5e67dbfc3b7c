/*
 * authctl doctor: the directory where what logins add to records waits.
 */
#include <dirent.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "authd_patient.h"
#include "rehash.h"

#define WAITS_LONG 600 /* seconds; where it works it is half a minute */

static char *
directory_of(const struct authd_patient *patient)
{
	return authd_config_beside_logins(patient->config, AUTHD_REHASH_NAME);
}

void
check_rehash_rights(struct doctor *doctor)
{
	const struct authd_patient *patient = authd_patient(doctor);
	const char *user = patient->config->user;
	const struct passwd *pw = *user != '\0' ? getpwnam(user) : NULL;
	char *path = directory_of(patient);
	struct stat st;

	if (lstat(path, &st) == -1)
		goto done; /* authd makes it */
	if (!S_ISDIR(st.st_mode)) {
		doctor_fix(doctor, "rm %s", path);
		doctor_found(doctor, "%s is no directory: rehash has no place",
		    path);
	} else if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		doctor_fix(doctor, "chmod 700 %s", path);
		doctor_found(doctor,
		    "%s, where secrets of users wait, is open to others than "
		    "authd (%03o)",
		    path, st.st_mode & 0777);
	} else if (pw != NULL && st.st_uid != pw->pw_uid) {
		doctor_fix(doctor, "chown -R %s %s", user, path);
		doctor_found(doctor, "%s is not %s's: rehash has no place",
		    path, user);
	}
done:
	free(path);
}

/* How long the oldest file has waited. */
static time_t
longest_wait(const char *path, time_t now)
{
	DIR *dir = opendir(path);
	const struct dirent *there;
	struct stat st;
	time_t oldest = now;

	if (dir == NULL)
		return 0;
	while ((there = readdir(dir)) != NULL)
		if (rehash_is_name(there->d_name) &&
		    fstatat(dirfd(dir), there->d_name, &st,
			AT_SYMLINK_NOFOLLOW) == 0 &&
		    st.st_mtime < oldest)
			oldest = st.st_mtime;
	closedir(dir);
	return now - oldest;
}

void
check_rehash_waits(struct doctor *doctor)
{
	const struct authd_patient *patient = authd_patient(doctor);
	char *path = directory_of(patient);
	time_t waits = longest_wait(path, patient->now);

	if (patient->config->rehash && waits > WAITS_LONG) {
		daemon_check_command(doctor, &patient->authd, "apply");
		doctor_found(doctor,
		    "what logins added to users waits in %s since %ld min: "
		    "nobody runs authctl apply (sekisho-rehash.path, or cron)",
		    path, (long)waits / 60);
	}
	free(path);
}
