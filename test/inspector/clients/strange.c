/* Calls with values that few programs have in their registers. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <linux/vfio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static const int64_t VALUES[] = { 0, -1, INT64_MAX - 1023, INT64_MIN, (1LL << 53) + 1, -(1LL << 53) - 1, 1LL << 54, -(1LL << 54), 0x0123456789abcdef };

int main(void)
{
	int fd = open("/dev/vfio/vfio", O_RDWR);
	uint32_t word;

	for (size_t i = 0; i < sizeof VALUES / sizeof VALUES[0]; i++) {
		int64_t value = VALUES[i];

		syscall(SYS_access, "/dev/vfio/vfio", R_OK, value, value, value, value);
		syscall(SYS_ioctl, fd, VFIO_CHECK_EXTENSION, value);
		syscall(SYS_ioctl, fd, VFIO_IOMMU_MAP_DMA, value);
		syscall(SYS_pread64, fd, &word, 4L, value);
		syscall(SYS_pread64, fd, &word, value, 4L);
		syscall(SYS_pread64, fd, value, 4L, 4L);
		syscall(SYS_mmap, 0L, 4096L, (long)PROT_READ, (long)MAP_SHARED, (long)fd, value & ~4095);
		syscall(SYS_lseek, fd, value, SEEK_SET);
		close((int)syscall(SYS_dup, fd, value, value, value, value, value));
	}
	fcntl(fd, F_DUPFD_CLOEXEC, 10);
	fcntl(fd, F_GETFL);
	fcntl(fd, F_GETFD);
	dup2(fd, fd + 1);
	close_range(512, ~0U, 0);
	return 0;
}
