#ifndef MAIL_HOST_H
#define MAIL_HOST_H

struct inquiry;

/*
 * Whether a name can be found in DNS: for mail addresses MX, A, AAAA; for HELO
 * A, AAAA, MX.  All are asked for together, and judged in that order.
 */
enum mail_host {
	MAIL_HOST_FOUND,
	MAIL_HOST_NOT_FOUND,
	MAIL_HOST_NULL_MX, /* accepts no mail: RFC 7505 */
	MAIL_HOST_MALFORMED,
	MAIL_HOST_FAILED, /* temporary */
	MAIL_HOST_WAITING,
};

enum mail_host mail_host_of_address(struct inquiry *, const char *domain);
enum mail_host mail_host_of_helo(struct inquiry *, const char *name);

/* What replies say of a host that is not there. */
const char *mail_host_text(enum mail_host, const char *not_found);

#endif
