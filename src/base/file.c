// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum err file_name_sync(const char *path) {
  AUTO(buf_release) struct buf folder = BUF(8192);
  const char *slash = strrchr(path, '/');
  if (slash)
    buf_put(&folder, (str){path, slash == path ? 1 : (size_t)(slash - path)});
  else
    buf_putz(&folder, ".");
  int fd = open(buf_z(&folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return ERR_OK;
  bool failed = fsync(fd) != 0 && errno == EIO;
  close(fd);
  return failed ? ERR_IO : ERR_OK;
}
