-- real orders, from the text that the file holds
CREATE TABLE bench.iowa_bare (id text NOT NULL, day date NOT NULL, store int NOT NULL, item int NOT NULL, bottles int NOT NULL, dollars numeric NOT NULL);
CREATE TABLE bench.iowa_kept (LIKE bench.iowa_bare INCLUDING ALL);
SELECT pulse.create_rollup('iowa_daily', 'bench.iowa_kept', 'day', 'day', '{store,item}', '{count,sum(bottles),sum(dollars)}', rollup_schema => 'bench');
COPY (SELECT "Invoice/Item Number", "Date"::date, "Store Number"::int, "Item Number"::int, "Bottles Sold"::int, "Sale (Dollars)"::numeric
	FROM bench.iowa_text) TO :'file';
