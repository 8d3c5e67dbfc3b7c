/*
 * From a port to its socket, and from that to a process.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "port_holder.h"
#include "mem.h"

#define LISTENS 0x0a /* TCP_LISTEN, as in /proc/net/tcp */

/* The socket that listens; 0: none. */
static unsigned long
find_socket(const char *path, unsigned port)
{
	FILE *file = fopen(path, "re");
	unsigned long inode = 0;
	char line[512];

	while (file != NULL && inode == 0 &&
	    fgets(line, sizeof line, file) != NULL) {
		unsigned long found;
		unsigned local, state;

		if (sscanf(line,
			"%*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x "
			"%*s %*s %*s %*s %*s %lu",
			&local, &state, &found) == 3 &&
		    local == port && state == LISTENS)
			inode = found;
	}
	if (file != NULL)
		fclose(file);
	return inode;
}

static bool
has_socket(const char *pid, const char *wanted)
{
	char *path = xasprintf("/proc/%s/fd", pid);
	DIR *dir = opendir(path);
	const struct dirent *entry;
	bool found = false;
	char target[64];

	while (dir != NULL && !found && (entry = readdir(dir)) != NULL) {
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, target,
		    sizeof target - 1);

		target[n > 0 ? n : 0] = '\0';
		found = strcmp(target, wanted) == 0;
	}
	if (dir != NULL)
		closedir(dir);
	free(path);
	return found;
}

static void
read_name(const char *pid, char name[PORT_HOLDER_NAME])
{
	char *path = xasprintf("/proc/%s/comm", pid);
	FILE *file = fopen(path, "re");

	name[0] = '\0';
	if (file != NULL && fgets(name, PORT_HOLDER_NAME, file) != NULL)
		name[strcspn(name, "\n")] = '\0';
	if (file != NULL)
		fclose(file);
	free(path);
}

pid_t
port_holder(unsigned port, char name[PORT_HOLDER_NAME])
{
	unsigned long inode = find_socket("/proc/net/tcp", port);
	const struct dirent *entry;
	pid_t holder = -1;
	char *wanted;
	DIR *dir;

	if (inode == 0)
		inode = find_socket("/proc/net/tcp6", port);
	if (inode == 0)
		return 0;
	wanted = xasprintf("socket:[%lu]", inode);
	dir = opendir("/proc");
	while (dir != NULL && holder == -1 && (entry = readdir(dir)) != NULL)
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    has_socket(entry->d_name, wanted)) {
			holder = (pid_t)strtol(entry->d_name, NULL, 10);
			read_name(entry->d_name, name);
		}
	if (dir != NULL)
		closedir(dir);
	free(wanted);
	return holder;
}
