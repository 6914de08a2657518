// filler fork|thread [print]: takes every process that the container may have, says how
// many that were, and stays, silent or printing. filler good: a program that prints, and
// needs nobody.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static int prints;
static int n; // how many there are

// stay prints a hundred lines a second, and less when there are many who do.
static void *stay(void *unused) {
	int pause_us = 10000 * (1 + n / 10);
	for (;;) {
		if (!prints) {
			pause();
			continue;
		}
		if (write(1, "a line of a program\n", 20) < 0) {
			pause();
		}
		usleep(pause_us);
	}
}

// take makes one more process, or thread; 0: there is none to be had.
static int take(int threads) {
	if (threads) {
		pthread_t thread;
		pthread_attr_t small;
		pthread_attr_init(&small);
		pthread_attr_setstacksize(&small, 65536);
		return pthread_create(&thread, &small, stay, NULL) == 0;
	}
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		stay(NULL);
	}
	return pid > 0;
}

int main(int argc, char **argv) {
	int threads = argc > 1 && strcmp(argv[1], "thread") == 0;
	prints = argc > 2;
	if (argc > 1 && strcmp(argv[1], "good") == 0) {
		prints = 1;
		stay(NULL);
	}
	while (n < 5000 && take(threads)) {
		n++;
	}
	dprintf(2, "filled with %d\n", n);
	stay(NULL);
}
