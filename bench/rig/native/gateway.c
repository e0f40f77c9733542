/*
 * A scripted gateway on the loopback, so quick that the client is what is measured.
 *
 * One thread, one epoll set, by default busy polling. It knows as much of HTTP/1.1, of WebSocket
 * (RFC 6455, no extension) and of the gateway's protocol as a client must see to believe in it. It
 * answers every request as a text completion:
 *
 *   not streaming   the prompt is the answer
 *   streaming       a prompt that begins with n=N gets N tokens, then a final frame without text
 *   POST            as not streaming, over HTTP
 *   GET /stats      how many of these there were since the last time, and items that were imported:
 *                   {"requests": N, "items": N}; items only with --count, because that takes time
 *
 * An import is read and dropped; pings are answered in their place. An export from the flow nN sends N
 * triples, each in a frame of its own, and closes.
 *
 * Usage: gateway [--no-spin] [--count]. Prints "PORT <number>" when it listens on 127.0.0.1.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_FD = 4096, MAX_STREAMS = 512, READ_BYTES = 256 * 1024, AHEAD_BYTES = 128 * 1024, EXPORTED = 1000 };

typedef struct { char *data; size_t start, end, room; } Buffer;
typedef struct { const char *text; size_t size; } Slice;

typedef struct {            /* a token stream under way, its frames made beforehand */
    Buffer token, last;
    long left;
} Stream;

typedef struct {
    int fd;
    int upgraded, wants_write, ending;
    enum { REQUESTS, IMPORT, EXPORT } kind;
    long left;              /* frames of an export that are still to be sent */
    Buffer in, out;
    Stream streams[MAX_STREAMS];
    int streaming;          /* how many of them */
} Client;

static Client *clients[MAX_FD];
static int epoll;
static int counting;
static unsigned long requests, items;

/* --- buffers --------------------------------------------------------------------------------- */

static void reserve(Buffer *b, size_t more) {
    if (b->start == b->end) b->start = b->end = 0;
    if (b->end + more <= b->room) return;
    if (b->start) {
        memmove(b->data, b->data + b->start, b->end - b->start);
        b->end -= b->start;
        b->start = 0;
    }
    if (b->end + more <= b->room) return;
    b->room = (b->end + more) * 2;
    b->data = realloc(b->data, b->room);
}

static void put(Buffer *b, const void *data, size_t size) {
    reserve(b, size);
    memcpy(b->data + b->end, data, size);
    b->end += size;
}

static void put_text(Buffer *b, const char *text) { put(b, text, strlen(text)); }
static void put_slice(Buffer *b, Slice s) { put(b, s.text, s.size); }
static size_t held(const Buffer *b) { return b->end - b->start; }

/* --- the handshake: SHA-1 and Base64 ----------------------------------------------------------- */

static uint32_t rotate(uint32_t word, int by) { return word << by | word >> (32 - by); }

static void sha1_block(uint32_t h[5], const unsigned char *block) {
    uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (int i = 0; i < 16; i++) {
        const unsigned char *p = block + 4 * i;
        w[i] = (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
    }
    for (int i = 16; i < 80; i++) w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        uint32_t mixed = i < 20   ? ((b & c) | (~b & d)) + 0x5A827999
                         : i < 40 ? (b ^ c ^ d) + 0x6ED9EBA1
                         : i < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8F1BBCDC
                                  : (b ^ c ^ d) + 0xCA62C1D6;
        uint32_t next = rotate(a, 5) + mixed + e + w[i];
        e = d, d = c, c = rotate(b, 30), b = a, a = next;
    }
    h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
}

/* Hash the 60 bytes of a key and its suffix: always two blocks. */
static void sha1(const char *text, size_t size, unsigned char digest[20]) {
    uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    unsigned char blocks[128] = {0};
    memcpy(blocks, text, size);
    blocks[size] = 0x80;
    blocks[126] = size * 8 >> 8;
    blocks[127] = size * 8;
    sha1_block(h, blocks);
    sha1_block(h, blocks + 64);
    for (int i = 0; i < 20; i++) digest[i] = h[i / 4] >> (24 - 8 * (i % 4));
}

