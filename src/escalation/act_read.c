/*
 * act_read.c
 *	  What acting asks SQL for, once for all firings of a slice: actions of rules
 *	  and holders of roles.  (What texts need: see act_phrase.c.)
 *
 * Invariant: what is found is in the order of strcmp, and is searched by it.  All
 * within the scope of SPI that its caller holds, whose memory it is in.
 */
#include "escalation/act_pair.h"
#include "escalation/phrase.h"

#include "catalog/pg_type.h"
#include "rule/live_param.h"
#include "utils/builtins.h"

/* ---- rules ---- */

static Datum
ids_of_rules(const Act *act)
{
	ArrayParam	ids = {.type = INT4OID};

	for (int i = 0; i < act->firing_count; i++)
		if (i == 0 || act->firings[i - 1].rule_id != act->firings[i].rule_id)
			sp_add_int(&ids, act->firings[i].rule_id);
	return sp_param_array(&ids);
}

static void
read_action(ActRule *rule, uint64 row)
{
	ActAction  *action = &rule->actions[rule->action_count++];

	memset(action, 0, sizeof(ActAction));
	action->step = sp_int_at(row, 5);
	action->action = sp_int_at(row, 6);
	action->verb = sp_text_at(row, 7);
	action->role = sp_text_at(row, 8);
	action->copies = sp_act_texts(row, 9, &action->copy_count);
	action->title = sp_text_at(row, 10);
	action->due_in = sp_text_at(row, 11);
	action->may_be_template = sp_bool_at(row, 12);
	action->way = strcmp(action->verb, "text") == 0 ? WAY_TEXT :
		strcmp(action->verb, "mail") == 0 ? WAY_MAIL : WAY_ANY;
}

static int
compare_rules(const void *a, const void *b)
{
	const ActRule *x = a;
	const ActRule *y = b;

	return (x->rule_id > y->rule_id) - (x->rule_id < y->rule_id);
}

static void
read_rule_rows(Act *act)
{
	act->rules = palloc0(sizeof(ActRule) * (SPI_processed + 1));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		int32		rule_id = sp_int_at(row, 1);
		ActRule    *rule = act->rule_count > 0 ? &act->rules[act->rule_count - 1] : NULL;

		if (rule == NULL || rule->rule_id != rule_id)
		{
			rule = &act->rules[act->rule_count++];
			rule->rule_id = rule_id;
			rule->name = sp_text_at(row, 2);
			rule->event = sp_text_at(row, 3);
			rule->fallback = sp_text_at(row, 4);
			rule->actions = palloc(sizeof(ActAction) * (SPI_processed - row));
		}
		if (sp_text_at(row, 5) == NULL)
			continue;
		read_action(rule, row);
		rule->step_count = Max(rule->step_count, rule->actions[rule->action_count - 1].step + 1);
	}
}

/* Each firing gets its rule; one whose rule is gone was passed over. */
void
sp_act_read_rules(Act *act)
{
	static SPIPlanPtr plan = NULL;
	Oid			types[1] = {INT4ARRAYOID};
	Datum		values[1] = {ids_of_rules(act)};

	sp_call_kept(&plan, "SELECT r.rule_id, r.name, coalesce(k.name, ''), pulse_internal.fallback_role(r.rule_id),"
				 " a.step, a.action, a.verb, a.role, a.copies, a.body, a.due_in,"
				 " EXISTS (SELECT FROM pulse_internal.template AS t WHERE t.name = a.body) AND pulse_internal.is_template_for(r.rule_id, a.body)"
				 " FROM pulse_internal.rule AS r LEFT JOIN pulse_internal.rule_action AS a ON a.rule_id = r.rule_id"
				 " LEFT JOIN pulse_internal.event_kind AS k ON k.kind_id = r.trigger_kind"
				 " WHERE r.rule_id = ANY ($1) ORDER BY r.rule_id, a.step, a.action", 1, types, values);
	read_rule_rows(act);
	for (int i = 0; i < act->firing_count; i++)
	{
		ActRule		sought = {.rule_id = act->firings[i].rule_id};

		act->firings[i].rule = bsearch(&sought, act->rules, act->rule_count, sizeof(ActRule), compare_rules);
		if (act->firings[i].rule == NULL)
			elog(ERROR, "firing of rule %d, which is gone", act->firings[i].rule_id);
	}
}

/* ---- roles ---- */

static void
read_mapped(Act *act)
{
	static SPIPlanPtr plan = NULL;

	sp_call_kept(&plan, "SELECT array_agg(DISTINCT m.key_name COLLATE \"C\" ORDER BY m.key_name COLLATE \"C\") FILTER (WHERE m.kind = 'role' AND m.key_name <> ''),"
				 " array_agg(DISTINCT m.name) FILTER (WHERE m.kind = 'key') FROM pulse_internal.mapping AS m", 0, NULL, NULL);
	act->role_keys = sp_act_texts(0, 1, &act->role_key_count);
	act->known_keys = sp_act_texts(0, 2, &act->known_key_count);
}

