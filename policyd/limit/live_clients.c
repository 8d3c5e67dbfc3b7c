/*
 * Live clients in the state.  A key is what family, how long a prefix, and the
 * address; a value a letter for the action and the comment, with its NUL.  Of
 * two values for a key the newer one counts.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "live_clients.h"
#include "clock.h"
#include "heap.h"
#include "json.h"
#include "mem.h"

#define BITS_MAX 128

/* Lines of a list that are added without a pause. */
#define SLICE_LINES 256

struct live_clients {
	struct state *state;
	/* Prefixes that there were: where a search has to look. */
	bool has_prefix[2][BITS_MAX + 1];
};

struct key {
	unsigned char family; /* 4, 6 */
	unsigned char prefix;
	unsigned char address[16];
};

static const char letters[] = {
	[LIVE_CLIENT_ALLOW] = 'a',
	[LIVE_CLIENT_RELAY] = 'r',
	[LIVE_CLIENT_DENY] = 'd',
};

static size_t
key_of(struct key *key, const struct cidr *net)
{
	size_t len = ip_len(&net->ip);

	key->family = net->ip.family == AF_INET ? 4 : 6;
	key->prefix = (unsigned char)net->prefix;
	memcpy(key->address, net->ip.bytes, len);
	return 2 + len;
}

static bool *
has_prefix(struct live_clients *clients, int family, unsigned prefix)
{
	return &clients->has_prefix[family == AF_INET6][prefix];
}

/* Returns false for what another version wrote. */
static bool
decode(struct live_client *client, const struct state_record *record)
{
	const struct key *key = (const struct key *)record->key;
	const char *letter;

	*client = (struct live_client){ .expires = record->expires };
	client->net.ip.family = key->family == 4 ? AF_INET : AF_INET6;
	if (record->keylen != 2 + ip_len(&client->net.ip) || record->len < 2 ||
	    key->prefix > 8 * ip_len(&client->net.ip) ||
	    record->value[record->len - 1] != '\0')
		return false;
	letter = memchr(letters, record->value[0], sizeof letters);
	if (letter == NULL)
		return false;
	client->net.prefix = key->prefix;
	memcpy(client->net.ip.bytes, key->address, record->keylen - 2);
	client->action = (enum live_client_action)(letter - letters);
	client->comment = record->value + 1;
	return true;
}

static void
on_loaded(void *arg, const struct state_record *record)
{
	struct live_clients *clients = arg;
	struct live_client client;

	if (decode(&client, record))
		*has_prefix(clients, client.net.ip.family, client.net.prefix) =
		    true;
}

struct live_clients *
live_clients_new(struct state *state)
{
	struct live_clients *clients = xcalloc(1, sizeof *clients);

	clients->state = state;
	state_each(state, STATE_CLIENTS, on_loaded, clients);
	return clients;
}

void
live_clients_free(struct live_clients *clients)
{
	free(clients);
}

bool
live_clients_find(const struct live_clients *clients, const struct ip *ip,
    struct live_client *client)
{
	struct cidr net = { .ip = *ip };

	if (clients == NULL || ip_len(ip) == 0)
		return false;
	ip_unmap(&net.ip);
	for (int prefix = (int)ip_len(&net.ip) * 8; prefix >= 0; prefix--) {
		struct state_record record;
		struct key key;
		size_t keylen;

		if (!clients->has_prefix[net.ip.family == AF_INET6][prefix])
			continue;
		net.prefix = (unsigned)prefix;
		ip_mask(&net.ip, net.prefix);
		keylen = key_of(&key, &net);
		if (state_find(clients->state, STATE_CLIENTS, &key, keylen,
			&record) &&
		    decode(client, &record))
			return true;
	}
	return false;
}

bool
live_clients_put(struct live_clients *clients, const struct live_client *client)
{
	struct strbuf value = { 0 };
	struct key key;
	size_t keylen = key_of(&key, &client->net);
	bool is_put;

	strbuf_addc(&value, letters[client->action]);
	strbuf_add(&value, client->comment, strlen(client->comment) + 1);
	is_put = state_put(clients->state, STATE_CLIENTS, &key, keylen,
	    value.bytes, value.len, client->expires);
	if (is_put)
		*has_prefix(clients, client->net.ip.family,
		    client->net.prefix) = true;
	strbuf_free(&value);
	return is_put;
}

