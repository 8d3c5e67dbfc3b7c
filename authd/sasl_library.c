/*
 * libsasl2, once per process.  Its plugins find our database through an
 * auxprop plugin that lives in this process.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "mem.h"
#include "sasl_library.h"
#include "wipe.h"

#define PLUGIN_NAME "sekisho"

static sasl_library_lookup *lookup_secrets;

static void *
mutex_new(void)
{
	pthread_mutex_t *mutex = xmalloc(sizeof *mutex);

	pthread_mutex_init(mutex, NULL);
	return mutex;
}

static int
mutex_lock(void *mutex)
{
	return pthread_mutex_lock(mutex) == 0 ? SASL_OK : SASL_FAIL;
}

static int
mutex_unlock(void *mutex)
{
	return pthread_mutex_unlock(mutex) == 0 ? SASL_OK : SASL_FAIL;
}

static void
mutex_free(void *mutex)
{
	pthread_mutex_destroy(mutex);
	free(mutex);
}

/* Called twice in an exchange: for who logs in and for whom he acts. */
static int
auxprop_lookup(void *glob, sasl_server_params_t *sparams, unsigned flags,
    const char *user, unsigned len)
{
	sasl_callback_ft proc;
	void *ctx = NULL;

	(void)glob;
	(void)user;
	(void)len;
	if ((flags & SASL_AUXPROP_AUTHZID) == 0 &&
	    sparams->utils->getcallback(sparams->utils->conn,
		SASL_CB_SERVER_USERDB_CHECKPASS, &proc, &ctx) == SASL_OK &&
	    ctx != NULL)
		lookup_secrets(ctx, sparams);
	/* Never "no such user": that would show. */
	return SASL_OK;
}

static int
auxprop_init(const sasl_utils_t *utils, int max_version, int *out_version,
    sasl_auxprop_plug_t **plug, const char *name)
{
	static char plugin_name[] = PLUGIN_NAME;
	static sasl_auxprop_plug_t plugin = {
		.name = plugin_name,
		.auxprop_lookup = auxprop_lookup,
	};

	(void)utils;
	(void)name;
	if (max_version < SASL_AUXPROP_PLUG_VERSION)
		return SASL_BADVERS;
	*out_version = SASL_AUXPROP_PLUG_VERSION;
	*plug = &plugin;
	return SASL_OK;
}

static int
on_getopt(void *ctx, const char *plugin, const char *option,
    const char **result, unsigned *len)
{
	static const struct {
		const char *option, *value;
	} options[] = {
		{ "auxprop_plugin", PLUGIN_NAME },
		{ "pwcheck_method", "auxprop" },
		{ "canon_user_plugin", "INTERNAL" },
		{ "auto_transition", "no" },
		{ "log_level", "1" },
	};

	(void)ctx;
	(void)plugin;
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
		if (strcmp(option, options[i].option) != 0)
			continue;
		*result = options[i].value;
		if (len != NULL)
			*len = (unsigned)strlen(options[i].value);
		return SASL_OK;
	}
	return SASL_FAIL;
}

static int
on_log(void *ctx, int level, const char *message)
{
	(void)ctx;
	(void)level;
	log_debug("libsasl2: %s", message);
	return SASL_OK;
}

static int
on_verify_file(void *ctx, const char *file, sasl_verify_type_t type)
{
	static const char *const wanted[] = { "libplain.", "liblogin.",
		"libcrammd5.", "libscram." };
	const char *base = strrchr(file, '/');

	(void)ctx;
	if (type != SASL_VRFY_PLUGIN)
		return SASL_CONTINUE;
	base = base == NULL ? file : base + 1;
	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
		if (strncmp(base, wanted[i], strlen(wanted[i])) == 0)
			return SASL_OK;
	return SASL_CONTINUE;
}

int
sasl_library_init(sasl_library_lookup *lookup, struct strbuf *err)
{
	static const sasl_callback_t callbacks[] = {
		{ SASL_CB_GETOPT, SASL_LIBRARY_CALLBACK(on_getopt), NULL },
		{ SASL_CB_LOG, SASL_LIBRARY_CALLBACK(on_log), NULL },
		{ SASL_CB_VERIFYFILE, SASL_LIBRARY_CALLBACK(on_verify_file),
		    NULL },
		{ SASL_CB_LIST_END, NULL, NULL },
	};
	int rc;

	/* Without it the library makes nonces from the time, in silence. */
	if (access("/dev/urandom", R_OK) == -1) {
		strbuf_addf(err, "open /dev/urandom: %s", strerror(errno));
		return -1;
	}
	lookup_secrets = lookup;
	sasl_set_alloc(malloc, calloc, wipe_realloc, wipe_free);
	sasl_set_mutex(mutex_new, mutex_lock, mutex_unlock, mutex_free);
	rc = sasl_auxprop_add_plugin(PLUGIN_NAME, auxprop_init);
	if (rc == SASL_OK)
		rc = sasl_server_init(callbacks, PLUGIN_NAME);
	if (rc == SASL_OK)
		return 0;
	strbuf_addf(err, "libsasl2: %s", sasl_errstring(rc, NULL, NULL));
	return -1;
}

void
sasl_library_done(void)
{
	sasl_server_done();
}
