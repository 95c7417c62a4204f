-- ---- rule: the time at which the sweep finds a wait -----------------------------------------

CREATE TRIGGER set_sweep_at BEFORE INSERT OR UPDATE ON pulse_internal.wait
	FOR EACH ROW EXECUTE FUNCTION pulse_internal.set_sweep_at();
