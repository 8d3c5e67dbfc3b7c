/*
 * Landlock (by raw system calls: glibc 2.36 has no names for them) and
 * seccomp (by libseccomp).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <seccomp.h>

#include "log.h"
#include "sandbox.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER true
#elif defined(__has_feature)
#define HAS_SANITIZER                                                          \
	(__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define HAS_SANITIZER false
#endif

/* Rights of later kernels than Debian 12's header knows. */
#define FS_TRUNCATE  (1ULL << 14) /* Landlock ABI 3 */
#define FS_IOCTL_DEV (1ULL << 15) /* ABI 5 */

#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_WRITE                                                               \
	(FS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE |               \
	    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG)
#define FS_OF_A_FILE                                                           \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |        \
	    FS_TRUNCATE)
#define FS_ABI_1 (LANDLOCK_ACCESS_FS_MAKE_SYM * 2 - 1)

/* libc, its resolver, name services, time zones, allocator and logging. */
static const char *const libc_reads[] = { "/etc", "/usr", "/lib", "/lib64",
	"/proc", "/sys/devices/system/cpu", "/dev/urandom", "/dev/random",
	"/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager",
	NULL };
static const char *const libc_writes[] = { "/dev/null", NULL };

static const char *const allowed_calls[] = {
	/* open files */
	"read", "write", "readv", "writev", "pread64", "pwrite64", "preadv",
	"pwritev", "preadv2", "pwritev2", "close", "close_range", "lseek",
	"_llseek", "fstat", "fstat64", "fstatfs", "fstatfs64", "ftruncate",
	"ftruncate64", "fallocate", "fsync", "fdatasync", "flock", "fcntl",
	"fcntl64", "ioctl", "dup", "dup2", "dup3", "copy_file_range",
	"sendfile", "fadvise64", "fchmod", "fchown", "getdents64",
	/* files by name: Landlock says which */
	"open", "openat", "openat2", "stat", "stat64", "lstat", "lstat64",
	"fstatat64", "newfstatat", "statx", "statfs", "access", "faccessat",
	"faccessat2", "readlink", "readlinkat", "getcwd", "unlink", "unlinkat",
	"rename", "renameat", "renameat2", "umask",
	/* memory; with PROT_EXEC, too: name services, PCRE's compiler */
	"mmap", "mmap2", "munmap", "mprotect", "mremap", "madvise", "brk",
	"msync", "mlock", "mlock2", "munlock", "membarrier",
	/* threads; clone has a rule of its own */
	"futex", "futex_time64", "futex_waitv", "set_robust_list",
	"get_robust_list", "set_tid_address", "rseq", "sched_yield",
	"sched_getaffinity", "sched_getparam", "sched_getscheduler",
	"getpriority", "setpriority", "exit", "exit_group", "arch_prctl",
	/* waiting */
	"epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait",
	"epoll_pwait", "epoll_pwait2", "poll", "ppoll", "ppoll_time64",
	"select", "_newselect", "pselect6", "eventfd", "eventfd2", "pipe",
	"pipe2", "timerfd_create", "timerfd_settime", "timerfd_gettime",
	"signalfd4", "nanosleep", "clock_nanosleep", "restart_syscall",
	/* sockets; no listen, and socket has rules of its own */
	"socketpair", "connect", "bind", "accept", "accept4", "setsockopt",
	"getsockopt", "getsockname", "getpeername", "shutdown", "recvfrom",
	"recv", "recvmsg", "recvmmsg", "sendto", "send", "sendmsg", "sendmmsg",
	/* who, when, what */
	"getpid", "getppid", "gettid", "getuid", "getuid32", "geteuid",
	"geteuid32", "getgid", "getgid32", "getegid", "getegid32", "getresuid",
	"getresuid32", "getresgid", "getresgid32", "getgroups", "getgroups32",
	"getpgrp", "getsid", "clock_gettime", "clock_gettime64", "clock_getres",
	"gettimeofday", "time", "times", "getrandom", "uname", "sysinfo",
	"getrusage", "getcpu", "prlimit64", "getrlimit", "ugetrlimit",
	"setrlimit", "prctl",
	/* signals; tgkill has a rule of its own */
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn",
	"rt_sigpending", "rt_sigsuspend", "rt_sigtimedwait", "sigaltstack"
};

/* Netlink: getaddrinfo asks the kernel for its addresses. */
static const int allowed_families[] = { AF_UNIX, AF_INET, AF_INET6,
	AF_NETLINK };

static int
add_call(scmp_filter_ctx ctx, const char *name)
{
	int number = seccomp_syscall_resolve_name(name);

	if (number == __NR_SCMP_ERROR)
		return 0; /* newer than the library */
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, number, 0);
}

/* A call whose first argument, of the bits in mask, is value. */
static int
add_call_with(scmp_filter_ctx ctx, int number, uint64_t mask, uint64_t value)
{
	const struct scmp_arg_cmp first = { .arg = 0,
		.op = SCMP_CMP_MASKED_EQ,
		.datum_a = mask,
		.datum_b = value };

	return seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, number, 1, &first);
}

