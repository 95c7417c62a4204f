-- ---- escalation: steps of cases as events --------------------------------------------------

CREATE TABLE pulse_internal.task_overdue (
	task_id bigint PRIMARY KEY
);
COMMENT ON TABLE pulse_internal.task_overdue IS 'Tasks whose being overdue was told as an event.';
ALTER TABLE pulse_internal.task_overdue OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.task_overdue', '');

CREATE TRIGGER case_steps_insert AFTER INSERT ON pulse_internal.cases
	REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.case_steps();
CREATE TRIGGER case_steps_update AFTER UPDATE ON pulse_internal.cases
	REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.case_steps();
CREATE TRIGGER case_steps_insert AFTER INSERT ON pulse_internal.task
	REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.case_steps();
CREATE TRIGGER case_steps_update AFTER UPDATE ON pulse_internal.task
	REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.case_steps();
CREATE TRIGGER case_steps_insert AFTER INSERT ON pulse_internal.message
	REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.case_steps();
CREATE TRIGGER case_steps_insert AFTER INSERT ON pulse_internal.delivery
	REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.case_steps();
CREATE TRIGGER case_steps_update AFTER UPDATE ON pulse_internal.delivery
	REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION pulse_internal.case_steps();
