-- ---- rule: where the next due waits are ------------------------------------------
-- Not dumped: a floor that is too low costs time and nothing else.

CREATE TABLE pulse_internal.due_floor (
	due_at timestamptz NOT NULL,
	wait_id bigint NOT NULL,
	lane int NOT NULL DEFAULT -1 UNIQUE,	-- of a batch that is shared out; -1: the sweep that is not
	resets bigint NOT NULL DEFAULT 0	-- how often a rule that started has reset it
) WITH (fillfactor = 10);
COMMENT ON TABLE pulse_internal.due_floor IS
'A row, and while lanes share a batch one for each, not dumped: no wait of a running rule is open and due before this, in the order (due_at, wait_id). The sweep looks for due waits from here on, past the entries of those that are gone.';
INSERT INTO pulse_internal.due_floor (due_at, wait_id) VALUES ('-infinity', 0);
ALTER TABLE pulse_internal.due_floor OWNER TO pulse_owner;
