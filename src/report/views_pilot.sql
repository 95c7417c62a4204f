-- ---- report: pilots, to look at -----------------------------------------------------------

GRANT SELECT ON pulse_internal.pilot, pulse_internal.pilot_baseline TO pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE VIEW pulse.pilots WITH (security_invoker = true) AS
	SELECT p.name, p.baseline_since, p.baseline_until - 1 AS baseline_last_day, p.started, p.until, p.unit, p.direction, p.target, p.cost, p.value_per_unit,
		   p.currency, p.level, p.by_member, p.has_control, p.block, p.query, p.author, p.created_at,
		   (SELECT count(*) FROM pulse_internal.pilot_baseline AS b WHERE b.pilot_id = p.pilot_id) AS baseline_figures
	FROM pulse_internal.pilot AS p;
COMMENT ON VIEW pulse.pilots IS
'Pilots: the days of the baseline and how many figures of it are frozen, when it started and ends (until: the day after its last), how it is judged, cost and value, the query of its figures and the author whose rights it has. pulse.pilot_report(name) says what came of it.';
GRANT SELECT ON pulse.pilots TO pulse_admin, pulse_author, pulse_analyst;
