/* A program with a main, as people have them. */
#include <stdio.h>
#include <string.h>

int main(int count, char **arguments) {
    printf("main: %d arguments\n", count);
    return count > 0 && strlen(arguments[0]) > 0;
}
