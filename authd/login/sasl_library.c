/*
 * libsasl2, once per process.  Its plugins find our database through an
 * auxprop plugin that lives in this process.
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sasl/saslutil.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "mem.h"
#include "random_bytes.h"
#include "sasl_library.h"
#include "wipe.h"

#define PLUGIN_NAME "sekisho"
#define PACKAGE     "libsasl2-modules"

/* What carries out the mechanisms; loaded by sasl_library_init only. */
static struct plugin {
	const char *file;       /* its name, up to the suffix */
	const char *mechanisms; /* how the names of its mechanisms begin */
	char *path;             /* where it was found; NULL: nowhere */
} plugins[] = {
	{ "libplain.", "PLAIN", NULL },
	{ "liblogin.", "LOGIN", NULL },
	{ "libcrammd5.", "CRAM-MD5", NULL },
	{ "libscram.", "SCRAM-", NULL },
};
#define NPLUGINS (sizeof plugins / sizeof plugins[0])

static char *plugin_directory; /* of libsasl2; several: with colons */
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

/* Only the library itself knows where it looked for plugins. */
static void
find_directory(const sasl_utils_t *utils)
{
	sasl_callback_ft proc = NULL;
	void *ctx = NULL;
	const char *path = NULL;

	if (utils->getcallback(utils->conn, SASL_CB_GETPATH, &proc, &ctx) ==
	    SASL_OK)
		((sasl_getpath_t *)(void (*)(void))proc)(ctx, &path);
	free(plugin_directory);
	plugin_directory = xstrdup(path != NULL ? path : "sasl2");
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

	(void)name;
	if (max_version < SASL_AUXPROP_PLUG_VERSION)
		return SASL_BADVERS;
	find_directory(utils);
	*out_version = SASL_AUXPROP_PLUG_VERSION;
	*plug = &plugin;
	return SASL_OK;
}

static void
make_random(sasl_rand_t *pool, char *out, unsigned len)
{
	(void)pool;
	random_bytes(out, len);
}

static int
on_idle(void *glob, void *context, sasl_server_params_t *sparams)
{
	sasl_utils_t *utils = (sasl_utils_t *)sparams->utils; /* of this conn */

	(void)glob;
	(void)context;
	utils->rand = make_random;
	return 1;
}

/* A mechanism that nobody gets: only those, when sasl_idle calls them, see
 * where an exchange has its random bytes from. */
static int
random_init(const sasl_utils_t *utils, int max_version, int *out_version,
    sasl_server_plug_t **plugs, int *count)
{
	static sasl_server_plug_t plug = {
		.mech_name = "X-RANDOM",
		.idle = on_idle,
	};

	(void)utils;
	if (max_version < SASL_SERVER_PLUG_VERSION)
		return SASL_BADVERS;
	*out_version = SASL_SERVER_PLUG_VERSION;
	*plugs = &plug;
	*count = 1;
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

/* Called with each file of the directory: whether to load it. */
static int
on_verify_file(void *ctx, const char *file, sasl_verify_type_t type)
{
	const char *base = strrchr(file, '/');

	(void)ctx;
	if (type != SASL_VRFY_PLUGIN)
		return SASL_CONTINUE;
	base = base == NULL ? file : base + 1;
	for (struct plugin *p = plugins; p < plugins + NPLUGINS; p++) {
		if (strncmp(base, p->file, strlen(p->file)) != 0)
			continue;
		free(p->path);
		p->path = xstrdup(file);
		return SASL_OK;
	}
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

	lookup_secrets = lookup;
	sasl_set_alloc(malloc, calloc, wipe_realloc, wipe_free);
	sasl_set_mutex(mutex_new, mutex_lock, mutex_unlock, mutex_free);
	rc = sasl_server_init(callbacks, PLUGIN_NAME);
	if (rc == SASL_OK)
		rc = sasl_auxprop_add_plugin(PLUGIN_NAME, auxprop_init);
	if (rc == SASL_OK)
		rc = sasl_server_add_plugin(PLUGIN_NAME, random_init);
	if (rc == SASL_OK)
		return 0;
	strbuf_addf(err, "libsasl2: %s", sasl_errstring(rc, NULL, NULL));
	return -1;
}

void
sasl_library_done(void)
{
	sasl_server_done();
	for (struct plugin *p = plugins; p < plugins + NPLUGINS; p++) {
		free(p->path);
		p->path = NULL;
	}
	free(plugin_directory);
	plugin_directory = NULL;
}

int
sasl_library_use_random(sasl_conn_t *conn)
{
	return sasl_idle(conn) == 1 ? SASL_OK : SASL_NOTINIT;
}

static const struct plugin *
plugin_of(const char *mechanism)
{
	for (const struct plugin *p = plugins; p < plugins + NPLUGINS; p++)
		if (strncmp(mechanism, p->mechanisms, strlen(p->mechanisms)) ==
		    0)
			return p;
	abort();
}

/* Whether an exchange can begin. */
static bool
can_start(const char *mechanism)
{
	sasl_conn_t *conn = NULL;
	const char *challenge;
	unsigned len;
	int rc = sasl_server_new("smtp", "localhost", NULL, NULL, NULL, NULL, 0,
	    &conn);

	if (rc == SASL_OK)
		rc = sasl_server_start(conn, mechanism, NULL, 0, &challenge,
		    &len);
	sasl_dispose(&conn);
	return rc == SASL_OK || rc == SASL_CONTINUE;
}

/* What the library keeps to itself: why it could not load a file. */
static void
add_load_error(const char *path, struct strbuf *err)
{
	void *library = dlopen(path, RTLD_NOW);

	if (library == NULL) {
		strbuf_adds(err, dlerror()); /* begins with the path */
		return;
	}
	dlclose(library);
	strbuf_addf(err, "%s: libsasl2 cannot use it", path);
}

int
sasl_library_check(const char *mechanism, struct strbuf *err)
{
	const struct plugin *p = plugin_of(mechanism);
	char *path = p->path != NULL
	    ? xstrdup(p->path)
	    : xasprintf("%s/%sso", plugin_directory, p->file);
	size_t before = err->len;

	if (access(path, R_OK) == -1) {
		strbuf_addf(err, "%s: %s: install the package " PACKAGE, path,
		    strerror(errno));
	} else if (p->path == NULL) {
		strbuf_addf(err,
		    "%s (package " PACKAGE
		    ") was not there when authd started: restart authd",
		    path);
	} else if (!can_start(mechanism)) {
		add_load_error(path, err);
		strbuf_adds(err, ": install the package " PACKAGE " anew");
	}
	free(path);
	return err->len == before ? 0 : -1;
}
