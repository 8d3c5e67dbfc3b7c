/*
 * Live clients in words.
 */
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "live_client.h"
#include "conf.h"
#include "time_left.h"

/* More than these networks is more than a slip of the hand may name. */
#define IPV4_PREFIX_MIN 8
#define IPV6_PREFIX_MIN 16

int
live_client_parse_net(struct cidr *net, const char *text, struct strbuf *err)
{
	if (cidr_parse(net, text, err) == -1)
		return -1;
	cidr_unmap(net);
	return 0;
}

/* Shutting out, or letting relay, half of the world is asked for twice. */
static int
check_size(const struct live_client *client,
    const struct live_client_words *words, struct strbuf *err)
{
	unsigned min = client->net.ip.family == AF_INET ? IPV4_PREFIX_MIN
							: IPV6_PREFIX_MIN;

	if (words->is_forced || client->action == LIVE_CLIENT_ALLOW ||
	    client->net.prefix >= min)
		return 0;
	strbuf_addf(err, "%s: more than a /%u: needs --force", words->net, min);
	return -1;
}

static int
parse_time(struct live_client *client, const char *text, time_t now,
    struct strbuf *err)
{
	long seconds;

	client->expires = 0;
	if (text[0] == '\0')
		return 0;
	if (conf_parse_time(text, &seconds) == -1 || seconds <= 0) {
		strbuf_addf(err, "%s: not a time, as 30m, 12h or 7d", text);
		return -1;
	}
	if (seconds > (long)UINT32_MAX - (long)now) {
		strbuf_addf(err,
		    "%s: too long a time; without one it is for "
		    "ever",
		    text);
		return -1;
	}
	client->expires = now + seconds;
	return 0;
}

int
live_client_parse(struct live_client *client,
    const struct live_client_words *words, time_t now, struct strbuf *err)
{
	if (live_client_parse_net(&client->net, words->net, err) == -1 ||
	    check_size(client, words, err) == -1 ||
	    parse_time(client, words->time, now, err) == -1)
		return -1;
	if (strlen(words->comment) > LIVE_CLIENT_COMMENT_MAX) {
		strbuf_addf(err, "%s: the comment is longer than %d bytes",
		    words->net, LIVE_CLIENT_COMMENT_MAX);
		return -1;
	}
	client->comment = words->comment;
	return 0;
}

/* Cut off the next word. */
static char *
next_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t\r"), *end;

	end = word + strcspn(word, " \t\r");
	*rest = end;
	if (*end != '\0')
		*(*rest)++ = '\0';
	return word;
}

bool
live_client_read_line(struct live_client_words *words, char *line)
{
	char *rest = line, *end, *after;
	long seconds;

	words->net = next_word(&rest);
	if (words->net[0] == '\0' || words->net[0] == '#')
		return false;
	rest += strspn(rest, " \t\r");
	for (end = rest + strlen(rest);
	     end > rest && strchr(" \t\r", end[-1]) != NULL; end--)
		end[-1] = '\0';
	words->time = "";
	words->comment = rest;
	after = rest + strcspn(rest, " \t");
	end = after + strspn(after, " \t");
	if (*after != '\0')
		*after = '\0';
	else
		after = NULL;
	if (conf_parse_time(rest, &seconds) == 0) {
		words->time = rest;
		words->comment = end;
	} else if (after != NULL) {
		*after = ' ';
	}
	return true;
}

void
live_client_print(const struct live_client *client, time_t now,
    struct strbuf *out)
{
	static const char *const actions[] = {
		[LIVE_CLIENT_ALLOW] = "allow",
		[LIVE_CLIENT_RELAY] = "allow, relay",
		[LIVE_CLIENT_DENY] = "deny",
	};

	strbuf_addf(out, "%s ", actions[client->action]);
	cidr_print(&client->net, out);
	if (client->expires != 0) {
		strbuf_adds(out, ", ");
		time_left_add(out, client->expires - now);
		strbuf_adds(out, " left");
	}
	if (client->comment[0] != '\0')
		strbuf_addf(out, ": %s", client->comment);
}
