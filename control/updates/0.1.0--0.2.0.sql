-- what changed in schema.sql and objects.sql between 0.1.0 and 0.2.0 stands here

-- a mapping has an author: of a view its owner; one without a view is an administrator's
ALTER TABLE pulse_internal.mapping ADD COLUMN author regrole;
UPDATE pulse_internal.mapping AS m SET author = c.relowner::regrole FROM pg_class AS c WHERE c.oid = m.source;
