-- replay.sql: the history, day by day, through the application's own statements.
-- The clock of salespulse stands at eight in the morning, when what came due is
-- swept and, where a relay is at work (wait_for_relay), delivered; then at six in
-- the evening, when the day's invoices and payments have been entered.
CREATE PROCEDURE app.replay(wait_for_relay boolean) LANGUAGE plpgsql AS $$
DECLARE
	day date := (SELECT min(issued) FROM app.ledger);
	until date := (SELECT max(greatest(issued + 120, settled + 2)) FROM app.ledger);
BEGIN
	WHILE day <= until LOOP
		PERFORM pulse.set_clock(day::timestamp AT TIME ZONE 'Asia/Shanghai' + interval '8 hours');
		COMMIT;
		CALL pulse.run();
		WHILE wait_for_relay AND EXISTS (SELECT FROM pulse.messages WHERE state = 'claimed' OR state = 'queued' AND attempt = 0) LOOP
			PERFORM pg_sleep(0.005);
			COMMIT;
		END LOOP;

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
CALL app.replay(:wait_for_relay);
