// SPDX-License-Identifier: Apache-2.0
// Functions nobody calls here, each group with what to use instead. The build includes this before every file of ours, so that a
// call does not compile: "BANNED_strcpy undeclared". The system headers that declare them come first and are then guarded.
#if !defined(ENTENTE_BANNED_H) && !defined(__ASSEMBLER__)
#define ENTENTE_BANNED_H
#include <alloca.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BANNED(name) BANNED_##name

// No bound on the destination: struct buf.
#undef strcpy
#define strcpy(...) BANNED(strcpy)
#undef strcat
#define strcat(...) BANNED(strcat)
#undef stpcpy
#define stpcpy(...) BANNED(stpcpy)
#undef strncpy
#define strncpy(...) BANNED(strncpy)
#undef strncat
#define strncat(...) BANNED(strncat)
#undef sprintf
#define sprintf(...) BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) BANNED(vsprintf)
#undef gets
#define gets(...) BANNED(gets)

// Failure looks like a value: the checked parsers of base.
#undef atoi
#define atoi(...) BANNED(atoi)
#undef atol
#define atol(...) BANNED(atol)
#undef atoll
#define atoll(...) BANNED(atoll)
#undef atof
#define atof(...) BANNED(atof)

// Hidden state shared by threads: slices of str.h, clock.h, the *_r forms.
#undef strtok
#define strtok(...) BANNED(strtok)
#undef localtime
#define localtime(...) BANNED(localtime)
#undef gmtime
#define gmtime(...) BANNED(gmtime)
#undef ctime
#define ctime(...) BANNED(ctime)
#undef asctime
#define asctime(...) BANNED(asctime)

// A size from outside on the stack, or a shell between us and the program.
#undef alloca
#define alloca(...) BANNED(alloca)
#undef system
#define system(...) BANNED(system)
#undef popen
#define popen(...) BANNED(popen)

// A race, or a guess anybody can repeat: mkstemp and libsodium's randombytes_buf.
#undef tmpnam
#define tmpnam(...) BANNED(tmpnam)
#undef tempnam
#define tempnam(...) BANNED(tempnam)
#undef mktemp
#define mktemp(...) BANNED(mktemp)
#undef rand
#define rand(...) BANNED(rand)
#undef srand
#define srand(...) BANNED(srand)
#undef random
#define random(...) BANNED(random)
#undef srandom
#define srandom(...) BANNED(srandom)
#undef rand_r
#define rand_r(...) BANNED(rand_r)
#undef drand48
#define drand48(...) BANNED(drand48)

// Depends on the locale of the machine: utf8.h.
#undef setlocale
#define setlocale(...) BANNED(setlocale)
#undef strcoll
#define strcoll(...) BANNED(strcoll)

#endif
