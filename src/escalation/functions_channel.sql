-- ---- escalation: what channels can take ----------------------------------------------

-- "20 per minute", "100 per 5 minutes" -> how many, in which span
CREATE OR REPLACE FUNCTION pulse_internal.read_limit(given text, OUT max_messages int, OUT span interval) RETURNS record
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	parts text[] := regexp_match(lower(btrim(given)), '^(\d{1,9}) (?:per|every) (?:(\d{1,4}) )?(second|minute|hour|day)s?$');
BEGIN
	IF parts IS NULL OR parts[1]::int = 0 OR parts[2]::int = 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('unusable limit: "%s"', given),
			DETAIL = 'A limit is a number of messages and the span in which there may be no more.',
			HINT = 'Type it such as ''20 per minute'' or ''5 per 10 seconds''.';
	END IF;
	max_messages := parts[1]::int;
	span := (coalesce(parts[2], '1') || ' ' || parts[3])::interval;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.read_limit(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.read_limit(text) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.limit_text(max_messages int, span interval) RETURNS text
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN (SELECT max_messages || ' per ' || CASE WHEN u.n = 1 THEN u.unit ELSE u.n || ' ' || u.unit || 's' END
			FROM (SELECT extract(epoch FROM span)::bigint / l.seconds AS n, l.unit
				  FROM (VALUES (86400, 'day'), (3600, 'hour'), (60, 'minute'), (1, 'second')) AS l(seconds, unit)
				  WHERE extract(epoch FROM span)::bigint % l.seconds = 0 ORDER BY l.seconds DESC LIMIT 1) AS u);
REVOKE ALL ON FUNCTION pulse_internal.limit_text(int, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.limit_text(int, interval)
	TO pulse_owner, pg_monitor, pulse_admin, pulse_author, pulse_analyst;

CREATE OR REPLACE FUNCTION pulse_internal.require_channel(name text) RETURNS void
	LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM pulse_internal.channel AS c WHERE c.name = require_channel.name) THEN
		RAISE EXCEPTION USING ERRCODE = 'SP605', MESSAGE = format('unknown channel: "%s"', name),
			DETAIL = 'No channel of that name was made with pulse.create_channel().',
			HINT = 'Look at SELECT * FROM pulse.channels.';
	END IF;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.require_channel(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.require_channel(text) TO pulse_owner;

-- NULL leaves limits as they are
CREATE OR REPLACE FUNCTION pulse_internal.set_limits(channel text, limits text[], for_recipient boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF limits IS NULL THEN
		RETURN;
	END IF;
	DELETE FROM pulse_internal.channel_limit AS l
	WHERE l.channel = set_limits.channel AND l.per_recipient = for_recipient;
	INSERT INTO pulse_internal.channel_limit (channel, per_recipient, span, max_messages)
	SELECT set_limits.channel, for_recipient, r.span, min(r.max_messages)
	FROM unnest(limits) AS given, LATERAL pulse_internal.read_limit(given) AS r GROUP BY r.span;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.set_limits(text, text[], boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.set_limits(text, text[], boolean) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse_internal.check_overflow(overflow text) RETURNS text
	LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF overflow NOT IN ('wait', 'digest') THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('unknown overflow: "%s"', overflow),
			DETAIL = 'Messages over the limit wait, or become one message for each recipient.', HINT = 'Type ''wait'' or ''digest''.';
	END IF;
	RETURN overflow;
END
$$;
REVOKE ALL ON FUNCTION pulse_internal.check_overflow(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse_internal.check_overflow(text) TO pulse_owner;

CREATE OR REPLACE FUNCTION pulse.create_channel(name text, limits text[] DEFAULT '{}',
		recipient_limits text[] DEFAULT '{}', overflow text DEFAULT 'wait') RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF coalesce(name, '') = '' OR octet_length(name) > 63 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('invalid name of a channel: "%s"', name),
			DETAIL = 'It is empty or longer than a name may be.', HINT = 'Type the name that messages have, such as ''sms''.';
	END IF;
	INSERT INTO pulse_internal.channel (name, overflow, created_at)
	VALUES (create_channel.name, pulse_internal.check_overflow(coalesce(create_channel.overflow, 'wait')), pulse.clock()) ON CONFLICT DO NOTHING;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'duplicate_object', MESSAGE = format('channel "%s" exists already', name),
			DETAIL = 'Channels are told apart by their names.', HINT = 'Change it with pulse.alter_channel().';
	END IF;
	PERFORM pulse_internal.set_limits(name, limits, false), pulse_internal.set_limits(name, recipient_limits, true);
END
$$;
ALTER FUNCTION pulse.create_channel(text, text[], text[], text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.create_channel(text, text[], text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.create_channel(text, text[], text[], text) TO pulse_admin;
COMMENT ON FUNCTION pulse.create_channel(text, text[], text[], text) IS
'Says what a channel of the outbox can take: limits such as ''{20 per minute,100 per day}'', no more than that in any window of that length, all workers together; recipient_limits the same for each address. With overflow ''digest'' what waits for a limit becomes one message for each recipient, with a list. A channel without an entry here has no limits. Errors: 22023 unusable name, limit or overflow, 42710 the channel exists.';

CREATE OR REPLACE FUNCTION pulse.alter_channel(name text, limits text[] DEFAULT NULL,
		recipient_limits text[] DEFAULT NULL, overflow text DEFAULT NULL) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM pulse_internal.require_channel(name);
	UPDATE pulse_internal.channel AS c SET overflow = pulse_internal.check_overflow(alter_channel.overflow)
	WHERE c.name = alter_channel.name AND alter_channel.overflow IS NOT NULL;
	PERFORM pulse_internal.set_limits(name, limits, false), pulse_internal.set_limits(name, recipient_limits, true);
END
$$;
ALTER FUNCTION pulse.alter_channel(text, text[], text[], text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.alter_channel(text, text[], text[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.alter_channel(text, text[], text[], text) TO pulse_admin;
COMMENT ON FUNCTION pulse.alter_channel(text, text[], text[], text) IS
'Changes what create_channel said; what is null stays, ''{}'' takes the limits away. What was sent before counts against the new limits as far back as the old ones reached. Errors: SP605 no such channel, 22023 unusable limit or overflow.';

CREATE OR REPLACE FUNCTION pulse.drop_channel(name text) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	PERFORM pulse_internal.require_channel(name);
	DELETE FROM pulse_internal.channel_use AS u WHERE u.channel = drop_channel.name;
	DELETE FROM pulse_internal.channel AS c WHERE c.name = drop_channel.name;
END
$$;
ALTER FUNCTION pulse.drop_channel(text) OWNER TO pulse_owner;
REVOKE ALL ON FUNCTION pulse.drop_channel(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.drop_channel(text) TO pulse_admin;
COMMENT ON FUNCTION pulse.drop_channel(text) IS
'Forgets what create_channel said; messages of the channel then go out without limits. Error SP605: no such channel.';
