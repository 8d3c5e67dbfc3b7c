/*
 * Requests of strangers, for relay-test --static.
 */
#include <string.h>

#include "relay_request.h"
#include "cidr.h"
#include "smtp_probe.h"

/*
 * An address as smtpd hands it on: without route, quotes and backslashes.
 */
static void
add_internal(struct strbuf *out, const char *address)
{
	if (address[0] == '@' && strchr(address, ':') != NULL)
		address = strchr(address, ':') + 1;
	for (; *address != '\0'; address++) {
		if (*address == '"')
			continue;
		if (*address == '\\' && address[1] != '\0')
			address++;
		strbuf_addc(out, *address);
	}
}

/* All that the request says, but the form's pretence. */
static void
fill_in(struct relay_request *made, const struct relay_stranger *stranger,
    const struct relay_form *form, const struct relay_host *host)
{
	struct strbuf address = { 0 };

	relay_form_add(&made->name, stranger->name, host);
	relay_form_add(&made->reverse_name, stranger->reverse_name, host);
	relay_form_add(&made->helo, form->helo, host);
	if (form->helo[0] == '\0') {
		struct ip ip = { 0 };

		ip_parse(&ip, stranger->address);
		smtp_literal_add(&made->helo, &ip);
	}
	relay_form_add(&address, form->sender, host);
	add_internal(&made->sender, strbuf_str(&address));
	strbuf_truncate(&address, 0);
	relay_form_add(&address, form->recipient, host);
	add_internal(&made->recipient, strbuf_str(&address));
	strbuf_free(&address);
}

static void
pretend(struct request *request, const struct relay_pretence *xclient)
{
	if (xclient->name != NULL)
		request->client_name = request->reverse_client_name =
		    xclient->name;
	if (xclient->address != NULL)
		request->client_address = xclient->address;
	if (xclient->login != NULL)
		request->sasl_username = xclient->login;
}

void
relay_request_make(struct relay_request *made,
    const struct relay_stranger *stranger, const struct relay_form *form,
    const struct relay_host *host)
{
	struct request *request = &made->request;

	*made = (struct relay_request){ 0 };
	fill_in(made, stranger, form, host);
	request_init(request);
	request->request = "smtpd_access_policy";
	request->protocol_state = "RCPT";
	request->protocol_name = "ESMTP";
	request->client_address = stranger->address;
	request->client_name = strbuf_str(&made->name);
	request->reverse_client_name = strbuf_str(&made->reverse_name);
	request->helo_name = strbuf_str(&made->helo);
	request->sender = strbuf_str(&made->sender);
	request->recipient = strbuf_str(&made->recipient);
	if (form->xclient != NULL)
		pretend(request, form->xclient);
	request_complete(request);
}

void
relay_request_free(struct relay_request *made)
{
	strbuf_free(&made->name);
	strbuf_free(&made->reverse_name);
	strbuf_free(&made->helo);
	strbuf_free(&made->sender);
	strbuf_free(&made->recipient);
}

void
relay_request_print(const struct request *request, struct strbuf *out)
{
	strbuf_addf(out,
	    "client_address=%s client_name=%s reverse_client_name=%s "
	    "helo_name=%s sender='%s' recipient='%s'",
	    request->client_address, request->client_name,
	    request->reverse_client_name, request->helo_name, request->sender,
	    request->recipient);
	if (request->sasl_username[0] != '\0')
		strbuf_addf(out, " sasl_username=%s", request->sasl_username);
}
