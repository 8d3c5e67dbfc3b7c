/*
 * The way out, for both doctors.
 */
#include <string.h>

#include "outbound_check.h"
#include "doctor.h"
#include "outbound.h"
#include "postfix_setup.h"

static void
fix_way_out(struct doctor *doctor, const struct postfix_setup *postfix,
    enum outbound how, const char *tried)
{
	if (how == OUTBOUND_BLOCKED)
		postfix_setup_line(postfix, NULL, "relayhost", "[PROVIDER]:587",
		    &doctor->fix);
	else if (how == OUTBOUND_NO_NAME)
		doctor_fix(doctor, "getent hosts %.*s",
		    (int)(strrchr(tried, ':') - tried), tried);
	else
		postfix_setup_command(postfix, "postconf", "relayhost",
		    &doctor->fix);
}

void
check_outbound(struct doctor *doctor, const struct postfix_setup *postfix,
    const char *host)
{
	static const char *const said[] = {
		[OUTBOUND_BLOCKED] =
		    "is blocked: other ports of the host answer",
		[OUTBOUND_REFUSED] = "is refused: nobody takes mail there",
		[OUTBOUND_SILENT] = "is silent, as all ports of the host are",
		[OUTBOUND_NO_NAME] = "cannot be tried: there is no such name",
	};
	struct strbuf tried = { 0 };
	enum outbound how;

	if (*host == '\0') {
		doctor_skip(doctor, "no relayhost; --outbound HOST tries one");
		return;
	}
	how = outbound_try(host, &tried);
	if (how != OUTBOUND_OPEN) {
		fix_way_out(doctor, postfix, how, strbuf_str(&tried));
		doctor_found(doctor, "the way out to %s %s", strbuf_str(&tried),
		    said[how]);
	}
	strbuf_free(&tried);
}
