/* A TCP echo on one level-triggered epoll set: what the kernel charges for it, and
 * as little as possible besides. argv[1] is the descriptor of a non-blocking
 * listening socket. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SCRATCH = 64 << 10, EVENTS = 512 };

struct conn {
	int fd;
	char *rest; /* unsent bytes; nothing is read while there are any */
	size_t offset, length;
};

static int epfd;
static char scratch[SCRATCH];

static void watch(struct conn *c, int op, unsigned events)
{
	struct epoll_event event = {.events = events, .data.ptr = c};
	if (epoll_ctl(epfd, op, c->fd, &event) < 0)
		exit(3);
}

static void drop(struct conn *c)
{
	close(c->fd);
	free(c->rest);
	free(c);
}

static void accept_all(int listener)
{
	for (;;) {
		int one = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			return;
		struct conn *c = calloc(1, sizeof *c);
		if (!c)
			exit(4);
		c->fd = fd;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		watch(c, EPOLL_CTL_ADD, EPOLLIN);
	}
}

static void echo(struct conn *c)
{
	ssize_t n = read(c->fd, scratch, SCRATCH);
	if (n <= 0) {
		if (n == 0 || errno != EAGAIN)
			drop(c);
		return;
	}
	ssize_t sent = write(c->fd, scratch, n);
	if (sent == n)
		return;
	if (sent < 0 && errno != EAGAIN) {
		drop(c);
		return;
	}
	if (sent < 0)
		sent = 0;
	c->offset = 0;
	c->length = n - sent;
	c->rest = malloc(c->length);
	if (!c->rest)
		exit(4);
	memcpy(c->rest, scratch + sent, c->length);
	watch(c, EPOLL_CTL_MOD, EPOLLOUT);
}

static void send_rest(struct conn *c)
{
	ssize_t sent = write(c->fd, c->rest + c->offset, c->length - c->offset);
	if (sent < 0) {
		if (errno != EAGAIN)
			drop(c);
		return;
	}
	c->offset += sent;
	if (c->offset < c->length)
		return;
	free(c->rest);
	c->rest = NULL;
	watch(c, EPOLL_CTL_MOD, EPOLLIN);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	int listener = atoi(argv[1]);
	struct epoll_event events[EVENTS], event = {.events = EPOLLIN, .data.ptr = NULL};
	epfd = epoll_create1(EPOLL_CLOEXEC);
	if (epfd < 0 || epoll_ctl(epfd, EPOLL_CTL_ADD, listener, &event) < 0)
		return 3;
	for (;;) {
		int n = epoll_wait(epfd, events, EVENTS, -1);
		for (int i = 0; i < n; i++) {
			struct conn *c = events[i].data.ptr;
			if (!c)
				accept_all(listener);
			else if (c->rest)
				send_rest(c);
			else
				echo(c);
		}
	}
}
