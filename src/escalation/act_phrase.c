/*
 * act_phrase.c
 *	  What the texts of messages need of SQL, once for all firings of a slice:
 *	  names of keys, templates, and when nobody is to be disturbed.
 *
 * Invariant: as in act_read.c.
 */
#include "escalation/act_pair.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* ---- keys ---- */

static int
compare_keys(const void *a, const void *b)
{
	const ActKey *x = a;
	const ActKey *y = b;
	int			order = strcmp(x->key_name, y->key_name);

	return order != 0 ? order : strcmp(x->key, y->key);
}

const ActKey *
sp_act_key(const Act *act, const char *key_name, const char *key)
{
	ActKey		sought = {key_name, key};

	return bsearch(&sought, act->keys, act->key_count, sizeof(ActKey), compare_keys);
}

/* Of what firings are about, and of what they are put together by. */
void
sp_act_read_keys(Act *act)
{
	static SPIPlanPtr plan = NULL;
	Oid			types[2] = {TEXTARRAYOID, TEXTARRAYOID};
	Datum		values[2];
	PairList	pairs = {0};

	for (int i = 0; i < act->firing_count; i++)
	{
		const ActFiring *firing = &act->firings[i];

		if (sp_is_among(act->known_keys, act->known_key_count, firing->key_name))
			sp_pair_add(&pairs, firing->key_name, firing->key);
		if (firing->together_key != NULL && sp_is_among(act->known_keys, act->known_key_count, firing->together))
			sp_pair_add(&pairs, firing->together, firing->together_key);
	}
	if (pairs.count == 0)
		return;
	sp_pair_sort(&pairs);
	values[0] = sp_pair_array(&pairs, false);
	values[1] = sp_pair_array(&pairs, true);
	sp_call_kept(&plan, "SELECT k.key_name, k.key, k.name, k.url FROM pulse_internal.describe_keys($1, $2) AS k", 2, types, values);
	act->keys = palloc(sizeof(ActKey) * (SPI_processed + 1));
	act->key_count = (int) SPI_processed;
	for (uint64 row = 0; row < SPI_processed; row++)
		act->keys[row] = (ActKey)
	{
		sp_text_at(row, 1), sp_text_at(row, 2), sp_text_at(row, 3), sp_text_at(row, 4)
	};
	if (act->key_count > 1)
		qsort(act->keys, act->key_count, sizeof(ActKey), compare_keys);
}

/* ---- templates ---- */

static void
read_builtins(Act *act)
{
	static SPIPlanPtr plan = NULL;

	sp_call_kept(&plan, "SELECT t.language, t.ladder, t.subject, t.body, t.short_body FROM pulse_internal.builtin_template AS t", 0, NULL, NULL);
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		ActBuiltin *builtin = &act->builtins[strcmp(sp_text_at(row, 1), "zh") == 0][sp_bool_at(row, 2)];

		builtin->subject = sp_text_at(row, 3);
		builtin->body = sp_text_at(row, 4);
		builtin->short_body = sp_text_at(row, 5);
	}
}

