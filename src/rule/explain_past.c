/*
 * explain_past.c
 *	  explain_rule(), of what was due before a rule became active.
 *
 * An event that the rule hears can be due in the past only by its date, so of
 * other events nothing is said.
 */
#include "rule/explain.h"

#include "rule/lang_internal.h"

const char *
sp_explain_past(const Rule *rule, Tongue tongue)
{
	bool		known = rule->form == FORM_MEMBER || rule->streak.count != 0 || rule->date_column != NULL;

	if (rule->form == FORM_STATE && !known)
		return rule->window.count != 0 ?
			in_tongue(tongue, "\nOf what holds when the rule becomes active the time counts from its first look.",
					  "\n规则启动时已成立的，从首次查看时起算。") :
			in_tongue(tongue, "\nWhat holds when the rule becomes active fires at its first look.",
					  "\n规则启动时已成立的，首次查看时触发。");
	if (rule->fire_past)
		return in_tongue(tongue, "\nWhat was due before the rule became active fires, too, with its true due time.",
						 "\n规则启动前已到期的也触发，按其真实的到期时刻。");
	return !known ? "" :
		in_tongue(tongue, "\nWhat was due before the rule became active passes in silence; its later steps keep their times.",
				  "\n规则启动前已到期的不触发；其后续步骤按原定时刻。");
}
