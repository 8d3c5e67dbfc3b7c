#ifndef FILE_CHECK_H
#define FILE_CHECK_H

struct doctor;

/*
 * A file that only root and a user may read: a finding where others can, or he
 * cannot.  user: "" for root alone.  what: the file in words.  One that is not
 * there is none.
 */
void file_check_secret(struct doctor *, const char *path, const char *user,
    const char *what);

#endif
