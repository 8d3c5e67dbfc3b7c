#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mem.h"
#include "startup.h"
#include "testing.h"

#define ARGS_MAX 4

struct settings {
	char *user;
};

static const struct conf_param params[] = {
	{ "user", CONF_TEXT, 0, offsetof(struct settings, user), "nobody", NULL,
	    "Whom it becomes." },
};

static void
print_colours(struct strbuf *out)
{
	strbuf_adds(out, "red\n");
}

static const struct startup_program program = {
	.name = "testd",
	.config_file = "/etc/testd.cf",
	.params = params,
	.nparams = 1,
	.listing = { 'C', "colours", print_colours },
};

static void
read_options(struct startup *startup, const char *const args[])
{
	char *argv[ARGS_MAX + 2] = { "testd" };
	int argc = 1;

	while (argc <= ARGS_MAX && args[argc - 1] != NULL) {
		argv[argc] = (char *)args[argc - 1];
		argc++;
	}
	optind = 0; /* glibc: begin anew */
	startup_options(startup, &program, argc, argv);
}

START_TEST(reads_options)
{
	static const struct {
		const char *args[ARGS_MAX];
		struct startup want;
	} cases[] = {
		{ { NULL }, { .config_file = "/etc/testd.cf" } },
		{ { "-f" },
		    { .config_file = "/etc/testd.cf", .foreground = true } },
		{ { "-tc", "/a/b.cf" },
		    { .config_file = "/a/b.cf", .only_check = true } },
		{ { "-c", "/a", "-c", "/b" }, { .config_file = "/b" } },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct startup startup = { 0 };

		read_options(&startup, cases[i].args);
		ck_assert_str_eq(startup.config_file,
		    cases[i].want.config_file);
		ck_assert_int_eq(startup.foreground, cases[i].want.foreground);
		ck_assert_int_eq(startup.only_check, cases[i].want.only_check);
		startup_free(&startup);
	}
}
END_TEST

START_TEST(makes_the_name_of_the_configuration_absolute_and_follows_no_link)
{
	static const char *const args[ARGS_MAX] = { "-c", "link.cf" };
	char *dir = testing_make_dir(), *link = xasprintf("%s/link.cf", dir);
	struct startup startup = { 0 };

	ck_assert_int_eq(symlink("/etc/passwd", link), 0);
	ck_assert_int_eq(chdir(dir), 0);
	read_options(&startup, args);
	ck_assert_str_eq(startup.config_file, link);
	startup_free(&startup);
	ck_assert_int_eq(chdir("/"), 0);
	free(link);
	testing_remove_dir(dir);
}
END_TEST

/* What a process with these options prints, and its exit code. */
static int
output_of(const char *const args[], char *text, size_t size)
{
	struct startup startup = { 0 };
	size_t len = 0;
	ssize_t n;
	int fds[2], status;
	pid_t child;

	ck_assert_int_eq(pipe(fds), 0);
	child = fork();
	ck_assert_int_ne(child, -1);
	if (child == 0) {
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		read_options(&startup, args);
		_exit(1); /* there was something more to do */
	}
	close(fds[1]);
	while ((n = read(fds[0], text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	close(fds[0]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return WEXITSTATUS(status);
}

START_TEST(ends_where_there_is_nothing_more_to_do)
{
	static const struct {
		const char *args[ARGS_MAX];
		int code;
		const char *says;
	} cases[] = {
		{ { "-h" }, 0, "-C         print the colours as mdoc\n" },
		{ { "--help" }, 0, "testd.cf(5):\n\n  user = nobody" },
		{ { "--version" }, 0, "x-testd (sekisho) " VERSION "\n" },
		{ { "-M" }, 0, ".It Ic user" },
		{ { "-C" }, 0, "red\n" },
		{ { "-h" }, 0, "usage: x-testd [-fhtMC] [-c FILE]\n" },
		{ { "-Z" }, 64,
		    "x-testd: unknown option -Z (-h shows all)\n"
		    "x-testd: usage: x-testd [-fhtMC] [-c FILE]\n" },
		{ { "-c" }, 64,
		    "x-testd: option -c needs a value\nx-testd: usage: " },
		{ { "word" }, 64,
		    "x-testd: unexpected word \"word\"\nx-testd: usage: " },
	};
	char text[4000];

	program_invocation_short_name = "x-testd";
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ck_assert_int_eq(output_of(cases[i].args, text, sizeof text),
		    cases[i].code);
		ck_assert_msg(strstr(text, cases[i].says) != NULL,
		    "%s: it says %s", cases[i].args[0], text);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("startup");
	TCase *tc = tcase_create("startup");

	suite_add_tcase(suite, tc);
	tcase_add_test(tc, reads_options);
	tcase_add_test(tc,
	    makes_the_name_of_the_configuration_absolute_and_follows_no_link);
	tcase_add_test(tc, ends_where_there_is_nothing_more_to_do);
	return testing_run(suite);
}
