#ifndef MOTP_TEST_PROCESS_H
#define MOTP_TEST_PROCESS_H

#include <sys/resource.h>
#include <sys/types.h>

// Ends the host: it could not do what it was told.
void die(const char *what);

// Threads that compute and allocate for ever, and one that waits for every child there is.
void be_busy(int threads);
void reap_everything(void);

// SIGCHLD is set to "default", "ignore", "nowait", "count" or "reap"; is it still, and how often
// was its handler called?
void set_sigchld(const char *how);
int sigchld_unchanged(void);
int sigchld_calls(void);

void block_signals(void);
void limit(const char *what, rlim_t n);
void become_setuid(uid_t user);
void become_plain(uid_t user);

void fork_here(void);
int own_child(void);
int wait_for(pid_t child); // the child's status, or an error number below zero

#endif