bool
live_clients_forget(struct live_clients *clients, const struct cidr *net)
{
	struct key key;
	size_t keylen = key_of(&key, net);

	return state_forget(clients->state, STATE_CLIENTS, &key, keylen);
}

static void
on_there(void *arg, const struct state_record *record)
{
	struct live_client client;

	if (decode(&client, record))
		*(bool *)arg = true;
}

bool
live_clients_are_there(const struct live_clients *clients)
{
	bool are_there = false;

	state_each(clients->state, STATE_CLIENTS, on_there, &are_there);
	return are_there;
}

/* Lists. */

struct line {
	struct live_client client; /* its comment: ours */
	char comment[];
};

struct live_client_list {
	struct state *state;
	size_t place; /* how far the state has been looked at */
	bool has_all; /* of it */
	struct heap lines;
	bool wants_json, has_begun;
	struct json json;
};

static int
compare(const void *a, const void *b)
{
	const struct cidr *left = &((const struct line *)a)->client.net;
	const struct cidr *right = &((const struct line *)b)->client.net;
	int order = left->ip.family - right->ip.family;

	if (order == 0)
		order =
		    memcmp(left->ip.bytes, right->ip.bytes, ip_len(&left->ip));
	return order != 0 ? order : (int)left->prefix - (int)right->prefix;
}

struct live_client_list *
live_client_list_new(const struct live_clients *clients, bool wants_json)
{
	struct live_client_list *list = xcalloc(1, sizeof *list);

	list->state = clients->state;
	list->lines.compare = compare;
	list->wants_json = wants_json;
	return list;
}

void
live_client_list_free(struct live_client_list *list)
{
	struct line *line;

	while ((line = heap_take(&list->lines)) != NULL)
		free(line);
	heap_free(&list->lines);
	free(list);
}

static void
on_listed(void *arg, const struct state_record *record)
{
	struct live_client_list *list = arg;
	struct live_client client;
	struct line *line;
	size_t size;

	if (!decode(&client, record))
		return;
	size = strlen(client.comment) + 1;
	line = xmalloc(sizeof *line + size);
	memcpy(line->comment, client.comment, size);
	line->client = client;
	line->client.comment = line->comment;
	heap_add(&list->lines, line);
}

static void
add_json(struct json *json, const struct live_client *client)
{
	struct strbuf net = { 0 };

	cidr_print(&client->net, &net);
	json_object(json, NULL);
	json_string(json, "net", strbuf_str(&net));
	json_string(json, "action",
	    client->action == LIVE_CLIENT_DENY ? "deny" : "allow");
	json_bool(json, "relay", client->action == LIVE_CLIENT_RELAY);
	if (client->expires != 0)
		json_integer(json, "expires", client->expires);
	else
		json_string(json, "expires", NULL);
	json_string(json, "comment", client->comment);
	json_end(json);
	strbuf_free(&net);
}

/* Add some lines.  Returns false when those were the last. */
static bool
add_lines(struct live_client_list *list, struct strbuf *out)
{
	time_t now = clock_now();
	struct line *line = NULL;

	for (int i = 0;
	     i < SLICE_LINES && (line = heap_take(&list->lines)) != NULL; i++) {
		if (list->wants_json) {
			add_json(&list->json, &line->client);
		} else {
			live_client_print(&line->client, now, out);
			strbuf_addc(out, '\n');
		}
		free(line);
	}
	return line != NULL;
}

bool
live_client_list_next(struct live_client_list *list, struct strbuf *out)
{
	bool has_more;

	if (!list->has_all) {
		list->has_all = !state_each_of_some(list->state, STATE_CLIENTS,
		    &list->place, on_listed, list);
		return true;
	}
	list->json.out = out;
	if (list->wants_json && !list->has_begun)
		json_array(&list->json, NULL);
	list->has_begun = true;
	has_more = add_lines(list, out);
	if (list->wants_json && !has_more) {
		json_end(&list->json);
		strbuf_addc(out, '\n');
	}
	return has_more;
}
