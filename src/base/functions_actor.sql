-- ---- base: who is asking ------------------------------------------------------

CREATE OR REPLACE FUNCTION pulse.act_as(staff text, tenant text DEFAULT NULL) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'sp_act_as';
REVOKE ALL ON FUNCTION pulse.act_as(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pulse.act_as(text, text) TO pulse_app;
COMMENT ON FUNCTION pulse.act_as(text, text) IS
'Says who is asking, for applications that share connections: a member of staff and a tenant, until the end of the transaction. Policies of row-level security read them. NULL: nobody, no tenant. Nobody else can set them, not by SET either.';

CREATE OR REPLACE FUNCTION pulse.acting_staff() RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'sp_acting_staff';
COMMENT ON FUNCTION pulse.acting_staff() IS 'The member of staff who is asking, as act_as() said in this transaction; NULL: nobody.';

CREATE OR REPLACE FUNCTION pulse.acting_tenant() RETURNS text
	LANGUAGE c STABLE PARALLEL SAFE LEAKPROOF AS 'MODULE_PATHNAME', 'sp_acting_tenant';
COMMENT ON FUNCTION pulse.acting_tenant() IS 'The tenant for whom is asked, as act_as() said in this transaction; NULL: none.';
