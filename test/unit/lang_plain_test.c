/*
 * lang_plain_test.c
 *	  Everyday English: each sentence is the rule that its keywords make.
 *
 * sources: src/rule/lang.c src/rule/lang_equal.c src/rule/lang_error.c src/rule/name.c src/rule/scan.c src/rule/words.c
 * sources: src/rule/parse_action.c src/rule/parse_clause.c src/rule/parse_condition.c src/rule/parse_effect.c src/rule/parse_en.c src/rule/parse_option.c src/rule/parse_pattern.c
 * sources: src/rule/plain_word.c src/rule/parse_plain.c src/rule/parse_plain_absence.c src/rule/parse_plain_action.c src/rule/parse_plain_state.c
 * sources: src/rule/parse_schedule.c src/rule/parse_step.c src/rule/parse_value.c src/rule/parse_zh.c src/rule/parse_zh_absence.c
 * sources: src/rule/print_condition.c src/rule/print_en.c src/rule/print_extra.c src/rule/print_zh.c src/rule/out.c
 * sources: src/rule/parse_member.c src/rule/parse_state.c src/rule/print_form.c
 * sources: src/rule/utf8.c src/rule/numeral.c src/rule/vocabulary.c src/rule/suggest.c src/base/arena.c
 */
#include "lang_company.h"
#include "lang_fixture.h"
#include "rule/suggest.h"

#define MARK "¦"

static Vocabulary vocabulary;

