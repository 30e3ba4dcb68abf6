#ifndef MOTP_DESCRIPTOR_H
#define MOTP_DESCRIPTOR_H

/* Moves a descriptor out of the way of a host that has closed its standard ones and will take what
 * it opens next for its terminal. Returns the new one, or -1 with errno; the old one is closed. */
int motp_above_standard(int fd);

#endif
