#ifndef TESTING_THREAD_H
#define TESTING_THREAD_H

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>

/* Memory is short: so many threads cannot be started, the next ones. */
static unsigned testing_threads_refused;

/* In place of that of libc. */
int
pthread_create(pthread_t *thread, const pthread_attr_t *attr,
    void *(*fn)(void *), void *arg)
{
	int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
	    void *);

	if (testing_threads_refused > 0) {
		testing_threads_refused--;
		return EAGAIN;
	}
	*(void **)&create = dlsym(RTLD_NEXT, "pthread_create");
	return create(thread, attr, fn, arg);
}

#endif