static const struct
{
	const char *plain;
	const char *keywords;
}			same[] = {

	/* twelve that a sales company writes */
	{"When an invoice isn't settled within 30 days after it is due, text the rep; 7 days later mail the regional director, cc the rep; another 7 days later finance checks",
	"WHEN invoice issued PER invoice AND NOT invoice settled WITHIN 30 days AFTER due date THEN text rep; 7 days later: mail regional director CC rep; another 7 days later: assign finance \"Check\""},
	{"An A customer has had no visit for 21 days: give the rep a task",
	"EACH customer WHERE grade is \"A\" WITHOUT visit FOR 21 days THEN assign rep \"Visit\""},
	{"60 days before a maintenance contract ends, unless it is renewed, give the rep a task; remind every 10 days; several machines of one customer are one task",
	"WHEN 60 days BEFORE contract end OF maintenance contract PER equipment AND NOT contract renewed THEN assign rep \"Contract renewed\" TOGETHER PER customer; every 10 days: notify rep"},
	{"A customer complains 3 times or more within 30 days: notify the service manager",
	"WHEN complaint HAPPENS 3 TIMES OR MORE WITHIN 30 days PER customer THEN notify service manager"},
	{"A complaint is followed within 14 days by a competitor contact: notify the sales manager",
	"WHEN complaint FOLLOWED BY competitor contact WITHIN 14 days THEN notify sales manager"},
	{"An order over 100,000 yuan is approved and isn't shipped within 3 working days: mail logistics",
	"WHEN order approved WHERE amount > 100,000 CNY PER order AND NOT shipment WITHIN 3 working days THEN mail logistics"},
	{"The regional director hasn't acknowledged within 24 hours: notify the VP",
	"WHEN regional director HAS NOT ACKNOWLEDGED WITHIN 24 hours THEN notify VP sales"},
	{"An opportunity enters Negotiation and stays there for more than 10 working days: notify the sales manager",
	"WHEN opportunity changed WHERE stage CHANGES TO \"negotiation\" PER opportunity AND NOT opportunity changed WHERE stage is not \"negotiation\" WITHIN 10 working days THEN notify sales manager"},
	{"Every working day at 08:00 send each regional manager the morning board of his region",
	"EVERY working day AT 08:00 THEN send \"morning board\" TO EACH regional manager"},
	{"An A item's stock covers less than 7 days at a store: warn purchasing, once, until it covers 10 again",
	"WHILE stock position WHERE class is \"A\" AND days of supply < 7 PER store, item THEN notify purchasing CLEARED WHEN days of supply >= 10"},
	{"A store sells less of a chronic-disease drug than the threshold on 3 consecutive days: script pack to the store manager, prospects within 5 km to the rep, warning to purchasing",
	"WHILE store sales WHERE sales < threshold ON 3 CONSECUTIVE days PER store, drug THEN send \"script pack\" TO EACH store manager, send \"prospects within 5 km\" TO EACH rep and notify purchasing"},
	{"A shipment request breaks a contract clause: hold it",
	"WHEN shipment request WHERE breaks a contract clause is true THEN hold"},

	/* and in other words */
	{"If an invoice has not been settled within 30 days after the due date, then text the rep.",
	"WHEN invoice issued PER invoice AND NOT invoice settled WITHIN 30 days AFTER due date THEN text rep"},
	{"Whenever an invoice hasn’t been paid within 2 weeks after it is issued: mail the rep, cc finance",
	"WHEN invoice issued PER invoice AND NOT invoice settled WITHIN 2 weeks THEN mail rep CC finance"},
	{"An invoice is issued and is not settled within 30 days after it is due: text the rep",
	"WHEN invoice issued PER invoice AND NOT invoice settled WITHIN 30 days AFTER due date THEN text rep"},
	{"An invoice over 5,000 CNY is issued, but it isn't settled within 10 days: remind the rep",
	"WHEN invoice issued WHERE amount > 5,000 CNY PER invoice AND NOT invoice settled WITHIN 10 days THEN notify rep"},
	{"An invoice of at least 100,000 yuan isn't settled within 30 days after its due date: text the rep; remind the rep every 3 days until it is settled",
	"WHEN invoice issued WHERE amount >= 100,000 CNY PER invoice AND NOT invoice settled WITHIN 30 days AFTER due date THEN text rep; every 3 days: notify rep UNTIL invoice settled"},
	{"A customer hasn't been visited for more than 3 weeks: notify the rep",
	"EACH customer WITHOUT visit FOR 3 weeks THEN notify rep"},
	{"The customer has had no complaint in 2 months: notify the rep",
	"EACH customer WITHOUT complaint FOR 2 months THEN notify rep"},
	{"When customers have had no visits for 21 days, give the rep a task \"Call\" due in 2 working days, until a visit",
	"EACH customer WITHOUT visit FOR 21 days THEN assign rep \"Call\" DUE IN 2 working days UNTIL visit"},
	{"An A customer hasn't had a visit for 21 days: rep checks the account",
	"EACH customer WHERE grade is \"A\" WITHOUT visit FOR 21 days THEN assign rep \"Check the account\""},
	{"10 days before an invoice is due: mail the rep",
	"WHEN 10 days BEFORE due date OF invoice issued PER invoice THEN mail rep"},
	{"When 3 working days before an invoice is due it isn't settled: text the rep", NULL},
	{"3 working days before an invoice is due, and it isn't settled, text the rep",
	"WHEN 3 working days BEFORE due date OF invoice issued PER invoice AND NOT invoice settled THEN text rep"},
	{"60 days before a maintenance contract ends and it hasn't been renewed: notify the rep",
	"WHEN 60 days BEFORE contract end OF maintenance contract AND NOT contract renewed THEN notify rep"},
	{"A maintenance contract isn't renewed within 5 days after it ends: inform the service manager",
	"WHEN maintenance contract AND NOT contract renewed WITHIN 5 days AFTER contract end THEN notify service manager"},
	{"A customer complains more than 3 times within 2 weeks, notify the service manager",
	"WHEN complaint HAPPENS MORE THAN 3 TIMES WITHIN 2 weeks PER customer THEN notify service manager"},
	{"A customer complains: give the service manager a task",
	"WHEN complaint PER customer THEN assign service manager \"Complaint\""},
	{"A customer complains and has had no visit within 3 days: alert the rep",
	"WHEN complaint PER customer AND NOT visit WITHIN 3 days THEN notify rep"},
	{"A complaint isn't followed by a visit within 3 working days: notify the service manager",
	"WHEN complaint AND NOT visit WITHIN 3 working days THEN notify service manager"},
	{"A complaint isn't followed within 3 working days by a follow-up: notify the service manager",
	"WHEN complaint AND NOT follow-up WITHIN 3 working days THEN notify service manager"},
	{"When a complaint comes in, notify the service manager; 24 hours later unless acknowledged tell the VP",
	"WHEN complaint THEN notify service manager; 24 hours later UNLESS ACKNOWLEDGED: notify VP sales"},
	{"A complaint whose severity is over 3 is received: notify the service manager", NULL},
	{"A complaint whose severity is over 3 and isn't followed by a visit within 3 days: notify the service manager",
	"WHEN complaint WHERE severity > 3 AND NOT visit WITHIN 3 days THEN notify service manager"},
	{"An A order is approved: mail logistics",
	"WHEN order approved WHERE class is \"A\" PER order THEN mail logistics"},
	{"An order is approved, unless it is shipped within 3 working days, mail logistics",
	"WHEN order approved PER order AND NOT shipment WITHIN 3 working days THEN mail logistics"},
	{"When the order is approved and not shipped within 3 days, mail logistics",
	"WHEN order approved PER order AND NOT shipment WITHIN 3 days THEN mail logistics"},
	{"A lead is assigned and isn't contacted within 2 working hours at most once in 7 days: notify the sales manager",
	"WHEN lead assigned PER lead AT MOST ONCE IN 7 days AND NOT lead contacted WITHIN 2 working hours THEN notify sales manager"},
	{"An opportunity enters won: send the morning board to the sales manager",
	"WHEN opportunity changed WHERE stage CHANGES TO \"won\" PER opportunity THEN send \"morning board\" TO EACH sales manager"},
	{"An opportunity reaches \"negotiation\": warn the sales manager",
	"WHEN opportunity changed WHERE stage CHANGES TO \"negotiation\" PER opportunity THEN notify sales manager"},
	{"A shipment request's unit price is below its contract price: hold it and notify finance",
	"WHEN shipment request WHERE unit price < contract price THEN hold and notify finance"},
	{"An item's stock covers at most 3 days at a store for more than 2 hours: stock warning to purchasing, until the stock covers more than 5",
	"WHILE stock position WHERE days of supply <= 3 FOR 2 hours PER store, item THEN notify purchasing \"stock warning\" CLEARED WHEN days of supply > 5"},
	{"When a store sells fewer than 5 on 4 consecutive working days, the store manager checks; 2 working days later mail the VP",
	"WHILE store sales WHERE sales < 5 ON 4 CONSECUTIVE working days PER store THEN assign store manager \"Check\"; 2 working days later: mail VP sales"},
	{"An A order approved's amount is over 5 CNY: mail logistics",
	"WHEN order approved WHERE amount > 5 CNY AND class is \"A\" THEN mail logistics"},
	{"A store sells more than 100 on 2 consecutive days missing days are skipped: notify purchasing",
	"WHILE store sales WHERE sales > 100 ON 2 CONSECUTIVE days MISSING DAYS ARE SKIPPED PER store THEN notify purchasing"},
	{"Every Monday at 9:00 send the morning board to each regional manager",
	"EVERY Monday AT 09:00 THEN send \"morning board\" TO EACH regional manager"},
	{"every month on last working day at 17:00 remind finance",
	"EVERY month ON last working day AT 17:00 THEN notify finance"},
	{"Every day at 18:30, send all regional managers his summary", NULL},
	{"WHEN complaint PER customer THEN notify the rep, warn the VP and give finance a task",
	"WHEN complaint PER customer THEN notify rep, notify VP sales and assign finance \"Complaint\""},

	/* names in quotes */
	{"An item's stock \"supply\" less than 7 days at a \"store\": warn purchasing until it \"supply\" 10",
	"WHILE stock position WHERE days of supply < 7 PER store, item THEN notify purchasing CLEARED WHEN days of supply >= 10"},
	{"A store sells less of a \"drug\" than 5 on 3 consecutive days: notify the rep",
	"WHILE store sales WHERE sales < 5 ON 3 CONSECUTIVE days PER store, drug THEN notify rep"},
	{"A customer complains and has had no \"visit\" within 3 days: give the rep a task; several \"customer\" of one \"region\" are one task",
	"WHEN complaint PER customer AND NOT visit WITHIN 3 days THEN assign rep \"Visit\" TOGETHER PER region"},
};

