// SPDX-License-Identifier: Apache-2.0
// What the C library does not say by itself about files.
#ifndef ENTENTE_BASE_FILE_H
#define ENTENTE_BASE_FILE_H
#include "base/err.h"

// A file made and synced may still be gone after a power cut: its name is an entry of its folder, which is synced here. ERR_IO when
// the folder's disk fails; a folder that cannot be read or synced (some network file systems) is left to the system.
MUST_USE enum err file_name_sync(const char *path);
#endif
