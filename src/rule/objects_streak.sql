-- ---- rule: streaks --------------------------------------------------------------------

ALTER TABLE pulse_internal.rule_look ADD COLUMN by_day boolean NOT NULL DEFAULT false;	-- for streaks of days: it need not look each minute
