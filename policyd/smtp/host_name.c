/*
 * The syntax of host names and address literals (RFC 1123, RFC 5321 4.1.3) as
 * Postfix takes it, and international domain names (UTS #46), by ICU as in
 * Postfix.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unicode/uidna.h>

#include "host_name.h"
#include "utf8.h"

#define HOST_NAME_MAX_LEN 255
#define HOST_LABEL_MAX    63

static bool
is_label_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

/* Whether len bytes are a label. */
static bool
label_is_valid(const char *label, size_t len)
{
	if (len == 0 || len > HOST_LABEL_MAX)
		return false;
	if (label[0] == '-' || label[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_label_char(label[i]))
			return false;
	return true;
}

bool
host_name_is_valid(const char *name)
{
	size_t len;

	if (strlen(name) > HOST_NAME_MAX_LEN ||
	    name[strspn(name, "0123456789.")] == '\0')
		return false;
	for (;;) {
		len = strcspn(name, ".");
		if (!label_is_valid(name, len))
			return false;
		if (name[len] == '\0')
			return true;
		name += len + 1;
	}
}

/* Four decimal octets, leading zeros or not. */
static bool
ip4_parse(struct ip *ip, const char *text)
{
	unsigned octet;
	int n = 0;

	*ip = (struct ip){ .family = AF_INET };
	for (;; text++) {
		if (n == 4 || !isdigit((unsigned char)*text))
			return false;
		for (octet = 0; isdigit((unsigned char)*text); text++) {
			octet = octet * 10 + (unsigned)(*text - '0');
			if (octet > 255)
				return false;
		}
		ip->bytes[n++] = (unsigned char)octet;
		if (*text != '.')
			break;
	}
	return n == 4 && *text == '\0';
}

/* 0.0.0.0 is an address, but 0.1.2.3 is none. */
static bool
ip4_is_odd(const struct ip *ip)
{
	return ip->bytes[0] == 0 &&
	    (ip->bytes[1] | ip->bytes[2] | ip->bytes[3]) != 0;
}

/*
 * Fields of hexadecimal digits with colons between: two colons at least, seven
 * at most, one "::", IPv4 as the last field.  As Postfix does, do not count
 * the fields: 1:2:3 is an address by this.
 */
static bool
ip6_is_valid(const char *text)
{
	unsigned colons = 0, gap = 0; /* gap: the second colon of "::" */
	struct ip last;
	size_t len;

	for (;; text += len + 1) {
		len = strspn(text, "0123456789abcdefABCDEF");
		if (len > 4)
			return false;
		if (text[len] == '.')
			return colons >= 2 && colons <= 6 &&
			    ip4_parse(&last, text) && !ip4_is_odd(&last);
		if (text[len] == '\0')
			return colons >= 2 && (len > 0 || gap == colons);
		if (text[len] != ':' || ++colons > 7)
			return false;
		if (len == 0 && gap != colons && (colons > 1 || text[1] != ':'))
			return false;
		if (text[len + 1] == ':') {
			if (gap > 0)
				return false;
			gap = colons + 1;
		}
	}
}

bool
host_address_parse(const char *text, struct ip *ip)
{
	if (strchr(text, ':') != NULL) {
		ip_parse(ip, text);
		return ip6_is_valid(text);
	}
	return ip4_parse(ip, text) && !ip4_is_odd(ip);
}

bool
host_address_is_valid(const char *text)
{
	struct ip ip;

	return host_address_parse(text, &ip);
}

bool
host_number_parse(const char *text, struct ip *ip)
{
	struct in_addr address;

	if (strchr(text, ':') != NULL)
		return ip_parse(ip, text);
	if (text[strcspn(text, " \t\r\n\v\f")] != '\0' ||
	    inet_aton(text, &address) == 0)
		return false;
	*ip = (struct ip){ .family = AF_INET };
	memcpy(ip->bytes, &address, sizeof address);
	return true;
}

bool
host_literal_parse(const char *text, struct ip *ip)
{
	char address[64];
	struct ip parsed;
	size_t len = strlen(text);
	bool is_ip6 = strncasecmp(text, "[IPv6:", 6) == 0;
	size_t tag = is_ip6 ? 6 : 1;

	if (text[0] != '[' || len < tag + 2 || text[len - 1] != ']' ||
	    len - tag > sizeof address)
		return false;
	memcpy(address, text + tag, len - tag - 1);
	address[len - tag - 1] = '\0';
	if ((strchr(address, ':') != NULL) != is_ip6 ||
	    !host_address_parse(address, &parsed))
		return false;
	if (ip != NULL)
		*ip = parsed;
	return true;
}

bool
host_name_ends_numeric(const char *name)
{
	const char *dot = strrchr(name, '.');
	const char *label = dot != NULL ? dot + 1 : name;

	return label[strspn(label, "0123456789")] == '\0';
}

const char *
host_name_without_dot(struct arena *arena, const char *name)
{
	size_t len = strlen(name);

	if (len < 2 || name[len - 1] != '.' || name[len - 2] == '.')
		return name;
	return arena_strndup(arena, name, len - 1);
}

int
host_name_check_data(struct strbuf *err)
{
	UErrorCode error = U_ZERO_ERROR;

	uidna_close(uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII, &error));
	if (!U_FAILURE(error))
		return 0;
	strbuf_addf(err,
	    "ICU has no data for domain names (%s): install its library "
	    "anew, libicudata with it",
	    u_errorName(error));
	return -1;
}

const char *
host_name_to_ascii(struct arena *arena, const char *domain)
{
	UErrorCode error = U_ZERO_ERROR;
	UIDNAInfo info = UIDNA_INFO_INITIALIZER;
	char ascii[HOST_NAME_MAX_LEN + 1];
	size_t len = strlen(domain);
	UIDNA *idna;
	int32_t n;

	if (utf8_is_ascii(domain))
		return domain;
	if (len > HOST_NAME_MAX_LEN || !utf8_is_valid(domain, len))
		return NULL;
	idna = uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII, &error);
	n = uidna_nameToASCII_UTF8(idna, domain, (int32_t)len, ascii,
	    sizeof ascii, &info, &error);
	uidna_close(idna);
	if (U_FAILURE(error) || info.errors != 0)
		return NULL;
	return arena_strndup(arena, ascii, (size_t)n);
}
