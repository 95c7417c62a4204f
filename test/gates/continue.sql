-- continue.sql: a restored database goes on: the application writes, the clock moves, the ladder fires
SELECT pulse.resume_delivery();
INSERT INTO app.invoice SELECT 900000 + n, (SELECT min(id) FROM app.customer), pulse.clock() + interval '1 minute',
	(pulse.clock() AT TIME ZONE 'Asia/Shanghai')::date + 2, 100 + n FROM generate_series(1, 3) AS n;
SELECT pulse.set_clock(pulse.clock() + interval '30 days');
CALL pulse.run();
DO $$ BEGIN
	IF (SELECT count(*) FROM pulse.firings WHERE key IN ('900001', '900002', '900003')) = 0 THEN
		RAISE EXCEPTION 'the ladder did not go on';
	END IF;
END $$;
