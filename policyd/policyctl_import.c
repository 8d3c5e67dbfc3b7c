/*
 * policyctl import: ask postconf, write policyd.cf to standard output.
 */
#include <sysexits.h>

#include "policyctl_command.h"
#include "import.h"
#include "postconf.h"

int
policyctl_import(struct policyctl *ctl)
{
	static const char *const all[] = { NULL };
	const char *directory =
	    ctl->nwords > 0 ? ctl->words[0] : IMPORT_DIRECTORY;
	struct postconf_values set = { 0 }, shared = { 0 }, services = { 0 };
	struct import_source source = { directory, &set, &shared, &services };
	int code = EX_OK;

	if (postconf_ask(directory, "-xn", all, &set, &ctl->err) == -1 ||
	    postconf_ask(directory, "-x", import_shared_names, &shared,
		&ctl->err) == -1 ||
	    postconf_ask(directory, "-P", all, &services, &ctl->err) == -1) {
		strbuf_addc(&ctl->err, '\n');
		code = EX_NOINPUT;
	} else {
		import_write(&source, &ctl->out);
	}
	postconf_values_free(&set);
	postconf_values_free(&shared);
	postconf_values_free(&services);
	return code;
}
