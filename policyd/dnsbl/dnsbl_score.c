/*
 * A client's score: several lists together say what none may say alone.
 */
#include <stdlib.h>
#include <string.h>

#include "dnsbl_score.h"
#include "dnsbl_key.h"
#include "mem.h"

#define WEIGHT_MAX 1000000

static int
parse_weight(const char *text, int *weight)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (end == text || *end != '\0' || value < -WEIGHT_MAX ||
	    value > WEIGHT_MAX)
		return -1;
	*weight = (int)value;
	return 0;
}

static int
add_site(struct dnsbl_score *score, struct dnsbls *dnsbls,
    const struct conf_text *text, const struct conf_word *conf_word,
    struct strbuf *err)
{
	char *word = conf_word_dup(conf_word);
	char *star = strrchr(word, '*');
	struct dnsbl_score_site added = { .weight = 1 };
	int result = -1;

	if (dnsbl_key_is_taken_in(text, conf_word))
		dnsbls_add_key(dnsbls, word);
	if (star != NULL) {
		*star = '\0';
		if (parse_weight(star + 1, &added.weight) == -1) {
			conf_error(err, conf_word->origin,
			    "%s*%s: the weight is no number",
			    dnsbls_shown(dnsbls, word), star + 1);
			goto done;
		}
	}
	added.site = dnsbl_site_parse(dnsbls, word, DNSBL_BLOCKS,
	    conf_word->origin, err);
	if (added.site == NULL)
		goto done;
	score->sites = xreallocarray(score->sites, score->nsites + 1,
	    sizeof score->sites[0]);
	score->sites[score->nsites++] = added;
	result = 0;
done:
	free(word);
	return result;
}

int
dnsbl_score_parse(struct dnsbl_score *score, struct dnsbls *dnsbls,
    const struct conf_text *text, struct strbuf *err)
{
	struct conf_word word;
	size_t pos = 0;
	int result = 0, more;

	*score = (struct dnsbl_score){ 0 };
	while ((more = conf_next_word(text, &pos, &word, err)) == 1) {
		if (add_site(score, dnsbls, text, &word, err) == -1)
			result = -1;
	}
	return more == -1 ? -1 : result;
}

void
dnsbl_score_free(struct dnsbl_score *score)
{
	for (size_t i = 0; i < score->nsites; i++)
		dnsbl_site_release(score->sites[i].site);
	free(score->sites);
	*score = (struct dnsbl_score){ 0 };
}

static bool
is_named(const char *zones, const char *zone)
{
	size_t len = strlen(zone);

	for (const char *at = zones; (at = strstr(at, zone)) != NULL; at++) {
		if ((at == zones || at[-1] == ' ') &&
		    (at[len] == ',' || at[len] == '\0'))
			return true;
	}
	return false;
}

bool
dnsbl_score_sum(const struct dnsbl_score *score,
    const struct dnsbl_answer *(*ask)(void *arg, struct dnsbl_site *),
    void *arg, long *sum, struct strbuf *zones)
{
	bool is_complete = true;

	*sum = 0;
	for (size_t i = 0; i < score->nsites; i++) {
		const struct dnsbl_score_site *site = &score->sites[i];
		const struct dnsbl_answer *answer = ask(arg, site->site);
		const char *zone = dnsbl_site_shown_zone(site->site);

		if (answer == NULL) {
			is_complete = false;
			continue;
		}
		if (answer->result != DNSBL_LISTED)
			continue;
		*sum += site->weight;
		if (site->weight <= 0 || is_named(strbuf_str(zones), zone))
			continue;
		strbuf_addf(zones, "%s%s", zones->len > 0 ? ", " : "", zone);
	}
	return is_complete;
}
