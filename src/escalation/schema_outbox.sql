-- ---- escalation: the outbox, apart from the texts ---------------------------------
-- A message's text never changes and lies in pulse_internal.message.  How far it has
-- come is one narrow row: in "queue" while it is to be sent, in "delivery" once a worker
-- is done with it.  Invariant: a message is in exactly one of the two.
-- C reads and writes both by column number (queue.h).

CREATE TABLE pulse_internal.queue (
	message_id bigint PRIMARY KEY,
	not_before timestamptz NOT NULL,	-- by pulse.clock()
	held_until timestamptz NOT NULL DEFAULT '-infinity',	-- end of the lease, or of the pause after a failure; by the system's clock
	lease_token bigint NOT NULL DEFAULT 0,
	priority int NOT NULL DEFAULT 0,	-- lower goes first
	attempt int NOT NULL DEFAULT 0,
	claimed boolean NOT NULL DEFAULT false,
	withdraw boolean NOT NULL DEFAULT false,	-- its case is closed
	changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	channel text COLLATE "C" NOT NULL,
	worker text,
	last_error text
	-- half of each page is left for what a claim writes: so it touches no index
) WITH (fillfactor = 45, autovacuum_vacuum_scale_factor = 0.05);
COMMENT ON TABLE pulse_internal.queue IS 'Messages to be sent, or being sent; see pulse.messages.';
-- a claim changes none of these columns; rows that pause or are claimed keep their places
CREATE INDEX queue_order ON pulse_internal.queue (channel, priority, not_before, message_id);
CREATE INDEX queue_withdrawn ON pulse_internal.queue (message_id) WHERE withdraw;

CREATE TABLE pulse_internal.delivery (
	message_id bigint PRIMARY KEY,
	changed_at timestamptz NOT NULL,
	lease_token bigint NOT NULL,
	attempt int NOT NULL,
	state text NOT NULL
		CHECK (state IN ('unknown', 'sent', 'delivered', 'failed', 'dead', 'withdrawn', 'unaddressed', 'digested')),
	worker text,
	provider_id text,
	last_error text
);
COMMENT ON TABLE pulse_internal.delivery IS 'What became of messages; see pulse.messages.';
CREATE INDEX delivery_trouble ON pulse_internal.delivery (state)
	WHERE state IN ('unknown', 'failed', 'dead', 'unaddressed');
-- only of gateways whose receipts name a message by nothing else
CREATE INDEX delivery_serial ON pulse_internal.delivery (provider_id) WHERE provider_id LIKE 'tencent:%';

-- the outbox of 0.1.0 was one table
DO $$
BEGIN
	IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'pulse_internal.message'::regclass AND attname = 'state') THEN
		EXECUTE 'INSERT INTO pulse_internal.queue (message_id, not_before, held_until, lease_token, priority, attempt,
				claimed, withdraw, changed_at, channel, worker, last_error)
			SELECT message_id, not_before, held_until, coalesce(lease_token, 0), priority, attempt,
				state = ''claimed'', withdraw, changed_at, channel, worker, last_error
			FROM pulse_internal.message WHERE state IN (''queued'', ''claimed'')';
		EXECUTE 'INSERT INTO pulse_internal.delivery (message_id, changed_at, lease_token, attempt, state, worker, provider_id, last_error)
			SELECT message_id, changed_at, coalesce(lease_token, 0), attempt, state, worker, provider_id, last_error
			FROM pulse_internal.message WHERE state NOT IN (''queued'', ''claimed'')';
	END IF;
END
$$;

-- ---- what a channel can take --------------------------------------------------------

CREATE TABLE pulse_internal.channel (
	name text COLLATE "C" PRIMARY KEY,
	overflow text NOT NULL DEFAULT 'wait' CHECK (overflow IN ('wait', 'digest')),
	created_at timestamptz NOT NULL
);
COMMENT ON TABLE pulse_internal.channel IS 'Channels with limits; see pulse.channels.';

CREATE TABLE pulse_internal.channel_limit (
	channel text COLLATE "C" REFERENCES pulse_internal.channel ON DELETE CASCADE,
	per_recipient boolean,
	span interval,				-- at most max_messages in any window of this length
	max_messages int NOT NULL CHECK (max_messages > 0),
	PRIMARY KEY (channel, per_recipient, span)
);
COMMENT ON TABLE pulse_internal.channel_limit IS 'How many messages a channel, or one recipient on it, may get; see pulse.channels.';

-- One row per message claimed on a channel with limits: the last instant at which it
-- may have been sent.  That is the lease's end while nobody answers, then the answer.
CREATE TABLE pulse_internal.channel_use (
	channel text COLLATE "C" NOT NULL,
	last_at timestamptz NOT NULL,
	message_id bigint NOT NULL,
	lease_token bigint NOT NULL,
	recipient text
);
COMMENT ON TABLE pulse_internal.channel_use IS 'Places that messages take in the limits of their channels.';
CREATE INDEX channel_use_window ON pulse_internal.channel_use (channel, last_at);
CREATE INDEX channel_use_message ON pulse_internal.channel_use (message_id);

ALTER TABLE pulse_internal.queue OWNER TO pulse_owner;
ALTER TABLE pulse_internal.delivery OWNER TO pulse_owner;
ALTER TABLE pulse_internal.channel OWNER TO pulse_owner;
ALTER TABLE pulse_internal.channel_limit OWNER TO pulse_owner;
ALTER TABLE pulse_internal.channel_use OWNER TO pulse_owner;
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.queue', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.delivery', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.channel', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.channel_limit', '');
SELECT pg_catalog.pg_extension_config_dump('pulse_internal.channel_use', '');
