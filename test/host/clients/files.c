/*
 * Says what it sees of the machine's files through calls whose arguments or results have another shape
 * in 32-bit programs. Built for either size of word, it has to say the same.
 *
 *   files PATH...    for each path: stat, lstat, readlink, statfs, chown to itself, contents of a directory;
 *                    of regular files and devices also what an open descriptor says
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

static void show(const char *call, int result, const struct stat *st)
{
	if (result < 0) {
		printf("  %s: %s\n", call, strerrorname_np(errno));
		return;
	}
	printf("  %s: mode %o, inode %llu, links %u, owner %u:%u, device %u:%u of %u:%u, %lld bytes, blocks of %d, time %d\n",
		call, st->st_mode, (unsigned long long)st->st_ino, (unsigned)st->st_nlink, st->st_uid, st->st_gid,
		major(st->st_rdev), minor(st->st_rdev), major(st->st_dev), minor(st->st_dev),
		(long long)st->st_size, (int)st->st_blksize, st->st_mtime > 1000000000 && st->st_ctime == st->st_mtime);
}

static void answer(const char *call, long long result)
{
	if (result < 0) printf("  %s: %s\n", call, strerrorname_np(errno));
	else printf("  %s: %lld\n", call, result);
}

static void show_data(const char *call, ssize_t result, const unsigned char *bytes)
{
	answer(call, result);
	if (result < 0) return;
	printf("   ");
	for (int i = 0; i < result && i < 16; i++) printf(" %02x", bytes[i]);
	puts("");
}

static void look_in(int fd)
{
	struct stat st;
	unsigned char bytes[64] = { 0 };
	struct iovec parts[2] = { { bytes, 4 }, { bytes + 4, 4 } };
	show("fstat", fstat(fd, &st), &st);
	show("fstat by fstatat", fstatat(fd, "", &st, AT_EMPTY_PATH), &st);
	printf("  flags: %o\n", fcntl(fd, F_GETFL) & ~0100000 /* O_LARGEFILE of 64-bit programs is 0 in C */);
	show_data("read", read(fd, bytes, 8), bytes);
	answer("lseek back", lseek(fd, -2, SEEK_CUR));
	answer("lseek to the end", lseek(fd, -16, SEEK_END));
	answer("lseek far", lseek(fd, 0x700000000ll, SEEK_SET));
	answer("lseek before the beginning", lseek(fd, -1, SEEK_SET));
	show_data("pread", pread(fd, bytes, 4, 2), bytes);
	show_data("pread far", pread(fd, bytes, 4, 0x70000000000ll), bytes);
	show_data("preadv", preadv(fd, parts, 2, 0), bytes);
	show_data("preadv2", preadv2(fd, parts, 2, 4, 0), bytes);
	lseek(fd, 8, SEEK_SET);
	show_data("preadv2 at the position", preadv2(fd, parts, 2, -1, 0), bytes);
	int copy = dup(fd);
	answer("dup", copy > 0);
	answer("fchown", fchown(copy, -1, -1));
	answer("close", close(copy));
}

static void list(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort);
	printf("  %d entries:", count);
	for (int i = 0; i < count; i++) printf(" %s(%d)", entries[i]->d_name, entries[i]->d_type);
	puts("");
}

static void look_at(const char *path)
{
	struct stat st;
	char target[PATH_MAX];
	struct statfs fs;
	printf("%s\n", path);
	show("stat", stat(path, &st), &st);
	int type = st.st_mode & S_IFMT;
	show("lstat", lstat(path, &st), &st);
	int length = readlink(path, target, sizeof target);
	if (length < 0) answer("readlink", length);
	else printf("  readlink: %.*s\n", length, target);
	printf("  realpath: %s\n", realpath(path, target) ? target : strerrorname_np(errno));
	if (statfs(path, &fs) < 0) answer("statfs", -1);
	else printf("  statfs: type %lx, blocks of %ld, names of %ld\n", (long)fs.f_type, (long)fs.f_bsize, (long)fs.f_namelen);
	answer("access", access(path, R_OK));
	answer("chown", chown(path, -1, -1));
	answer("lchown", lchown(path, getuid(), -1));
	if (type == S_IFDIR) list(path);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0) answer("open", fd);
	else look_in(fd);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) look_at(argv[i]);
	return 0;
}
