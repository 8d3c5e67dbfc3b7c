#include <string.h>

#include "testing.h"
#include "mech_message.h"

#define DIGEST "0123456789abcdef0123456789abcdef"
#define SHORT  "malformed response: not a name, a blank and a digest"
#define C_MIND "c= does not repeat the GS2 header"

/* A message of text, or of so many bytes of it. */
#define MESSAGE(text)                                                          \
	{                                                                      \
		text, sizeof text - 1                                          \
	}

static const struct {
	enum mechanism mechanism;
	struct mech_message message, first; /* first.bytes NULL: none */
	const char *problem;
} cases[] = {
	{ MECHANISM_LOGIN, MESSAGE("fred"), { 0 }, NULL },
	{ MECHANISM_LOGIN, MESSAGE("fred\0x"), { 0 },
	    "malformed response: a NUL byte" },
	{ MECHANISM_PLAIN, MESSAGE("\0fred\0x"), { 0 }, NULL },
	{ MECHANISM_CRAM_MD5, MESSAGE("f " DIGEST), { 0 }, NULL },
	{ MECHANISM_CRAM_MD5, MESSAGE("f g " DIGEST), { 0 }, NULL },
	{ MECHANISM_CRAM_MD5, MESSAGE(" " DIGEST), { 0 }, SHORT },
	{ MECHANISM_CRAM_MD5, MESSAGE("f" DIGEST), { 0 }, SHORT },
	{ MECHANISM_CRAM_MD5, MESSAGE("f " DIGEST " "), { 0 }, SHORT },
	{ MECHANISM_CRAM_MD5, MESSAGE("f"), { 0 }, SHORT },
	{ MECHANISM_CRAM_MD5, MESSAGE("f 0123456789ABCDEF0123456789abcdef"),
	    { 0 }, SHORT },
	{ MECHANISM_CRAM_MD5, MESSAGE("f\0 " DIGEST), { 0 },
	    "malformed response: a NUL byte" },
	{ MECHANISM_SCRAM_SHA_256, MESSAGE("n,,n=fred,r=x"), { 0 }, NULL },
	{ MECHANISM_SCRAM_SHA_256, MESSAGE("p=tls-unique,,n=fred,r=x"), { 0 },
	    "asks for channel binding (p=), which is not offered" },
	{ MECHANISM_SCRAM_SHA_256, MESSAGE("c=biws,r=xy,p=z"),
	    MESSAGE("n,,n=fred,r=x"), NULL },
	{ MECHANISM_SCRAM_SHA_1, MESSAGE("c=eSws,r=xy,p=z"),
	    MESSAGE("y,,n=fred,r=x"), NULL },
	{ MECHANISM_SCRAM_SHA_1, MESSAGE("c=biws,r=xy,p=z"),
	    MESSAGE("y,,n=fred,r=x"), C_MIND },
	{ MECHANISM_SCRAM_SHA_512, MESSAGE("c=bixhPWEs,r=xy,p=z"),
	    MESSAGE("n,a=a,n=fred,r=x"), NULL },
	{ MECHANISM_SCRAM_SHA_512, MESSAGE("c=biws"), MESSAGE("n,,n=fred,r=x"),
	    C_MIND },
	{ MECHANISM_SCRAM_SHA_512, MESSAGE("r=xy,c=biws,p=z"),
	    MESSAGE("n,,n=fred,r=x"), C_MIND },
};

START_TEST(a_message_has_no_problem_or_one_that_is_named)
{
	const struct mech_message *first =
	    cases[_i].first.bytes != NULL ? &cases[_i].first : NULL;
	const char *problem = mech_message_problem(cases[_i].mechanism,
	    &cases[_i].message, first);

	ck_assert_pstr_eq(problem, cases[_i].problem);
}
END_TEST

START_TEST(what_looks_odd_gets_a_hint)
{
	static const struct {
		const char *text, *hint;
	} texts[] = {
		{ "", "" },
		{ "secret", "" },
		{ "secret ", "" },
		{ "secret\n", " (it ends in CR or LF)" },
		{ "secret\r", " (it ends in CR or LF)" },
		{ "p\xc3\xa4ss", "" },
		{ "p\xe4ss", " (it is not UTF-8; Latin-1?)" },
		{ "\xff", " (it is not UTF-8; Latin-1?)" },
	};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		ck_assert_str_eq(
		    mech_message_hint(texts[i].text, strlen(texts[i].text)),
		    texts[i].hint);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("mech_message");
	TCase *tc = tcase_create("mech_message");

	tcase_add_loop_test(tc, a_message_has_no_problem_or_one_that_is_named,
	    0, sizeof cases / sizeof cases[0]);
	tcase_add_test(tc, what_looks_odd_gets_a_hint);
	suite_add_tcase(suite, tc);
	return testing_run(suite);
}
