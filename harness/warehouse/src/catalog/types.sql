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
-- Not in SQL, which the planner would put in the call's place: the length would be lost to what a table is made of.
CREATE FUNCTION pg_catalog.linchpin_varchar(value varchar, modifier int, explicit boolean) RETURNS varchar LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF modifier < 4 OR pg_catalog.octet_length(value) <= modifier - 4 THEN
        RETURN value;
    ELSIF explicit THEN
        RETURN pg_catalog.linchpin_cut(value, modifier - 4);
    END IF;
    RETURN pg_catalog.linchpin_fit(value, modifier - 4, 'character varying');
END $$;
UPDATE pg_catalog.pg_cast SET castfunc = 'pg_catalog.linchpin_varchar'::regproc
    WHERE castsource = 'varchar'::regtype AND casttarget = 'varchar'::regtype;

-- CHAR holds ASCII alone (documented; its words are inferred). Explicit casts are what the system views have.
CREATE FUNCTION pg_catalog.linchpin_bpchar(value bpchar, modifier int, explicit boolean) RETURNS bpchar LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF NOT explicit AND pg_catalog.octet_length(value::text) <> pg_catalog.char_length(value::text) THEN
        RAISE EXCEPTION 'CHAR string contains invalid ASCII character' USING ERRCODE = 'XX000', HINT = 'try using VARCHAR instead of CHAR';
    END IF;
    RETURN pg_catalog.bpchar(value, modifier, explicit);
END $$;
UPDATE pg_catalog.pg_cast SET castfunc = 'pg_catalog.linchpin_bpchar'::regproc
    WHERE castsource = 'bpchar'::regtype AND casttarget = 'bpchar'::regtype;

-- An integer is a condition, as in `WHERE 1` (client source: sqlalchemy-redshift).
UPDATE pg_catalog.pg_cast SET castcontext = 'a' WHERE castsource = 'int4'::regtype AND casttarget = 'bool'::regtype;
