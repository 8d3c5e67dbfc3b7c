/*
 * A record in the files, little-endian:
 *
 *	kind (1)  gone (1)  length of the key (2)  since (8)  expires (8)
 *	key  value
 */
#include <assert.h>
#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "state_record.h"
#include "key_hash.h"

struct head {
	char kind;
	char is_gone;
	uint16_t keylen;
	uint32_t since[2]; /* halves, low one first: nothing is padded */
	uint32_t expires[2];
};
_Static_assert(sizeof(struct head) == 20, "as it stands in the files");

struct state_key
state_key_of(const void *bytes, size_t len)
{
	static struct key_hash hash; /* of all tables of the process */
	static bool is_made;
	uint32_t number;

	if (!is_made)
		key_hash_init(&hash);
	is_made = true;
	number = (uint32_t)key_hash(&hash, bytes, len);
	return (struct state_key){ bytes, len, number != 0 ? number : 1 };
}

static void
split(uint32_t halves[2], time_t time)
{
	halves[0] = htole32((uint32_t)time);
	halves[1] = htole32((uint32_t)((uint64_t)time >> 32));
}

static time_t
join(const uint32_t halves[2])
{
	return (
	    time_t)(le32toh(halves[0]) | (uint64_t)le32toh(halves[1]) << 32);
}

void
state_record_encode(const struct state_record *record, struct strbuf *out)
{
	struct head head = { .kind = record->kind,
		.is_gone = record->is_gone,
		.keylen = htole16((uint16_t)record->keylen) };

	assert(record->keylen <= STATE_KEY_MAX);
	assert(record->len <= STATE_VALUE_MAX);
	split(head.since, record->since);
	split(head.expires, record->expires);
	strbuf_add(out, &head, sizeof head);
	strbuf_add(out, record->key, record->keylen);
	strbuf_add(out, record->value, record->len);
}

bool
state_record_decode(struct state_record *record, const char *bytes, size_t len)
{
	struct head head;

	if (len < sizeof head || len > STATE_RECORD_MAX)
		return false;
	memcpy(&head, bytes, sizeof head);
	*record = (struct state_record){
		.kind = head.kind,
		.is_gone = head.is_gone != 0,
		.since = join(head.since),
		.expires = join(head.expires),
		.key = bytes + sizeof head,
		.keylen = le16toh(head.keylen),
	};
	if (record->keylen > STATE_KEY_MAX ||
	    record->keylen > len - sizeof head)
		return false;
	record->value = record->key + record->keylen;
	record->len = len - sizeof head - record->keylen;
	return record->len <= STATE_VALUE_MAX;
}