void
sp_act_read_templates(Act *act)
{
	static SPIPlanPtr plan = NULL;

	read_builtins(act);
	sp_call_kept(&plan, "SELECT t.name, t.channel, t.urgent, t.subject_en, t.body_en, a.en, t.subject_zh, t.body_zh, a.zh"
				 " FROM (SELECT x.name, x.channel, x.urgent, coalesce(x.subject_en, x.subject_zh) AS subject_en,"
				 "  coalesce(x.body_en, x.body_zh) AS body_en, coalesce(x.subject_zh, x.subject_en) AS subject_zh,"
				 "  coalesce(x.body_zh, x.body_en) AS body_zh FROM pulse_internal.template AS x) AS t,"
				 " LATERAL (SELECT ARRAY(SELECT p FROM unnest(pulse_internal.placeholders(concat(t.subject_en, E'\\n', t.body_en))) AS p"
				 "   WHERE p <> ALL (pulse_internal.message_variables())) AS en,"
				 "  ARRAY(SELECT p FROM unnest(pulse_internal.placeholders(concat(t.subject_zh, E'\\n', t.body_zh))) AS p"
				 "   WHERE p <> ALL (pulse_internal.message_variables())) AS zh) AS a", 0, NULL, NULL);
	act->templates = palloc0(sizeof(ActTemplate) * (SPI_processed + 1));
	act->template_count = (int) SPI_processed;
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		ActTemplate *template = &act->templates[row];

		template->name = sp_text_at(row, 1);
		template->channel = sp_text_at(row, 2);
		template->urgent = sp_bool_at(row, 3);
		for (int zh = 0; zh < 2; zh++)
		{
			template->subject[zh] = sp_text_at(row, 4 + 3 * zh);
			template->body[zh] = sp_text_at(row, 5 + 3 * zh);
			template->asked[zh] = sp_act_texts(row, 6 + 3 * zh, &template->asked_count[zh]);
		}
	}
}

/* ---- times ---- */

static int
compare_times(const void *a, const void *b)
{
	const ActTime *x = a;
	const ActTime *y = b;
	int			order = sp_act_order(x->staff, y->staff);

	return order != 0 ? order : strcmp(x->channel, y->channel);
}

static ActTime *
find_time(const Act *act, const char *staff, const char *channel)
{
	ActTime		sought = {staff, channel};

	return bsearch(&sought, act->times, act->time_count, sizeof(ActTime), compare_times);
}

static void
note_times(Act *act, bool digests)
{
	for (uint64 row = 0; row < SPI_processed; row++)
	{
		bool		isnull;
		Datum		at = sp_datum_at(row, 3, &isnull);
		ActTime    *time = find_time(act, sp_text_at(row, 1), sp_text_at(row, 2));

		if (time == NULL || isnull)
			continue;
		if (digests)
			time->digest_at = DatumGetTimestampTz(at);
		else
			time->quiet_until = DatumGetTimestampTz(at);
	}
}

void
sp_act_read_times(Act *act)
{
	static SPIPlanPtr quiet_plan = NULL;
	static SPIPlanPtr digest_plan = NULL;
	Oid			types[2] = {TEXTARRAYOID, TEXTARRAYOID};
	Datum		values[2];
	PairList	pairs = {0};

	for (int i = 0; i < act->message_count; i++)
		if (!act->messages[i].is_merged)
			sp_pair_add(&pairs, act->messages[i].holder != NULL ? act->messages[i].holder->staff : NULL,
						act->messages[i].channel);
	sp_pair_sort(&pairs);
	act->times = palloc(sizeof(ActTime) * (pairs.count + 1));
	act->time_count = pairs.count;
	for (int i = 0; i < pairs.count; i++)
		act->times[i] = (ActTime)
	{
		pairs.pairs[i].first, pairs.pairs[i].second, DT_NOBEGIN, INSTANT_NONE
	};
	values[0] = sp_pair_array(&pairs, false);
	values[1] = sp_pair_array(&pairs, true);
	sp_call_kept(&quiet_plan, "SELECT q.staff, q.channel, q.not_before FROM pulse_internal.quiet_until($1, $2) AS q"
				 " WHERE EXISTS (SELECT FROM pulse_internal.quiet_hours)", 2, types, values);
	note_times(act, false);
	sp_call_kept(&digest_plan, "SELECT u.staff, u.channel, pulse_internal.next_digest(u.staff, u.channel, pulse.clock()) FROM unnest($1, $2) AS u(staff, channel)"
				 " WHERE EXISTS (SELECT FROM pulse_internal.digest)", 2, types, values);
	note_times(act, true);
	for (int i = 0; i < act->message_count; i++)
		if (!act->messages[i].is_merged)
			act->messages[i].time = find_time(act, act->messages[i].holder != NULL ? act->messages[i].holder->staff : NULL,
											  act->messages[i].channel);
}