static void base64(const unsigned char digest[20], char out[29]) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int i = 0; i < 7; i++) {
        const unsigned char *p = digest + 3 * i;
        uint32_t three = p[0] << 16 | p[1] << 8 | (i < 6 ? p[2] : 0);
        for (int k = 0; k < 4; k++) out[4 * i + k] = digits[three >> (18 - 6 * k) & 63];
    }
    out[27] = '=';
    out[28] = 0;
}

static void upgrade(Client *c, const char *key) {
    char keyed[61], accept[29], answer[200];
    unsigned char digest[20];
    snprintf(keyed, sizeof keyed, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    sha1(keyed, 60, digest);
    base64(digest, accept);
    int size = snprintf(answer, sizeof answer,
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", accept);
    put(&c->out, answer, size);
    c->upgraded = 1;
}

/* --- requests and answers ---------------------------------------------------------------------- */

/* Find the string member of that name; its text is left escaped. */
static Slice string_member(Slice json, const char *name) {
    Slice none = {"", 0};
    const char *end = json.text + json.size, *at = memmem(json.text, json.size, name, strlen(name));
    if (!at || !(at = memchr(at, ':', end - at)) || !(at = memchr(at, '"', end - at))) return none;
    const char *first = ++at;
    while (at < end && *at != '"') at += *at == '\\' ? 2 : 1;
    return (Slice){first, at - first};
}

static int is_streaming(Slice json) {
    const char *end = json.text + json.size, *at = memmem(json.text, json.size, "\"streaming\"", 11);
    for (at = at ? at + 11 : end; at < end && (*at == ':' || *at == ' '); at++) {}
    return at < end && *at == 't';
}

static void unmask(unsigned char *payload, size_t size, const unsigned char *key) {
    uint64_t wide, eight;
    size_t i = 0;
    memcpy(&wide, key, 4);
    memcpy((char *)&wide + 4, key, 4);
    for (; i + 8 <= size; i += 8) {
        memcpy(&eight, payload + i, 8);
        eight ^= wide;
        memcpy(payload + i, &eight, 8);
    }
    for (; i < size; i++) payload[i] ^= key[i & 3];
}

static void put_frame(Buffer *out, int opcode, const void *payload, size_t size) {
    unsigned char head[4] = {0x80 | opcode, size < 126 ? size : 126, size >> 8, size};
    put(out, head, size < 126 ? 2 : 4);
    put(out, payload, size);
}

/* The body of an answer that is complete with this text. */
static void put_completion(Buffer *b, Slice text) {
    put_text(b, "{\"response\": \"");
    put_slice(b, text);
    put_text(b, "\", \"in_token\": 12, \"out_token\": 34, \"model\": \"bench\", \"end_of_stream\": true}");
}

static void put_answer(Buffer *out, Slice id, Slice text, int final) {
    static Buffer message;
    message.start = message.end = 0;
    put_text(&message, "{\"id\": \"");
    put_slice(&message, id);
    put_text(&message, "\", \"response\": ");
    if (final) {
        put_completion(&message, text);
    } else {
        put_text(&message, "{\"response\": \"");
        put_slice(&message, text);
        put_text(&message, "\", \"end_of_stream\": false}");
    }
    put_text(&message, final ? ", \"complete\": true}" : ", \"complete\": false}");
    put_frame(out, 1, message.data, message.end);
}

static void on_message(Client *c, Slice message) {
    if (!memmem(message.text, message.size, "\"service\"", 9)) {
        static const char ok[] = "{\"type\": \"auth-ok\", \"default_workspace\": \"default\"}";
        put_frame(&c->out, 1, ok, sizeof ok - 1);
        return;
    }
    requests++;
    Slice id = string_member(message, "\"id\""), prompt = string_member(message, "\"prompt\"");
    if (!is_streaming(message)) {
        put_answer(&c->out, id, prompt, 1);
    } else if (c->streaming < MAX_STREAMS) {
        Stream *s = &c->streams[c->streaming++];
        memset(s, 0, sizeof *s);
        s->left = prompt.size > 2 ? atol(prompt.text + 2) : 0;
        put_answer(&s->token, id, (Slice){"tok tok tok tok tokk", 20}, 0);
        put_answer(&s->last, id, (Slice){"", 0}, 1);
    }
}

/* Count the triples of a message, or its vectors. */
static void on_import(Slice message) {
    const char *at = message.text, *end = at + message.size;
    const char *name = memmem(at, message.size, "\"p\":", 4) ? "\"p\":" : "\"vector\":";
    for (size_t size = strlen(name); (at = memmem(at, end - at, name, size)); at += size) items++;
}

/* Frames of an export in the order of a flow's extraction: an entity after the other. */
static Buffer *exported(void) {
    static Buffer frames[EXPORTED];
    for (int i = 0; i < EXPORTED && !frames[i].end; i++) {
        char text[500];
        int size = snprintf(text, sizeof text,
                            "{\"metadata\": {\"id\": \"doc-%d\", \"root\": \"\", \"collection\": \"default\"}, "
                            "\"triples\": [{\"s\": {\"t\": \"i\", \"i\": \"http://example.org/entity/%06d\"}, "
                            "\"p\": {\"t\": \"i\", \"i\": \"http://example.org/predicate/%02d\"}, "
                            "\"o\": {\"t\": \"l\", \"v\": \"the value of statement %06d\"}}]}",
                            i / 100, i / 5, i % 17, i);
        put_frame(&frames[i], 1, text, size);
    }
    return frames;
}

static void produce_export(Client *c) {
    Buffer *frames = exported();
    while (c->left && held(&c->out) < AHEAD_BYTES) {
        Buffer *frame = &frames[c->left-- % EXPORTED];
        put(&c->out, frame->data, frame->end);
        if (!c->left) put_frame(&c->out, 8, "\x03\xe8", 2);
    }
}

static void choose(Client *c, const char *target) {
    const char *flow = strstr(target, "/flow/");
    if (!flow) return;
    if (strstr(target, "/import/")) c->kind = IMPORT;
    if (!strstr(target, "/export/")) return;
    c->kind = EXPORT;
    c->left = flow[6] == 'n' ? atol(flow + 7) : 0;
}

static void on_post(Client *c, Slice body) {
    static Buffer answer;
    char head[200];
    Slice prompt = string_member(body, "\"prompt\"");
    requests += prompt.size > 0;            /* a client may ask who it is, too */
    answer.start = answer.end = 0;
    put_completion(&answer, prompt);
    put(&c->out, head, snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Type: application/json; "
                                "charset=utf-8\r\nContent-Length: %zu\r\n\r\n", answer.end));
    put(&c->out, answer.data, answer.end);
}

static void on_stats(Client *c) {
    char body[100], answer[300];
    int size = snprintf(body, sizeof body, "{\"requests\": %lu, \"items\": %lu}", requests, items);
    put(&c->out, answer, snprintf(answer, sizeof answer,
                                  "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", size, body));
    requests = items = 0;
}

/* --- input: each returns whether the connection goes on ----------------------------------------- */

static int on_frames(Client *c) {
    Buffer *in = &c->in;
    for (;;) {
        size_t have = held(in), head = 2;
        unsigned char *frame = (unsigned char *)in->data + in->start;
        if (have < 6) break;
        uint64_t size = frame[1] & 127;
        if (size == 126) size = frame[2] << 8 | frame[3], head = 4;
        else if (size == 127) {
            if (have < 10) break;
            size = 0, head = 10;
            for (int i = 2; i < 10; i++) size = size << 8 | frame[i];
        }
        unsigned char *key = frame + head, *payload = key + 4;
        if (have < head + 4 + size) break;
        in->start += head + 4 + size;
        int opcode = frame[0] & 15;
        if (opcode == 1 && c->kind == IMPORT && !counting) continue;
        unmask(payload, size, key);
        if (opcode == 1 && c->kind == IMPORT) on_import((Slice){(char *)payload, size});
        else if (opcode == 1) on_message(c, (Slice){(char *)payload, size});
        else if (opcode == 8) {
            if (c->kind != EXPORT || c->left) put_frame(&c->out, 8, "\x03\xe8", 2);
            c->left = 0, c->ending = 1;
            return 1;
        }
        else if (opcode == 9) put_frame(&c->out, 10, payload, size);
    }
    return 1;
}

static int on_http(Client *c) {
    Buffer *in = &c->in;
    while (!c->upgraded && held(in)) {
        char *head = in->data + in->start, *end = memmem(head, held(in), "\r\n\r\n", 4);
        if (!end) break;
        *end = 0;                           /* the head is one string now */
        size_t head_size = end + 4 - head;
        const char *length = strcasestr(head, "\r\ncontent-length:");
        const char *key = strcasestr(head, "\r\nsec-websocket-key:");
        size_t size = length ? strtoul(length + 17, NULL, 10) : 0;
        if (held(in) < head_size + size) {
            *end = '\r';
            break;
        }
        if (key) choose(c, head);
        if (key) upgrade(c, key + 20 + strspn(key + 20, " "));
        else if (!strncmp(head, "GET /stats ", 11)) on_stats(c);
        else on_post(c, (Slice){head + head_size, size});
        in->start += head_size + size;
    }
    return !c->upgraded || on_frames(c);
}

/* --- output -------------------------------------------------------------------------------------- */

static void wait_for_room(Client *c, int wants_write) {
    if (c->wants_write == wants_write) return;
    c->wants_write = wants_write;
    struct epoll_event e = {.events = EPOLLIN | (wants_write ? EPOLLOUT : 0), .data.fd = c->fd};
    epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &e);
}

