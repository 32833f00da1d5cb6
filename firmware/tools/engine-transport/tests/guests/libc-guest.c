/* A guest that uses a C library for what one is used for, and checks what it gets. Its world is in ../libc.rs. */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static int checks;

static void check(int holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "libc: %s does not hold\n", what);
        abort();
    }
    checks++;
}

static int ascending(const void *a, const void *b) {
    return (*(const int *)a > *(const int *)b) - (*(const int *)a < *(const int *)b);
}

static void memory(void) {
    char *text = malloc(1 << 20);
    check(text != NULL, "malloc of a megabyte");
    memset(text, 'x', (1 << 20) - 1);
    text[(1 << 20) - 1] = 0;
    check(strlen(text) == (1 << 20) - 1, "strlen of a megabyte");
    free(text);
    int numbers[] = {3, -1, 2};
    qsort(numbers, 3, sizeof *numbers, ascending);
    check(numbers[0] == -1 && numbers[2] == 3, "qsort");
}

static void surroundings(void) {
    check(getenv("PATH") == NULL, "an empty environment");
    check(fopen("/etc/passwd", "r") == NULL && errno != 0, "no file to open");
    check(!isatty(STDOUT_FILENO), "no terminal");
    check(getchar() == EOF, "standard input at its end");
}

static void randomness(void) {
    unsigned char a[32], b[32];
    check(getentropy(a, sizeof a) == 0 && getentropy(b, sizeof b) == 0, "getentropy");
    check(memcmp(a, b, sizeof a) != 0, "randomness that differs");
}

static void clocks(void) {
    struct timespec before, after, wait = {0, 2000000};
    check(time(NULL) > 1577836800, "a year from 2020 on");
    check(clock_gettime(CLOCK_MONOTONIC, &before) == 0, "a monotonic clock");
    check(nanosleep(&wait, NULL) == 0, "nanosleep");
    clock_gettime(CLOCK_MONOTONIC, &after);
    int64_t passed = (after.tv_sec - before.tv_sec) * 1000000000LL + after.tv_nsec - before.tv_nsec;
    check(passed >= 2000000, "a nap as long as was asked for");
}

__attribute__((export_name("run"))) uint32_t run(void) {
    memory();
    surroundings();
    randomness();
    clocks();
    printf("libc: hello, pi is %.6f and so is %.6f\n", acos(-1.0), atan2(0.0, -1.0));
    fflush(stdout);
    return checks;
}
