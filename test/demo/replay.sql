-- replay.sql: the history, day by day, through the application's own statements.
-- The clock of salespulse is stopped at each day's end and then moved to the next.
CREATE PROCEDURE app.replay(since date, until date) LANGUAGE plpgsql AS $$
DECLARE
	day date := since;
BEGIN
	WHILE day <= until LOOP
		PERFORM pulse.set_clock(day::timestamp AT TIME ZONE 'Asia/Shanghai' + interval '18 hours');
		COMMIT;
		INSERT INTO app.invoice
		SELECT invoice, customer, issued::timestamp AT TIME ZONE 'Asia/Shanghai' + interval '9 hours', due, amount, disputed = 'Yes'
		FROM app.ledger WHERE issued = day ORDER BY invoice;
		INSERT INTO app.payment (invoice_id, customer_id, paid_at, amount)
		SELECT invoice, customer, settled::timestamp AT TIME ZONE 'Asia/Shanghai' + interval '12 hours', amount
		FROM app.ledger WHERE settled = day ORDER BY invoice;
		COMMIT;
		CALL pulse.run();
		day := day + 1;
	END LOOP;
END
$$;
CALL app.replay((SELECT min(issued) FROM app.ledger), (SELECT max(greatest(issued + 120, settled + 2)) FROM app.ledger));