/* A step of a case is about what its case is about. */
static void
read_case_facts(const Act *act, ActFiring *firing)
{
	static SPIPlanPtr plan = NULL;
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {CStringGetTextDatum(firing->key)};

	sp_call_kept(&plan, "SELECT fact.key, fact.value"
				 " FROM (SELECT x.wait_id, x.key_name, x.key FROM pulse_internal.cases AS x"
				 "  WHERE x.case_id = CASE WHEN $1 ~ '^[0-9]{1,18}$' THEN $1::bigint END) AS c,"
				 " LATERAL (SELECT f.evidence FROM pulse_internal.firing AS f WHERE f.wait_id = c.wait_id LIMIT 1) AS first,"
				 " LATERAL (SELECT c.key_name, c.key UNION ALL SELECT t.key, t.value"
				 "  FROM jsonb_each_text(first.evidence -> 'trigger') AS t WHERE t.key <> c.key_name) AS fact(key, value)"
				 " WHERE fact.value IS NOT NULL", 1, types, values);
	firing->about = palloc0(sizeof(ActKey) * (SPI_processed + 1));
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		char	   *key_name = sp_text_at(row, 1);

		if (!sp_is_among(act->role_keys, act->role_key_count, key_name))
			continue;
		firing->about[firing->about_count].key_name = key_name;
		firing->about[firing->about_count++].key = sp_text_at(row, 2);
	}
}

/* All that roles might be found by. */
static void
add_subjects(const Act *act, ActFiring *firing, PairList *list)
{
	if (strcmp(firing->key_name, "case_id") == 0 && act->role_key_count > 0)
		read_case_facts(act, firing);
	for (int i = 0; i < act->role_key_count; i++)
	{
		const char *name = act->role_keys[i];
		const char *value = strcmp(name, firing->key_name) == 0 ? firing->key : sp_fact(firing->trigger, name);

		if (value != NULL)
			sp_pair_add(list, name, value);
	}
	for (int i = 0; i < firing->about_count; i++)
		sp_pair_add(list, firing->about[i].key_name, firing->about[i].key);
}

static void
add_roles(const Act *act, PairList *roles, PairList *whole)
{
	for (int i = 0; i < act->rule_count; i++)
	{
		const ActRule *rule = &act->rules[i];

		sp_pair_add(roles, rule->fallback, NULL);
		for (int j = 0; j < rule->action_count; j++)
		{
			if (rule->actions[j].role == NULL)
				continue;
			sp_pair_add(roles, rule->actions[j].role, NULL);
			for (int k = 0; k < rule->actions[j].copy_count; k++)
				sp_pair_add(roles, rule->actions[j].copies[k], NULL);
		}
	}
	sp_pair_sort(roles);
	for (int i = 0; i < act->firing_count; i++)
		if (act->firings[i].by_clock)
		{
			*whole = *roles;
			break;
		}
}

static int
compare_holders(const void *a, const void *b)
{
	const ActHolder *x = a;
	const ActHolder *y = b;
	int			order = strcmp(x->role, y->role);

	if (order == 0)
		order = strcmp(x->key_name, y->key_name);
	if (order == 0)
		order = strcmp(x->key, y->key);
	return order != 0 ? order : sp_act_order(x->staff, y->staff);
}

static void
read_holder(ActHolder *holder, uint64 row)
{
	char	  **texts;
	int			count;

	holder->role = sp_text_at(row, 1);
	holder->key_name = sp_text_at(row, 2);
	holder->key = sp_text_at(row, 3);
	if (holder->key_name == NULL)
	{
		holder->key_name = WHOLE_ROLE;
		holder->key = "";
	}
	holder->staff = sp_text_at(row, 4);
	holder->name = sp_text_at(row, 5);
	holder->email = sp_text_at(row, 6);
	holder->language = sp_text_at(row, 7);
	holder->instead_of = sp_text_at(row, 8);
	texts = sp_act_texts(row, 9, &count);
	memcpy(holder->channels, texts, sizeof(holder->channels));
	texts = sp_act_texts(row, 10, &count);
	memcpy(holder->addresses, texts, sizeof(holder->addresses));
}

void
sp_act_read_holders(Act *act)
{
	static SPIPlanPtr plan = NULL;
	Oid			types[4] = {TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID};
	Datum		values[4];
	PairList	subjects = {0};
	PairList	roles = {0};
	PairList	whole = {0};

	read_mapped(act);
	for (int i = 0; i < act->firing_count; i++)
		add_subjects(act, &act->firings[i], &subjects);
	sp_pair_sort(&subjects);
	add_roles(act, &roles, &whole);
	values[0] = sp_pair_array(&roles, false);
	values[1] = sp_pair_array(&subjects, false);
	values[2] = sp_pair_array(&subjects, true);
	values[3] = sp_pair_array(&whole, false);
	sp_call_kept(&plan, "SELECT h.role, h.key_name, h.key, h.staff, h.name, h.email, h.language, h.instead_of, h.channels, h.addresses"
				 " FROM pulse_internal.holders($1, $2, $3, $4) AS h", 4, types, values);
	act->holders = palloc_extended(sizeof(ActHolder) * (SPI_processed + 1), MCXT_ALLOC_HUGE);
	act->holder_count = (int) SPI_processed;
	for (uint64 row = 0; row < SPI_processed; row++)
		read_holder(&act->holders[row], row);
	if (act->holder_count > 1)
		qsort(act->holders, act->holder_count, sizeof(ActHolder), compare_holders);
}
