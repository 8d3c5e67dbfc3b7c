/*
 * For LD_PRELOAD: a disk on which pread(2) fails but for the beginning of a
 * file.
 */
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

ssize_t
pread(int fd, void *bytes, size_t len, off_t offset)
{
	if (offset > 0) {
		errno = EIO;
		return -1;
	}
	return syscall(SYS_pread64, fd, bytes, len, offset);
}
