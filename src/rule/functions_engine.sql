-- ---- rule: sweep -----------------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse_internal.sweep_rules(max_events int, OUT events int, OUT firings int, OUT more boolean)
	LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_sweep_rules';
REVOKE ALL ON FUNCTION pulse_internal.sweep_rules(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.sweep_rules(int) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.backtest(rule text, since timestamptz, until timestamptz, history text DEFAULT 'happened',
		OUT key text, OUT step int, OUT repetition int, OUT due_at timestamptz, OUT superseded boolean,
		OUT trigger_at timestamptz, OUT trigger_event bigint, OUT end_reason text, OUT ended_at timestamptz, OUT guard text)
	RETURNS SETOF record
	LANGUAGE c STABLE STRICT PARALLEL UNSAFE ROWS 1000 COST 10000 AS 'MODULE_PATHNAME', 'sp_backtest';
REVOKE ALL ON FUNCTION pulse.backtest(text, timestamptz, timestamptz, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.backtest(text, timestamptz, timestamptz, text)
	TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.backtest(text, timestamptz, timestamptz, text) IS
'The firings that a rule, whatever its mode, would have produced on stored history: those due from since until before until. Steps count from 1; repetition: of a step that repeats, from 1. superseded: recorded, but a later step (or the wait''s end) was learnt of at the same instant. end_reason and ended_at tell how the wait ended by then, NULL while open. guard: what the step asks of its case, which no history tells: it may or may not have acted. history: ''happened'' takes events in their own order; ''arrived'' takes them as they arrived here, as a sweep that never sleeps would have met them. Events are read with the rights of the rule''s author. Errors: SP504 unknown rule, 22023 bad span or history, 42501 the rule is another author''s.';

CREATE OR REPLACE FUNCTION pulse.why(firing bigint, lang text DEFAULT NULL) RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sp_why';
REVOKE ALL ON FUNCTION pulse.why(bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.why(bigint, text) TO pulse_admin, pulse_author, pulse_analyst;
COMMENT ON FUNCTION pulse.why(bigint, text) IS
'A firing explained in sentences, one a line, from what was recorded when it fired: the trigger with its values, the window and what was not found in it, the three moments, whom it told, the calendar. Instants are in the business time zone. lang: ''en'' or ''zh''; NULL is the setting language. Errors: P0002 unknown firing, 22023 unknown language, 42501 the rule is another author''s.';
