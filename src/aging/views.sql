-- ---- aging: aggregates ------------------------------------------------------------

CREATE OR REPLACE AGGREGATE pulse.aging(open_amount pulse.amount, due date, as_of date) (
	SFUNC = pulse_internal.aging_add, STYPE = internal, SSPACE = 128,
	FINALFUNC = pulse_internal.aging_final, COMBINEFUNC = pulse_internal.aging_combine,
	SERIALFUNC = pulse_internal.aging_serialize, DESERIALFUNC = pulse_internal.aging_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.aging(pulse.amount, date, date) IS
'Open amounts of one currency by days past due (as_of - due), in the buckets 1-30, 31-60, 61-90 and 91+. Not due: 0 days or fewer, or no due date. Negative amounts are credits, whatever their date. Rows without an amount are left out; NULL when no row counts. Errors: SP101 two currencies in the group, SP301 as_of differs within the group, 22004 as_of is null, 22008 as_of is not in the years 1 to 9999.';

CREATE OR REPLACE AGGREGATE pulse.aging(open_amount pulse.amount, due date, as_of date, edges integer[]) (
	SFUNC = pulse_internal.aging_add, STYPE = internal, SSPACE = 128,
	FINALFUNC = pulse_internal.aging_final, COMBINEFUNC = pulse_internal.aging_combine,
	SERIALFUNC = pulse_internal.aging_serialize, DESERIALFUNC = pulse_internal.aging_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.aging(pulse.amount, date, date, integer[]) IS
'The same with buckets of your own: {7,14} means 1-7, 8-14 and 15+. Up to 50 ascending edges above zero. Errors: as without edges; 22023 unusable edges, 22004 edges are null, SP301 edges differ within the group.';

CREATE OR REPLACE AGGREGATE pulse.aging(open_amount pulse.amount, due date, as_of date, edges integer[], rule text) (
	SFUNC = pulse_internal.aging_add, STYPE = internal, SSPACE = 128,
	FINALFUNC = pulse_internal.aging_final, COMBINEFUNC = pulse_internal.aging_combine,
	SERIALFUNC = pulse_internal.aging_serialize, DESERIALFUNC = pulse_internal.aging_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.aging(pulse.amount, date, date, integer[], text) IS
'The same by a rule: words with commas or blanks between, at most one of each pair, the first being the default. inclusive | exclusive: day 30 ends the first bucket, or begins the second (1-29, 30-59 ...). day_0_not_due | day_0_due: what is due on as_of is not due, or in the first bucket (0-30). not_due_apart | not_due_in_first: a figure of its own, or in the first bucket (up_to_30). credits_apart | credits_aged: negative amounts in a figure of their own, or in the bucket of their own date. The figures always add up to what is open. Errors: as with edges; 22023 unusable rule, 22004 the rule is null, SP301 rules differ within the group.';

CREATE OR REPLACE AGGREGATE pulse.aging(open_amount numeric, due date, as_of date) (
	SFUNC = pulse_internal.aging_add, STYPE = internal, SSPACE = 128,
	FINALFUNC = pulse_internal.aging_final, COMBINEFUNC = pulse_internal.aging_combine,
	SERIALFUNC = pulse_internal.aging_serialize, DESERIALFUNC = pulse_internal.aging_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.aging(numeric, date, date) IS
'Open amounts by days past due (as_of - due), in the buckets 1-30, 31-60, 61-90 and 91+. Not due: 0 days or fewer, or no due date. Negative amounts are credits, whatever their date. Rows without an amount are left out; NULL when no row counts. Errors: SP301 as_of differs within the group, 22004 as_of is null, 22008 as_of is not in the years 1 to 9999, 22023 NaN or infinite amount, 22003 more than 38 digits.';

CREATE OR REPLACE AGGREGATE pulse.aging(open_amount numeric, due date, as_of date, edges integer[]) (
	SFUNC = pulse_internal.aging_add, STYPE = internal, SSPACE = 128,
	FINALFUNC = pulse_internal.aging_final, COMBINEFUNC = pulse_internal.aging_combine,
	SERIALFUNC = pulse_internal.aging_serialize, DESERIALFUNC = pulse_internal.aging_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.aging(numeric, date, date, integer[]) IS
'The same with buckets of your own: {7,14} means 1-7, 8-14 and 15+. Up to 50 ascending edges above zero. Errors: as without edges; 22023 unusable edges, 22004 edges are null, SP301 edges differ within the group.';

CREATE OR REPLACE AGGREGATE pulse.aging(open_amount numeric, due date, as_of date, edges integer[], rule text) (
	SFUNC = pulse_internal.aging_add, STYPE = internal, SSPACE = 128,
	FINALFUNC = pulse_internal.aging_final, COMBINEFUNC = pulse_internal.aging_combine,
	SERIALFUNC = pulse_internal.aging_serialize, DESERIALFUNC = pulse_internal.aging_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.aging(numeric, date, date, integer[], text) IS
'The same by a rule: words with commas or blanks between, at most one of each pair, the first being the default. inclusive | exclusive: day 30 ends the first bucket, or begins the second (1-29, 30-59 ...). day_0_not_due | day_0_due: what is due on as_of is not due, or in the first bucket (0-30). not_due_apart | not_due_in_first: a figure of its own, or in the first bucket (up_to_30). credits_apart | credits_aged: negative amounts in a figure of their own, or in the bucket of their own date. The figures always add up to what is open. Errors: as with edges; 22023 unusable rule, 22004 the rule is null, SP301 rules differ within the group.';

CREATE OR REPLACE AGGREGATE pulse.sum(profile pulse.aging_profile) (
	SFUNC = pulse_internal.aging_add, STYPE = internal, SSPACE = 128,
	FINALFUNC = pulse_internal.aging_final, COMBINEFUNC = pulse_internal.aging_combine,
	SERIALFUNC = pulse_internal.aging_serialize, DESERIALFUNC = pulse_internal.aging_deserialize,
	PARALLEL = safe
);
COMMENT ON AGGREGATE pulse.sum(pulse.aging_profile) IS
'Profiles added figure by figure; the profile of the parts added is the profile of the whole. Errors: SP101 different currencies, SP301 different days or edges, 22003 more than 38 digits.';
