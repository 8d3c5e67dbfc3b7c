/*
 * For LD_PRELOAD: a disk on which fdatasync(2) and fsync(2) last for as long as
 * the file $STALL is there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int
is_stalled(void)
{
	const char *path = getenv("STALL");

	return path != NULL && access(path, F_OK) == 0;
}

static void
wait_for_disk(void)
{
	static const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };

	if (is_stalled())
		dprintf(STDERR_FILENO, "the disk stalls\n");
	while (is_stalled())
		nanosleep(&pause, NULL);
}

int
fdatasync(int fd)
{
	wait_for_disk();
	return (int)syscall(SYS_fdatasync, fd);
}

int
fsync(int fd)
{
	wait_for_disk();
	return (int)syscall(SYS_fsync, fd);
}
