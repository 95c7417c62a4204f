/*
 * act_case.c
 *	  The cases of firings: found by their wait, or opened.
 *
 * Invariant: one case per wait.  The first firing of a wait has none to look for.
 */
#include "escalation/act_pair.h"
#include "escalation/steps.h"

#include "catalog/pg_type.h"
#include "rule/live_param.h"
#include "rule/live_table.h"
#include "utils/timestamp.h"

static int
compare_cases(const void *a, const void *b)
{
	const ActCase *x = a;
	const ActCase *y = b;

	return (x->wait_id > y->wait_id) - (x->wait_id < y->wait_id);
}

static ActCase *
case_of(const Act *act, int64 wait_id)
{
	ActCase		sought = {.wait_id = wait_id};

	return bsearch(&sought, act->cases, act->case_count, sizeof(ActCase), compare_cases);
}

/* One for each wait, in their order. */
static void
list_waits(Act *act)
{
	int			kept = 0;

	act->cases = palloc0(sizeof(ActCase) * (act->firing_count + 1));
	for (int i = 0; i < act->firing_count; i++)
		act->cases[i] = (ActCase)
	{
		.wait_id = act->firings[i].wait_id,.snoozed_until = INSTANT_NONE,.last_step = act->firings[i].step,
			.is_new = act->firings[i].is_first
	};
	if (act->firing_count > 1)
		qsort(act->cases, act->firing_count, sizeof(ActCase), compare_cases);
	for (int i = 0; i < act->firing_count; i++)
	{
		ActCase    *last = kept > 0 ? &act->cases[kept - 1] : NULL;

		if (last != NULL && last->wait_id == act->cases[i].wait_id)
		{
			last->last_step = Max(last->last_step, act->cases[i].last_step);
			last->is_new = last->is_new && act->cases[i].is_new;
		}
		else
			act->cases[kept++] = act->cases[i];
	}
	act->case_count = kept;
}

static void
read_case(Act *act, uint64 row)
{
	bool		isnull;
	ActCase    *found = case_of(act, sp_bigint_at(row, 1));
	Datum		snoozed;
	int			last_step;

	found->case_id = sp_bigint_at(row, 2);
	found->label = sp_text_at(row, 3);
	found->link = sp_text_at(row, 4);
	snoozed = sp_datum_at(row, 5, &isnull);
	found->snoozed_until = isnull ? INSTANT_NONE : DatumGetTimestampTz(snoozed);
	found->is_closed = sp_bool_at(row, 6);
	last_step = sp_int_at(row, 7);
	if (last_step >= found->last_step)
		found->last_step = -1;	/* it stays */
}

/* LIMIT: by index, whatever the planner takes the table to be. */
void
sp_act_find_cases(Act *act)
{
	static SPIPlanPtr plan = NULL;
	ArrayParam	wanted = {0};
	Oid			types[1] = {INT8ARRAYOID};
	Datum		values[1];

	list_waits(act);
	for (int i = 0; i < act->case_count; i++)
		if (!act->cases[i].is_new)
			sp_add_bigint(&wanted, act->cases[i].wait_id);
	if (wanted.count > 0)
	{
		values[0] = sp_param_array(&wanted);
		sp_run_kept(&plan, "SELECT c.* FROM unnest($1) AS w(wait_id) CROSS JOIN LATERAL"
					" (SELECT x.wait_id, x.case_id, x.key_label, x.link, x.snoozed_until, x.state IN ('resolved', 'expired'), x.last_step"
					"  FROM pulse_internal.cases AS x WHERE x.wait_id = w.wait_id LIMIT 1) AS c", 1, types, values);
		for (uint64 row = 0; row < SPI_processed; row++)
			read_case(act, row);
	}
	for (int i = 0; i < act->firing_count; i++)
		act->firings[i].kase = case_of(act, act->firings[i].wait_id);
}

static const char *const case_columns[] = {
	"case_id", "wait_id", "rule_id", "rule_name", "key_name", "key", "key_label", "link", "state",
	"opened_at", "last_step", "waiting", "resolved_late"
};

static void
fill_case(LiveRow *row, const Act *act, const ActFiring *firing)
{
	row->count = 0;
	sp_row_bigint(row, firing->kase->case_id);
	sp_row_bigint(row, firing->wait_id);
	sp_row_int(row, firing->rule_id);
	sp_row_text(row, firing->rule->name);
	sp_row_text(row, firing->key_name);
	sp_row_text(row, firing->key);
	sp_row_text(row, firing->kase->label);
	sp_row_text(row, firing->kase->link);
	sp_row_text(row, "open");
	sp_row_instant(row, act->now);
	sp_row_int(row, firing->kase->last_step);
	sp_row_bool(row, true);
	sp_row_bool(row, false);
}

/* What people look at says how far its rule has come. */
static void
note_steps(const Act *act)
{
	static SPIPlanPtr plan = NULL;
	ArrayParam	params[2] = {0};

	for (int i = 0; i < act->case_count; i++)
		if (act->cases[i].case_id != 0 && !act->cases[i].is_closed && act->cases[i].last_step > 0)
		{
			sp_add_bigint(&params[0], act->cases[i].case_id);
			sp_add_int(&params[1], act->cases[i].last_step);
		}
	if (params[0].count > 0)
		sp_run_write(&plan, "SELECT pulse_internal.note_steps($1, $2)", SPI_OK_SELECT, params, 2);
}

static ActFiring **
first_firings(const Act *act)
{
	ActFiring **result = palloc0(sizeof(ActFiring *) * (act->case_count + 1));

	for (int i = 0; i < act->firing_count; i++)
		if (result[act->firings[i].kase - act->cases] == NULL)
			result[act->firings[i].kase - act->cases] = &act->firings[i];
	return result;
}

void
sp_act_open_cases(Act *act)
{
	ActFiring **firsts = first_firings(act);
	Oid			sequence = sp_internal_relid("cases_case_id_seq", false);
	ArrayParam	opened = {0};
	LiveTable	table;
	LiveRow		row;

	note_steps(act);
	sp_table_open(&table, "cases", case_columns, lengthof(case_columns));
	for (int i = 0; i < act->case_count; i++)
	{
		ActCase    *kase = &act->cases[i];
		const ActKey *key;

		if (kase->case_id != 0)
			continue;
		key = sp_act_key(act, firsts[i]->key_name, firsts[i]->key);
		kase->is_new = true;
		kase->case_id = sp_next_number(sequence);
		kase->label = key != NULL ? key->name : NULL;
		kase->link = key != NULL ? key->link : NULL;
		fill_case(&row, act, firsts[i]);
		(void) sp_table_insert(&table, &row);
		sp_add_bigint(&opened, kase->case_id);
	}
	sp_table_close(&table);
	if (opened.count > 0)
		sp_note_step("case_opened", opened.values, opened.count);
}
