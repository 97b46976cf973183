/*
 * Runs a command for which some system calls fail, with EPERM as in a container whose seccomp profile
 * does not have them, or with another error: refuse NUMBER[:ERRNO]... -- COMMAND [ARGUMENT...]
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define MAXIMUM 32

int main(int argc, char **argv)
{
	struct sock_filter code[2 * MAXIMUM + 2] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};
	unsigned short length = 1;
	int at = 1;
	for (; at < argc && at <= MAXIMUM && strcmp(argv[at], "--") != 0; at++) {
		const char *colon = strchr(argv[at], ':');
		unsigned error = colon ? (unsigned)atoi(colon + 1) : EPERM;
		code[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)atoi(argv[at]), 0, 1);
		code[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error);
	}
	code[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { .len = length, .filter = code };
	if (at + 1 >= argc) {
		fprintf(stderr, "usage: refuse NUMBER[:ERRNO]... -- COMMAND [ARGUMENT...]\n");
		return 125;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		perror("refuse");
		return 125;
	}
	execvp(argv[at + 1], argv + at + 1);
	perror(argv[at + 1]);
	return 127;
}