static const Rule *
parse(Arena *arena, const char *text, LangError *error)
{
	return lang_parse(arena, text, strlen(text), TONGUE_AUTO, &vocabulary, error);
}

static void
check_printing(Arena *arena, const Rule *rule, const char *sentence)
{
	static const Tongue tongues[] = {TONGUE_EN, TONGUE_ZH, TONGUE_EN};

	for (int i = 0; i < 3; i++)
	{
		const Vocabulary *labels = i < 2 ? &vocabulary : NULL;
		const char *text = lang_print(arena, rule, tongues[i], labels);
		LangError	error;
		const Rule *again = lang_parse(arena, text, strlen(text), tongues[i], labels, &error);

		if (again == NULL || !lang_rules_equal(rule, again))
			fprintf(stderr, "%s\n  printed: %s\n", sentence, text);
		CHECK(again != NULL && lang_rules_equal(rule, again));
		if (again != NULL)
			CHECK_STR(lang_print(arena, again, tongues[i], labels), text);
	}
}

static void
test_same(void)
{
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
	{
		static Dump got,
					wanted;
		LangError	error;
		Arena		arena;
		const Rule *rule;
		const Rule *keywords;

		arena_init_malloc(&arena);
		rule = parse(&arena, same[i].plain, &error);
		if (same[i].keywords == NULL)
		{
			CHECK(rule == NULL);
			arena_free(&arena);
			continue;
		}
		if (rule == NULL)
			fprintf(stderr, "%s\n  at %zu: %s | %s | %s\n", same[i].plain, error.offset, error.message, error.detail, error.hint);
		keywords = parse(&arena, same[i].keywords, &error);
		if (keywords == NULL)
			fprintf(stderr, "%s\n  at %zu: %s | %s\n", same[i].keywords, error.offset, error.message, error.detail);
		CHECK(rule != NULL && keywords != NULL);
		if (rule != NULL && keywords != NULL)
		{
			(void) dump_rule(&got, rule);
			CHECK_STR(got.text, dump_rule(&wanted, keywords));
			CHECK(lang_rules_equal(rule, keywords));
			check_printing(&arena, rule, same[i].plain);
		}
		arena_free(&arena);
	}
}

