-- applications whose tables are partitioned or inherited
SET timezone = 'UTC';
CREATE SCHEMA partition_app;
CREATE TABLE partition_app.sale (id int NOT NULL, region text NOT NULL, total int, at timestamptz DEFAULT now(), PRIMARY KEY (id, region)) PARTITION BY LIST (region);
CREATE TABLE partition_app.sale_north PARTITION OF partition_app.sale FOR VALUES IN ('north');
-- a leaf with another layout, and one that is partitioned itself
CREATE TABLE partition_app.sale_south (gone int, at timestamptz, total int, region text NOT NULL, id int NOT NULL);
ALTER TABLE partition_app.sale_south DROP COLUMN gone;
ALTER TABLE partition_app.sale ATTACH PARTITION partition_app.sale_south FOR VALUES IN ('south');
CREATE TABLE partition_app.sale_east PARTITION OF partition_app.sale FOR VALUES IN ('east') PARTITION BY RANGE (id);
CREATE TABLE partition_app.sale_east_1 PARTITION OF partition_app.sale_east FOR VALUES FROM (0) TO (1000);
SELECT pulse.watch('partition_app.sale', 'partition_sold', 'nr = id, region = region, total = total', operations => '{insert,update,delete}');
CREATE VIEW partition_app.standing AS SELECT tgrelid::regclass AS relation, string_agg(replace(tgname, 'pulse_capture_', ''), ' ' ORDER BY tgname) AS triggers
	FROM pg_trigger WHERE tgname LIKE 'pulse\_capture%' GROUP BY 1;
SELECT * FROM partition_app.standing ORDER BY relation::text;
CREATE FUNCTION partition_app.sold(OUT nr int, OUT region text, OUT total int) RETURNS SETOF record LANGUAGE sql AS $$
	WITH taken AS (DELETE FROM pulse_event.partition_sold RETURNING *)
	SELECT nr, region, total FROM taken ORDER BY event_id $$;

-- by the root, by a leaf, by the part between; each once
INSERT INTO partition_app.sale VALUES (1, 'north', 1), (2, 'south', 2), (3, 'east', 3);
INSERT INTO partition_app.sale_south (id, region, total) VALUES (4, 'south', 4);
INSERT INTO partition_app.sale_east VALUES (5, 'east', 5);
INSERT INTO partition_app.sale_east_1 VALUES (6, 'east', 6);
COPY partition_app.sale (id, region, total) FROM stdin;
7	north	7
8	south	8
\.
SELECT * FROM partition_app.sold();
UPDATE partition_app.sale SET total = total + 10 WHERE id IN (1, 2, 3);
UPDATE partition_app.sale_south SET total = 44 WHERE id = 4;
DELETE FROM partition_app.sale WHERE id = 7;
SELECT * FROM partition_app.sold();
-- an update that moves a row to another partition is one update
UPDATE partition_app.sale SET region = 'south' WHERE id IN (1, 3);
SELECT * FROM partition_app.sold();
-- one that changes nothing is none
UPDATE partition_app.sale SET total = total;
SELECT * FROM partition_app.sold();
-- a trigger that keeps a row from arriving: OLD and NEW are paired by key
CREATE FUNCTION partition_app.stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER stop BEFORE INSERT ON partition_app.sale_north FOR EACH ROW WHEN (NEW.total = 12) EXECUTE FUNCTION partition_app.stop();
SELECT id, region, total FROM partition_app.sale WHERE region = 'south' ORDER BY id;
UPDATE partition_app.sale SET region = CASE WHEN id = 2 THEN 'north' ELSE region END, total = CASE WHEN id = 8 THEN 88 ELSE total END WHERE region = 'south';
SELECT * FROM partition_app.sold();

-- a new leaf: by the root at once, directly after the next visit
CREATE TABLE partition_app.sale_west PARTITION OF partition_app.sale FOR VALUES IN ('west');
INSERT INTO partition_app.sale VALUES (20, 'west', 20);
INSERT INTO partition_app.sale_west VALUES (21, 'west', 21);
SELECT pulse_internal.maintain_watches();
SELECT pulse_internal.maintain_watches();
INSERT INTO partition_app.sale_west VALUES (22, 'west', 22);
SELECT * FROM partition_app.sold();
-- a leaf that was detached is no longer the watch's
ALTER TABLE partition_app.sale DETACH PARTITION partition_app.sale_west;
INSERT INTO partition_app.sale_west VALUES (23, 'west', 23);
SELECT * FROM partition_app.sold();

