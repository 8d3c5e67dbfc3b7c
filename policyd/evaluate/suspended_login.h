#ifndef SUSPENDED_LOGIN_H
#define SUSPENDED_LOGIN_H

#include "program.h"

/*
 * What no configuration can leave out: before any list is looked at, a login
 * that is suspended is answered 421, so that smtpd hangs up.
 */
extern const struct program suspended_login_program;

#endif
