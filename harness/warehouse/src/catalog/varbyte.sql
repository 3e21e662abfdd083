-- VARBYTE: bytes, which are told as hexadecimal digits (documented). PostgreSQL has no function that writes those alone, and an
-- input function cannot tell a literal, which is the text whose bytes are meant, from the digits of a file. So a value is
-- stored as its digits and a NUL, where writing ends; without the NUL it is a literal that no length has been given to yet. The
-- front gives one to every column and cast, and reads files. Drivers know its number (driver sources).
CREATE TYPE pg_catalog.varbyte;
UPDATE pg_catalog.pg_type SET oid = 6551 WHERE typname = 'varbyte' AND typnamespace = 'pg_catalog'::regnamespace;
CREATE FUNCTION pg_internal.varbyte_in(cstring) RETURNS pg_catalog.varbyte LANGUAGE internal IMMUTABLE STRICT AS 'byteain';
CREATE FUNCTION pg_internal.varbyte_out(pg_catalog.varbyte) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE FUNCTION pg_internal.varbyte_length(cstring[]) RETURNS int LANGUAGE internal IMMUTABLE STRICT AS 'varbittypmodin';
CREATE FUNCTION pg_internal.varbyte_length_out(int) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'varbittypmodout';
CREATE TYPE pg_catalog.varbyte (
    INPUT = pg_internal.varbyte_in, OUTPUT = pg_internal.varbyte_out, TYPMOD_IN = pg_internal.varbyte_length,
    TYPMOD_OUT = pg_internal.varbyte_length_out, INTERNALLENGTH = VARIABLE, STORAGE = extended
);
UPDATE pg_catalog.pg_type SET typarray = 0 WHERE oid = 6551;

-- What is stored, and what is meant. The internal function copies bytes.
CREATE FUNCTION pg_internal.stored(pg_catalog.varbyte) RETURNS bytea LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteasend';
CREATE FUNCTION pg_internal.to_store(bytea) RETURNS pg_catalog.varbyte LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteasend';
CREATE FUNCTION pg_internal.bytes_of(pg_catalog.varbyte) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN pg_catalog.substring(value, length) = E'\\000'::bytea
        THEN pg_catalog.decode(pg_catalog.encode(pg_catalog.substring(value, 1, length - 1), 'escape'), 'hex') ELSE value END
    FROM (SELECT value, pg_catalog.length(value) AS length FROM pg_internal.stored($1) AS value) AS kept $$;
CREATE FUNCTION pg_internal.of_bytes(bytea) RETURNS pg_catalog.varbyte LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
    $$ SELECT pg_internal.to_store(pg_catalog.convert_to(pg_catalog.encode($1, 'hex'), 'UTF8') || E'\\000'::bytea) $$;
-- In binary form the bytes themselves (inferred).
CREATE FUNCTION pg_internal.varbyte_send(pg_catalog.varbyte) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_internal.bytes_of($1) $$;
ALTER TYPE pg_catalog.varbyte SET (SEND = pg_internal.varbyte_send);