-- TRUNCATE of the root
TRUNCATE partition_app.sale;
SELECT count(*) > 0 AS gaps FROM pulse_internal.event_gap AS g JOIN pulse_internal.watch AS w USING (watch_id) WHERE relation = 'partition_app.sale'::regclass;

-- row level: leaves get the trigger by themselves; a move is a delete and an insert
SELECT pulse.alter_watch('partition_app.sale', 'partition_sold', capture_level => 'row');
SELECT * FROM partition_app.standing ORDER BY relation::text;
CREATE TABLE partition_app.sale_far PARTITION OF partition_app.sale FOR VALUES IN ('far');
INSERT INTO partition_app.sale VALUES (30, 'north', 30), (31, 'far', 31);
INSERT INTO partition_app.sale_far VALUES (32, 'far', 32);
SELECT tgenabled FROM pg_trigger WHERE tgrelid = 'partition_app.sale_far'::regclass AND tgname = 'pulse_capture_row';
UPDATE partition_app.sale SET region = 'south' WHERE id = 31;
SELECT * FROM partition_app.sold();
SELECT pulse.drop_watch('partition_app.sale', 'partition_sold');
SELECT * FROM partition_app.standing ORDER BY relation::text;

-- a watch of a leaf, then one of its root, both per row
SELECT pulse.watch('partition_app.sale_north', 'partition_north', 'nr = id', capture_level => 'row');
SELECT pulse.watch('partition_app.sale', 'partition_sold', 'nr = id, region = region, total = total', capture_level => 'row');
INSERT INTO partition_app.sale VALUES (40, 'north', 40), (41, 'south', 41);
SELECT * FROM partition_app.sold();
SELECT nr FROM pulse_event.partition_north;
SELECT pulse.drop_watch('partition_app.sale', 'partition_sold');
INSERT INTO partition_app.sale VALUES (42, 'north', 42), (43, 'south', 43);
SELECT * FROM partition_app.sold();
SELECT nr FROM pulse_event.partition_north;
SELECT pulse.drop_watch('partition_app.sale_north', 'partition_north');

-- inheritance
CREATE TABLE partition_app.contact (id int, customer int);
CREATE TABLE partition_app.visit (place text) INHERITS (partition_app.contact);
SELECT pulse.watch('partition_app.contact', 'partition_contact', operations => '{insert,update}');
INSERT INTO partition_app.contact VALUES (1, 1);
INSERT INTO partition_app.visit VALUES (2, 2, 'there');
UPDATE partition_app.contact SET customer = customer * 10;
SELECT id, customer FROM pulse_event.partition_contact ORDER BY event_id;
CREATE TABLE partition_app.call (phone text) INHERITS (partition_app.contact);
SELECT pulse_internal.maintain_watches();
INSERT INTO partition_app.call VALUES (3, 3, '110');
SELECT id, customer FROM pulse_event.partition_contact WHERE id = 3;

-- the event's own leaf with another layout than the root: a column was dropped
ALTER TABLE pulse_event.partition_contact ADD COLUMN extra int;
ALTER TABLE pulse_event.partition_contact DROP COLUMN customer;
SELECT pulse.alter_watch('partition_app.contact', 'partition_contact', columns => 'id = id, extra = customer');
SELECT pulse.set_clock(pulse.clock() + interval '4 months');
SELECT pulse_internal.make_leaves(kind_id, relation) FROM pulse_internal.event_kind WHERE name = 'partition_contact';
INSERT INTO partition_app.contact VALUES (4, 4);
SELECT id, extra FROM pulse_event.partition_contact WHERE id = 4;
SELECT pulse.set_clock(NULL);

SELECT pulse.drop_watch(relation, event) FROM pulse.watches WHERE event LIKE 'partition\_%';
SELECT pulse.drop_event(name) FROM pulse.events WHERE name LIKE 'partition\_%';
SET client_min_messages = warning;
DROP SCHEMA partition_app CASCADE;
