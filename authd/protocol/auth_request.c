/*
 * The requests of one connection.
 */
#include <stdlib.h>

#include "auth_request.h"
#include "mem.h"

void
auth_requests_init(struct auth_requests *all, size_t *total, void *owner)
{
	*all = (struct auth_requests){ .total = total, .owner = owner };
	TAILQ_INIT(&all->list);
}

struct auth_request *
auth_requests_add(struct auth_requests *all, uint32_t id)
{
	struct auth_request *request = xcalloc(1, sizeof *request);

	request->all = all;
	request->id = id;
	TAILQ_INSERT_TAIL(&all->list, request, link);
	all->count++;
	++*all->total;
	return request;
}

void
auth_request_free(struct auth_request *request)
{
	struct auth_requests *all = request->all;

	TAILQ_REMOVE(&all->list, request, link);
	all->count--;
	--*all->total;
	conversation_free(request->conv);
	free(request);
}

void
auth_request_give_up(struct auth_request *request, enum conversation_end end)
{
	conversation_give_up(request->conv, end);
	auth_request_free(request);
}

void
auth_requests_lose(struct auth_requests *all)
{
	bool is_shared = all->count > 1;

	while (all->count > 1)
		auth_request_give_up(TAILQ_FIRST(&all->list),
		    CONVERSATION_CLOSED);
	if (all->count == 1)
		auth_request_give_up(TAILQ_FIRST(&all->list),
		    is_shared ? CONVERSATION_LOST : CONVERSATION_CLOSED);
}

void
auth_requests_clear(struct auth_requests *all)
{
	struct auth_request *request;

	while ((request = TAILQ_FIRST(&all->list)) != NULL)
		auth_request_free(request);
}

struct auth_request *
auth_requests_find(const struct auth_requests *all, uint32_t id)
{
	struct auth_request *request;

	TAILQ_FOREACH(request, &all->list, link)
	if (request->id == id)
		return request;
	return NULL;
}

static bool
waits_for_client(const struct auth_request *request)
{
	enum conversation_state state = conversation_state(request->conv);

	return state == CONVERSATION_CLIENT || state == CONVERSATION_FINAL;
}

struct auth_request *
auth_requests_find_idle(const struct auth_requests *all)
{
	struct auth_request *request;

	TAILQ_FOREACH(request, &all->list, link)
	if (waits_for_client(request))
		return request;
	return NULL;
}

void
auth_requests_print(const struct auth_requests *all, struct strbuf *out)
{
	const struct auth_request *request;

	TAILQ_FOREACH(request, &all->list, link)
	{
		strbuf_addf(out, "  %u: ", request->id);
		conversation_print(request->conv, out);
	}
}
