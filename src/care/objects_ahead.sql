-- ---- care: whose band turns before long ------------------------------------------------

-- pulse.healths WHERE model = ... AND next_change < ...; the refresh looks by due_at, which also has what does not show
CREATE INDEX health_current_next ON pulse_internal.health_current (source_id, next_change) WHERE next_change IS NOT NULL;