-- A cast cuts what does not fit, a column refuses it, as with VARCHAR (inferred; the wording is PostgreSQL's for BIT VARYING).
CREATE FUNCTION pg_internal.fit_varbyte(value pg_catalog.varbyte, length int, explicit boolean) RETURNS pg_catalog.varbyte
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE bytes bytea := pg_internal.bytes_of(value);
BEGIN
    IF length >= 0 AND pg_catalog.length(bytes) > length THEN
        IF NOT explicit THEN
            RAISE EXCEPTION 'value too long for type binary varying(%)', length USING ERRCODE = '22001';
        END IF;
        bytes := pg_catalog.substring(bytes, 1, length);
    END IF;
    RETURN pg_internal.of_bytes(bytes);
END $$;
CREATE CAST (pg_catalog.varbyte AS pg_catalog.varbyte) WITH FUNCTION pg_internal.fit_varbyte(pg_catalog.varbyte, int, boolean) AS IMPLICIT;
CREATE CAST (pg_catalog.varbyte AS bytea) WITH FUNCTION pg_internal.bytes_of(pg_catalog.varbyte) AS IMPLICIT;
CREATE CAST (bytea AS pg_catalog.varbyte) WITH FUNCTION pg_internal.of_bytes(bytea) AS ASSIGNMENT;
-- A text's bytes are those of UTF-8, and back (documented). That a text is put into a column without a cast is inferred.
DO $$
DECLARE kind text;
BEGIN
    FOREACH kind IN ARRAY '{text,varchar,bpchar}'::text[] LOOP
        EXECUTE pg_catalog.format('CREATE FUNCTION pg_internal.varbyte_of(%s) RETURNS pg_catalog.varbyte LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS '
            '''SELECT pg_internal.of_bytes(pg_catalog.convert_to($1, ''''UTF8''''))''', kind);
        EXECUTE pg_catalog.format('CREATE CAST (%s AS pg_catalog.varbyte) WITH FUNCTION pg_internal.varbyte_of(%1$s) AS ASSIGNMENT', kind);
        EXECUTE pg_catalog.format('CREATE FUNCTION pg_internal.%s_of_varbyte(pg_catalog.varbyte) RETURNS %1$s LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS '
            '''SELECT pg_catalog.convert_from(pg_internal.bytes_of($1), ''''UTF8'''')::%1$s''', kind);
        EXECUTE pg_catalog.format('CREATE CAST (pg_catalog.varbyte AS %s) WITH FUNCTION pg_internal.%1$s_of_varbyte(pg_catalog.varbyte)', kind);
    END LOOP;
END $$;

-- Comparisons. Their other operand is a `bytea`, which a VARBYTE becomes, so that a literal beside a VARBYTE means its bytes.
DO $$
DECLARE
    symbols text[] := '{<,<=,=,>=,>,<>}';
    commutators text[] := '{>,>=,=,<=,<,<>}';
    negators text[] := '{>=,>,<>,<,<=,=}';
    functions text[] := '{bytealt,byteale,byteaeq,byteage,byteagt,byteane}';
BEGIN
    FOR n IN 1..6 LOOP
        EXECUTE pg_catalog.format('CREATE FUNCTION pg_internal.compares_%s(pg_catalog.varbyte, bytea) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS '
            '''SELECT pg_internal.bytes_of($1) %s $2''', n, symbols[n]);
        EXECUTE pg_catalog.format('CREATE OPERATOR pg_catalog.%s (LEFTARG = pg_catalog.varbyte, RIGHTARG = bytea, FUNCTION = pg_internal.compares_%s)', symbols[n], n);
        EXECUTE pg_catalog.format('CREATE FUNCTION pg_internal.compares_%s(text, pg_catalog.varbyte) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS '
            '''SELECT pg_catalog.convert_to($1, ''''UTF8'''') %s pg_internal.bytes_of($2)''', n, symbols[n]);
        EXECUTE pg_catalog.format('CREATE OPERATOR pg_catalog.%s (LEFTARG = text, RIGHTARG = pg_catalog.varbyte, FUNCTION = pg_internal.compares_%s)', symbols[n], n);
        -- What is stored has the order of what is meant.
        EXECUTE pg_catalog.format('CREATE FUNCTION pg_internal.orders_%s(pg_catalog.varbyte, pg_catalog.varbyte) RETURNS boolean '
            'LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS %L', n, functions[n]);
        EXECUTE pg_catalog.format('CREATE OPERATOR pg_internal.%s (LEFTARG = pg_catalog.varbyte, RIGHTARG = pg_catalog.varbyte, FUNCTION = pg_internal.orders_%s, '
            'COMMUTATOR = OPERATOR(pg_internal.%s), NEGATOR = OPERATOR(pg_internal.%s))', symbols[n], n, commutators[n], negators[n]);
    END LOOP;
END $$;
CREATE FUNCTION pg_internal.varbyte_order(pg_catalog.varbyte, pg_catalog.varbyte) RETURNS int LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteacmp';
CREATE OPERATOR CLASS pg_internal.varbyte_ops DEFAULT FOR TYPE pg_catalog.varbyte USING btree AS
    OPERATOR 1 pg_internal.<, OPERATOR 2 pg_internal.<=, OPERATOR 3 pg_internal.=, OPERATOR 4 pg_internal.>=, OPERATOR 5 pg_internal.>,
    FUNCTION 1 pg_internal.varbyte_order(pg_catalog.varbyte, pg_catalog.varbyte);

-- Functions (documented). Lengths, MD5 and the like are PostgreSQL's of `bytea`.
CREATE FUNCTION pg_internal.join(pg_catalog.varbyte, bytea) RETURNS pg_catalog.varbyte LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
    $$ SELECT pg_internal.of_bytes(pg_internal.bytes_of($1) || $2) $$;
CREATE OPERATOR pg_catalog.|| (LEFTARG = pg_catalog.varbyte, RIGHTARG = bytea, FUNCTION = pg_internal.join);
CREATE FUNCTION pg_catalog.concat(pg_catalog.varbyte, bytea) RETURNS pg_catalog.varbyte LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_internal.join($1, $2) $$;
CREATE FUNCTION pg_catalog.len(bytea) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.length($1) $$;
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY '{substring,substr}'::text[] LOOP
        EXECUTE pg_catalog.format('CREATE FUNCTION pg_catalog.%s(pg_catalog.varbyte, int) RETURNS pg_catalog.varbyte LANGUAGE sql IMMUTABLE STRICT AS '
            '''SELECT pg_internal.of_bytes(pg_catalog.substring(pg_internal.bytes_of($1), $2))''', name);
        EXECUTE pg_catalog.format('CREATE FUNCTION pg_catalog.%s(pg_catalog.varbyte, int, int) RETURNS pg_catalog.varbyte LANGUAGE sql IMMUTABLE STRICT AS '
            '''SELECT pg_internal.of_bytes(pg_catalog.substring(pg_internal.bytes_of($1), $2, $3))''', name);
    END LOOP;
END $$;
-- Bits are counted from the right.
CREATE FUNCTION pg_catalog.getbit(pg_catalog.varbyte, at int) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT pg_catalog.get_bit(bytes, (8 * (pg_catalog.length(bytes) - 1 - at / 8) + at % 8)::bigint) FROM pg_internal.bytes_of($1) AS bytes $$;
CREATE FUNCTION pg_catalog.sha2(value bytea, bits int) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT pg_catalog.encode(CASE bits WHEN 224 THEN pg_catalog.sha224(value) WHEN 384 THEN pg_catalog.sha384(value)
        WHEN 512 THEN pg_catalog.sha512(value) ELSE pg_catalog.sha256(value) END, 'hex') $$;
CREATE FUNCTION pg_catalog.to_hex(bytea) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.encode($1, 'hex')::varchar $$;
CREATE FUNCTION pg_catalog.from_hex(text) RETURNS pg_catalog.varbyte LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_internal.of_bytes(pg_catalog.decode($1, 'hex')) $$;
CREATE FUNCTION pg_internal.varbyte_format(format text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF pg_catalog.lower(format) NOT IN ('hex', 'base64', 'utf8', 'utf-8') THEN
        RAISE EXCEPTION 'invalid format "%" of a VARBYTE', format USING ERRCODE = '22023', HINT = 'give hex, base64 or utf-8';
    END IF;
    RETURN pg_catalog.lower(format);
END $$;
CREATE FUNCTION pg_catalog.to_varbyte(value text, format text) RETURNS pg_catalog.varbyte LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT pg_internal.of_bytes(CASE pg_internal.varbyte_format(format) WHEN 'hex' THEN pg_catalog.decode(value, 'hex')
        WHEN 'base64' THEN pg_catalog.decode(value, 'base64') ELSE pg_catalog.convert_to(value, 'UTF8') END) $$;
CREATE FUNCTION pg_catalog.from_varbyte(value bytea, format text) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE pg_internal.varbyte_format(format) WHEN 'hex' THEN pg_catalog.encode(value, 'hex')
        WHEN 'base64' THEN pg_catalog.translate(pg_catalog.encode(value, 'base64'), E'\\n', '') ELSE pg_catalog.convert_from(value, 'UTF8') END::varchar $$;