/* Returns 0 or a negative errno. */
static int
add_rules(scmp_filter_ctx ctx)
{
	int result = 0;

	for (size_t i = 0;
	     result == 0 && i < sizeof allowed_calls / sizeof allowed_calls[0];
	     i++)
		result = add_call(ctx, allowed_calls[i]);
	for (size_t i = 0; result == 0 &&
	     i < sizeof allowed_families / sizeof allowed_families[0];
	     i++)
		result = add_call_with(ctx, SCMP_SYS(socket), UINT32_MAX,
		    (uint64_t)allowed_families[i]);
	/* Threads, no processes.  clone3 keeps its flags in memory, where no
	 * filter can see them; without it, libc uses clone. */
	if (result == 0)
		result = add_call_with(ctx, SCMP_SYS(clone), CLONE_THREAD,
		    CLONE_THREAD);
	if (result == 0) /* abort */
		result = add_call_with(ctx, SCMP_SYS(tgkill), UINT32_MAX,
		    (uint64_t)getpid());
	return result;
}

static int
filter_calls(struct strbuf *err)
{
	/* Not EPERM, which libc takes for an answer, and not the end of the
	 * process: a new libc must not stop the mail. */
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int result;

	if (ctx == NULL) {
		strbuf_adds(err, "seccomp: cannot begin a filter");
		return -1;
	}
	result = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
	if (result == 0)
		result = add_rules(ctx);
	if (result == 0)
		result = seccomp_load(ctx);
	seccomp_release(ctx);
	if (result == -EINVAL || result == -ENOSYS) {
		log_debug("this kernel has no seccomp filters");
		result = 0;
	}
	if (result != 0) {
		strbuf_addf(err, "seccomp: %s", strerror(-result));
		return -1;
	}
	return 0;
}

/* The version of Landlock, 0 when the kernel has none or it is off. */
static int
landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	return abi > 0 ? (int)abi : 0;
}

/* Every right that this version can take away. */
static uint64_t
known_rights(int abi)
{
	uint64_t rights = FS_ABI_1;

	if (abi >= 2)
		rights |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		rights |= FS_TRUNCATE;
	if (abi >= 5)
		rights |= FS_IOCTL_DEV;
	return rights;
}

static int
allow_path(int ruleset, const char *path, uint64_t rights, struct strbuf *err)
{
	struct landlock_path_beneath_attr rule = { .parent_fd = -1 };
	struct stat st;
	int result = -1;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd == -1)
		return 0;
	if (fstat(rule.parent_fd, &st) == 0) {
		if (!S_ISDIR(st.st_mode))
			rights &= FS_OF_A_FILE;
		rule.allowed_access = rights;
		result = (int)syscall(SYS_landlock_add_rule, ruleset,
		    LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	}
	if (result == -1)
		strbuf_addf(err, "landlock: %s: %s", path, strerror(errno));
	close(rule.parent_fd);
	return result;
}

static int
allow_paths(int ruleset, const char *const *paths, uint64_t rights,
    struct strbuf *err)
{
	int result = 0;

	for (; result == 0 && paths != NULL && *paths != NULL; paths++)
		result = allow_path(ruleset, *paths, rights, err);
	return result;
}

static int
restrict_files(const struct sandbox_paths *paths, struct strbuf *err)
{
	struct landlock_ruleset_attr attr = { 0 };
	int abi = landlock_abi(), ruleset, result;

	if (abi == 0) {
		log_debug("this kernel has no Landlock, or it is off");
		return 0;
	}
	attr.handled_access_fs = known_rights(abi);
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr,
	    sizeof attr.handled_access_fs, 0);
	if (ruleset == -1) {
		strbuf_addf(err, "landlock: %s", strerror(errno));
		return -1;
	}
	result = allow_paths(ruleset, libc_reads, FS_READ, err);
	if (result == 0)
		result = allow_paths(ruleset, paths->read, FS_READ, err);
	if (result == 0)
		result = allow_paths(ruleset, libc_writes,
		    FS_WRITE & attr.handled_access_fs, err);
	if (result == 0)
		result = allow_paths(ruleset, paths->write,
		    FS_WRITE & attr.handled_access_fs, err);
	if (result == 0) {
		result = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
		if (result == -1)
			strbuf_addf(err, "landlock: %s", strerror(errno));
	}
	close(ruleset);
	return result;
}

int
sandbox_enter(const struct sandbox_paths *paths, struct strbuf *err)
{
	if (HAS_SANITIZER) {
		log_debug("no sandbox: built with a sanitizer");
		return 0;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1) {
		strbuf_addf(err, "no_new_privs: %s", strerror(errno));
		return -1;
	}
	if (restrict_files(paths, err) == -1)
		return -1;
	return filter_calls(err);
}
