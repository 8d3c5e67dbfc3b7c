/*
 * The attributes that rates are counted for.
 */
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "rate_key.h"
#include "client_network.h"
#include "client_origin.h"
#include "mail_address.h"
#include "nearest.h"
#include "stage.h"

typedef const char *value_fn(const struct request *, struct arena *);

static const char *
sasl_username(const struct request *request, struct arena *arena)
{
	(void)arena;
	return request->sasl_username;
}

static const char *
sasl_domain(const struct request *request, struct arena *arena)
{
	(void)arena;
	return mail_address_domain(request->sasl_username, NULL);
}

static const char *
address_of_client(const struct request *request, struct arena *arena)
{
	if (request->client.family == AF_INET)
		return request->client_address; /* written in one way only */
	return client_network(request, 32, 128, arena);
}

static const char *
network_of_client(const struct request *request, struct arena *arena)
{
	return client_network(request, 24, 64, arena);
}

static const char *
sender(const struct request *request, struct arena *arena)
{
	(void)arena;
	return request->sender;
}

static const char *
sender_domain(const struct request *request, struct arena *arena)
{
	(void)arena;
	return mail_address_domain(request->sender, NULL);
}

static const char *
recipient(const struct request *request, struct arena *arena)
{
	(void)arena;
	return request->recipient;
}

static const char *
recipient_domain(const struct request *request, struct arena *arena)
{
	(void)arena;
	return mail_address_domain(request->recipient, NULL);
}

static const struct key {
	const char *name;
	value_fn *value;
	enum reply_class blames;
} keys[RATE_KEYS] = {
	[RATE_SASL_USERNAME] = { "sasl_username", sasl_username, REPLY_LOGIN },
	[RATE_SASL_DOMAIN] = { "sasl_domain", sasl_domain, REPLY_LOGIN },
	[RATE_CLIENT_ADDRESS] = { "client_address", address_of_client,
	    REPLY_CLIENT },
	[RATE_CLIENT_NETWORK] = { "client_network", network_of_client,
	    REPLY_CLIENT },
	[RATE_ORIGIN] = { "origin", client_origin, REPLY_CLIENT },
	[RATE_SENDER] = { "sender", sender, REPLY_SENDER },
	[RATE_SENDER_DOMAIN] = { "sender_domain", sender_domain, REPLY_SENDER },
	[RATE_RECIPIENT] = { "recipient", recipient, REPLY_RECIPIENT },
	[RATE_RECIPIENT_DOMAIN] = { "recipient_domain", recipient_domain,
	    REPLY_RECIPIENT },
	[RATE_APP_PASSWORD] = { "app_password", NULL, REPLY_LOGIN },
};

const char *
rate_key_name(enum rate_key key)
{
	return keys[key].name;
}

const char *
rate_key_value(enum rate_key key, const struct request *request,
    struct arena *arena)
{
	const char *value = keys[key].value(request, arena);

	if (value == NULL || value[0] == '\0')
		return NULL;
	return arena_lower(arena, value);
}

struct subject
rate_key_subject(enum rate_key key, const struct request *request,
    struct arena *arena)
{
	enum reply_class class = keys[key].blames;

	if (class == REPLY_CLIENT)
		return stage_subject(STAGE_CLIENT, request, arena);
	if (class == REPLY_SENDER)
		return stage_subject(STAGE_SENDER, request, arena);
	if (class == REPLY_RECIPIENT)
		return stage_subject(STAGE_RECIPIENT, request, arena);
	return (struct subject){ class, request->sasl_username };
}

bool
rate_key_is_of_recipient(enum rate_key key)
{
	return keys[key].blames == REPLY_RECIPIENT;
}

enum rate_key
rate_key_find(const char *name)
{
	size_t key = 0;

	while (key < RATE_KEYS &&
	    (keys[key].value == NULL || strcasecmp(name, keys[key].name) != 0))
		key++;
	return (enum rate_key)key;
}

void
rate_key_blame(const char *word, struct strbuf *err)
{
	struct nearest nearest;

	nearest_init(&nearest, word);
	for (size_t i = 0; i < RATE_APP_PASSWORD; i++)
		nearest_offer(&nearest, keys[i].name);
	strbuf_addf(err, "\"%s\": no key of rate limits%s", word,
	    nearest_hint(&nearest));
}