/* ---- mistakes ---- */

/* refused at the mark, with these words in the message, detail or hint */
static const struct
{
	const char *sentence;
	const char *said;
}			wrong[] = {
	{"An invoice isn't settled within 30 days¦: text the rep", "WHEN event"},
	{"An invoice isn't settled within 30 days ¦after noon: text the rep", NULL},
	{"An invoice isn't ¦paidd within 30 days after it is due: text the rep", "invoice paidd"},
	{"An invoice isn't settled ¦soon: text the rep", "WITHIN"},
	{"An invoice isn't settled within 30 days after it is ¦late: text the rep", "late"},
	{"An invoice isn't settled within 30 days after its ¦birthday: text the rep", "birthday"},
	{"The ¦invoise isn't settled within 30 days after it is due: text the rep", "invoice issued"},
	{"A customer has had no ¦vist for 21 days: notify the rep", "visit"},
	{"A customer has had no visit ¦yet: notify the rep", "WITHIN"},
	{"A complaint is followed within 14 days ¦with a visit: notify the rep", "by"},
	{"A complaint is followed within 14 days by a ¦party: notify the rep", "party"},
	{"An order ¦over 5 is approved: mail logistics", NULL},
	{"An order over ¦5 is approved: mail logistics", "currency"},
	{"A shipment ¦over 100 yuan: mail logistics", "several columns"},
	{"A complaint ¦over 100 yuan: mail logistics", "no column"},
	{"An ¦A complaint whose severity is over 3: notify the rep", "such a value"},
	{"60 days before a \"service_contract\"¦: notify the rep", "a date of the event"},
	{"An opportunity enters ¦Paradise: notify the rep", "Paradise"},
	{"An A item's stock covers less than 7 ¦weeks at a store: warn purchasing", NULL},
	{"An item's stock covers ¦nothing at a store: warn purchasing", "less than"},
	{"A store sells less of a drug ¦as the threshold on 3 consecutive days: warn purchasing", "than"},
	{"WHEN complaint PER customer AND ¦NOT visit THEN notify rep", "time limit"},
	{"A customer complains: ¦shout at the rep", "an action"},
	{"A customer complains: give the rep ¦a medal", "a task"},
	{"A customer complains: ¦finance wonders", "an action"},
	{"A customer complains: give the rep a task; several ¦orders of one customer are one task", "customer"},
	{"A customer complains: notify the rep; several customers of one customer are one ¦task", "message"},
	{"A customer complains and isn't visited within 3 days¦ and isn't visited within 5 days: notify the rep", NULL},
	{"Every working day at 08:00 send each regional manager the morning board of his ¦galaxy", "galaxy"},
	{"A customer has had no visit for 21 days ¦each time: notify the rep", "colon"},
	{"An item's stock covers less than 7 days at a store at a ¦store: warn purchasing", "another key"},
	{"60 days before a maintenance contract ends and it isn't ¦followed by a visit within 3 days: notify the rep", "without a duration"},
};

