/*
 * What has happened since the start.
 */
#include <stdlib.h>

#include "stats.h"

const char *
login_result_name(enum login_result result)
{
	switch (result) {
	case LOGIN_OK:
		return "ok";
	case LOGIN_FAIL:
		return "fail";
	case LOGIN_TEMPFAIL:
		return "tempfail";
	case LOGIN_RESULTS:
		break;
	}
	abort();
}
