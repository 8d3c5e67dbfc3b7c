/*
 * libFuzzer: any bytes as a line of the Dovecot auth-client protocol, and as
 * a login name.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth_line.h"
#include "mem.h"
#include "user_name.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
expect(bool is_so)
{
	if (!is_so)
		__builtin_trap();
}

static bool
is_inside(const char *field, const char *line, size_t len)
{
	return *field == '\0' || (field >= line && field < line + len);
}

/* All that is found lies in the line, and no response outgrows its text. */
static void
check_line(char *text, size_t len)
{
	struct auth_line line;
	struct strbuf response = { 0 };

	if (!auth_line_parse(&line, text))
		return;
	expect(is_inside(line.mechanism, text, len));
	expect(is_inside(line.service, text, len));
	if (line.response == NULL)
		return;
	expect(is_inside(line.response, text, len));
	if (auth_line_initial_response(line.response, &response))
		expect(response.len <= strlen(line.response) * 3 / 4);
	else
		expect(response.len == 0);
	strbuf_free(&response);
}

/* A normal form is its own normal form. */
static void
check_name(const char *text, size_t len)
{
	static const struct user_name_rules rules = { "x.example", true };
	struct strbuf normal = { 0 }, again = { 0 }, label = { 0 }, err = { 0 };

	if (user_name_normalise(&rules, text, len, &normal, &err) == 0) {
		expect(user_name_normalise(&rules, normal.bytes, normal.len,
			   &again, &err) == 0);
		expect(strcmp(normal.bytes, again.bytes) == 0);
	}
	strbuf_truncate(&again, 0);
	if (user_name_split_label(text, len, &again, &label))
		expect(again.len + label.len + 1 == len &&
		    user_label_is_valid(label.bytes, label.len));
	strbuf_free(&normal);
	strbuf_free(&again);
	strbuf_free(&label);
	strbuf_free(&err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text = xstrndup((const char *)bytes, len);

	check_name((const char *)bytes, len);
	check_line(text, len);
	free(text);
	return 0;
}
