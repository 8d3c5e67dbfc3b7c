/*
 * The value of `listen` and its like: a list of ADDRESS and
 * { ADDRESS, owner = U, group = G, mode = 0660 }.
 */
#include <ctype.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "listen_value.h"
#include "mem.h"
#include "nearest.h"

/* What is needed all the way down. */
struct parser {
	const struct listener_defaults *defaults;
	struct conf_origin origin; /* of the address at hand */
	const char *owner, *group; /* named for it; NULL: the defaults */
	struct strbuf *err, *warnings;
	int result;
};

static void __attribute__((format(printf, 2, 3)))
fail(struct parser *p, const char *fmt, ...)
{
	struct strbuf text = { 0 };
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	conf_error(p->err, p->origin, "%s", strbuf_str(&text));
	strbuf_free(&text);
	p->result = -1;
}

/* Cut off the text up to the next comma, blanks around it trimmed. */
static char *
next_element(char **rest)
{
	char *element = *rest + strspn(*rest, " \t\r\n");
	size_t len = strcspn(element, ",");

	*rest = element + len;
	if (**rest == ',')
		(*rest)++;
	while (len > 0 && isspace((unsigned char)element[len - 1]))
		len--;
	element[len] = '\0';
	return element;
}

static void
parse_mode(struct parser *p, struct listen_address *address, const char *text)
{
	size_t len = strspn(text, "01234567");

	if (len < 3 || len > 4 || text[len] != '\0' ||
	    strtoul(text, NULL, 8) > 0777)
		fail(p, "%s: mode = %s: not an octal mode like 0660",
		    address->text, text);
	else
		address->mode = (mode_t)strtoul(text, NULL, 8);
}

/* One NAME = VALUE. */
static void
parse_option(struct parser *p, struct listen_address *address, char *element)
{
	static const char *const names[] = { "owner", "group", "mode" };
	char *value = strchr(element, '=');
	struct nearest nearest;

	if (value == NULL || value == element || value[1] == '\0') {
		fail(p, "%s: %s: not NAME = VALUE", address->text, element);
		return;
	}
	*value++ = '\0';
	element[strcspn(element, " \t\r\n")] = '\0';
	value += strspn(value, " \t\r\n");
	if (socket_address_path(&address->socket) == NULL) {
		fail(p, "%s: %s: only a unix socket has one", address->text,
		    element);
	} else if (strcmp(element, "owner") == 0) {
		p->owner = value;
	} else if (strcmp(element, "group") == 0) {
		p->group = value;
	} else if (strcmp(element, "mode") == 0) {
		parse_mode(p, address, value);
	} else {
		nearest_init(&nearest, element);
		for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
			nearest_offer(&nearest, names[i]);
		fail(p, "%s: unknown option %s (known: owner, group, mode)%s",
		    address->text, element, nearest_hint(&nearest));
	}
}

/* Set uid and gid, when it is root who starts the program. */
static void
find_owner(struct parser *p, struct listen_address *address)
{
	const char *owner = p->owner ? p->owner : p->defaults->owner;
	const char *group = p->group ? p->group : p->defaults->group;
	const struct passwd *pw = owner != NULL ? getpwnam(owner) : NULL;
	const struct group *gr = group != NULL ? getgrnam(group) : NULL;

	if (pw != NULL)
		address->uid = pw->pw_uid;
	else if (p->owner != NULL)
		fail(p,
		    "%s: owner = %s: no such user: create it or name "
		    "another",
		    address->text, owner);
	else if (owner != NULL)
		strbuf_addf(p->warnings,
		    "%s: there is no user %s, the socket stays root's: name "
		    "another, { %s, owner = USER }\n",
		    address->text, owner, address->text);
	if (gr != NULL)
		address->gid = gr->gr_gid;
	else if (p->group != NULL)
		fail(p,
		    "%s: group = %s: no such group: create it or name "
		    "another",
		    address->text, group);
	else if (group != NULL)
		strbuf_addf(p->warnings,
		    "%s: there is no group %s, the socket stays root's: "
		    "groupadd --system %s, or name another, { %s, group = "
		    "GROUP }\n",
		    address->text, group, group, address->text);
}

static void
check_inet(struct parser *p, const struct listen_address *address)
{
	bool is_loopback = socket_address_is_loopback(&address->socket);

	switch (p->defaults->inet) {
	case LISTENER_UNIX:
		fail(p,
		    "%s: only a unix socket is allowed here (unix:PATH), "
		    "which tells who asks",
		    address->text);
		break;
	case LISTENER_LOOPBACK:
		if (!is_loopback)
			fail(p,
			    "%s: only a loopback address is allowed here "
			    "(inet:127.0.0.1:PORT, inet:[::1]:PORT)",
			    address->text);
		break;
	case LISTENER_ANYWHERE:
		if (!is_loopback)
			strbuf_addf(p->warnings,
			    "%s: not a loopback address: whoever can reach "
			    "it can use it\n",
			    address->text);
		break;
	}
}

static void
check_unique(struct parser *p, const struct listen_value *value)
{
	const struct listen_address *last = &value->addresses[value->count - 1];

	for (size_t i = 0; i + 1 < value->count; i++)
		if (strcmp(value->addresses[i].text, last->text) == 0)
			fail(p, "%s: named twice", last->text);
}

/* rest: the address, and after a comma its options. */
static void
parse_address(struct parser *p, struct listen_value *value, char *rest)
{
	struct listen_address *address;
	struct strbuf err = { 0 };

	p->owner = p->group = NULL;
	value->addresses = xreallocarray(value->addresses, value->count + 1,
	    sizeof *value->addresses);
	address = &value->addresses[value->count++];
	*address = (struct listen_address){
		.text = xstrdup(next_element(&rest)),
		.uid = (uid_t)-1,
		.gid = (gid_t)-1,
		.mode = p->defaults->mode,
	};
	if (address->text[strcspn(address->text, " \t\r\n")] != '\0') {
		fail(p, "%s: write a comma between address and options",
		    address->text);
		return;
	}
	if (socket_address_parse(&address->socket, address->text, &err) == -1) {
		fail(p, "%s", strbuf_str(&err));
		strbuf_free(&err);
		return;
	}
	while (*rest != '\0')
		parse_option(p, address, next_element(&rest));
	if (socket_address_path(&address->socket) == NULL)
		check_inet(p, address);
	else if (geteuid() == 0)
		find_owner(p, address);
	check_unique(p, value);
}

int
listen_value_parse(struct listen_value *value, const struct conf_text *text,
    const struct listener_defaults *defaults, struct strbuf *err,
    struct strbuf *warnings)
{
	struct parser p = { .defaults = defaults,
		.err = err,
		.warnings = warnings };
	struct conf_word word;
	size_t pos = 0;
	int more;

	*value = (struct listen_value){ 0 };
	while ((more = conf_next_word(text, &pos, &word, err)) == 1) {
		char *rest;

		p.origin = word.origin;
		conf_word_unbrace(&word);
		rest = conf_word_dup(&word);
		parse_address(&p, value, rest);
		free(rest);
	}
	return more == -1 ? -1 : p.result;
}

void
listen_value_free(struct listen_value *value)
{
	for (size_t i = 0; i < value->count; i++)
		free(value->addresses[i].text);
	free(value->addresses);
	*value = (struct listen_value){ 0 };
}