static const char *
without_mark(Arena *arena, const char *text, size_t *at)
{
	const char *mark = strstr(text, MARK);
	char	   *copy = arena_alloc(arena, strlen(text) + 1);

	if (mark == NULL)
		abort();
	*at = mark - text;

	memcpy(copy, text, *at);
	memcpy(copy + *at, mark + strlen(MARK), strlen(mark + strlen(MARK)));
	return copy;
}

static void
check_wrong(const char *marked, const char *said)
{
	LangError	error;
	Arena		arena;
	const char *text;
	size_t		at;

	arena_init_malloc(&arena);
	text = without_mark(&arena, marked, &at);

	CHECK(parse(&arena, text, &error) == NULL);
	if (error.code != LANG_OK && said != NULL)
	{
		bool		found = strstr(error.message, said) || strstr(error.detail, said) || strstr(error.hint, said);

		if (error.offset != at || !found)
			fprintf(stderr, "%s\n  at %zu, not at %zu: %s | %s | %s\n", text, error.offset, at, error.message, error.detail, error.hint);
		CHECK_EQ(error.offset, at);
		CHECK(found);
	}
	arena_free(&arena);
}

static void
test_wrong(void)
{
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		check_wrong(wrong[i].sentence, wrong[i].said);
}

/* A foreign word anywhere: refused there or before, or part of a name that may be any. */
static void
test_foreign_words(void)
{
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		for (const char *at = same[i].plain; *at != '\0' && same[i].keywords != NULL; at++)
		{
			static Dump got;
			char text[	1000];
			size_t		place = at - same[i].plain;
			LangError	error;
			Arena		arena;
			const Rule *rule;

			if (*at != ' ')
				continue;
			snprintf(text, sizeof(text), "%.*s zzqq%s", (int) place, same[i].plain, at);
			arena_init_malloc(&arena);
			rule = parse(&arena, text, &error);
			if (rule != NULL ? strstr(dump_rule(&got, rule), "zzqq") == NULL : error.offset > place + 1)
				fprintf(stderr, "%s\n  refused at %zu\n", text, error.offset);
			CHECK(rule != NULL ? strstr(dump_rule(&got, rule), "zzqq") != NULL : error.offset <= place + 1);
			arena_free(&arena);
		}
}

