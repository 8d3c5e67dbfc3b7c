#ifndef OUTBOUND_CHECK_H
#define OUTBOUND_CHECK_H

struct doctor;
struct postfix_setup;

/* A finding where the way out to a host is not open (outbound_try); "": there
 * is no host, and it is said that nothing was checked. */
void check_outbound(struct doctor *, const struct postfix_setup *,
    const char *host);

#endif
