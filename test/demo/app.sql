-- app.sql: an application that knows nothing of salespulse.
-- Its tables are filled by replay.sql; "ledger" holds the history to be replayed.
CREATE SCHEMA app;

CREATE TABLE app.staff (
	id text PRIMARY KEY,
	full_name text NOT NULL,
	email text,
	mobile text,
	unit text NOT NULL,			-- path in the organisation
	job text NOT NULL
);
CREATE TABLE app.customer (
	id text PRIMARY KEY,
	name text NOT NULL,
	region text NOT NULL,
	owner_id text NOT NULL REFERENCES app.staff
);
CREATE TABLE app.invoice (
	id bigint PRIMARY KEY,
	customer_id text NOT NULL REFERENCES app.customer,
	created_at timestamptz NOT NULL,
	due_date date NOT NULL,
	total numeric(12,2) NOT NULL,
	disputed boolean NOT NULL DEFAULT false
);
CREATE TABLE app.payment (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	invoice_id bigint NOT NULL REFERENCES app.invoice,
	customer_id text NOT NULL REFERENCES app.customer,
	paid_at timestamptz NOT NULL,
	amount numeric(12,2) NOT NULL
);
CREATE TABLE app.ledger (
	country text, customer text, paperless_date date, invoice bigint, issued date, due date,
	amount numeric(12,2), disputed text, settled date, bill text, days_to_settle int, days_late int
);