/* A word less, or twice, or with its neighbour exchanged: whatever is read prints and reads back. */
static void
test_mutations(void)
{
	int			rules = 0;

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		for (const char *at = same[i].plain; *at != '\0'; at += strcspn(at, " ") + (at[strcspn(at, " ")] == ' '))
			for (int kind = 0; kind < 3; kind++)
			{
				int			before = (int) (at - same[i].plain);
				int			word = (int) strcspn(at, " ");
				const char *rest = at + word + (at[word] == ' ');
				int			next = (int) strcspn(rest, " ");
				char text[	1000];
				LangError	error;
				Arena		arena;
				const Rule *rule;

				if (kind == 0)
					snprintf(text, sizeof(text), "%.*s%s", before, same[i].plain, rest);
				else if (kind == 1)
					snprintf(text, sizeof(text), "%.*s%.*s %s", before, same[i].plain, word, at, at);
				else
					snprintf(text, sizeof(text), "%.*s%.*s %.*s%s", before, same[i].plain, next, rest, word, at, rest + next);
				arena_init_malloc(&arena);
				rule = parse(&arena, text, &error);
				if (rule != NULL)
					check_printing(&arena, rule, text);
				else
					CHECK(error.offset <= strlen(text) && error.message != NULL && error.detail != NULL && error.hint != NULL);
				rules += rule != NULL;
				arena_free(&arena);
			}
	CHECK(rules > 50);
}

/* ---- what was a role stays one ---- */

static void
test_before(void)
{
	static const char *const roles[][2] = {
		{"WHEN complaint THEN notify the chief", "the_chief"},
		{"WHEN complaint THEN notify assistant to rep", "assistant_to_rep"},
		{"WHEN complaint THEN notify a team", "a_team"},
		{"WHEN complaint THEN notify the rep", "rep"},
	};

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
	{
		LangError	error;
		Arena		arena;
		const Rule *rule;

		arena_init_malloc(&arena);
		rule = parse(&arena, roles[i][0], &error);
		CHECK(rule != NULL);
		if (rule != NULL)
			CHECK_STR(rule->steps[0].actions[0].role, roles[i][1]);
		arena_free(&arena);
	}
}

/* ---- the document ---- */

static void
check_means(const char *plain, const char *keywords)
{
	LangError	error;
	Arena		arena;
	const Rule *rule;
	const Rule *meant;

	arena_init_malloc(&arena);
	rule = parse(&arena, plain, &error);
	if (rule == NULL)
		fprintf(stderr, "%s\n  at %zu: %s\n", plain, error.offset, error.message);
	meant = parse(&arena, keywords, &error);
	CHECK(rule != NULL && meant != NULL && lang_rules_equal(rule, meant));
	arena_free(&arena);
}

static void
test_document(void)
{
	static char line[4000];
	static char plain[4000];
	FILE	   *file = fopen("../../docs/rules.md", "r");
	enum
	{
		OUTSIDE, PLAIN, WRONG
	}			block = OUTSIDE;
	int			count = 0;

	CHECK(file != NULL);
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
	{
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "```", 3) == 0)
			block = strcmp(line, "```plain") == 0 ? PLAIN : strcmp(line, "```plain wrong") == 0 ? WRONG : OUTSIDE;
		else if (block == WRONG)
			check_wrong(line, "");
		else if (block == PLAIN && strncmp(line, "= ", 2) == 0)
			check_means(plain, line + 2);
		else if (block == PLAIN)
		{
			strcpy(plain, line);
			count++;
		}
	}
	CHECK(count >= 12);
	if (file != NULL)
		fclose(file);
}

int
main(void)
{
	vocabulary = label_vocabulary(&company_set);
	test_same();
	test_wrong();
	test_foreign_words();
	test_mutations();
	test_before();
	test_document();
	return check_done();
}
