/*
 * A client without a library: what the gateway and the loopback can do at most.
 *
 * Usage: loadgen PORT. Prints one line of JSON per workload: {"work": ..., "us": ...}, the
 * microseconds of one round trip (the median), of one request, or of one token.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { ROUND_TRIPS = 10000, REQUESTS = 100000, TOKENS = 1000000, WIDEST = 100 };

static char buffer[1 << 18];
static size_t held;                     /* bytes of an incomplete frame at its start */

static double now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static int dial(int port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int s = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    if (connect(s, (void *)&to, sizeof to)) {
        perror("loadgen");
        exit(1);
    }
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return s;
}

static void send_all(int s, const char *data, size_t size) {
    while (size) {
        ssize_t sent = send(s, data, size, 0);
        if (sent <= 0) exit(2);
        data += sent;
        size -= sent;
    }
}

static size_t receive(int s) {
    ssize_t got = recv(s, buffer + held, sizeof buffer - held, 0);
    if (got <= 0) exit(3);
    return held + got;
}

/* Read so many frames; none is longer than 64 KiB. */
static void receive_frames(int s, long count) {
    while (count > 0) {
        size_t size = receive(s), at = 0;
        for (;;) {
            unsigned char *frame = (unsigned char *)buffer + at;
            if (at + 4 > size) break;
            size_t length = frame[1] == 126 ? 4 + (frame[2] << 8 | frame[3]) : 2 + frame[1];
            if (at + length > size) break;
            at += length;
            count--;
        }
        held = size - at;
        memmove(buffer, buffer + at, held);
    }
}

/* Write a masked frame with a key of zeros, so that masking changes nothing. */
static size_t frame(char *out, const char *text, int size) {
    size_t head = size < 126 ? 2 : 4;
    out[0] = (char)0x81;
    out[1] = (char)(0x80 | (size < 126 ? size : 126));
    if (head == 4) out[2] = size >> 8, out[3] = size;
    memset(out + head, 0, 4);
    memcpy(out + head + 4, text, size);
    return head + 4 + size;
}

static size_t request(char *out, const char *prompt, const char *streaming) {
    char text[400];
    int size = snprintf(text, sizeof text,
                        "{\"id\": \"1\", \"service\": \"text-completion\", \"flow\": \"default\", \"request\": "
                        "{\"system\": \"s\", \"prompt\": \"%s\", \"streaming\": %s}}", prompt, streaming);
    return frame(out, text, size);
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void report(const char *work, double us) { printf("{\"work\": \"%s\", \"us\": %.3f}\n", work, us); }

static void round_trips(const char *work, int s, const char *data, size_t size, int framed) {
    static double times[ROUND_TRIPS];
    for (int i = 0; i < ROUND_TRIPS; i++) {
        double start = now_us();
        send_all(s, data, size);
        if (framed) receive_frames(s, 1);
        else receive(s);
        times[i] = now_us() - start;
    }
    qsort(times, ROUND_TRIPS, sizeof *times, compare);
    report(work, times[ROUND_TRIPS / 2]);
}

static void outstanding(const char *work, int s, const char *one, size_t size, int width) {
    static char many[WIDEST * 500];
    for (int i = 0; i < width; i++) memcpy(many + i * size, one, size);
    double start = now_us();
    for (int i = 0; i < REQUESTS / width; i++) {
        send_all(s, many, width * size);
        receive_frames(s, width);
    }
    report(work, (now_us() - start) / (REQUESTS / width * width));
}

int main(int argc, char **argv) {
    int port = argc > 1 ? atoi(argv[1]) : 0, s = dial(port);
    char prompt[101], out[500], body[300], tokens[20];
    memset(prompt, 'x', 100);
    prompt[100] = 0;

    int size = snprintf(out, sizeof out, "GET /api/v1/socket HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    send_all(s, out, size);
    receive(s);

    size = request(out, prompt, "false");
    round_trips("w1_1", s, out, size, 1);
    outstanding("w1_15", s, out, size, 15);
    outstanding("w1_100", s, out, size, WIDEST);

    snprintf(tokens, sizeof tokens, "n=%d", TOKENS);
    double start = now_us();
    send_all(s, out, request(out, tokens, "true"));
    receive_frames(s, TOKENS + 1);
    report("w2", (now_us() - start) / TOKENS);

    int length = snprintf(body, sizeof body, "{\"system\": \"s\", \"prompt\": \"%s\"}", prompt);
    size = snprintf(out, sizeof out, "POST /api/v1/flow/default/service/text-completion HTTP/1.1\r\n"
                    "Host: bench\r\nContent-Length: %d\r\n\r\n%s", length, body);
    round_trips("rest1", dial(port), out, size, 0);
    return 0;
}
