/*
 * act_address.c
 *	  Whom the actions of firings are for: who holds the role and can be
 *	  reached, else who holds the fallback role, else nobody.
 *
 * A firing is about its own key and about the columns of its trigger that roles
 * are found by; the nearest of them that leads to somebody counts.  A copy is a
 * Cc of a mail; an action that sends none writes to its copies themselves.
 */
#include "escalation/act_pair.h"
#include "escalation/phrase.h"

#include "utils/builtins.h"

/* ---- who holds a role ---- */

typedef struct HolderRange
{
	const ActHolder *holders;
	int			count;
} HolderRange;

static int
compare_subject(const ActHolder *holder, const char *role, const char *key_name, const char *key)
{
	int			order = strcmp(holder->role, role);

	if (order == 0)
		order = strcmp(holder->key_name, key_name);
	return order != 0 ? order : strcmp(holder->key, key);
}

static HolderRange
holders_by(const Act *act, const char *role, const char *key_name, const char *key)
{
	HolderRange range = {act->holders, 0};
	int			low = 0;
	int			high = act->holder_count;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (compare_subject(&act->holders[middle], role, key_name, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	range.holders += low;
	while (low + range.count < act->holder_count &&
		   compare_subject(&range.holders[range.count], role, key_name, key) == 0)
		range.count++;
	return range;
}

/* By what a firing is about beside its key: the first name of a key that leads to somebody. */
static HolderRange
holders_around(const Act *act, const ActFiring *firing, const char *role)
{
	HolderRange none = {NULL, 0};

	for (int i = 0; i < act->role_key_count; i++)
	{
		const char *name = act->role_keys[i];
		const char *value = strcmp(name, firing->key_name) == 0 ? NULL : sp_fact(firing->trigger, name);
		HolderRange range = none;

		if (value != NULL)
			range = holders_by(act, role, name, value);
		for (int j = 0; range.count == 0 && j < firing->about_count; j++)
			if (strcmp(firing->about[j].key_name, name) == 0)
				range = holders_by(act, role, name, firing->about[j].key);
		if (range.count > 0)
			return range;
	}
	return none;
}

static HolderRange
holders_of(const Act *act, const ActFiring *firing, const char *role)
{
	HolderRange range = {NULL, 0};

	if (act->role_key_count > 0)
		range = holders_by(act, role, firing->key_name, firing->key);
	if (range.count == 0 && firing->by_clock)	/* about nothing in particular */
		range = holders_by(act, role, WHOLE_ROLE, "");
	if (range.count == 0)
		range = holders_around(act, firing, role);
	if (range.count == 0)
		range = holders_by(act, role, "", "");
	return range;
}

/* ---- messages ---- */

static ActMessage *
add_message(Act *act, ActFiring *firing, ActAction *action, const ActHolder *holder, const char *found_by)
{
	ActMessage *message;
	const char *language = holder != NULL ? holder->language : NULL;

	GROW(act, messages, message_count, message_room);
	message = &act->messages[act->message_count++];
	memset(message, 0, sizeof(ActMessage));
	message->firing = firing;
	message->action = action;
	message->holder = holder;
	message->found_by = found_by;
	if (holder != NULL)
	{
		message->channel = holder->channels[action->way];
		message->recipient = holder->addresses[action->way];
	}
	if (message->channel == NULL)
		message->channel = action->way == WAY_TEXT ? "sms" : "mail";
	message->chinese = language != NULL && strcmp(language, "zh") == 0 ? true :
		language != NULL && strcmp(language, "en") == 0 ? false : act->chinese;
	return message;
}

/* A task may go to somebody without an address: it shows in my_tasks(). */
static int
add_holders(Act *act, ActFiring *firing, ActAction *action, const char *role, const char *found_by)
{
	HolderRange range = holders_of(act, firing, role);
	bool		is_task = strcmp(action->verb, "assign") == 0;
	int			count = 0;

	for (int i = 0; i < range.count; i++)
		if (is_task || range.holders[i].channels[action->way] != NULL)
		{
			(void) add_message(act, firing, action, &range.holders[i], found_by);
			count++;
		}
	return count;
}

static bool
is_told_already(const Act *act, int first, const ActHolder *holder)
{
	for (int i = first; i < act->message_count; i++)
		if (act->messages[i].holder != NULL && sp_act_order(act->messages[i].holder->staff, holder->staff) == 0)
			return true;
	return false;
}

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

static void
carbon_copies(Act *act, int first, int principals, char **emails, int count)
{
	int			kept = 0;

	if (count > 1)
		qsort(emails, count, sizeof(char *), compare_texts);
	for (int i = 0; i < count; i++)
		if (kept == 0 || strcmp(emails[kept - 1], emails[i]) != 0)
			emails[kept++] = emails[i];
	for (int i = first; i < principals; i++)
	{
		const ActHolder *holder = act->messages[i].holder;

		if (holder == NULL || holder->channels[act->messages[i].action->way] == NULL ||
			strcmp(act->messages[i].channel, "mail") != 0)
			continue;
		act->messages[i].copies = emails;
		act->messages[i].copy_count = kept;
	}
}

static void
add_copies(Act *act, ActFiring *firing, ActAction *action, int first)
{
	int			principals = act->message_count;
	bool		by_mail = false;
	char	  **emails = NULL;
	int			email_count = 0;

	for (int i = first; i < principals; i++)
		by_mail |= act->messages[i].holder != NULL && act->messages[i].recipient != NULL &&
			strcmp(act->messages[i].channel, "mail") == 0;
	for (int i = 0; i < action->copy_count; i++)
	{
		HolderRange range = holders_of(act, firing, action->copies[i]);

		emails = emails == NULL ? palloc(sizeof(char *) * Max(range.count, 1)) :
			repalloc(emails, sizeof(char *) * (email_count + range.count + 1));
		for (int j = 0; j < range.count; j++)
		{
			const ActHolder *holder = &range.holders[j];

			if (is_told_already(act, first, holder))
				continue;
			if (by_mail && holder->email != NULL && holder->email[0] != '\0')
				emails[email_count++] = unconstify(char *, holder->email);
			else if (!by_mail && holder->channels[action->way] != NULL)
				(void) add_message(act, firing, action, holder, "copy");
		}
	}
	if (email_count > 0)
		carbon_copies(act, first, principals, emails, email_count);
}

static int
compare_messages(const void *a, const void *b)
{
	const ActHolder *x = ((const ActMessage *) a)->holder;
	const ActHolder *y = ((const ActMessage *) b)->holder;

	if (x == NULL || y == NULL)
		return (x == NULL) - (y == NULL);
	return sp_act_order(x->staff, y->staff);
}

static void
address_action(Act *act, ActFiring *firing, ActAction *action)
{
	int			first = act->message_count;

	if (add_holders(act, firing, action, action->role, "role") == 0 &&
		(strcmp(firing->rule->fallback, action->role) == 0 ||
		 add_holders(act, firing, action, firing->rule->fallback, "fallback") == 0))
		(void) add_message(act, firing, action, NULL, "nobody");
	if (action->copy_count > 0)
		add_copies(act, firing, action, first);
	if (act->message_count - first > 1)
		qsort(act->messages + first, act->message_count - first, sizeof(ActMessage), compare_messages);
}

/* Messages of all firings, in the order of firing, action and staff. */
void
sp_act_address(Act *act, bool reports)
{
	for (int i = 0; i < act->firing_count; i++)
	{
		ActFiring  *firing = &act->firings[i];

		for (int j = 0; j < firing->rule->action_count && !firing->is_held; j++)
		{
			ActAction  *action = &firing->rule->actions[j];

			if (action->step == firing->step && action->role != NULL && (strcmp(action->verb, "send") == 0) == reports)
				address_action(act, firing, action);
		}
	}
}

/* ---- one message for several firings ---- */

static int
compare_parties(const void *a, const void *b)
{
	const ActMessage *x = *(ActMessage *const *) a;
	const ActMessage *y = *(ActMessage *const *) b;
	int			order = (x->firing->rule_id > y->firing->rule_id) - (x->firing->rule_id < y->firing->rule_id);

	if (order == 0)
		order = x->firing->step - y->firing->step;
	if (order == 0)
		order = strcmp(x->firing->together_key, y->firing->together_key);
	if (order == 0)
		order = x->action->action - y->action->action;
	if (order == 0)
		order = strcmp(x->found_by, y->found_by);
	if (order == 0)
		order = compare_messages(x, y);
	return order != 0 ? order : strcmp(x->channel, y->channel);
}

static int
compare_members(const void *a, const void *b)
{
	int			order = compare_parties(a, b);

	if (order != 0)
		return order;
	return (*(ActMessage *const *) a)->firing->firing_id < (*(ActMessage *const *) b)->firing->firing_id ? -1 : 1;
}

/* The first writes, for all of them. */
static void
merge_party(ActMessage **party, int count)
{
	ActMessage *first = party[0];
	StringInfoData list;

	if (count == 1)
		return;
	initStringInfo(&list);
	first->cases = palloc(sizeof(int64) * count);
	first->case_count = count;
	for (int i = 0; i < count; i++)
	{
		const ActFiring *firing = party[i]->firing;
		const char *due = sp_instant_string(firing->due_at);

		first->cases[i] = firing->kase->case_id;
		appendStringInfo(&list, "%s%s%s%s", i > 0 ? "\n" : "", firing->kase->label != NULL ? firing->kase->label : firing->key,
						 due != NULL ? ", " : "", due != NULL ? due : "");
		party[i]->is_merged = i > 0;
	}
	first->list = list.data;
}

void
sp_act_put_together(Act *act)
{
	ActMessage **members = palloc(sizeof(ActMessage *) * (act->message_count + 1));
	int			count = 0;

	for (int i = 0; i < act->message_count; i++)
		if (act->messages[i].firing->together_key != NULL)
			members[count++] = &act->messages[i];
	if (count > 1)
		qsort(members, count, sizeof(ActMessage *), compare_members);
	for (int i = 0, last; i < count; i = last)
	{
		for (last = i + 1; last < count && compare_parties(&members[i], &members[last]) == 0; last++)
			;
		merge_party(members + i, last - i);
	}
}
