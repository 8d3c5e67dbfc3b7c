#include "testing.h"
#include "clock.h"
#include "thread.h"

#define FOR_EVER_MS 3600000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended;
static bool is_there;

static void *
run(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&lock);
	is_there = false;
	pthread_cond_signal(&ended);
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* Locked afterwards. */
static void
start_and_await(void)
{
	pthread_cond_init(&ended, NULL);
	pthread_mutex_lock(&lock);
	is_there = true;
	ck_assert_int_eq(thread_start(run, NULL), 0);
	ck_assert(thread_await_end(&is_there, &ended, &lock,
	    clock_ms() + FOR_EVER_MS));
}

START_TEST(waits_for_a_thread_that_ends)
{
	start_and_await();
	ck_assert(thread_await_end(&is_there, &ended, &lock, clock_ms() - 1));
	pthread_mutex_unlock(&lock);
}
END_TEST

START_TEST(gives_one_up_that_does_not)
{
	pthread_cond_init(&ended, NULL);
	pthread_mutex_lock(&lock);
	is_there = true;
	ck_assert(!thread_await_end(&is_there, &ended, &lock, clock_ms()));
	pthread_mutex_unlock(&lock);
}
END_TEST

START_TEST(spares_its_caller_what_cancelling_costs)
{
	int before = PTHREAD_CANCEL_DEFERRED;

	start_and_await();
	pthread_mutex_unlock(&lock);
	pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &before);
	ck_assert_int_eq(before, PTHREAD_CANCEL_ASYNCHRONOUS);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("thread");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, waits_for_a_thread_that_ends);
	tcase_add_test(tc, gives_one_up_that_does_not);
	tcase_add_test(tc, spares_its_caller_what_cancelling_costs);
	suite_add_tcase(suite, tc);
	return testing_run(suite);
}