static void drop(Client *c) {
    close(c->fd);
    clients[c->fd] = NULL;
    for (int i = 0; i < c->streaming; i++) free(c->streams[i].token.data), free(c->streams[i].last.data);
    free(c->in.data);
    free(c->out.data);
    free(c);
}

/* Let the streams take turns, until so much waits to be written. */
static void produce(Client *c) {
    produce_export(c);
    while (c->streaming && held(&c->out) < AHEAD_BYTES) {
        for (int i = 0; i < c->streaming; i++) {
            Stream *s = &c->streams[i];
            if (s->left-- > 0) {
                put(&c->out, s->token.data, s->token.end);
                continue;
            }
            put(&c->out, s->last.data, s->last.end);
            free(s->token.data);
            free(s->last.data);
            *s = c->streams[--c->streaming];
            i--;
        }
    }
}

static void pump(Client *c) {
    for (;;) {
        produce(c);
        if (!held(&c->out)) {
            if (c->ending) drop(c);
            else wait_for_room(c, 0);
            return;
        }
        ssize_t sent = send(c->fd, c->out.data + c->out.start, held(&c->out), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) {
            if (errno == EAGAIN) wait_for_room(c, 1);
            else drop(c);
            return;
        }
        c->out.start += sent;
    }
}

/* --- the loop -------------------------------------------------------------------------------------- */

