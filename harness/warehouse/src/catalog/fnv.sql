-- FNV_HASH: FNV-1a of 64 bits over the value's own bytes, least first; its page's three examples come out so. How other types lie in
-- memory, and what a NULL gives, is not documented: both are refused.
CREATE FUNCTION pg_internal.fnv1a(bytes bytea, seed bigint, kind text) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    mask constant bigint := 4294967295;
    low bigint := seed & mask;
    high bigint := (seed >> 32) & mask;
    product bigint;
BEGIN
    IF bytes IS NULL OR seed IS NULL THEN
        RAISE EXCEPTION 'FNV_HASH of % is not carried out by linchpin', kind USING ERRCODE = '0A000';
    END IF;
    -- Times 2^40 + 435, modulo 2^64, by halves: a product of BIGINTs would overflow.
    FOR at IN 0 .. pg_catalog.octet_length(bytes) - 1 LOOP
        low := low # pg_catalog.get_byte(bytes, at);
        product := low * 435;
        high := (high * 435 + (product >> 32) + (low << 8)) & mask;
        low := product & mask;
    END LOOP;
    RETURN (high << 32) | low;
END $$;
CREATE FUNCTION pg_internal.least_first(bytes bytea) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT pg_catalog.string_agg(pg_catalog.substr($1, at, 1), '' ORDER BY at DESC) FROM pg_catalog.generate_series(1, pg_catalog.octet_length($1)) AS at $$;
DO $$
DECLARE hashed record;
BEGIN
    FOR hashed IN SELECT * FROM (VALUES ('int2', 'pg_internal.least_first(pg_catalog.int2send($1))'), ('int4', 'pg_internal.least_first(pg_catalog.int4send($1))'),
        ('int8', 'pg_internal.least_first(pg_catalog.int8send($1))'), ('text', 'pg_catalog.textsend($1)'), ('bpchar', 'pg_catalog.bpcharsend($1)'),
        ('anyelement', 'NULL')) AS kinds (type, bytes) LOOP
        EXECUTE pg_catalog.format('CREATE FUNCTION pg_catalog.fnv_hash(%s, seed bigint DEFAULT -3750763034362895579) RETURNS bigint LANGUAGE sql IMMUTABLE AS %L',
            hashed.type, pg_catalog.format('SELECT pg_internal.fnv1a(%s, $2, CASE WHEN $1 IS NULL THEN ''NULL'' ELSE pg_catalog.pg_typeof($1)::text END)', hashed.bytes));
    END LOOP;
END $$;
