/*
 * Answers of DNS.
 */
#include <stdlib.h>
#include <string.h>

#include "dns_answer.h"
#include "mem.h"

struct dns_answer *
dns_answer_new(enum dns_status status, const char *reason)
{
	struct dns_answer *answer = xcalloc(1, sizeof *answer);

	answer->refs = 1;
	answer->status = status;
	answer->reason = reason;
	return answer;
}

/* Where a text of one answer lies in its copy. */
static const char *
text_of_copy(const struct dns_answer *copy, const struct dns_answer *answer,
    const char *text)
{
	if (text == NULL)
		return NULL;
	return (const char *)copy + (text - (const char *)answer);
}

struct dns_answer *
dns_answer_copy(const struct dns_answer *answer)
{
	size_t size = dns_answer_size(answer);
	struct dns_answer *copy = xmalloc(size);

	memcpy(copy, answer, size);
	copy->refs = 1;
	for (size_t i = 0; i < copy->nrecords; i++) {
		struct dns_record *record = &copy->records[i];

		record->name = text_of_copy(copy, answer, record->name);
		record->text = text_of_copy(copy, answer, record->text);
	}
	return copy;
}

struct dns_answer *
dns_answer_hold(const struct dns_answer *answer)
{
	struct dns_answer *held = (struct dns_answer *)answer;

	held->refs++;
	return held;
}

void
dns_answer_release(struct dns_answer *answer)
{
	if (answer != NULL && --answer->refs == 0)
		free(answer);
}

size_t
dns_answer_size(const struct dns_answer *answer)
{
	size_t size =
	    sizeof *answer + answer->nrecords * sizeof answer->records[0];

	for (size_t i = 0; i < answer->nrecords; i++) {
		const struct dns_record *record = &answer->records[i];

		if (record->name != NULL)
			size += strlen(record->name) + 1;
		if (record->text != NULL)
			size += record->textlen + 1;
	}
	return size;
}

const char *
dns_type_name(enum dns_type type)
{
	switch (type) {
	case DNS_A:
		return "A";
	case DNS_NS:
		return "NS";
	case DNS_PTR:
		return "PTR";
	case DNS_MX:
		return "MX";
	case DNS_TXT:
		return "TXT";
	case DNS_AAAA:
		return "AAAA";
	}
	abort();
}
