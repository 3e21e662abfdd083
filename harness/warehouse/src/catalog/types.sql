-- Lengths of CHAR and VARCHAR are in bytes, so casts to a length are the front's own instead of PostgreSQL's, which
-- counts characters. The wording of the error is PostgreSQL's, which Redshift shares.
CREATE FUNCTION pg_catalog.linchpin_cut(value text, bytes int) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE cut text := pg_catalog.left(value, bytes);
BEGIN
    WHILE pg_catalog.octet_length(cut) > bytes LOOP
        cut := pg_catalog.left(cut, -1);
    END LOOP;
    RETURN cut;
END $$;
-- Blanks that do not fit are cut off (documented); anything else is refused.
CREATE FUNCTION pg_catalog.linchpin_fit(value text, bytes int, type text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE cut text := pg_catalog.linchpin_cut(value, bytes);
BEGIN
    IF pg_catalog.rtrim(value, ' ') <> pg_catalog.rtrim(cut, ' ') THEN
        RAISE EXCEPTION 'value too long for type %(%)', type, bytes USING ERRCODE = '22001';
    END IF;
    RETURN cut;
END $$;
CREATE FUNCTION pg_catalog.linchpin_varchar(value varchar, modifier int, explicit boolean) RETURNS varchar LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN modifier < 4 OR pg_catalog.octet_length(value) <= modifier - 4 THEN value
        WHEN explicit THEN pg_catalog.linchpin_cut(value, modifier - 4)::varchar
        ELSE pg_catalog.linchpin_fit(value, modifier - 4, 'character varying')::varchar
    END $$;
UPDATE pg_catalog.pg_cast SET castfunc = 'pg_catalog.linchpin_varchar'::regproc
    WHERE castsource = 'varchar'::regtype AND casttarget = 'varchar'::regtype;

-- An integer is a condition, as in `WHERE 1` (client source: sqlalchemy-redshift).
UPDATE pg_catalog.pg_cast SET castcontext = 'a' WHERE castsource = 'int4'::regtype AND casttarget = 'bool'::regtype;

-- SUPER holds what JSON can say; VARBYTE holds bytes.
CREATE DOMAIN pg_catalog.super AS jsonb;
CREATE DOMAIN pg_catalog.varbyte AS bytea;
-- The number of SUPER that drivers know (driver sources); the type is new, and nothing else names it yet.
DO $$
DECLARE made oid := 'pg_catalog.super'::regtype;
BEGIN
    UPDATE pg_catalog.pg_type SET oid = 4000 WHERE oid = made;
    UPDATE pg_catalog.pg_type SET typelem = 4000 WHERE typelem = made;
    UPDATE pg_catalog.pg_depend SET objid = 4000 WHERE classid = 'pg_catalog.pg_type'::regclass AND objid = made;
    UPDATE pg_catalog.pg_depend SET refobjid = 4000 WHERE refclassid = 'pg_catalog.pg_type'::regclass AND refobjid = made;
END $$;