static void accept_all(int listener) {
    int fd, one = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        if (fd >= MAX_FD) {
            close(fd);
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        clients[fd] = calloc(1, sizeof(Client));
        clients[fd]->fd = fd;
        struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
    }
}

static void serve(Client *c, uint32_t events) {
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
        reserve(&c->in, READ_BYTES);
        ssize_t got = recv(c->fd, c->in.data + c->in.end, READ_BYTES, MSG_DONTWAIT);
        if (got > 0) c->in.end += got;
        if (got == 0 || (got < 0 && errno != EAGAIN) || !(c->upgraded ? on_frames(c) : on_http(c))) {
            drop(c);
            return;
        }
    }
    pump(c);
}

static int listen_on_loopback(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (bind(listener, (void *)&address, size) || listen(listener, 512)) {
        perror("gateway");
        exit(1);
    }
    getsockname(listener, (void *)&address, &size);
    printf("PORT %d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

int main(int argc, char **argv) {
    int patience = 0, listener = listen_on_loopback();
    struct epoll_event first = {.events = EPOLLIN, .data.fd = listener}, ready[256];
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--no-spin")) patience = -1;
        if (!strcmp(argv[i], "--count")) counting = 1;
    }
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL);       /* a killed run leaves nothing behind that spins */
    epoll = epoll_create1(0);
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &first);
    for (;;) {
        int count = epoll_wait(epoll, ready, 256, patience);
        for (int i = 0; i < count; i++) {
            int fd = ready[i].data.fd;
            if (fd == listener) accept_all(listener);
            else if (clients[fd]) serve(clients[fd], ready[i].events);
        }
    }
}
