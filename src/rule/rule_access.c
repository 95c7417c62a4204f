/*
 * rule_access.c
 *	  Who may look at what a rule found.
 *
 * A firing shows rows that the rule's author may read.  So besides the author
 * and the members of his role only pulse_admin and pulse_analyst look at it.
 * The tables themselves say the same by policies (objects_policy.sql).
 */
#include "rule/shell.h"

#include "utils/acl.h"

void
sp_check_may_look(Oid user, Oid author, const char *rule_name)
{
	if ((OidIsValid(author) && has_privs_of_role(user, author)) ||
		has_privs_of_role(user, get_role_oid("pulse_admin", false)) ||
		has_privs_of_role(user, get_role_oid("pulse_analyst", false)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied for rule \"%s\"", rule_name),
			 errdetail("What it found are rows that its author may read."),
			 errhint("Ask its author, or a member of pulse_analyst.")));
}
