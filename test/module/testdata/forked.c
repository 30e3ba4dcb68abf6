/*
 * A host that forked while another of its threads was at SIGCHLD's disposition: the child finds it
 * held by a process that it is not, and must not wait for a thread that it does not have. The
 * module's own worker.c, without Go.
 */
#include "../../../pam/worker.c"

const go_init motp_go_init_start[1] = { NULL }, motp_go_init_end[1] = { NULL };

int motp_late_relocate(void)
{
	return 0;
}

void motp_late_share(void)
{
}

int main(void)
{
	struct sigaction now;

	atomic_store(&sigchld_owner, (int)getppid());
	alarm(5); /* ends a wait that has no end */
	motp_worker_hold();
	motp_worker_release();
	return atomic_load(&sigchld_owner) == 0 && sigaction(SIGCHLD, NULL, &now) == 0 &&
		now.sa_handler == SIG_DFL ? 0 : 1;
}
